"""Deltas applied to PostgreSQL: values, conflicts, defaults, roles."""

import os
import uuid
from unittest import mock

from qgis.core import QgsDefaultValue, QgsVectorLayer

from .databases import CONNECTION, PostgresCase
from .delta_jobs import APPLIED, FAILED


class Postgres(PostgresCase):
    def test_values_of_all_types_are_stored_exactly(self):
        code = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"
        item = self.apply_one(
            self.create(
                {
                    "id": "Autogenerate",
                    "kind": "ash",
                    "age": 5,
                    "small": -32768,
                    "big": 9223372036854775807,
                    "ratio": 0.1,
                    "price": 12.34,
                    "is_old": True,
                    "planted": "2024-02-29",
                    "seen": "2024-02-29T12:00:00.123+02:00",
                    "clock": "12:30:01.5",
                    "data": "AP8=",
                    "notes": {"a": [1, None, "ü"]},
                    "tags": ["x", "y, z"],
                    "code": code,
                },
                "PointZ (0.1 0.2 0.3)",
            )
        )
        self.assert_applied(item)
        stored = self.trees(
            "kind, age, small, big, ratio::text, price::text, is_old, planted::text, seen AT TIME ZONE 'UTC', clock::text,"
            " encode(data, 'hex'), notes::text, tags, code::text, made, twice, ST_AsText(geom)"
        )[1]
        self.assertEqual(stored[:8], ("ash", 5, -32768, 9223372036854775807, "0.1", "12.34", True, "2024-02-29"))
        self.assertEqual(stored[8].isoformat(), "2024-02-29T10:00:00.123000")
        self.assertEqual(stored[9:11], ("12:30:01.5", "00ff"))
        self.assertEqual(
            stored[11:], ('{"a": [1, null, "ü"]}', ["x", "y, z"], code.lower(), "here", 10, "POINT Z (0.1 0.2 0.3)")
        )
        self.assertEqual((item["modified_pk"], item["after"]["attributes"]["data"]), ("2", "AP8="))
        self.assertIsNone(item["file"], "a database is no file")

    def test_what_would_be_stored_differently_is_refused(self):
        bad = [
            {"price": 3.14159},
            {"small": 40000},
            {"kind": "a name that is too long"},
            {"age": 1000},
            {"big": 1},
            {"code": "x"},
            {"planted": "2024-02-30"},
            {"kind": None},
            {"tags": "x"},
        ]
        items = self.apply(
            *[self.create({"kind": "ash"} | values, None) for values in bad], self.create({"kind": "elm"}, None)
        )
        self.assertEqual([item["status"] for item in items], [FAILED] * len(bad) + [APPLIED])
        self.assertEqual(self.trees("kind"), [("oak",), ("elm",)])
        self.assertIn("Field 'price' was stored as 3.14; wanted 3.14159", items[0]["msg"])
        self.assertIn("violates unique constraint", items[4]["provider_errors"][0])

    def test_patch_conflict_delete_and_taken_keys(self):
        items = self.apply(
            self.patch(1, {"age": 10}, {"age": 11}),
            self.patch(1, {"age": 10}, {"age": 12}),
            self.create({"id": 1, "kind": "elm"}, None, local_pk=1),
            self.patch("", {"kind": "elm"}, {"kind": "yew"}, local_pk=1),
            self.move(1, "PointZ (7 8 nan)", "PointZ (1 2 3)", local_pk=9),
            self.create({"id": 50, "kind": "fir"}, None),
            self.delete(50, {"kind": "fir"}),
        )
        self.assertEqual([item["status"] for item in items], [APPLIED, "status_conflict", *[APPLIED] * 5], items)
        self.assertEqual(
            self.trees("id, kind, age, ST_AsText(geom)"), [(1, "oak", 11, "POINT Z (7 8 0)"), (2, "yew", None, None)]
        )
        self.assertEqual(items[4]["before"]["geometry"], "Point Z (1 2 3)")

    def test_defaults_see_what_earlier_deltas_did(self):
        def prepare(_project, layer):
            layer.setDefaultValueDefinition(
                layer.fields().indexOf("kind"), QgsDefaultValue("'tree ' || maximum(\"age\")")
            )

        self.make_project(self.source, provider="postgres", prepare=prepare)
        self.assert_applied(*self.apply(self.create({"age": 70}, None), self.create({"age": 1}, None)))
        self.assertEqual(self.trees("kind")[1:], [("tree 10",), ("tree 70",)])

    def test_nothing_is_kept_of_a_job_that_does_not_finish(self):
        from fieldlog_qgis.deltas.stores.postgres import PostgresStore

        kept = self.apply_one(self.patch(1, {"age": 10}, {"age": 10}))
        self.assertIs(kept["is_final"], True)
        finish, PostgresStore.finish = PostgresStore.finish, lambda store: store._connection.close()
        self.addCleanup(setattr, PostgresStore, "finish", finish)
        self.assert_applied(self.apply_one(self.patch(1, {"age": 10}, {"age": 11})))
        self.assertEqual(self.trees("age"), [(10,)])

    def test_a_database_that_cannot_be_written_is_named(self):
        self.query(f"ALTER TABLE {self.name} ADD CONSTRAINT none CHECK (age < 20) NOT VALID")
        self.assert_failed(self.apply_one(self.patch(1, {"age": 10}, {"age": 30})), 'violates check constraint "none"')

    def test_the_job_writes_in_the_name_of_the_effective_user(self):
        role = f"role_{uuid.uuid4().hex}"
        self.query(f"CREATE ROLE {role}; GRANT SELECT ON {self.name} TO {role}")
        self.addCleanup(self.query, f"DROP OWNED BY {role}; DROP ROLE {role}")
        os.environ["QFC_PG_EFFECTIVE_USER"] = role
        self.addCleanup(os.environ.pop, "QFC_PG_EFFECTIVE_USER")
        self.assert_failed(self.apply_one(self.patch(1, {"age": 10}, {"age": 11})), "permission denied")

    def test_a_job_with_a_service_and_an_effective_user(self):
        role = f"role_{uuid.uuid4().hex}"
        self.query(
            f"CREATE ROLE {role}; GRANT ALL ON {self.name} TO {role}; GRANT USAGE ON SEQUENCE {self.name}_id_seq TO {role};"
            f"ALTER TABLE {self.name} ALTER made SET DEFAULT current_user"
        )
        self.addCleanup(self.query, f"DROP OWNED BY {role}; DROP ROLE {role}")
        path = self.files / "survey.qgs"
        text = path.read_text(encoding="utf-8")
        written = QgsVectorLayer(self.source, "", "postgres").source().partition(" key=")[0]
        self.assertIn(written, text)
        path.write_text(text.replace(written, "service='farm'"), encoding="utf-8")
        self.write([self.create({"kind": "ash"}, None), self.patch(1, {"age": 10}, {"age": 11})])
        services = "[farm]\n" + "\n".join(CONNECTION.split()) + "\n"
        secrets = {"PGSERVICE_FILE_CONTENTS": services, "QFC_PG_EFFECTIVE_USER": role, "HOME": str(self.io)}
        with mock.patch.dict(os.environ, secrets):
            result = self.run_job()
        items = result.feedback["outputs"]["apply_deltas"]["delta_feedback"]
        self.assert_applied(*items)
        self.assertEqual(self.trees("kind, age, made"), [("oak", 11, "here"), ("ash", None, role)])


class Keys(PostgresCase):
    def test_a_sequence_that_is_behind_is_caught_up_with(self):
        """Devices count on by themselves and give the keys that the sequence would give next."""
        items = self.apply(
            *[self.create({"id": key, "kind": f"k{key}"}, None) for key in (2, 3, 4)],
            self.create({"id": 3, "kind": "late"}, None),
            self.create({"id": None, "kind": "new"}, None),
        )
        self.assert_applied(*items)
        self.assertEqual([item["modified_pk"] for item in items], ["2", "3", "4", "5", "6"])

    def test_another_unique_column_is_no_question_of_keys(self):
        items = self.apply(self.create({"kind": "a", "code": None}, None), self.create({"kind": "b", "big": 1}, None))
        self.assertEqual(items[1]["reason"], "source", items[1]["msg"])

    def test_what_no_trigger_made_is_a_fault_although_there_is_one(self):
        self.query(
            f"CREATE FUNCTION f_{self.name}() RETURNS trigger AS $$ BEGIN NEW.made := 'there'; RETURN NEW; END $$"
            f" LANGUAGE plpgsql; CREATE TRIGGER own BEFORE INSERT ON {self.name}"
            f" FOR EACH ROW EXECUTE FUNCTION f_{self.name}()"
        )
        self.addCleanup(self.query, f"DROP FUNCTION f_{self.name} CASCADE")
        items = self.apply(
            self.create({"kind": "a", "made": "here"}, None), self.create({"kind": "b", "price": "1.005"}, None)
        )
        self.assert_applied(items[0])
        self.assertEqual((items[0]["made"], items[0]["msg"].count("'made' is")), ({"made": "there"}, 1))
        self.assert_failed(items[1], "Field 'price' was stored as")
