"""Converts layers to tables of `data.gpkg` with QGIS's own offline editing."""

from qgis.core import (
    QgsFeatureRequest,
    QgsOfflineEditing,
    QgsProviderRegistry,
    QgsReferencedRectangle,
    QgsVectorLayer,
)

from ..errors import LayerNotPackaged
from ..redaction import redact
from .area_of_interest import box_in, touching
from .constraints import Constraints
from .converted_layer import marks
from .package import DATABASE, Package

# With nothing selected QGIS would copy everything.
_IMPOSSIBLE_ID = -(2**62)


def convert(layers: list[QgsVectorLayer], package: Package, area: QgsReferencedRectangle | None) -> None:
    """Converts the layers; a layer that QGIS leaves out, or not whole, is an error."""
    before = {layer.id(): _describe(layer, package) for layer in layers}
    expected = {layer.id(): _select(layer, package, area) for layer in layers}
    warnings: list[str] = []
    offline = QgsOfflineEditing()
    offline.warning.connect(lambda title, text: warnings.append(f"{title}: {text}"))
    done = offline.convertToOfflineProject(
        str(package.export.root), DATABASE, list(expected), area is not None, QgsOfflineEditing.ContainerType.GPKG, ""
    )
    reasons = redact("; ".join(warnings)) or "QGIS gives no reason"
    for layer in layers:
        if not done or not layer.customProperty("isOfflineEditable") or layer.providerType() != "ogr":
            raise LayerNotPackaged(f"QGIS cannot convert layer '{layer.name()}': {reasons}")
        _use_plain_source(layer, package)
        found = layer.dataProvider().featureCount()
        if found != expected[layer.id()]:
            raise LayerNotPackaged(
                f"QGIS has copied {found} of {expected[layer.id()]} features of layer '{layer.name()}': {reasons}"
            )
        source, provider, constraints, fields = before[layer.id()]
        added = [field.name() for field in layer.dataProvider().fields() if field.name() not in fields]
        package.changes.add(layer, marks(layer, source, provider, added, constraints))


def _describe(layer: QgsVectorLayer, package: Package) -> tuple[str, str, Constraints, set[str]]:
    """What is not to be found out any more once the layer is converted."""
    source = layer.source().replace(f"{package.work}/", "./")
    return source, layer.providerType(), Constraints.of(layer), {field.name() for field in layer.dataProvider().fields()}


def _select(layer: QgsVectorLayer, package: Package, area: QgsReferencedRectangle | None) -> int:
    """Selects the features in the area; returns how many are to be copied."""
    box = box_in(area, layer.crs(), package.opened.project) if area is not None and layer.isSpatial() else None
    request = QgsFeatureRequest().setNoAttributes()
    if box is None:
        request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
    ids = [feature.id() for feature in touching(layer.dataProvider(), request, box)]
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
