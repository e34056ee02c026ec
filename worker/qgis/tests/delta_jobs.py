"""Applying deltas in the tests: projects over data of every format, and deltas as devices write them."""

import argparse
import json
import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import uuid
from pathlib import Path

from osgeo import gdal, ogr, osr
from qgis.core import QgsVectorLayer

from fieldlog_qgis import qgis_app
from fieldlog_qgis.job_directory import JobDirectory
from fieldlog_qgis.log import logger
from fieldlog_qgis.workflows.apply_deltas import WORKFLOW

from . import projects

CLIENT = "cd517e24-a520-4021-8850-e5af70e3a612"
APPLIED, FAILED, CONFLICT, UNKNOWN = "status_applied", "status_apply_failed", "status_conflict", "status_unknown_error"

gdal.UseExceptions()


def make_file(
    path: Path,
    driver: str,
    fields: dict,
    type=ogr.wkbPoint,
    rows=(),
    name="trees",
    options=(),
    layer_options=(),
    epsg=4326,
) -> None:
    """A file of one layer; each row is its WKT and its values by field."""
    dataset = gdal.GetDriverByName(driver).Create(str(path), 0, 0, 0, gdal.GDT_Unknown, list(options))
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(epsg)
    layer = dataset.CreateLayer(name, srs if type != ogr.wkbNone else None, type, list(layer_options))
    for field, kind in fields.items():
        definition = ogr.FieldDefn(field, kind[0] if isinstance(kind, tuple) else kind)
        if isinstance(kind, tuple):
            definition.SetWidth(kind[1])
            definition.SetPrecision(kind[2] if len(kind) > 2 else 0)
        layer.CreateField(definition)
    for wkt, values in rows:
        feature = ogr.Feature(layer.GetLayerDefn())
        for field, value in values.items():
            feature[field] = value
        if wkt is not None:
            feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
        layer.CreateFeature(feature)
    layer = None
    dataset.Close()


def sql(path: Path, script: str) -> None:
    """Runs SQL that changes no geometry over a GeoPackage or an SQLite file."""
    connection = sqlite3.connect(path)
    # Triggers name them; without a geometry that changes they are not called.
    for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        connection.create_function(name, 1, lambda _: None)
    connection.executescript(script)
    connection.close()


def rows(path: Path, query: str) -> list[tuple]:
    """What an SQLite file holds, read without QGIS, GDAL and the code under test."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def features(path: Path, layer: str | int = 0) -> list[tuple[str | None, dict]]:
    """What GDAL finds in a file: WKT and attributes."""
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    found = []
    for feature in dataset.GetLayer(layer):
        shape = feature.GetGeometryRef()
        found.append((shape.ExportToIsoWkt() if shape else None, feature.items()))
    return found


class DeltaCase(unittest.TestCase):
    """A job directory with a project in it."""

    @classmethod
    def setUpClass(cls):
        # Layers made before QGIS runs would find no data provider.
        qgis_app.start()
        # What a delta was refused for is in the feedback, which the tests look at.
        logger.setLevel(logging.CRITICAL)
        cls.addClassCleanup(logger.setLevel, logging.NOTSET)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.io = Path(folder.name)
        self.files = self.io / "files"
        self.files.mkdir()
        self.layer_id = ""

    def make_project(self, *sources: str, provider="ogr", prepare=None) -> list[str]:
        """Saves a project over these sources (paths are in the folder of files); returns the ids of its layers."""
        project = projects.new_project()
        layers = []
        for source in sources:
            layer = QgsVectorLayer(source.replace("./", f"{self.files}/"), f"Layer of {source}", provider)
            self.assertTrue(layer.isValid(), layer.error().summary())
            project.addMapLayer(layer)
            layers.append(layer)
        if prepare is not None:
            prepare(project, *layers)
        projects.save(project, self.files / "survey.qgs")
        ids = [layer.id() for layer in layers]
        self.layer_id = ids[0]
        return ids

    def delta(self, method: str, pk="", old=None, new=None, local_pk=None, **more) -> dict:
        """One delta for the first layer."""
        made = {
            "uuid": str(uuid.uuid4()),
            "clientId": CLIENT,
            "exportId": CLIENT,
            "method": method,
            "localPk": str(pk) if local_pk is None else str(local_pk),
            "sourcePk": str(pk),
            "localLayerId": self.layer_id,
            "sourceLayerId": self.layer_id,
        }
        return made | ({"old": old} if old is not None else {}) | ({"new": new} if new is not None else {}) | more

    def create(self, attributes=None, geometry="Point (1 2)", **more) -> dict:
        state = {"attributes": attributes or {}}
        return self.delta("create", new=state | ({"geometry": geometry} if geometry is not None else {}), **more)

    def patch(self, pk, old: dict, new: dict, **more) -> dict:
        return self.delta("patch", pk, {"attributes": old}, {"attributes": new}, **more)

    def move(self, pk, geometry, old="Point (0 0)", **more) -> dict:
        return self.delta("patch", pk, {"geometry": old}, {"geometry": geometry}, **more)

    def delete(self, pk, old=None, **more) -> dict:
        return self.delta("delete", pk, {"attributes": old or {}}, **more)

    def write(self, deltas: list, client_pks: dict | None = None, **known: dict | list) -> None:
        """Writes the delta file; `known` is what the worker tells besides, by its name there."""
        file = {"version": "1.0", "id": "b7c17bc6", "project": projects.PROJECT_ID, "deltas": deltas, "files": []}
        text = json.dumps(file | {"clientPks": client_pks or {}} | known)
        (self.io / "deltafile.json").write_text(text, encoding="utf-8")

    def apply(self, *deltas, client_pks=None, options=(), **known) -> list[dict]:
        """Applies deltas in this process; returns the feedback on each as the worker reads it."""
        self.write(list(deltas), client_pks, **known)
        return self.apply_file(*options)

    def apply_file(self, *options, name="survey.qgs") -> list[dict]:
        parser = argparse.ArgumentParser()
        WORKFLOW.add_arguments(parser)
        state = WORKFLOW.begin(parser.parse_args([*options, "--", projects.PROJECT_ID, name]), JobDirectory(self.io))
        returned = next(step for step in WORKFLOW.steps if step.id == "apply_deltas").run(state)
        return json.loads(json.dumps(returned["delta_feedback"]))

    def apply_one(self, delta, **more) -> dict:
        return self.apply(delta, **more)[0]

    def assert_applied(self, *items: dict) -> None:
        for item in items:
            self.assertEqual((item["status"], item["e_type"]), (APPLIED, None), item["msg"])

    def assert_failed(self, item: dict, words: str, status=FAILED) -> None:
        self.assertEqual(item["status"], status, item["msg"])
        self.assertIn(words, item["msg"])
        self.assertIsNone(item["modified_pk"])
        self.assertEqual(item["after"], item["before"])

    def run_job(self, *options: str, name="survey.qgs") -> projects.Result:
        """Runs the job as the worker does, in a process of its own."""
        done = subprocess.run(
            [sys.executable, "entrypoint.py", "apply_deltas", *options, "--", projects.PROJECT_ID, name],
            cwd=projects.APP,
            env={**os.environ, "FIELDLOG_IO_DIR": str(self.io)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        text = (self.io / "feedback.json").read_text(encoding="utf-8")
        return projects.Result(done.returncode, done.stderr, json.loads(text), self.io / "thumbnail.png")
