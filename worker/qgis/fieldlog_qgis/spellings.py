"""Lets a project find its files and tables where it writes their names otherwise than they are written."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from osgeo import gdal
from qgis.core import QgsDataProvider, QgsDataSourceUri, QgsMapLayer, QgsPathResolver, QgsProject, QgsProviderRegistry

from .log import logger
from .same_file import StagedNames, pick

# What is no path, or a path to something else than a file of the project.
_ELSEWHERE = ("localized:", "base64:", "inline:", "data:", "/vsi", "@")


@contextmanager
def files_found(folder: Path, root: Path) -> Iterator[None]:
    """While a project in `folder` is read in here, each path of it below `root` leads to the file that it means."""
    names = StagedNames(root)

    def found(path: str) -> str:
        if not path or "://" in path or path.startswith(_ELSEWHERE):
            return path
        place = Path(os.path.normpath(folder / path.replace("\\", "/")))
        if not place.is_relative_to(root) or os.path.lexists(place):
            return path
        name = place.relative_to(root).as_posix()
        other = names.find(name)
        if other is None:
            return path
        logger.info("'%s' is found as '%s'", name, other)
        relative = os.path.relpath(root / other, folder)
        return relative if relative.startswith("..") else f"./{relative}"

    reader = QgsPathResolver.setPathPreprocessor(found)
    try:
        yield
    finally:
        QgsPathResolver.removePathPreprocessor(reader)


def find_tables(project: QgsProject) -> None:
    """Opens the layers anew whose file is there, but whose table is written otherwise in it."""
    for layer in project.mapLayers().values():
        if not layer.isValid() and (source := _with_table(layer)):
            logger.info("The table of layer '%s' is found in another spelling", layer.name())
            layer.setDataSource(source, layer.name(), layer.providerType(), QgsDataProvider.ProviderOptions())


def _with_table(layer: QgsMapLayer) -> str | None:
    """The source of a layer with the name of its table as the file has it; None where nothing is found."""
    provider, source = layer.providerType(), layer.source()
    if provider == "spatialite":
        uri = QgsDataSourceUri(source)
        table = pick(uri.table(), _tables_of_database(uri.database()))
        if table in (None, uri.table()):
            return None
        uri.setTable(table)
        return uri.uri(False)
    if provider != "ogr":
        return None
    parts = QgsProviderRegistry.instance().decodeUri(provider, source)
    name = str(parts.get("layerName") or "")
    table = pick(name, _tables_of_file(str(parts.get("path") or ""))) if name else None
    if table in (None, name):
        return None
    return QgsProviderRegistry.instance().encodeUri(provider, parts | {"layerName": table})


def _tables_of_file(path: str) -> list[str]:
    if not os.path.exists(path):
        return []
    try:
        with gdal.ExceptionMgr(useExceptions=True):
            data = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY)
            return [data.GetLayer(index).GetName() for index in range(data.GetLayerCount())]
    except RuntimeError:  # why it cannot be read, the layer says
        return []


def _tables_of_database(path: str) -> list[str]:
    if not os.path.exists(path):
        return []
    try:
        with closing(sqlite3.connect(f"file:{Path(path).resolve()}?mode=ro", uri=True)) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
            return [name for (name,) in names]
    except sqlite3.DatabaseError:
        return []
