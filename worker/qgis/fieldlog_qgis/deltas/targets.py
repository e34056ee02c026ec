"""Opens, once per layer, what the edits of a layer go into."""

from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsProject, QgsVectorLayer, QgsWkbTypes

from ..project_opening import OpenProject
from . import stores
from .coordinates import System
from .defaults import Defaults
from .naming import Names
from .refusal import Reason, Refused, Torn
from .stores.store import Store, Table
from .writable import Writable


@dataclass(frozen=True)
class Target:
    """A layer of the project, its table, and the store that the table is in."""

    layer: str
    store: Store
    table: Table
    type: QgsWkbTypes.Type
    system: System
    defaults: Defaults
    names: Names
    # Texts that stand for a key which the source has yet to make.
    unmade_keys: frozenset[str]
    file: str | None = None
    """The file of the layer, among the project's; None for a database."""

    @property
    def is_spatial(self) -> bool:
        """Whether its features have a place."""
        return self.type != QgsWkbTypes.Type.NoGeometry


class Targets:
    """The targets of a project, found when they are first needed."""

    def __init__(self, opened: OpenProject, files: Path):
        self._opened = opened
        self._files = files.resolve()
        self._writable = Writable(opened, files)
        self._targets: dict[str, Target | Refused] = {}
        self.stores: dict[str, Store] = {}

    @property
    def project(self) -> QgsProject:
        """The project of the layers."""
        return self._opened.project

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
        source = self._writable.source(layer)
        provider = layer.dataProvider()
        identity = stores.identity(source)
        if identity not in self.stores:
            self.stores[identity] = stores.open_store(source)
        store = self.stores[identity]
        key = provider.fields().indexOf(source.key)
        table = store.table(source)
        return Target(
            layer.name(),
            store,
            table,
            source.type,
            System(layer, self._opened.project),
            Defaults(layer),
            Names(table.columns, [field.name() for field in layer.fields()]),
            frozenset({"Autogenerate", provider.defaultValueClause(key)} - {""}),
            None if source.path is None else str(source.path.relative_to(self._files)),
        )

    def _layer(self, id: str) -> QgsVectorLayer:
        layer = self._opened.project.mapLayer(id)
        if layer is None:
            known = len(self._opened.project.mapLayers())
            raise Refused(f"There is no layer '{id}' among the {known} layers of the project.", reason=Reason.LAYER)
        if not isinstance(layer, QgsVectorLayer):
            raise Refused(
                f"Layer '{layer.name()}' is a {layer.type().name.removesuffix('Layer')} layer; expected a vector layer."
            )
        return layer
