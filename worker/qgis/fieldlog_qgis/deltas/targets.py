"""Finds out, once per layer, where the edits of a layer go."""

import os
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal, ogr
from qgis.core import QgsDataSourceUri, QgsProviderRegistry, QgsVectorLayer, QgsWkbTypes

from .. import primary_key
from ..layers import why_invalid
from ..project_opening import OpenProject
from . import columns, stores
from .defaults import Defaults
from .refusal import Refused, SourceRefused, Torn
from .stores.store import Source, Store, Table

# Once for all code here: without it errors are numbers that nobody looks at.
gdal.UseExceptions()

_OF_FILES = ("ogr", "spatialite")
_OF_DATABASES = ("postgres",)


@dataclass(frozen=True)
class Target:
    """A layer of the project, its table, and the store that the table is in."""

    layer: str
    store: Store
    table: Table
    type: QgsWkbTypes.Type
    defaults: Defaults
    # Texts that stand for a key which the source has yet to make.
    unmade_keys: frozenset[str]

    @property
    def is_spatial(self) -> bool:
        """Whether its features have a place."""
        return self.type != QgsWkbTypes.Type.NoGeometry


class Targets:
    """The targets of a project, found when they are first needed."""

    def __init__(self, opened: OpenProject, files: Path):
        self._opened = opened
        self._files = files.resolve()
        self._targets: dict[str, Target | Refused] = {}
        self.stores: dict[str, Store] = {}

    def find(self, layer_id: str) -> Target:
        """The target of a layer; raises `Refused`, each time anew, when there is none."""
        if layer_id not in self._targets:
            try:
                self._targets[layer_id] = self._open(layer_id)
            except Refused as refusal:
                self._targets[layer_id] = refusal
        found = self._targets[layer_id]
        if isinstance(found, Refused):
            raise found
        return found

    @property
    def written(self) -> set[Path]:
        """The files that something was written into."""
        return {Path(identity) for identity, store in self.stores.items() if store.is_changed}

    @property
    def torn(self) -> list[str]:
        """Why layers could not be written whose files may be whole a little later."""
        return [str(found) for found in self._targets.values() if isinstance(found, Torn)]

    def _open(self, layer_id: str) -> Target:
        layer = self._layer(layer_id)
        source = self._source(layer)
        provider = layer.dataProvider()
        identity = stores.identity(source)
        if identity not in self.stores:
            self.stores[identity] = stores.open_store(source, provider.storageType())
        store = self.stores[identity]
        key = provider.fields().indexOf(source.key)
        return Target(
            layer.name(),
            store,
            store.table(source),
            source.type,
            Defaults(layer),
            frozenset({"Autogenerate", provider.defaultValueClause(key)} - {""}),
        )

    def _layer(self, id: str) -> QgsVectorLayer:
        layer = self._opened.project.mapLayer(id)
        if layer is None:
            known = len(self._opened.project.mapLayers())
            raise Refused(f"There is no layer '{id}' among the {known} layers of the project.")
        if not isinstance(layer, QgsVectorLayer):
            raise Refused(
                f"Layer '{layer.name()}' is a {layer.type().name.removesuffix('Layer')} layer; expected a vector layer."
            )
        if not layer.isValid():
            raise SourceRefused(f"Layer '{layer.name()}' cannot be opened: {why_invalid(layer, self._opened)}")
        if id in self._opened.protected:
            raise SourceRefused(f"Layer '{layer.name()}' is read-only in the project.")
        return layer

    def _source(self, layer: QgsVectorLayer) -> Source:
        provider, uri = layer.providerType(), layer.source()
        if provider not in (*_OF_FILES, *_OF_DATABASES):
            raise SourceRefused(
                f"Layer '{layer.name()}' is read by '{provider}'; "
                f"a job can write to {', '.join(_OF_FILES + _OF_DATABASES)}."
            )
        try:
            key = primary_key.find(layer)
        except primary_key.NoPrimaryKey as problem:
            raise Refused(str(problem)) from None
        fields = layer.dataProvider().fields()
        if fields.indexOf(key) < 0:
            raise Refused(f"Layer '{layer.name()}' has the key '{key}', which is no column of its source.")
        parts = QgsProviderRegistry.instance().decodeUri(provider, uri)
        path = self._path(layer, parts) if provider in _OF_FILES else None
        return Source(
            layer=layer.name(),
            provider=provider,
            uri=uri,
            path=path,
            table=self._table(provider, uri, parts, path),
            columns=tuple(columns.from_field(field) for field in fields),
            key=key,
            type=self._type(layer, parts, path),
            geometry=QgsDataSourceUri(uri).geometryColumn() if provider not in ("ogr",) else "",
            encoding=layer.dataProvider().encoding(),
        )

    def _staged(self, text: str) -> Path:
        """The place among the staged files that a path of the working copy stands for, which mirrors their folders."""
        path = Path(os.path.normpath(text))
        root = next((root for root in self._opened.roots if path.is_relative_to(root)), None)
        return path if root is None else self._files / path.relative_to(root)

    def _path(self, layer: QgsVectorLayer, parts: dict) -> Path:
        """The file of a layer, which has to be one of the project's own, not one that a link leads to."""
        text = parts.get("path")
        if not text or parts.get("vsiPrefix") or parts.get("vsiSuffix") or text.startswith("/vsi"):
            raise SourceRefused(
                f"Layer '{layer.name()}' is not in a file of its own; a job can write to plain files alone."
            )
        path = Path(os.path.realpath(self._staged(text)))
        if not path.is_relative_to(self._files):
            raise SourceRefused(f"Layer '{layer.name()}' lies outside of the project's files.")
        if not path.exists():
            raise SourceRefused(f"Layer '{layer.name()}': the file '{path.relative_to(self._files)}' is not there.")
        return path

    def _type(self, layer: QgsVectorLayer, parts: dict, path: Path | None) -> QgsWkbTypes.Type:
        """The layer's type. A table whose features have no place yet looks to QGIS as if they could have none."""
        type = layer.dataProvider().wkbType()
        if type != QgsWkbTypes.Type.NoGeometry or layer.providerType() != "ogr" or parts.get("geometryType"):
            return type
        return type if _gdal_layer(parts, path)[1] == ogr.wkbNone else QgsWkbTypes.Type.Unknown

    @staticmethod
    def _table(provider: str, uri: str, parts: dict, path: Path | None) -> str:
        if provider != "ogr":
            return QgsDataSourceUri(uri).table()
        # A file of one layer needs no name; GDAL knows it all the same.
        return str(parts.get("layerName") or _gdal_layer(parts, path)[0])


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
