"""What marks a layer whose features now lie in `data.gpkg`."""

from collections.abc import Iterable

from qgis.core import QgsEditorWidgetSetup, QgsVectorLayer

from ..redaction import redact
from .constraints import Constraints
from .layer_styles import Change


def marks(
    layer: QgsVectorLayer, source: str, provider: str, own_columns: Iterable[str], constraints: Constraints
) -> Change:
    """A change that notes where the layer comes from, and hides from forms what columns its source does not have."""
    properties = {
        "isOfflineEditable": True,
        "remoteSource": redact(source),
        "remoteProvider": provider,
        "remoteLayerId": layer.id(),
        "layerNameSuffix": "",
    }
    own_columns = list(own_columns)

    def change(styled: QgsVectorLayer) -> None:
        for name, value in properties.items():
            styled.setCustomProperty(name, value)
        for column in own_columns:
            styled.setEditorWidgetSetup(styled.fields().lookupField(column), QgsEditorWidgetSetup("Hidden", {}))
        constraints.restore(styled)

    return change
