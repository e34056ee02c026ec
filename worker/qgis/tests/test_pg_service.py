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


if __name__ == "__main__":
    unittest.main()
