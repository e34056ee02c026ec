"""Layers on PostGIS that can be reached: what becomes of them in a package.

Needs a server with PostGIS, see `test_apply_deltas_postgres.py`. Without it these tests are skipped.
"""

import json
import os
import subprocess
import sys
import unittest
import uuid
from unittest import mock

import psycopg2
from qgis.core import QgsDataSourceUri

from . import projects
from .packages import Packaged, PackageCase, property_value, run_in_process

CONNECTION = os.environ.get("FIELDLOG_TEST_POSTGRES", "")
_SERVICE = "[farm]\n" + "\n".join(CONNECTION.split()) + "\n"

_TABLE = """
    CREATE TABLE {name} (
        id serial PRIMARY KEY, kind varchar(10) NOT NULL, big bigint, ratio real, price numeric(8, 2), is_old boolean,
        planted date, seen timestamptz, moment timestamp, clock time, data bytea, notes jsonb, tags text[], code uuid,
        twice bigint GENERATED ALWAYS AS (big * 2) STORED, geom geometry(PointZ, 4326))
"""
_ROWS = """
    INSERT INTO {name} (kind, big, ratio, price, is_old, planted, seen, moment, clock, data, notes, tags, code, geom) VALUES
    ('oak', 7, 0.5, 12.34, true, '2024-02-29', '2024-02-29T12:00:00.123+02', '2024-02-29T12:00:00', '12:30:01.5',
     '\\x00ff', '{{"a": [1, null]}}', '{{x,"y, z"}}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'SRID=4326;POINT Z (1 2 3)'),
    ('ash', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ('elm', -4611686018427387904, 1, 0, false, '1999-12-31', '1999-12-31T23:59:59Z', NULL, NULL, '', '[]', '{{}}',
     NULL, 'SRID=4326;POINT Z (100 50 0)')
"""


@unittest.skipUnless(CONNECTION, "SKIPPED: FIELDLOG_TEST_POSTGRES names no server")
class Postgres(PackageCase):
    def setUp(self):
        super().setUp()
        self.name = f"trees_{uuid.uuid4().hex}"
        self.connection = psycopg2.connect(CONNECTION)
        self.connection.autocommit = True
        self.addCleanup(self.connection.close)
        # QGIS keeps connections open for a while, and a table is not dropped while somebody reads it.
        self.query(_TABLE.format(name=self.name) + ";" + _ROWS.format(name=self.name))
        self.addCleanup(self.query, f"DROP TABLE {self.name} CASCADE")
        self.source = f'{CONNECTION} key=\'id\' srid=4326 type=PointZ table="public"."{self.name}" (geom)'
        self.project = projects.new_project()

    def query(self, text: str) -> list[tuple]:
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else []

    def layer(self, name="Trees", source="", **properties) -> str:
        return self.add(self.project, source or self.source, name, "postgres", **properties).id()

    def use_service(self) -> None:
        """Saves the project with a service in place of the connection."""
        self.save(self.project)
        path = self.files / "survey.qgs"
        text = path.read_text(encoding="utf-8")
        [layer] = self.project.mapLayers().values()
        written = layer.source().partition(" key=")[0]
        self.assertIn(written, text)
        path.write_text(text.replace(written, "service='farm'"), encoding="utf-8")

    def pack(self, **options):
        self.save(self.project)
        return self.package(**options)

    def test_a_layer_goes_offline_with_all_its_values(self):
        layer = self.layer()
        packaged = self.pack()
        self.assertEqual(packaged.actions[layer], {"action": "offline", "reason": "default"})
        self.assertEqual(packaged.problems, [])
        self.assertEqual(packaged.layers[layer]["provider_name"], "ogr")
        rows = packaged.rows(
            layer, "id, kind, big, ratio, price, is_old, planted, seen, moment, clock, hex(data), notes, tags, code, twice",
            "id",
        )  # fmt: skip
        self.assertEqual(rows[0][:7], (1, "oak", 7, 0.5, 12.34, 1, "2024-02-29"))
        self.assertEqual(rows[0][7], "2024-02-29T10:00:00.123Z")
        self.assertEqual(rows[0][9:11], ("12:30:01.500", "00FF"))
        self.assertEqual((json.loads(rows[0][11]), json.loads(rows[0][12])), ({"a": [1, None]}, ["x", "y, z"]))
        self.assertEqual(rows[0][13:], ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", 14))
        self.assertEqual(rows[1], (2, "ash", *[None] * 8, "", None, None, None, None))
        self.assertEqual(rows[2][:6], (3, "elm", -(2**62), 1.0, 0.0, 0))
        found = packaged.xml().find(f".//maplayer[id='{layer}']/customproperties")
        self.assertEqual(property_value(found, "remoteProvider"), "postgres")
        self.assertEqual(property_value(found, "QFieldSync/sourceDataPrimaryKeys"), "id")
        self.assertIn(self.name, property_value(found, "remoteSource"))

    def test_qgis_itself_takes_it_offline_too(self):
        layer = self.layer()
        packaged = self.pack(converter="qgiscore")
        self.assertEqual(packaged.rows(layer, "id, kind", "id"), [(1, "oak"), (2, "ash"), (3, "elm")])

    def test_a_layer_without_action_stays_online_as_it_is(self):
        layer = self.layer(cloud_action="no_action")
        packaged = self.pack()
        self.assertEqual(packaged.actions[layer], {"action": "no_action", "reason": "configured"})
        self.assertEqual(packaged.files, ["survey_qfield.qgz"])
        self.assertEqual(packaged.layers[layer]["provider_name"], "postgres")
        self.assertTrue(packaged.layers[layer]["is_valid"])
        source = packaged.xml().find(f".//maplayer[id='{layer}']/datasource").text
        before, after = QgsDataSourceUri(self.source), QgsDataSourceUri(source)
        self.assertEqual(after.connectionInfo(False), before.connectionInfo(False))
        self.assertEqual((after.schema(), after.table(), after.keyColumn()), ("public", self.name, "id"))

    def test_a_layer_can_be_removed(self):
        layer = self.layer(cloud_action="remove")
        packaged = self.pack()
        self.assertEqual((packaged.actions[layer]["action"], packaged.layers), ("remove", {}))

    def test_a_table_without_a_key_is_read_only_and_stays_online(self):
        self.query(f"CREATE VIEW v_{self.name} AS SELECT kind, big, geom FROM {self.name}")
        source = f'{CONNECTION} srid=4326 type=PointZ table="public"."v_{self.name}" (geom)'
        self.add(self.project, source + " key='kind'", "View", "postgres")
        layer = self.layer("Two keys", f'{CONNECTION} key=\'"kind","big"\' table="public"."v_{self.name}" (geom)')
        packaged = self.pack()
        self.assertEqual(packaged.actions[layer], {"action": "no_action", "reason": "no_usable_key"})
        self.assertIn(("Two keys", "no_usable_key"), packaged.problem_codes())

    def test_filters_of_layers_on_the_same_table_are_kept(self):
        oak = self.layer("Oak", self.source + " sql=\"kind\" = 'oak'")
        rest = self.layer("Rest", self.source + " sql=\"kind\" <> 'oak'")
        packaged = self.pack()
        self.assertEqual(packaged.table(oak), packaged.table(rest))
        self.assertEqual(packaged.rows(oak, "kind", "id"), [("oak",), ("ash",), ("elm",)])

    def test_a_filter_that_only_postgres_reads_is_applied_once(self):
        layer = self.layer("Oak", self.source + " sql=kind ~ '^o' AND tags @> '{x}'")
        packaged = self.pack()
        self.assertEqual(packaged.rows(layer, "kind"), [("oak",)])
        self.assertEqual(packaged.problem_codes(), [("Oak", "filter_applied_once")])

    def test_only_what_is_in_the_area_of_interest_is_copied(self):
        layer = self.layer()
        self.project.writeEntry("QFieldSync", "offlineCopyOnlyAoi", True)
        self.project.writeEntry("QFieldSync", "areaOfInterest", "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0))")
        self.project.writeEntry("QFieldSync", "areaOfInterestCrs", "EPSG:4326")
        packaged = self.pack()
        self.assertEqual(packaged.rows(layer, "kind"), [("oak",)])
        self.assertEqual(packaged.problem_codes(), [("Trees", "features_outside")])
        said = packaged.problems[0]["message"]
        self.assertIn("has 1 features outside of the area of interest and 1 without a place", said)

    def test_a_table_that_is_gone_is_removed_and_the_cause_is_said(self):
        layer = self.layer()
        self.save(self.project)
        self.query(f"ALTER TABLE {self.name} RENAME TO old_{self.name}")
        try:
            packaged = self.package()
        finally:
            self.query(f"ALTER TABLE old_{self.name} RENAME TO {self.name}")
        self.assertEqual(packaged.actions[layer], {"action": "remove", "reason": "invalid"})

    def test_a_service_of_the_secrets_is_found(self):
        layer = self.layer()
        self.use_service()
        environment = {"PGSERVICE_FILE_CONTENTS": _SERVICE, "HOME": str(self.io)}
        with mock.patch.dict(os.environ, environment):
            done, packaged = run_in_process(self.io, "survey.qgs")
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("error", packaged.feedback)
        self.assertEqual(packaged.rows(layer, "kind", "id"), [("oak",), ("ash",), ("elm",)])


    def take_role(self) -> str:
        """A role that sees one row of the table alone, as that of the project's secrets."""
        role = f"role_{uuid.uuid4().hex}"
        self.query(
            f"CREATE ROLE {role}; GRANT SELECT ON {self.name} TO {role}; ALTER TABLE {self.name} ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY own ON {self.name} FOR SELECT TO {role} USING (kind = 'elm')"
        )
        self.addCleanup(self.query, f"DROP ROLE {role}")
        self.addCleanup(self.query, f"DROP OWNED BY {role}")
        patch = mock.patch.dict(os.environ, {"QFC_PG_EFFECTIVE_USER": role})
        patch.start()
        self.addCleanup(patch.stop)
        return role

    def test_a_package_holds_what_the_effective_user_may_see(self):
        layer = self.layer()
        everything = self.pack()
        role = self.take_role()
        # As a job, in a process of its own: the connections of this one are open already.
        _, packaged = run_in_process(self.io, "survey.qgs")
        self.assertEqual(packaged.rows(layer, "kind"), [("elm",)])
        # It is the same table for everybody, and nobody is named in what is downloaded.
        self.assertEqual(packaged.table(layer), everything.table(layer))
        self.assertNotIn(role, packaged.text() + json.dumps(packaged.feedback))
        _, packaged = run_in_process(self.io, "survey.qgs", "qgiscore")
        self.assertEqual(packaged.rows(layer, "kind"), [("elm",)])

    def test_online_layers_keep_the_role_that_they_had(self):
        plain, own = self.layer("Plain", cloud_action="no_action"), f"own_{uuid.uuid4().hex}"
        self.query(f"CREATE ROLE {own}; GRANT SELECT ON {self.name} TO {own}")
        self.addCleanup(self.query, f"DROP OWNED BY {own}; DROP ROLE {own}")
        with_role = self.layer("Own", f"session_role='{own}' {self.source}", cloud_action="no_action")
        self.save(self.project)
        _, before = run_in_process(self.io, "survey.qgs")
        role = self.take_role()
        _, packaged = run_in_process(self.io, "survey.qgs")
        self.assertEqual(packaged.layers, before.layers)
        self.assertTrue(all(layer["is_valid"] for layer in packaged.layers.values()))
        sources = [packaged.xml().find(f".//maplayer[id='{id}']/datasource").text for id in (plain, with_role)]
        self.assertEqual([QgsDataSourceUri(source).param("session_role") for source in sources], ["", own])
        self.assertNotIn(role, packaged.text() + json.dumps(packaged.feedback))

    def test_a_role_of_the_source_gives_way(self):
        other = f"other_{uuid.uuid4().hex}"
        self.query(f"CREATE ROLE {other}; GRANT SELECT ON {self.name} TO {other}")
        self.addCleanup(self.query, f"DROP OWNED BY {other}; DROP ROLE {other}")
        layer = self.layer("Own", f"session_role='{other}' {self.source}")
        self.save(self.project)
        role = self.take_role()
        self.query(f"REVOKE SELECT ON {self.name} FROM {other}")
        _, packaged = run_in_process(self.io, "survey.qgs")
        self.assertEqual(packaged.rows(layer, "kind"), [("elm",)])
        self.assertNotIn(role, packaged.text() + json.dumps(packaged.feedback))
        found = packaged.xml().find(f".//maplayer[id='{layer}']/customproperties")
        self.assertIn(f"session_role='{other}'", property_value(found, "remoteSource"))

    def test_the_options_of_a_service_do_not_hide_the_role(self):
        layer = self.layer()
        self.use_service()
        self.take_role()
        services = f"{_SERVICE}options=-c search_path=public\n"
        with mock.patch.dict(os.environ, {"PGSERVICE_FILE_CONTENTS": services, "HOME": str(self.io)}):
            _, packaged = run_in_process(self.io, "survey.qgs")
        self.assertEqual(packaged.rows(layer, "kind"), [("elm",)])

    def test_what_a_warm_container_gets_with_the_order_counts(self):
        layer = self.layer()
        self.use_service()
        role = self.take_role()
        del os.environ["QFC_PG_EFFECTIVE_USER"]
        os.mkfifo(self.io / "wake")
        order = {
            "arguments": ["package", "--", projects.PROJECT_ID, "survey.qgs", "pythonmini"],
            "environment": {"PGSERVICE_FILE_CONTENTS": _SERVICE, "QFC_PG_EFFECTIVE_USER": role},
        }
        (self.io / "order.json").write_text(json.dumps(order))
        environment = {**os.environ, "FIELDLOG_IO_DIR": str(self.io), "HOME": str(self.io)}
        subprocess.run(
            [sys.executable, "entrypoint.py", "--wait"], cwd=projects.APP, env=environment, check=True, capture_output=True
        )
        packaged = Packaged(json.loads((self.io / "feedback.json").read_text(encoding="utf-8")), self.io / "export")
        self.assertEqual(packaged.rows(layer, "kind"), [("elm",)])

    def test_a_role_that_cannot_be_taken_opens_nothing(self):
        layer = self.layer()
        self.save(self.project)
        with mock.patch.dict(os.environ, {"QFC_PG_EFFECTIVE_USER": f"no 'such\" role {self.name}"}):
            _, packaged = run_in_process(self.io, "survey.qgs")
        self.assertEqual(packaged.actions[layer], {"action": "remove", "reason": "invalid"})


if __name__ == "__main__":
    unittest.main()
