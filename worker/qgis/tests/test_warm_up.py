"""Getting warm does a bit of each job, and leaves nothing of it behind."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from . import projects

_WARM = """
import gc, json, logging, os, sys, tempfile
from fieldlog_qgis import log, warm_up
from fieldlog_qgis.deltas.applying import Applier
from qgis.core import QgsProject
from osgeo import gdal

log.configure()
feedback = []
apply = Applier.apply
Applier.apply = lambda *arguments: feedback.extend(apply(*arguments)) or feedback
environment = dict(os.environ)
warm_up.warm_up()
project = QgsProject.instance()
print(json.dumps({
    "feedback": [item["status"] for item in feedback],
    "layers": len(project.mapLayers()), "title": project.title(), "file": project.fileName(), "crs": project.crs().authid(),
    "journal": gdal.GetConfigOption("OGR_SQLITE_JOURNAL"),
    "folders": [name for name in os.listdir(tempfile.gettempdir()) if name.startswith(("fieldlog-warm", "fieldlog-project"))],
    "files": [name for name in (os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
              if os.path.exists(f"/proc/self/fd/{fd}")) if "warm" in name],
    "environment": [name for name in os.environ if os.environ[name] != environment.get(name)],
    "modules": [name for name in ("numpy", "qgis._gui", "openpyxl", "psycopg2") if name in sys.modules],
}))
"""


class WarmUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-c", _WARM], cwd=projects.APP, env={**os.environ, "TMPDIR": folder},
                capture_output=True, text=True, check=True,
            )  # fmt: skip
        cls.log, cls.left = done.stderr, json.loads(done.stdout)

    def test_it_really_works(self):
        self.assertEqual(self.left["feedback"], ["status_applied"])
        self.assertIn("Copied 1 features of 'warm' inside SQLite", self.log)
        self.assertNotIn("WARNING", self.log)
        self.assertNotIn("ERROR", self.log)

    def test_nothing_is_left_of_the_project(self):
        left = {name: self.left[name] for name in ("layers", "title", "file", "crs", "journal")}
        self.assertEqual(left, {"layers": 0, "title": "", "file": "", "crs": "", "journal": None})
        self.assertEqual((self.left["folders"], self.left["files"]), ([], []))
        # What holds for every job.
        self.assertLessEqual(set(self.left["environment"]), {"PGCONNECT_TIMEOUT", "PROJ_DATA"})

    def test_what_takes_much_memory_is_not_loaded(self):
        self.assertEqual(self.left["modules"], [])


if __name__ == "__main__":
    unittest.main()
