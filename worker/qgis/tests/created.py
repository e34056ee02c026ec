"""Creating projects in the tests: seeds as the server answers them, and what a job has made of them."""

import argparse
import contextlib
import dataclasses
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

from osgeo import gdal
from qgis.core import QgsProject

from fieldlog_qgis import qgis_app, workflow
from fieldlog_qgis.job_directory import JobDirectory
from fieldlog_qgis.workflows.create_project import WORKFLOW

from . import projects

SCHEMA = "https://app.qfield.cloud/schemas/project-seed-20251201.json"
OSM = {"url": "https://tile.example.org/{z}/{x}/{y}.png?a=1&b=2", "style": "standard", "name": "Streets"}


@dataclasses.dataclass
class Created:
    """What creating left behind."""

    feedback: dict
    files: Path
    log: str = ""
    markers: str = ""

    @property
    def problems(self) -> list[dict]:
        return self.feedback["outputs"]["configure_qgis_project"]["problems"]

    @property
    def layers(self) -> dict:
        return self.feedback["outputs"]["qgis_layers_data"]["layers_by_id"]

    def names(self) -> list[str]:
        return sorted(path.relative_to(self.files).as_posix() for path in self.files.rglob("*") if not path.is_dir())

    def xml(self, name: str = "project.qgz") -> ElementTree.Element:
        return ElementTree.fromstring(project_bytes(self.files / name))


def write_seed(io: Path, basemaps=(), xlsform=None, schema=SCHEMA, **values) -> None:
    """Writes a seed as the server answers it."""
    document = {
        "project": projects.PROJECT_ID,
        "name": "River survey",
        "extent": None,
        "clone_from_project": None,
        "xlsform_file": None,
        "settings": {"schemaId": schema, "basemaps": list(basemaps), "xlsform": xlsform},
        "crs": "EPSG:3857",
    }
    (io / "seed.json").write_text(json.dumps(document | values), encoding="utf-8")


def project_bytes(path: Path) -> bytes:
    """The XML of a project file."""
    if path.suffix == ".qgs":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"{path.stem}.qgs")


def canvas(xml: ElementTree.Element) -> list[float]:
    """The saved view: west, south, east, north."""
    extent = xml.find("mapcanvas[@name='theMapCanvas']/extent")
    return [float(extent.find(name).text) for name in ("xmin", "ymin", "xmax", "ymax")]


def run_in_process(io: Path) -> tuple[subprocess.CompletedProcess, Created]:
    """Creates as the worker does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "entrypoint.py", "create_project", "--", projects.PROJECT_ID],
        cwd=projects.APP, env={**os.environ, "FIELDLOG_IO_DIR": str(io)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    feedback = json.loads((io / "feedback.json").read_text(encoding="utf-8"))
    return done, Created(feedback, io / "files", done.stderr)


class CreateCase(unittest.TestCase):
    """A job directory, and what the tests do with it."""

    @classmethod
    def setUpClass(cls):
        # Layers made before QGIS runs would find no data provider.
        qgis_app.start()
        gdal.SetConfigOption("OGR_SQLITE_JOURNAL", "DELETE")

    def setUp(self):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.io = Path(folder.name)
        self.files = self.io / "files"
        self.files.mkdir()

    def seed(self, *arguments, **values) -> None:
        write_seed(self.io, *arguments, **values)

    def create(self) -> Created:
        """Creates inside this process, which has QGIS running, and expects no failure."""
        created = self.try_to_create()
        if "error" in created.feedback:
            self.fail(created.feedback["error_stack"])
        return created

    def try_to_create(self) -> Created:
        # All but the last step, which stops QGIS.
        steps = dataclasses.replace(WORKFLOW, steps=WORKFLOW.steps[:-1])
        with self.assertLogs("fieldlog", "INFO") as logs, contextlib.redirect_stderr(io.StringIO()) as markers:
            arguments = argparse.Namespace(project_id=projects.PROJECT_ID)
            feedback = workflow.run(steps, arguments, JobDirectory(self.io))
        self.addCleanup(QgsProject.instance().clear)
        content = json.loads(json.dumps(feedback.as_dict()))
        return Created(content, self.files, "\n".join(logs.output), markers.getvalue())

    def assert_refused(self, words: str, at: str, error_class: str | None = None) -> None:
        """Expects that the job fails in a step, with these words."""
        feedback = self.try_to_create().feedback
        self.assertIn(words, feedback.get("error", "no error"))
        self.assertEqual([step["id"] for step in feedback["steps"] if step["stage"] == 1], [at])
        self.assertNotEqual(feedback["error_type"], "UNKNOWN", feedback["error_stack"])
        if error_class:
            self.assertEqual(feedback["error_class"], error_class)
