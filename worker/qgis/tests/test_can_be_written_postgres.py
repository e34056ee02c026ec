"""The same of relations in PostgreSQL: by what they are, and by what their user may do."""

import os
import unittest
import uuid
from unittest import mock

import psycopg2

from . import packages
from .databases import CONNECTION
from .delta_jobs import APPLIED, FAILED, DeltaCase

_TABLE = "CREATE TABLE {t} (id serial PRIMARY KEY, kind text, geom geometry(Point, 4326));"
_VIEW = "CREATE VIEW {v} AS SELECT id, kind, geom FROM {t};"
# A view of a join is one that the database does not pass edits through by itself.
_JOIN = "CREATE VIEW {v} AS SELECT a.id, a.kind, a.geom FROM {t} a JOIN (SELECT 1 AS one) b ON b.one = 1;"
_TRIGGERS = """
    CREATE FUNCTION {f}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'INSERT' THEN INSERT INTO {t} (kind, geom) VALUES (NEW.kind, NEW.geom); RETURN NEW; END IF;
        IF TG_OP = 'UPDATE' THEN UPDATE {t} SET kind = NEW.kind, geom = NEW.geom WHERE id = OLD.id; RETURN NEW; END IF;
        DELETE FROM {t} WHERE id = OLD.id; RETURN OLD;
    END $$;
    CREATE TRIGGER all_of_it INSTEAD OF INSERT OR UPDATE OR DELETE ON {v} FOR EACH ROW EXECUTE FUNCTION {f}();
"""
_RULES = """
    CREATE RULE i AS ON INSERT TO {v} DO INSTEAD INSERT INTO {t} (kind, geom) VALUES (NEW.kind, NEW.geom)
        RETURNING id, kind, geom;
    CREATE RULE u AS ON UPDATE TO {v} DO INSTEAD UPDATE {t} SET kind = NEW.kind, geom = NEW.geom WHERE id = OLD.id;
    CREATE RULE d AS ON DELETE TO {v} DO INSTEAD DELETE FROM {t} WHERE id = OLD.id;
"""
_ALL = (APPLIED, APPLIED, APPLIED)
_NOTHING = (FAILED, FAILED, FAILED)
# What is made, with {v} for what the layer shows; why it is read-only or locked; what becomes of create, patch, delete.
SITUATIONS = [
    ("a table", _TABLE.replace("{t}", "{v}"), "", _ALL),
    ("a view that passes edits on", _TABLE + _VIEW, "", _ALL),
    ("a view of a join", _TABLE + _JOIN, "which is a view that cannot be written", _NOTHING),
    ("a view with triggers", _TABLE + _JOIN + _TRIGGERS, "", _ALL),
    ("a view with rules", _TABLE + _JOIN + _RULES, "", _ALL),
    (
        "a view with a rule for changes alone",
        _TABLE + _JOIN + _RULES + "DROP RULE i ON {v}; DROP RULE d ON {v};",
        "takes no new features and no deletions",
        (FAILED, APPLIED, FAILED),
    ),
    (
        "a materialized view",
        _TABLE + _VIEW.replace("VIEW", "MATERIALIZED VIEW") + "REFRESH MATERIALIZED VIEW {v};",
        "which is a materialized view that cannot be written",
        _NOTHING,
    ),
    (
        "a partitioned table",
        "CREATE TABLE {v} (id serial PRIMARY KEY, kind text, geom geometry(Point, 4326)) PARTITION BY RANGE (id);"
        "CREATE TABLE {t} PARTITION OF {v} FOR VALUES FROM (0) TO (1000);",
        "",
        _ALL,
    ),
    (
        "a key that the database always makes",
        "CREATE TABLE {v} (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text, geom geometry(Point, 4326),"
        " size int GENERATED ALWAYS AS (length(kind)) STORED);",
        "",
        _ALL,
    ),
    (
        "a right to read alone",
        _TABLE.replace("{t}", "{v}") + "GRANT SELECT ON {v} TO {r};",
        "permission denied",
        _NOTHING,
    ),
    (
        "a right to change alone",
        _TABLE.replace("{t}", "{v}") + "GRANT SELECT, UPDATE ON {v} TO {r};",
        "takes no new features and no deletions",
        (FAILED, APPLIED, FAILED),
    ),
    (
        "a right to change one column",
        _TABLE.replace("{t}", "{v}") + "GRANT SELECT, UPDATE (kind) ON {v} TO {r};",
        "takes no new features and no deletions",
        (FAILED, APPLIED, FAILED),
    ),
]


@unittest.skipUnless(CONNECTION, "SKIPPED: FIELDLOG_TEST_POSTGRES names no server")
class Postgres(DeltaCase):
    def query(self, text: str) -> None:
        with psycopg2.connect(CONNECTION) as connection, connection.cursor() as cursor:
            cursor.execute(text)
        connection.close()

    def package(self) -> packages.Packaged:
        case = packages.PackageCase()
        case.io, case.files, case._open_projects = self.io, self.files, []
        try:
            return case.package()
        finally:
            case.doCleanups()

    def make(self, script: str) -> tuple[str, str]:
        """Makes what a layer shows, with the features 1 and 2, and its project; returns its name, and the role."""
        names = {letter: f"{letter}_{uuid.uuid4().hex}" for letter in "tvfr"}
        view, role = names["v"], names["r"]
        self.query(f"CREATE ROLE {role};" + script.format(**names))
        self.addCleanup(self.query, f"DROP OWNED BY {role}; DROP ROLE {role}")
        filled = names["t"] if "{t}" in script and "PARTITION" not in script else view
        self.query(f"INSERT INTO {filled} (kind) VALUES ('oak'), ('oak')")
        if "MATERIALIZED" in script:
            self.query(f"REFRESH MATERIALIZED VIEW {view}")
        source = f'{CONNECTION} key=\'id\' srid=4326 type=Point table="public"."{view}" (geom)'
        self.make_project(source, provider="postgres")
        return view, role if "{r}" in script else ""

    def test_what_a_package_lets_people_edit_is_what_can_be_applied(self):
        for name, script, why_not, expected in SITUATIONS:
            with self.subTest(name):
                _, role = self.make(script)
                with mock.patch.dict(os.environ, {"QFC_PG_EFFECTIVE_USER": role} if role else {}):
                    packaged = self.package()
                    items = self.apply(
                        self.create({"kind": "ash"}),
                        self.patch(1, {"kind": "oak"}, {"kind": "yew"}),
                        self.delete(2, {"kind": "oak"}),
                    )
                self.assertEqual(tuple(item["status"] for item in items), expected, [item["msg"] for item in items])
                layer = packaged.xml().find(f".//maplayer[id='{self.layer_id}']")
                properties = layer.find("customproperties")
                read_only = layer.get("readOnly") == "1"
                locked = [
                    read_only or packages.property_value(properties, f"QFieldSync/is_{lock}_locked") == "true"
                    for lock in ("feature_addition", "attribute_editing", "feature_deletion")
                ]
                self.assertEqual(locked, [status != APPLIED for status in expected])
                self.assertEqual(
                    [problem["code"] for problem in packaged.problems], ["cannot_be_written"] * bool(why_not)
                )
                for problem in packaged.problems:
                    self.assertIn(why_not, problem["message"])

    def test_the_feature_that_a_trigger_made_is_found(self):
        view, _ = self.make(_TABLE + _JOIN + _TRIGGERS)
        items = self.apply(
            self.create({"kind": "ash"}, "Point (7 8)", local_pk=70),
            self.patch("", {"kind": "ash"}, {"kind": "fir"}, local_pk=70),
            self.delete(1, {"kind": "oak"}),
        )
        self.assert_applied(*items)
        self.assertEqual(items[0]["modified_pk"], "3")
        with psycopg2.connect(CONNECTION) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT id, kind, ST_AsText(geom) FROM {view} ORDER BY id")
            self.assertEqual(cursor.fetchall(), [(2, "oak", None), (3, "fir", "POINT(7 8)")])
        connection.close()

    def test_a_database_that_takes_no_edits(self):
        _, role = self.make(_TABLE.replace("{t}", "{v}") + "GRANT ALL ON {v} TO {r};")
        with mock.patch.dict(os.environ, {"PGOPTIONS": "-c default_transaction_read_only=on"}):
            packaged = self.package()
            item = self.apply_one(self.patch(1, {"kind": "oak"}, {"kind": "yew"}))
        self.assert_failed(item, "is in a database that is read-only")
        self.assertIn("is in a database that is read-only", packaged.problems[0]["message"])
        self.assertEqual(packaged.xml().find(f".//maplayer[id='{self.layer_id}']").get("readOnly"), "1")
