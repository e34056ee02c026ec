"""A feature is more than its number: edits never land on another feature, whatever the project says of conflicts."""

import uuid

from osgeo import ogr
from qgis.core import QgsFieldConstraints

from .delta_jobs import APPLIED, CLIENT, CONFLICT, FAILED, DeltaCase, features, make_file, rows

OVERWRITE = ["--overwrite-conflicts"]
FIELDS = {"fid_": ogr.OFTInteger, "species": ogr.OFTString, "height": ogr.OFTReal, "health": ogr.OFTString}
ROWS = [
    ("POINT (7 46)", {"fid_": 1, "species": "oak", "height": 3.0, "health": "good"}),
    ("POINT (7 47)", {"fid_": 2, "species": "ash", "height": 4.0, "health": "good"}),
    ("POINT (7 48)", {"fid_": 3, "species": "elm", "height": 5.0, "health": "good"}),
]
ELM = {"species": "elm", "height": 5.0, "health": "good"}
ELM_PLACE = "Point (7 48)"
# A driver, a file, the source in QGIS, and the key that features are found by.
FORMATS = [
    ("GeoJSON", "trees.geojson", "./trees.geojson", "fid_"),
    ("ESRI Shapefile", "trees.shp", "./trees.shp", "fid_"),
    ("SQLite", "trees.sqlite", "./trees.sqlite|layername=trees", "ogc_fid"),
    ("GPKG", "trees.gpkg", "./trees.gpkg|layername=trees", "fid"),
]
GEOPACKAGE = FORMATS[3]


def _unique(_project, layer):
    if not layer.primaryKeyAttributes():
        index = layer.fields().indexOf("fid_")
        layer.setFieldConstraint(index, QgsFieldConstraints.Constraint.ConstraintNotNull)
        layer.setFieldConstraint(index, QgsFieldConstraints.Constraint.ConstraintUnique)


class IdentityCase(DeltaCase):
    def make(self, driver: str, name: str, source: str, key: str, rows=tuple(ROWS)) -> None:
        for path in self.files.iterdir():
            path.unlink()
        options = ["SPATIALITE=YES"] if driver == "SQLite" else []
        make_file(self.files / name, driver, FIELDS, rows=rows, options=options)
        self.make_project(source, prepare=_unique)
        self.path, self.key = self.files / name, key

    def snapshot(self, attributes: dict, place: str | None) -> dict:
        return {"attributes": attributes, "geometry": place, "is_snapshot": True}

    def edit(self, pk, new: dict, old=None, place=ELM_PLACE, **more) -> dict:
        return self.delta("patch", pk, self.snapshot(old or ELM, place), {"attributes": new}, **more)

    def stored(self) -> list[dict]:
        return [values for _, values in features(self.path)]


class AnotherFeature(IdentityCase):
    def test_a_number_that_is_given_out_again_is_another_feature(self):
        for format in FORMATS:
            for options in ([], OVERWRITE):
                with self.subTest(format[0], options=options):
                    self.make(*format)
                    elm = self.delta("delete", 3, self.snapshot(ELM, ELM_PLACE))
                    new = {self.key: 3, "species": "beech", "health": "good"}
                    beech = self.create(new, "Point (8 46)", local_pk=3, clientId="b")
                    items = self.apply(elm, beech, self.edit(3, {"health": "dead"}, clientId="c"), options=options)
                    self.assertEqual([item["status"] for item in items], [APPLIED, APPLIED, CONFLICT], items[2]["msg"])
                    self.assertEqual((items[1]["modified_pk"], items[2]["reason"]), ("3", "another_feature"))
                    self.assertEqual(sorted(tree["health"] for tree in self.stored()), ["good"] * 3)
                    # Its maker knows it by its own key.
                    mine = self.edit("", {"health": "dead"}, {"health": "good"}, None, local_pk=3, clientId="b")
                    self.assert_applied(self.apply_one(mine, client_pks={f"b__{self.layer_id}__3": "3"}))

    def test_the_log_knows_who_deleted_a_feature(self):
        for format in FORMATS:
            with self.subTest(format[0]):
                self.make(*format)
                said = {"delta": "d1", "by": "ben", "at": "2026-11-30T10:00:00Z"}
                edit = self.edit(3, {"health": "dead"}) | {"featureDeleted": said}
                for delta in (edit, edit | {"overwriteConflicts": True}):
                    item = self.apply_one(delta, options=OVERWRITE)
                    self.assert_failed(item, "was deleted by ben at 2026-11-30T10:00:00Z (edit d1)", CONFLICT)
                gone = self.edit(99, {"health": "dead"}) | {"featureDeleted": said}
                self.assert_failed(self.apply_one(gone), "was deleted by ben", FAILED)

    def test_where_the_log_cannot_tell_what_the_device_knows_it_has_to_have_seen_the_feature(self):
        """What the device says that it saw of an elm without a place, and whether its edit is stored."""
        said = {"delta": "d1", "by": "ben", "at": "2026-11-30T10:00:00Z", "certain": False}
        seen = {"fid_": 3} | ELM
        for old, place, snapshot, wanted in (
            (seen, ELM_PLACE, True, APPLIED),
            (seen | {"species": "beech"}, ELM_PLACE, True, CONFLICT),
            (seen, None, True, CONFLICT),
            ({"health": "good"}, ELM_PLACE, False, CONFLICT),
        ):
            with self.subTest(old=old, place=place):
                self.make(*GEOPACKAGE)
                edit = self.edit(3, {"health": "dead"}, old, place) | {"featureDeleted": said}
                edit["old"]["is_snapshot"] = snapshot
                item = self.apply_one(edit, options=OVERWRITE)
                self.assertEqual(item["status"], wanted, item["msg"])

    def test_a_file_that_was_made_anew_has_other_features_under_the_numbers(self):
        anew = [
            ("POINT (9 41)", {"fid_": 3, "species": "fir", "height": 1.0, "health": "good"}),
            ("POINT (9 42)", {"fid_": 2, "species": "yew", "height": 2.0, "health": "good"}),
            ("POINT (9 43)", {"fid_": 1, "species": "elm", "height": 7.0, "health": "ill"}),
        ]
        for format in FORMATS:
            with self.subTest(format[0]):
                self.make(*format, rows=anew)
                number = 3 if self.key == "fid_" else 1
                for delta in (
                    self.edit(number, {"health": "dead"}),
                    self.delta("delete", number, self.snapshot(ELM, ELM_PLACE)),
                    self.delta("patch", number, self.snapshot(ELM, ELM_PLACE), {"geometry": "Point (7 48.1)"}),
                ):
                    before = features(self.path)
                    item = self.apply_one(delta, options=OVERWRITE)
                    self.assertEqual((item["status"], item["reason"]), (CONFLICT, "another_feature"), item["msg"])
                    self.assertEqual(features(self.path), before)

    def test_what_others_changed_does_not_make_it_another_feature(self):
        """By what a colleague did since the device had the elm: that is no other feature, and the edit is stored."""
        for since in (
            {"height": 5.5},
            {"height": 5.5, "health": "ill"},
            {"species": "wych elm"},
            {"geometry": "POINT (7.001 48)"},
            {"geometry": "POINT (7.001 48)", "height": 5.5},
        ):
            with self.subTest(since):
                values = {"fid_": 3} | ELM | {name: value for name, value in since.items() if name != "geometry"}
                self.make(*GEOPACKAGE, rows=[*ROWS[:2], (since.get("geometry", "POINT (7 48)"), values)])
                item = self.apply_one(self.edit(3, {"species": "elm!"}, {"fid_": 3} | ELM))
                wanted = CONFLICT if "species" in since else APPLIED
                self.assertEqual(item["status"], wanted, item["msg"])
                self.assertEqual(item.get("reason"), "same_attribute" if wanted is CONFLICT else None)

    def test_what_edits_have_written_is_no_evidence_in_the_same_job_nor_in_a_later_one(self):
        """A colleague's device changes and moves the elm nearly whole; this one notes that it is dead."""
        new = {"species": "wych elm", "height": 5.5, "fid_": 9}
        colleague = self.edit(3, new, {"fid_": 3} | ELM, clientId="b")
        colleague["new"]["geometry"] = "Point (7.5 48)"
        edit = self.edit(3, {"health": "dead"}, {"fid_": 3} | ELM)
        self.make(*GEOPACKAGE)
        ours = {"sourceLayerId": self.layer_id, "localLayerId": self.layer_id}
        self.assert_applied(*self.apply(colleague | ours, edit | ours))
        self.make(*GEOPACKAGE)
        ours = {"sourceLayerId": self.layer_id, "localLayerId": self.layer_id}
        after = self.apply_one(colleague | ours)["after"]
        self.assertEqual(self.apply_one(edit | ours)["reason"], "another_feature")
        self.assert_applied(self.apply_one(edit | ours, edited={self.layer_id: {"3": after}}))

    def test_a_uuid_says_it_alone(self):
        one, other = str(uuid.uuid4()), str(uuid.uuid4())
        for stored, wanted in ((other, CONFLICT), (one, APPLIED), (f"{{{one.upper()}}}", APPLIED)):
            with self.subTest(stored):
                values = {"fid_": 1, "species": "fir", "health": stored}
                self.make(*GEOPACKAGE, rows=[("POINT (1 1)", values)])
                item = self.apply_one(self.edit(1, {"height": 9.0}, {"species": "elm", "height": None, "health": one}))
                self.assertEqual(item["status"], wanted, item["msg"])

    def test_somebody_who_has_seen_both_may_say_that_it_is_the_same(self):
        self.make(*GEOPACKAGE, rows=[("POINT (1 1)", {"fid_": 1, "species": "fir", "height": 1.0, "health": "ill"})])
        edit = self.edit(1, {"health": "dead"})
        self.assertEqual(self.apply_one(edit, options=OVERWRITE)["reason"], "another_feature")
        self.assert_applied(self.apply_one(edit | {"overwriteConflicts": True}))


class KeysOfDevices(IdentityCase):
    def setUp(self):
        super().setUp()
        self.make(*GEOPACKAGE)
        self.name = f"{CLIENT}__{self.layer_id}__50"

    def apply_with(self, **maps) -> dict:
        return self.apply_one(self.edit("", {"health": "dead"}, {"health": "good"}, None, local_pk=50), **maps)

    def test_a_key_that_is_not_believed_is_not_used(self):
        item = self.apply_with(lostPks={self.name: {"pk": "2", "why": "an earlier version was restored"}})
        self.assert_failed(item, "any more: an earlier version was restored.")
        self.assertEqual(item["reason"], "lost_key")

    def test_an_uncertain_key_is_believed_where_the_feature_is_like_the_one_that_was_stored(self):
        why = "the file was uploaded anew"
        mine = {"attributes": {"fid": 2, "fid_": 2, "species": "ash", "height": 4.0}, "geometry": "Point (7 47)"}
        other = {"attributes": {"fid": 2, "species": "field tree", "height": None}, "geometry": "Point (8 46)"}
        self.assert_failed(self.apply_with(uncertainPks={self.name: {"pk": "2", "after": other, "why": why}}), why)
        self.assert_failed(self.apply_with(uncertainPks={self.name: {"pk": "9", "after": mine, "why": why}}), "none")
        self.assert_applied(self.apply_with(uncertainPks={self.name: {"pk": "2", "after": mine, "why": why}}))
        self.assertEqual(rows(self.path, "SELECT health FROM trees WHERE fid = 2"), [("dead",)])
