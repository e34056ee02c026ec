"""Where a layer's data lie: in a file of the project, elsewhere online, or where nobody may look.

Sources are hostile: a path may climb out of the project, name a file of the container, or be a small
XML document (a GDAL "virtual format") that names other files in turn.
"""

import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsMapLayer,
    QgsProviderMetadata,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsVirtualLayerDefinition,
)
from qgis.PyQt.QtCore import QUrl

from .filters import asks_elsewhere

# What GDAL reads from a server or a database rather than from a file.
_ONLINE = re.compile(
    r"(https?://|ftp://|/vsi(curl|s3|gs|az|adls|oss|swift|webhdfs|hdfs)[_/]|"
    r"(PG|MYSQL|MSSQL|OCI|HANA|MongoDBv3|ES|WFS3?|OAPIF|WMS|WMTS|WCS|AmigoCloud|CARTO|ODBC):)",
    re.I,
)
_VIRTUAL_ROOTS = (b"<VRTDataset", b"<OGRVRTDataSource")
_VIRTUAL_SOURCES = ("sourcefilename", "sourcedataset", "srcdatasource", "srcdataset")
_VIRTUAL_DEPTH = 4
_NOWHERE_INSIDE = "/"


@dataclass(frozen=True)
class Location:
    """The file or folder in which a layer's data lie; `path` is None where they lie in none."""

    path: Path | None
    is_outside: bool = False


NOWHERE = Location(None)
OUTSIDE = Location(None, is_outside=True)


def locate(layer: QgsMapLayer, roots: tuple[Path, ...]) -> Location:
    """Finds a layer's data; they are outside when they are below none of the `roots`."""
    if layer.providerType() == "virtual":
        embedded = [locate_source(source.provider(), source.source(), roots) for source in embedded_sources(layer)]
        return OUTSIDE if any(location.is_outside for location in embedded) else NOWHERE
    if isinstance(layer, QgsVectorLayer) and layer.providerType() == "ogr" and asks_elsewhere(layer.subsetString()):
        return OUTSIDE
    return locate_source(layer.providerType(), layer.source(), roots)


def embedded_sources(layer: QgsMapLayer) -> list:
    """The sources that a virtual layer opens by itself, rather than asking another layer of the project."""
    definition = QgsVirtualLayerDefinition.fromUrl(QUrl.fromEncoded(layer.source().encode()))
    return [source for source in definition.sourceLayers() if not source.isReferenced()]


def moved(provider: str, source: str, path: Path) -> str:
    """The same source with its data in another file."""
    registry = QgsProviderRegistry.instance()
    parts = registry.decodeUri(provider, source)
    if "path" in parts:
        parts["path"] = str(path)
    if "url" in parts:
        parts["url"] = str(path)
    return registry.encodeUri(provider, parts)


def is_inside(path: Path, roots: tuple[Path, ...]) -> bool:
    """Whether a path leads to something below one of the folders, also through links."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # missing, unreadable, a loop of links, a zero byte
        return False
    return any(real.is_relative_to(root) and real != root for root in roots)


def locate_source(provider: str, source: str, roots: tuple[Path, ...]) -> Location:
    """The same for a source that is no layer's own."""
    name = _file_name(provider, source)
    if name is None or _ONLINE.match(name):
        return NOWHERE
    path = Path(os.path.normpath(name))
    if not is_inside(path, roots) or any(not is_inside(file, roots) for file in _virtual_files(path)):
        return OUTSIDE
    return Location(path)


def _file_name(provider: str, source: str) -> str | None:
    """What a source names as its file, or None when its provider reads no files."""
    registry = QgsProviderRegistry.instance()
    metadata = registry.providerMetadata(provider)
    if metadata is None:
        return None
    parts = registry.decodeUri(provider, source)
    if provider == "wms":
        return parts.get("path") or (parts.get("url") if parts.get("type") == "mbtiles" else None)
    if not metadata.providerCapabilities() & QgsProviderMetadata.ProviderCapability.FileBasedUris:
        return parts.get("path") if provider == "virtualraster" else None
    if str(parts.get("vsiPrefix", "")).startswith(("/vsicurl", "/vsis3", "/vsigs", "/vsiaz")):
        return parts["vsiPrefix"]
    name = parts.get("path") or parts.get("url") or source
    if provider in ("vectortile", "mbtilesvectortiles", "vtpkvectortiles", "copc", "ept", "cesiumtiles", "vpc"):
        name = str(name).removeprefix("url=")
    return QUrl(str(name)).toLocalFile() if str(name).startswith("file://") else str(name)


def _virtual_files(path: Path, depth: int = 0) -> Iterator[Path]:
    """The files that a GDAL virtual format names, and those that they name."""
    if not path.is_file() or not _is_virtual(path):
        return
    if depth == _VIRTUAL_DEPTH:
        yield Path(_NOWHERE_INSIDE)  # nothing sound nests this deep
        return
    for name in _names_in(path):
        if _ONLINE.match(name):
            continue
        # What is no plain relative or absolute path is found nowhere, and so outside.
        file = Path(os.path.normpath(path.parent / name))
        yield file
        yield from _virtual_files(file, depth + 1)


def _is_virtual(path: Path) -> bool:
    with open(path, "rb") as file:
        start = file.read(4096)
    return any(root in start for root in _VIRTUAL_ROOTS)


def _names_in(path: Path) -> list[str]:
    try:
        elements = list(ElementTree.parse(path).iter())
    except (ElementTree.ParseError, ValueError):
        return [_NOWHERE_INSIDE]  # GDAL may read what this parser does not: nobody knows what it names
    # To GDAL an attribute is as good as an element.
    said = [(name.lower(), text) for e in elements for name, text in ((e.tag, e.text or ""), *e.attrib.items())]
    names = [text.strip() for name, text in said if name in _VIRTUAL_SOURCES]
    return names + [_NOWHERE_INSIDE for name, text in said if name == "srcsql" and asks_elsewhere(text)]
