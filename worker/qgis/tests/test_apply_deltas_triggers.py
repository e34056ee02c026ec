"""Owners' defaults and triggers do their work, and what they made is told; nothing else differs from what was asked."""

from osgeo import ogr

from .delta_jobs import CLIENT, FAILED, DeltaCase, make_file, rows, sql

FIELDS = {"name": ogr.OFTString, "note": ogr.OFTString, "height": ogr.OFTReal, "edited": ogr.OFTDateTime}
NOW = "strftime('%Y-%m-%dT%H:%M:%fZ','now')"
# A trigger, the edit, and what is stored of name, note and height then.
STORED = [
    ("INSERT", "name = note || fid", {"note": "n"}, ("n1", "n", None)),
    ("INSERT", "note = upper(NEW.note)", {"note": "n"}, (None, "N", None)),
    ("INSERT", "height = round(NEW.height)", {"height": 1.6}, (None, None, 2.0)),
    ("INSERT", "note = nullif(trim(note), '')", {"note": "  "}, (None, None, None)),
    ("INSERT", f"edited = {NOW}", {"name": "x"}, ("x", None, None)),
]
# A trigger that loses what was asked for, and the reason that is told.
LOST_CREATES = [
    ("AFTER INSERT ON t BEGIN UPDATE t SET name = NULL WHERE fid = NEW.fid; END", "source"),
    ("AFTER INSERT ON t BEGIN DELETE FROM t WHERE fid = NEW.fid; END", "no_feature"),
    ("BEFORE INSERT ON t BEGIN SELECT RAISE(IGNORE); END", "source"),
]
LOST_PATCHES = [
    ("AFTER UPDATE OF name ON t BEGIN UPDATE t SET name = OLD.name WHERE fid = NEW.fid; END", "source"),
    ("AFTER UPDATE OF name ON t BEGIN UPDATE t SET geom = NULL, name = NULL WHERE fid = NEW.fid; END", "source"),
    ("BEFORE UPDATE ON t BEGIN SELECT RAISE(IGNORE); END", "source"),
]


def after(event: str, assignment: str) -> str:
    """A trigger on the feature that was written."""
    return f"AFTER {event} ON t BEGIN UPDATE t SET {assignment} WHERE fid = NEW.fid; END"


class TriggerCase(DeltaCase):
    def make(self, *triggers: str, script="") -> None:
        self.path = self.files / "t.gpkg"
        self.path.unlink(missing_ok=True)
        make_file(self.path, "GPKG", FIELDS, name="t")
        sql(self.path, script + ";".join(f"CREATE TRIGGER own_{i} {text}" for i, text in enumerate(triggers)))
        self.make_project("./t.gpkg|layername=t")

    def stored(self) -> list[tuple]:
        return rows(self.path, "SELECT name, note, height FROM t ORDER BY fid")

    def whole(self, said: dict) -> dict:
        """As a device writes a create: every column, nulls among them."""
        return {"fid": None} | dict.fromkeys(FIELDS) | said


class Triggers(TriggerCase):
    def test_what_they_make_is_stored_and_told(self):
        for event, assignment, said, expected in STORED:
            with self.subTest(assignment):
                self.make(after(event, assignment))
                item = self.apply_one(self.create(self.whole(said)))
                self.assert_applied(item)
                self.assertEqual(self.stored(), [expected])
                told = item["after"]["attributes"]
                self.assertEqual((told["name"], told["note"], told["height"]), expected)

    def test_the_device_is_not_in_conflict_with_what_they_made_of_its_own_edit(self):
        for event, assignment, said, _ in STORED:
            with self.subTest(assignment):
                self.make(after(event, assignment))
                whole = self.whole(said)
                first = self.patch("", whole, {"height": 9.5}, local_pk=5)
                first["old"] |= {"is_snapshot": True, "geometry": "Point (1 2)"}
                last = {"attributes": whole | {"height": 9.5}, "geometry": "Point (1 2)"}
                gone = self.delta("delete", "", last, local_pk=5)
                self.assert_applied(*self.apply(self.create(whole, local_pk=5), first, gone))
                self.assertEqual(self.stored(), [])

    def test_nor_in_a_later_job(self):
        self.make(after(*STORED[1][:2]))
        whole = self.whole({"note": "n"})
        made = self.apply_one(self.create(whole, local_pk=5))
        self.assertEqual(made["made"], {"note": "N"})
        name = f"{CLIENT}__{self.layer_id}__5"
        gone = self.delta("delete", "", {"attributes": whole, "geometry": "Point (1 2)"}, local_pk=5)
        self.assertEqual(self.apply_one(gone, client_pks={name: "1"})["reason"], "same_attribute")
        self.assert_applied(self.apply_one(gone, client_pks={name: "1"}, madeValues={name: {"note": {"said": "n", "stored": "N"}}}))

    def test_what_they_lose_is_not_applied(self):
        for trigger, reason in LOST_CREATES:
            with self.subTest(trigger):
                self.make(trigger)
                item = self.apply_one(self.create({"name": "new"}))
                self.assertEqual((item["status"], item["reason"]), (FAILED, reason), item["msg"])
                self.assertEqual(self.stored(), [])
        for trigger, reason in LOST_PATCHES:
            with self.subTest(trigger):
                self.make(trigger, script="INSERT INTO t (name) VALUES ('old');")
                item = self.apply_one(self.patch(1, {"name": "old"}, {"name": "new"}))
                self.assertEqual((item["status"], item["reason"]), (FAILED, reason), item["msg"])
                self.assertEqual(self.stored(), [("old", None, None)])

    def test_spatial_functions_are_there_as_in_qgis(self):
        """A function, and what it is of Point (1 2)."""
        for call, expected in (
            ("ST_X(NEW.geom)", 1.0),
            ("ST_Area(ST_Buffer(NEW.geom, 1)) > 3", 1),
            ("ST_AsText(NEW.geom)", "POINT(1 2)"),
            ("ST_IsEmpty(NEW.geom)", 0),
            ("ST_MinX(NEW.geom) + ST_MaxY(NEW.geom)", 3.0),
            ("ST_GeometryType(NEW.geom)", "POINT"),
            ("ST_SRID(NEW.geom)", 4326),
        ):
            with self.subTest(call):
                self.make(f"AFTER INSERT ON t BEGIN UPDATE t SET note = {call} WHERE fid = NEW.fid; END")
                self.assert_applied(self.apply_one(self.create(self.whole({"name": "x"}))))
                self.assertEqual(str(self.stored()[0][1]), str(expected))

    def test_a_trigger_may_make_a_geometry_elsewhere(self):
        self.make(
            "AFTER INSERT ON t BEGIN INSERT INTO area (id, geom) VALUES (NEW.fid, AsGPB(ST_Buffer(NEW.geom, 2))); END",
            script="CREATE TABLE area (fid INTEGER PRIMARY KEY, id INTEGER, geom POLYGON);",
        )
        self.assert_applied(self.apply_one(self.create(self.whole({"name": "x"}))))
        ((size, magic),) = rows(self.path, "SELECT length(geom), substr(geom, 1, 2) FROM area")
        self.assertEqual((size > 500, magic), (True, b"GP"))


class Defaults(TriggerCase):
    def test_null_in_a_create_leaves_the_column_to_the_table(self):
        columns = ("code TEXT DEFAULT 'none'", "n INTEGER NOT NULL DEFAULT 7")
        self.make(script=";".join(f"ALTER TABLE t ADD COLUMN {column}" for column in columns) + ";")
        item = self.apply_one(self.create(self.whole({"name": "x", "code": None, "n": None})))
        self.assert_applied(item)
        self.assertEqual(rows(self.path, "SELECT name, code, n FROM t"), [("x", "none", 7)])
        self.assertEqual(item["made"], {"code": "none", "n": 7})

    def test_null_in_a_feature_that_is_brought_back_is_null(self):
        self.make(script="ALTER TABLE t ADD COLUMN code TEXT DEFAULT 'none';")
        self.assert_applied(self.apply_one(self.create({"name": "x", "code": None}) | {"strict": True}))
        self.assertEqual(rows(self.path, "SELECT code FROM t"), [(None,)])

    def test_null_in_a_patch_is_null(self):
        self.make(script="ALTER TABLE t ADD COLUMN code TEXT DEFAULT 'none';")
        gone = self.patch("", {"code": None, "name": "x"}, {"code": None, "name": None}, local_pk=9)
        self.assert_applied(*self.apply(self.create({"name": "x"}, local_pk=9), gone))
        self.assertEqual(rows(self.path, "SELECT name, code FROM t"), [(None, "none")])
