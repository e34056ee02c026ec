"""Layers and groups that a project embeds from other project files, none of which is in a package."""

from qgis.core import QgsLayerTreeGroup, QgsLayerTreeNode, QgsProject, QgsReadWriteContext
from qgis.PyQt.QtXml import QDomDocument

from ..log import logger

_PROPERTIES = ("embedded", "embedded_project", "embedded-invisible-layers")


def open_groups(project: QgsProject) -> None:
    """Makes embedded groups the project's own: otherwise QGIS saves only that they are elsewhere."""
    _forget_embedding(project.layerTreeRoot())


def with_layers(content: bytes, project: QgsProject) -> bytes:
    """The saved project with its embedded layers in it, where QGIS has saved at most a reference to them."""
    embedded = [layer for id, layer in project.mapLayers().items() if project.layerIsEmbedded(id)]
    if not embedded:
        return content
    document = QDomDocument()
    document.setContent(content)
    layers = document.documentElement().firstChildElement("projectlayers")
    _remove_references(layers)
    context = QgsReadWriteContext()
    context.setPathResolver(project.pathResolver())
    context.setTransformContext(project.transformContext())
    for layer in embedded:
        logger.info("Layer '%s' is embedded from another project file and becomes a layer of this one", layer.name())
        element = document.createElement("maplayer")
        layer.writeLayerXml(element, document, context)
        layers.appendChild(element)
    return document.toByteArray(2).data()


def _remove_references(layers) -> None:
    layer = layers.firstChildElement("maplayer")
    while not layer.isNull():
        following = layer.nextSiblingElement("maplayer")
        if layer.attribute("embedded") == "1":
            layers.removeChild(layer)
        layer = following


def _forget_embedding(node: QgsLayerTreeNode) -> None:
    for name in _PROPERTIES:
        node.removeCustomProperty(name)
    if isinstance(node, QgsLayerTreeGroup):
        for child in node.children():
            _forget_embedding(child)
