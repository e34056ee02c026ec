"""Does, before there is a job, what costs time in the first one and is the same for every project.

What is loaded once and then kept (modules, drivers, databases of coordinate systems, fonts, certificates) is loaded here
by the code of the jobs itself, which works on a tiny project. Nothing of that project stays.

Left out is what few jobs need and what takes much memory: a container may wait for long.
"""

import ctypes
import gc
import importlib
import pkgutil
import tempfile
from pathlib import Path

from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsPalLayerSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)

import fieldlog_qgis

from . import project_file, qgis_app, working_copy

# With what they import: reading spreadsheets, and PostgreSQL past QGIS.
_LEFT_OUT = ("fieldlog_qgis.xlsform", "fieldlog_qgis.deltas.stores.postgres")
_PROJECT = "warm.qgz"
_KEY = "1"


def warm_up() -> None:
    """Starts QGIS and uses it once."""
    qgis_app.start()
    _import_modules()
    # Otherwise with the first request to a server.
    QgsApplication.authManager().ensureInitialized()
    with tempfile.TemporaryDirectory(prefix="fieldlog-warm-up-") as folder:
        # As most jobs have it, but not all.
        with gdal.config_option("OGR_SQLITE_JOURNAL", "DELETE"):
            _work(Path(folder))
    _give_back_memory()


def _import_modules() -> None:
    for module in pkgutil.walk_packages(fieldlog_qgis.__path__, f"{fieldlog_qgis.__name__}."):
        if not module.name.startswith(_LEFT_OUT):
            importlib.import_module(module.name)


def _work(folder: Path) -> None:
    """A bit of each job."""
    from .deltas import applying, delta_file, targets
    from .packaging import converting
    from .project_details import describe_project
    from .project_opening import WHOLE, open_project
    from .thumbnail import draw_thumbnail, save_thumbnail

    files = folder / "files"
    files.mkdir()
    layer = _make_project(files)
    root, path = working_copy.make(files, project_file.read(files, _PROJECT), copies_below=folder)
    opened = open_project(path, (root, files), WHOLE)
    describe_project(opened)
    save_thumbnail(draw_thumbnail(opened), folder / "thumbnail.png")
    old, new = ({"attributes": {"name": name}} for name in ("warm", "warmer"))
    delta = {"method": "patch", "sourcePk": _KEY, "sourceLayerId": layer, "old": old, "new": new}
    file = delta_file.DeltaFile("", [delta], {}, {}, {}, {}, [], {})
    applying.Applier(targets.Targets(opened, files)).apply(file)
    converting.make_package(opened, root, path, folder / "export", _PROJECT, "pythonmini", {})
    QgsProject.instance().clear()


def _make_project(files: Path) -> str:
    """A project of one labelled square; returns the id of its layer."""
    project = QgsProject.instance()
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    square = QgsVectorLayer("Polygon?crs=EPSG:4326&field=name:string", "warm", "memory")
    feature = QgsFeature(square.fields())
    feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(0, 0, 1, 1)))
    feature.setAttributes(["warm"])
    square.dataProvider().addFeatures([feature])
    path = str(files / "warm.gpkg")
    QgsVectorFileWriter.writeAsVectorFormatV3(
        square, path, project.transformContext(), QgsVectorFileWriter.SaveVectorOptions()
    )
    layer = QgsVectorLayer(path, "warm", "ogr")
    labels = QgsPalLayerSettings()
    labels.fieldName = "name"
    layer.setLabeling(QgsVectorLayerSimpleLabeling(labels))
    layer.setLabelsEnabled(True)
    project.addMapLayer(layer)
    id = layer.id()
    project.write(str(files / _PROJECT))
    project.clear()
    return id


def _give_back_memory() -> None:
    gc.collect()
    # What is there now stays; looking through it again and again for what does not would only cost time.
    gc.freeze()
    ctypes.CDLL(None).malloc_trim(0)
