"""The key column that a table of the package has of its own, and that no form should show."""

from qgis.core import QgsEditorWidgetSetup, QgsVectorLayer


def hide_key(layer: QgsVectorLayer, key: str) -> None:
    """Gives the key column, which the source does not have, the widget that shows nothing."""
    layer.setEditorWidgetSetup(layer.fields().lookupField(key), QgsEditorWidgetSetup("Hidden", {}))
