"""How much work a package is, estimated before any of it is done. The unit is that of `Progress`."""

from collections.abc import Iterable
from pathlib import Path

from qgis.core import QgsProviderRegistry, QgsVectorLayer

_BYTE = 0.002
_FEATURE = 30.0  # read by QGIS, written by GDAL
_ROW = 1.5  # copied inside SQLite
_INDEXED = 4.0  # a geometry in the spatial index

# Providers that count without reading everything, or at least much faster than they read; what others hold is guessed.
_COUNTING = ("ogr", "postgres", "spatialite", "delimitedtext", "memory")
_GUESSED_FEATURES = 1000


def of_paths(paths: Iterable[Path]) -> float:
    """Copying files, and folders with all that is in them."""
    files = (file for path in paths for file in (path.rglob("*") if path.is_dir() else (path,)))
    return sum(of_file(file) for file in files if file.is_file())


def of_file(path: Path) -> float:
    """Copying one file."""
    return path.stat().st_size * _BYTE


def of_tables(layers: Iterable[QgsVectorLayer]) -> float:
    """Making tables of layers; those that share a source share a table."""
    sources = {_without_filter(layer): layer for layer in layers}
    return sum(of_table(layer) for layer in sources.values())


def of_table(layer: QgsVectorLayer) -> float:
    """Making the table of one layer."""
    each = _ROW if layer.dataProvider().storageType() == "GPKG" else _FEATURE
    return count(layer) * (each + (_INDEXED if layer.isSpatial() else 0))


def count(layer: QgsVectorLayer) -> int:
    """How many features a layer has, about."""
    if layer.providerType() not in _COUNTING:
        return _GUESSED_FEATURES
    found = layer.dataProvider().featureCount()
    return found if found >= 0 else _GUESSED_FEATURES


def share_of_copying(layer: QgsVectorLayer) -> float:
    """How much of the work on a table is over when it is filled, and not yet indexed."""
    each = _ROW if layer.dataProvider().storageType() == "GPKG" else _FEATURE
    return each / (each + _INDEXED) if layer.isSpatial() else 1.0


def _without_filter(layer: QgsVectorLayer) -> tuple:
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    return tuple(sorted((name, str(part)) for name, part in parts.items() if name not in ("subset", "sql")))
