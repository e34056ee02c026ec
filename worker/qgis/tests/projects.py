"""Small QGIS projects for the tests, made with PyQGIS, and running a job over them."""

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsMapLayer,
    QgsProject,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from fieldlog_qgis import qgis_app

APP = Path(__file__).resolve().parent.parent
PROJECT_ID = "0b8f3c0e-6d5f-4a53-9f5b-2f6f0f8d7f11"
CRS = "EPSG:3857"


@dataclass
class Result:
    """What a job left behind."""

    exit_code: int
    log: str
    feedback: dict
    thumbnail: Path

    @property
    def details(self) -> dict:
        return self.feedback["outputs"]["project_details"]["project_details"]

    def layer(self, name: str) -> dict:
        return next(layer for layer in self.details["layers_by_id"].values() if layer["name"] == name)


def run_job(io: Path, name: str) -> Result:
    """Runs the job as the worker does, in a process of its own, and reads what it left."""
    done = subprocess.run(
        [sys.executable, "entrypoint.py", "process_projectfile", PROJECT_ID, name],
        cwd=APP, env={**os.environ, "FIELDLOG_IO_DIR": str(io)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    text = (io / "feedback.json").read_text(encoding="utf-8") if (io / "feedback.json").exists() else "null"
    return Result(done.returncode, done.stderr, json.loads(text), io / "thumbnail.png")


def add_square(project: QgsProject, folder: Path, centre=(1_000_000.0, 6_000_000.0), side=100.0) -> QgsVectorLayer:
    """A layer of one red square in a GeoPackage beside the project file."""
    memory = QgsVectorLayer(f"Polygon?crs={CRS}&field=kind:string", "squares", "memory")
    feature = QgsFeature(memory.fields())
    x, y = centre
    feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x - side / 2, y - side / 2, x + side / 2, y + side / 2)))
    feature.setAttributes(["red"])
    memory.dataProvider().addFeatures([feature])
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.layerName = "squares"
    path = str(folder / "squares.gpkg")
    QgsVectorFileWriter.writeAsVectorFormatV3(memory, path, project.transformContext(), options)
    layer = QgsVectorLayer(f"{path}|layername=squares", "Squares", "ogr")
    assert layer.isValid()
    symbol = QgsFillSymbol.createSimple({"color": "#ff0000", "outline_style": "no"})
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    project.addMapLayer(layer)
    return layer


def new_project(title: str = "Test project") -> QgsProject:
    """An empty project in web mercator."""
    qgis_app.start()
    project = QgsProject()
    project.setTitle(title)
    project.setCrs(QgsCoordinateReferenceSystem(CRS))
    return project


def add_layer(project: QgsProject, layer: QgsMapLayer) -> None:
    """Adds a layer below the others, also one that cannot be opened here."""
    project.addMapLayer(layer, False)
    project.layerTreeRoot().addLayer(layer)


def save(project: QgsProject, path: Path, view: QgsRectangle | None = None) -> None:
    """Writes the project, with the map view that the desktop's window would write."""

    def write_view(document):
        canvas = document.createElement("mapcanvas")
        canvas.setAttribute("name", "theMapCanvas")
        extent = document.createElement("extent")
        values = {"xmin": view.xMinimum(), "ymin": view.yMinimum(), "xmax": view.xMaximum(), "ymax": view.yMaximum()}
        for name, value in values.items():
            element = document.createElement(name)
            element.appendChild(document.createTextNode(str(value)))
            extent.appendChild(element)
        canvas.appendChild(extent)
        crs = document.createElement("destinationsrs")
        project.crs().writeXml(crs, document)
        canvas.appendChild(crs)
        document.documentElement().appendChild(canvas)

    if view is not None:
        project.writeProject.connect(write_view)
    assert project.write(str(path)), project.error()


def pack(qgs: Path, qgz: Path) -> None:
    """Turns a .qgs file into a .qgz archive."""
    with zipfile.ZipFile(qgz, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(qgs, f"{qgz.stem}.qgs")
    qgs.unlink()


def write_file(layer: QgsVectorLayer, path: Path, driver: str) -> str:
    """Writes a layer into a file of a format; returns the path as a source."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = driver
    error, *rest = QgsVectorFileWriter.writeAsVectorFormatV3(
        layer, str(path), QgsProject.instance().transformContext(), options
    )
    assert error == QgsVectorFileWriter.WriterError.NoError, rest
    return str(path)
