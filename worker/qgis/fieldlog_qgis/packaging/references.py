"""Form widgets that name another layer's source beside its id, which has to follow when that layer moves."""

from qgis.core import QgsEditorWidgetSetup, QgsMapLayer, QgsVectorLayer

# Widget: the settings that hold id, source and provider of the other layer.
_WIDGETS = {
    "ValueRelation": ("Layer", "LayerSource", "LayerProviderName"),
    "RelationReference": ("ReferencedLayerId", "ReferencedLayerDataSource", "ReferencedLayerProviderKey"),
}


def correct_references(layer: QgsMapLayer) -> None:
    """Lets the value relations and relation references of a layer name their layers' sources as they are now."""
    if isinstance(layer, QgsVectorLayer) and layer.isValid():
        for index in range(layer.fields().count()):
            _correct(layer, index)


def _correct(layer: QgsVectorLayer, index: int) -> None:
    widget = layer.fields()[index].editorWidgetSetup()
    if widget.type() not in _WIDGETS:
        return
    id, source, provider = _WIDGETS[widget.type()]
    config = widget.config()
    other = layer.project().mapLayer(str(config.get(id) or ""))
    if other is None or (source not in config and provider not in config):
        return
    config[source], config[provider] = other.source(), other.providerType()
    layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup(widget.type(), config))
