"""Whether a layer can be written, and where: `apply_deltas` asks before it writes, `package` before people do.

What is said here of a layer's source, and what its store then says of the table (`Store.table`), is the one answer to
that question. `Looking` asks both without changing anything.
"""

import os
from pathlib import Path

from osgeo import gdal, ogr
from qgis.core import QgsDataSourceUri, QgsProviderRegistry, QgsVectorLayer, QgsWkbTypes

from .. import primary_key
from ..layers import why_invalid
from ..packaging.filters import is_query
from ..project_opening import OpenProject
from . import columns, stores
from .delta import Method
from .refusal import Reason, Refused, SourceRefused, TakesNoEdits
from .stores.store import Source, Store

# Once for all code here: without it errors are numbers that nobody looks at.
gdal.UseExceptions()

_OF_FILES = ("ogr", "spatialite", "delimitedtext")
_OF_DATABASES = ("postgres",)


class Writable:
    """The layers of a project that can be written. Their files have to be among those staged in `files`.

    With `copy` each is looked at there: the working copy has databases that change when they are only read.
    """

    def __init__(self, opened: OpenProject, files: Path, copy: Path | None = None):
        self._opened = opened
        self._files = files.resolve()
        self._copy = copy

    def source(self, layer: QgsVectorLayer) -> Source:
        """Where the edits of a layer go; raises `Refused` with the reason when they can go nowhere."""
        if not layer.isValid():
            raise SourceRefused(f"Layer '{layer.name()}' cannot be opened: {why_invalid(layer, self._opened)}")
        if layer.id() in self._opened.protected:
            raise SourceRefused(f"Layer '{layer.name()}' is read-only in the project.")
        provider, uri = layer.providerType(), layer.source()
        if provider not in (*_OF_FILES, *_OF_DATABASES):
            raise TakesNoEdits(
                layer.name(), f"is read by '{provider}'; a job can write to {', '.join(_OF_FILES + _OF_DATABASES)}"
            )
        if _is_query(layer):
            raise TakesNoEdits(layer.name(), "shows the result of a query; expected the features of one table")
        key = self._key(layer)
        parts = QgsProviderRegistry.instance().decodeUri(provider, uri)
        path = self._path(layer, parts) if provider in _OF_FILES else None
        return Source(
            layer=layer.name(),
            provider=provider,
            uri=uri,
            path=path,
            table=self._table(provider, uri, parts, path),
            columns=tuple(columns.from_field(field) for field in layer.dataProvider().fields()),
            key=key,
            type=self._type(layer, parts, path),
            format=layer.dataProvider().storageType(),
            geometry=QgsDataSourceUri(uri).geometryColumn() if provider in ("spatialite", "postgres") else "",
            encoding=layer.dataProvider().encoding(),
        )

    def _key(self, layer: QgsVectorLayer) -> str:
        try:
            key = primary_key.find(layer)
        except primary_key.NoPrimaryKey as problem:
            raise Refused(str(problem), reason=Reason.NOT_WRITABLE) from None
        if layer.dataProvider().fields().indexOf(key) < 0:
            raise Refused(
                f"Layer '{layer.name()}' has the key '{key}', which is no column of its source.",
                reason=Reason.NOT_WRITABLE,
            )
        return key

    def _staged(self, text: str) -> Path:
        """The place among the staged files that a path of the working copy stands for, which mirrors their folders."""
        path = Path(os.path.normpath(text))
        root = next((root for root in self._opened.roots if path.is_relative_to(root)), None)
        return path if root is None else self._files / path.relative_to(root)

    def _path(self, layer: QgsVectorLayer, parts: dict) -> Path:
        """The file of a layer, which has to be one of the project's own, not one that a link leads to."""
        text = parts.get("path")
        if not text or parts.get("vsiPrefix") or parts.get("vsiSuffix") or text.startswith("/vsi"):
            raise TakesNoEdits(
                layer.name(),
                "is not in a file of its own, but for example in an archive; a job can write to plain files alone",
            )
        path = Path(os.path.realpath(self._staged(text)))
        if not path.is_relative_to(self._files):
            raise SourceRefused(
                f"Layer '{layer.name()}' lies outside of the project's files. Put its file beside the project."
            )
        if not path.exists():
            raise SourceRefused(f"Layer '{layer.name()}': the file '{path.relative_to(self._files)}' is not there.")
        return path if self._copy is None else self._copy / path.relative_to(self._files)

    def _type(self, layer: QgsVectorLayer, parts: dict, path: Path | None) -> QgsWkbTypes.Type:
        """The layer's type. A table whose features have no place yet looks to QGIS as if they could have none."""
        type = layer.dataProvider().wkbType()
        if type != QgsWkbTypes.Type.NoGeometry or layer.providerType() != "ogr" or parts.get("geometryType"):
            return type
        return type if _gdal_layer(parts, path)[1] == ogr.wkbNone else QgsWkbTypes.Type.Unknown

    @staticmethod
    def _table(provider: str, uri: str, parts: dict, path: Path | None) -> str:
        if provider == "delimitedtext":
            # As GDAL names it, for another layer may read the same file through GDAL.
            return path.stem
        if provider != "ogr":
            return QgsDataSourceUri(uri).table()
        # A file of one layer needs no name; GDAL knows it all the same.
        return str(parts.get("layerName") or _gdal_layer(parts, path)[0])


class Looking:
    """Asks the same of a project that is to be packaged, and writes nothing."""

    def __init__(self, opened: OpenProject):
        copy, files = opened.roots
        self._writable = Writable(opened, files, copy)
        self._stores: dict[str, Store | Refused] = {}

    def methods(self, layer: QgsVectorLayer) -> frozenset[Method]:
        """What can be done to the features of a layer, at least one thing; raises `Refused` when that is nothing."""
        try:
            source = self._writable.source(layer)
            return self._store(source).table(source).methods
        except Refused:
            raise
        except Exception as error:
            # It would come with each edit as well, and a package is worth more than none.
            raise SourceRefused(f"Layer '{layer.name()}' cannot be looked into: {error}.", [str(error)]) from error

    def close(self) -> None:
        """Closes what was opened."""
        for store in self._stores.values():
            if isinstance(store, Store):
                store.abandon()

    def _store(self, source: Source) -> Store:
        identity = stores.identity(source)
        if identity not in self._stores:
            try:
                self._stores[identity] = stores.open_store(source, looking=True)
            except Refused as refusal:
                self._stores[identity] = refusal
        store = self._stores[identity]
        if isinstance(store, Refused):
            raise store
        return store


def _is_query(layer: QgsVectorLayer) -> bool:
    if layer.providerType() == "ogr":
        return is_query(layer.subsetString())
    return QgsDataSourceUri(layer.source()).table().startswith("(")


def _gdal_layer(parts: dict, path: Path) -> tuple[str, int]:
    """The name and the geometry type of a layer in a file."""
    name, index = parts.get("layerName"), int(parts.get("layerId") or 0)
    try:
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY)
        layer = dataset.GetLayerByName(str(name)) if name else dataset.GetLayer(index)
    except RuntimeError as error:
        raise SourceRefused(f"The file '{path.name}' cannot be opened: {error}.", [str(error)]) from error
    if layer is None:
        raise SourceRefused(f"There is no layer {name or index} in '{path.name}'.")
    return layer.GetName(), layer.GetGeomType()
