"""The services of a project's secrets are where PostgreSQL looks for them."""

import stat
import tempfile
import unittest
from pathlib import Path

from fieldlog_qgis import pg_service


class PgService(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.file = self.home / ".pg_service.conf"

    def test_the_services_are_written_for_this_user_alone(self):
        for services in ("\n[farm]\nhost=db.example\npassword=geheim-ß", "\n[farm]\nhost=b"):
            pg_service.write({"PGSERVICE_FILE_CONTENTS": services}, self.home)
            self.assertEqual(self.file.read_text(encoding="utf-8"), services)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)

    def test_without_services_there_is_no_file(self):
        for environment in ({}, {"PGSERVICE_FILE_CONTENTS": ""}):
            pg_service.write(environment, self.home)
        self.assertFalse(self.file.exists())

    def test_a_role_is_taken_by_each_connection(self):
        for before, after in (
            ({}, "-c role=ann"), ({"PGOPTIONS": "-c geqo=off"}, "-c geqo=off -c role=ann"),
        ):  # fmt: skip
            environment = before | {"QFC_PG_EFFECTIVE_USER": "ann"}
            pg_service.take_role(environment)
            self.assertEqual(environment["PGOPTIONS"], after)
        environment = {"QFC_PG_EFFECTIVE_USER": "ann b\\c"}
        pg_service.take_role(environment)
        self.assertEqual(environment["PGOPTIONS"], "-c role=ann\\ b\\\\c")

    def test_without_a_role_nothing_changes(self):
        for environment in ({}, {"QFC_PG_EFFECTIVE_USER": ""}):
            before = dict(environment)
            pg_service.take_role(environment)
            self.assertEqual(environment, before)

    def test_a_service_with_options_takes_the_role_too(self):
        services = "[a]\noptions=-c geqo=off\nhost=x\n[b]\nhost=options"
        pg_service.write({"PGSERVICE_FILE_CONTENTS": services, "QFC_PG_EFFECTIVE_USER": "ann"}, self.home)
        written = "[a]\noptions=-c geqo=off -c role=ann\nhost=x\n[b]\nhost=options"
        self.assertEqual(self.file.read_text(encoding="utf-8"), written)


if __name__ == "__main__":
    unittest.main()
