"""Converts layers to tables of `data.gpkg` with QGIS's own offline editing."""

from dataclasses import dataclass

from qgis.core import (
    QgsFeatureRequest,
    QgsOfflineEditing,
    QgsProviderRegistry,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QMetaType

from .. import session_role
from ..errors import LayerNotPackaged
from ..progress import Told
from ..redaction import redact
from . import workload
from .area_of_interest import LeftOut, box_in, touching
from .constraints import Constraints
from .converted_layer import marks
from .package import DATABASE, Package

# With nothing selected QGIS would copy everything.
_IMPOSSIBLE_ID = -(2**62)


@dataclass(frozen=True)
class _Before:
    """What is not to be found out any more once a layer is converted."""

    source: str
    provider: str
    constraints: Constraints
    types: dict[str, QMetaType.Type]
    selected: int


def convert(layers: list[QgsVectorLayer], package: Package, area: QgsReferencedRectangle | None) -> None:
    """Converts the layers; a layer that QGIS leaves out, or not whole, is an error."""
    before = {layer.id(): _before(layer, package, area) for layer in layers}
    warnings: list[str] = []
    offline = QgsOfflineEditing()
    offline.warning.connect(lambda title, text: warnings.append(f"{title}: {text}"))
    with package.progress.part(workload.of_tables(layers)) as told:
        following = _Following([state.selected for state in before.values()], told)
        offline.layerProgressUpdated.connect(following.begin_layer)
        offline.progressModeSet.connect(following.begin_stage)
        offline.progressUpdated.connect(following.go_on)
        done = offline.convertToOfflineProject(
            str(package.export.root), DATABASE, list(before), area is not None, QgsOfflineEditing.ContainerType.GPKG, ""
        )
    reasons = redact("; ".join(warnings)) or "QGIS gives no reason"
    for layer in layers:
        if not done or not layer.customProperty("isOfflineEditable") or layer.providerType() != "ogr":
            raise LayerNotPackaged(f"QGIS cannot convert layer '{layer.name()}': {reasons}")
        _use_plain_source(layer, package)
        _complete(layer, before[layer.id()], package, reasons)


class _Following:
    """Follows what QGIS says of its progress: which layer it is at, and how far in one stage of the work on that."""

    def __init__(self, features: list[int], told: Told):
        self._features, self._told = features, told
        self._layer, self._stage_ends = 0, 0

    def begin_layer(self, number: int, _numbers: int) -> None:
        self._layer = number - 1

    def begin_stage(self, _mode, ends: int) -> None:
        self._stage_ends = ends

    def go_on(self, number: int) -> None:
        if self._stage_ends > 0:
            own = self._features[self._layer] * min(number / self._stage_ends, 1)
            self._told((sum(self._features[: self._layer]) + own) / max(sum(self._features), 1))


def _before(layer: QgsVectorLayer, package: Package, area: QgsReferencedRectangle | None) -> _Before:
    return _Before(
        session_role.with_own(layer.source()).replace(f"{package.work}/", "./"),
        layer.providerType(),
        Constraints.of(layer),
        {field.name(): field.type() for field in layer.dataProvider().fields()},
        _select(layer, package, area),
    )


def _complete(layer: QgsVectorLayer, before: _Before, package: Package, reasons: str) -> None:
    """Checks what QGIS has made of a layer, and marks it."""
    found, expected = layer.dataProvider().featureCount(), before.selected
    if found != expected:
        raise LayerNotPackaged(f"QGIS has copied {found} of {expected} features of layer '{layer.name()}': {reasons}")
    fields = layer.dataProvider().fields()
    for field in fields:
        if field.type() != before.types.get(field.name(), field.type()):
            message = f"has field '{field.name()}' as {field.typeName()}: QGIS cannot convert its type."
            package.problems.add(layer, "type_changed", message)
    added = [field.name() for field in fields if field.name() not in before.types]
    package.changes.add(layer, marks(layer, before.source, before.provider, added, before.constraints))


def _select(layer: QgsVectorLayer, package: Package, area: QgsReferencedRectangle | None) -> int:
    """Selects the features in the area; returns how many are to be copied."""
    box = box_in(area, layer.crs(), package.opened.project) if area is not None and layer.isSpatial() else None
    request = QgsFeatureRequest().setNoAttributes()
    if box is None:
        request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
    left_out = LeftOut()
    ids = [feature.id() for feature in touching(layer.dataProvider(), request, box, left_out)]
    if left_out:
        package.problems.add(layer, "features_outside", str(left_out))
    if area is not None:
        layer.selectByIds(ids or [_IMPOSSIBLE_ID])
    return len(ids)


def _use_plain_source(layer: QgsVectorLayer, package: Package) -> None:
    """Takes out the option by which QGIS leaves the database with a write-ahead log."""
    registry = QgsProviderRegistry.instance()
    parts = registry.decodeUri("ogr", layer.source())
    parts.pop("openOptions", None)
    layer.removeSelection()
    package.repoint(layer, registry.encodeUri("ogr", parts), "ogr")
