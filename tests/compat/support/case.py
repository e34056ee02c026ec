"""The test case all suites build on."""

import tempfile
import unittest
from pathlib import Path

from .shapes import problems

# The smallest project file the server can read; jobs that open it need no data.
QGIS_FILE = b"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis projectname=\"\" version=\"3.40.6-Bratislava\"/>\n"


class CompatCase(unittest.TestCase):
    maxDiff = None

    def assert_shape(self, shape: dict, value) -> None:
        self.assertEqual([], problems(shape, value))

    def assert_has(self, expected: dict, value: dict) -> None:
        """These keys have these values; other keys are free."""
        self.assertEqual(expected, {key: value.get(key, "(missing)") for key in expected})

    def folder(self, files: dict[str, bytes] | None = None) -> Path:
        """A new folder with these files; gone after the test."""
        place = tempfile.TemporaryDirectory(prefix="fieldlog-compat-")
        self.addCleanup(place.cleanup)
        for name, content in (files or {}).items():
            path = Path(place.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return Path(place.name)
