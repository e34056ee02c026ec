"""Making projects for the packaging tests, packaging them, and reading packages without QGIS."""

import argparse
import contextlib
import dataclasses
import hashlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
import zipfile
from contextlib import closing
from pathlib import Path

from osgeo import gdal, ogr, osr
from qgis.core import QgsMapLayer, QgsProject, QgsVectorLayer

from fieldlog_qgis import qgis_app, workflow
from fieldlog_qgis.job_directory import JobDirectory
from fieldlog_qgis.workflows.package import WORKFLOW

from . import projects

gdal.UseExceptions()


@dataclasses.dataclass
class Packaged:
    """What packaging left behind."""

    feedback: dict
    export: Path
    log: str = ""
    markers: str = ""

    @property
    def actions(self) -> dict:
        return self.feedback["outputs"]["package_project"]["layer_actions"]

    @property
    def problems(self) -> list[dict]:
        return self.feedback["outputs"]["package_project"]["problems"]

    @property
    def layers(self) -> dict:
        """The layers of the reopened package, by id."""
        return self.feedback["outputs"]["qfield_layer_data"]["layers_by_id"]

    @property
    def files(self) -> list[str]:
        return sorted(file.relative_to(self.export).as_posix() for file in self.export.rglob("*") if not file.is_dir())

    def xml(self) -> ElementTree.Element:
        (archive,) = self.export.glob("*.qgz")
        with zipfile.ZipFile(archive) as opened:
            return ElementTree.fromstring(opened.read(f"{archive.stem}.qgs"))

    def text(self) -> str:
        return ElementTree.tostring(self.xml(), encoding="unicode")

    def table(self, id: str) -> str:
        return self.layers[id]["datasource"].split("layername=")[1].split("|")[0]

    def rows(self, id: str, columns: str = "*", order: str = "1") -> list[tuple]:
        return self.sql(f'SELECT {columns} FROM "{self.table(id)}" ORDER BY {order}')

    def sql(self, sql: str) -> list[tuple]:
        return sql_rows(self.export / "data.gpkg", sql)

    def problem_codes(self) -> list[tuple[str, str]]:
        return [(problem["layer_name"], problem["code"]) for problem in self.problems]


class PackageCase(unittest.TestCase):
    """A job directory, and what the tests do with it."""

    @classmethod
    def setUpClass(cls):
        # Layers made before QGIS runs would find no data provider.
        qgis_app.start()
        # The tests hold projects open; that is to leave nothing beside their GeoPackages.
        gdal.SetConfigOption("OGR_SQLITE_JOURNAL", "DELETE")

    def setUp(self):
        self._open_projects = []
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.io = Path(folder.name)
        self.files = self.io / "files"
        self.files.mkdir()

    def package(self, name: str = "survey.qgs", converter: str = "pythonmini") -> Packaged:
        """Packages inside this process, which has QGIS running, and expects no failure."""
        packaged = self.try_to_package(name, converter)
        if "error" in packaged.feedback:
            self.fail(packaged.feedback["error_stack"])
        return packaged

    def try_to_package(self, name: str = "survey.qgs", converter: str = "pythonmini") -> Packaged:
        arguments = argparse.Namespace(project_id=projects.PROJECT_ID, project_file=name, converter=converter)
        before = contents(self.files)
        # All but the last step, which stops QGIS.
        steps = dataclasses.replace(WORKFLOW, steps=WORKFLOW.steps[:-1])
        with self.assertLogs("fieldlog", "INFO") as logs, contextlib.redirect_stderr(io.StringIO()) as markers:
            feedback = workflow.run(steps, arguments, JobDirectory(self.io))
        self.addCleanup(QgsProject.instance().clear)
        self.assertEqual(contents(self.files), before, "packaging has changed the project's own files")
        packaged = Packaged(
            json.loads(json.dumps(feedback.as_dict())), self.io / "export", "\n".join(logs.output), markers.getvalue()
        )
        for path in packaged.export.rglob("*"):
            self.assertTrue(path.is_dir() or path.is_file(), path)
            self.assertFalse(path.is_symlink(), path)
            self.assertNotRegex(path.name, r"-(wal|shm|journal)$")
        return packaged

    def add(self, project: QgsProject, source: str, name: str, provider: str = "ogr", **properties) -> QgsVectorLayer:
        """Adds a vector layer with `QFieldSync/…` properties."""
        self._open_projects.append(project)
        layer = QgsVectorLayer(source, name, provider)
        self.assertTrue(layer.isValid(), source)
        return add_to(project, layer, **properties)

    def save(self, project: QgsProject, name: str = "survey.qgs", view=None) -> None:
        projects.save(project, self.files / name, view)


def add_to(project: QgsProject, layer: QgsMapLayer, **properties):
    """Adds a layer of any kind with `QFieldSync/…` properties."""
    for key, value in properties.items():
        layer.setCustomProperty(f"QFieldSync/{key}", value)
    projects.add_layer(project, layer)
    return layer


def run_in_process(io: Path, name: str, converter: str = "pythonmini") -> tuple[subprocess.CompletedProcess, Packaged]:
    """Packages as the worker does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "entrypoint.py", "package", "--", projects.PROJECT_ID, name, converter],
        cwd=projects.APP, env={**os.environ, "FIELDLOG_IO_DIR": str(io)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    feedback = json.loads((io / "feedback.json").read_text(encoding="utf-8"))
    return done, Packaged(feedback, io / "export", done.stderr)


def write_table(path: Path, name: str, kind: int, fields: dict[str, object], rows: list[tuple], **options) -> str:
    """Writes a table into a GeoPackage (new or not): rows are WKT (or None) and values; returns the layer source."""
    if path.exists():
        data = gdal.OpenEx(str(path), gdal.OF_UPDATE | gdal.OF_VECTOR)
    else:
        data = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(options.pop("epsg", 3857))
    layer = data.CreateLayer(name, crs, kind, [f"{key.upper()}={value}" for key, value in options.items()])
    for field, definition in fields.items():
        layer.CreateField(definition if isinstance(definition, ogr.FieldDefn) else field_definition(field, definition))
    for wkt, *values in rows:
        feature = ogr.Feature(layer.GetLayerDefn())
        if wkt is not None:
            feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
        for index, value in enumerate(values):
            if value is None:
                feature.SetFieldNull(index)
            elif isinstance(value, bytes):
                feature.SetFieldBinary(index, value)
            else:
                feature.SetField(index, value)
        layer.CreateFeature(feature)
    data.Close()
    return f"{path}|layername={name}"


def field_definition(name: str, kind) -> ogr.FieldDefn:
    """A column of an OGR type, or of a type and a subtype."""
    kind, subtype = kind if isinstance(kind, tuple) else (kind, ogr.OFSTNone)
    definition = ogr.FieldDefn(name, kind)
    definition.SetSubType(subtype)
    return definition


def sql_rows(path: Path, sql: str) -> list[tuple]:
    """The rows of a query, read by plain SQLite."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def contents(folder: Path) -> dict[str, str]:
    """A digest of each file in a folder."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink()
    }


def write_raster(path: Path, value: int = 7) -> str:
    """Writes a small GeoTIFF; returns the path as a source."""
    data = gdal.GetDriverByName("GTiff").Create(str(path), 4, 4, 1, gdal.GDT_Byte)
    data.SetGeoTransform((0, 10, 0, 40, 0, -10))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(3857)
    data.SetProjection(crs.ExportToWkt())
    data.GetRasterBand(1).Fill(value)
    data.Close()
    return str(path)


def property_value(properties: ElementTree.Element, name: str) -> str | None:
    """A custom property of a layer in the XML of a project."""
    option = properties.find(f"./Option/Option[@name='{name}']")
    return None if option is None else option.get("value")
