"""A copy of the cases, whose scripts run in the QGIS image: they make inputs, and edit packages as a device does."""

import functools
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.server import setting

# One of the scripts takes it for granted that it knows the folder.
RUN = (
    "import builtins, mk, runpy, sys; builtins.ROOT = mk.ROOT; sys.argv.pop(0); "
    "runpy.run_path(sys.argv[0], {}, '__main__')"
)

READ_PLACES = Path(__file__).with_name("read_places.py")


class Workshop:
    def __init__(self, cases: Path):
        self._place = tempfile.TemporaryDirectory(prefix="fieldlog-field-edits-")
        self.folder = Path(self._place.name, "cases")
        shutil.copytree(cases, self.folder)
        shutil.copy(READ_PLACES, self.folder)
        self._made: set[str] = set()

    def inputs(self, case: str, script: str = "make.py") -> Path:
        """The folder of a case, once its script has made the inputs there."""
        if (made := f"{case}/{script}") not in self._made:
            self.run(self.folder / case / script)
            self._made.add(made)
        return self.folder / case

    def run(self, script: Path, *arguments: Path | str, zone: str = "UTC") -> str:
        """What a script of the cases prints, in the QGIS image and in a time zone."""
        environment = {"HOME": "/tmp", "TZ": zone, "QT_QPA_PLATFORM": "offscreen"}
        environment["PYTHONPATH"] = f"{self.folder}:/usr/share/qgis/python"
        command = ["docker", "run", "--rm", "--network", "none", "--user", f"{os.getuid()}:{os.getgid()}"]
        command += [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
        command += ["-v", f"{self._place.name}:{self._place.name}", "--entrypoint", "python3", setting("IMAGE")]
        command += ["-c", RUN, str(script), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise AssertionError(f"{script} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def places(self, content: bytes, layer: str, column: str) -> dict[str, str | None]:
        """The places of a layer as WKT, by what a column holds."""
        file = self.folder / "places.gpkg"
        file.write_bytes(content)
        return json.loads(self.run(self.folder / READ_PLACES.name, file, layer, column))

    def device(self, package: dict[str, bytes], zone: str = "UTC") -> "QgisDevice":
        """A new device with the files of a package."""
        folder = Path(tempfile.mkdtemp(dir=self._place.name))
        device = QgisDevice(self, folder, zone)
        device.download(package)
        return device


class QgisDevice:
    def __init__(self, workshop: Workshop, folder: Path, zone: str):
        self._workshop, self._folder, self._zone = workshop, folder, zone
        self.package = folder / "package"

    def download(self, package: dict[str, bytes]) -> None:
        """Takes a package; the device is still the same one to the server."""
        for name, content in package.items():
            path = self.package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def does(self, *steps: dict) -> list[dict]:
        """Edits the package in QGIS, and gives the deltas of that; layers that are read-only are left alone."""
        written, deltas = self._folder / "steps.json", self._folder / "deltas.json"
        written.write_text(json.dumps(steps))
        self._workshop.run(self._workshop.folder / "dev.py", self.package, written, deltas, zone=self._zone)
        return json.loads(deltas.read_text())


def create(layer: str, place: str | None = None, **attributes) -> dict:
    return {"op": "create", "layer": layer, "attrs": attributes, **({"wkt": place} if place else {})}


def patch(layer: str, where: dict, **attributes) -> dict:
    return {"op": "patch", "layer": layer, "where": where, "attrs": attributes}


def delete(layer: str, where: dict) -> dict:
    return {"op": "delete", "layer": layer, "where": where}


@functools.cache
def _workshop(cases: Path) -> Workshop:
    return Workshop(cases)


def workshop_or_skip(test: unittest.TestCase) -> Workshop:
    testdata = os.environ.get("FIELDLOG_COMPAT_TESTDATA")
    if not testdata:
        test.skipTest("SKIPPED: no folder ../shared/testdata/field-edits")
    return _workshop(Path(testdata, "field-edits"))
