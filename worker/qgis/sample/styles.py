"""What the map looks like."""

from qgis.core import (
    Qgis,
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsRendererCategory,
    QgsSimpleLineSymbolLayer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor, QFont

from forms import CONDITION, HABITATS, QUALITY

BACKGROUND = "#e4ead2"
FONT = "DejaVu Sans"

_HABITAT_COLOURS = {
    "gravel_bar": "#e4dcc3",
    "willow_scrub": "#b9cf8a",
    "reed_bed": "#9cc5b0",
    "alluvial_forest": "#6fa06a",
    "wet_meadow": "#a9d39a",
    "hay_meadow": "#d3e2a1",
    "arable": "#f0deb0",
    "conifer_forest": "#5d8a66",
    "settlement": "#d8cfcb",
}
_QUALITY_COLOURS = {1: "#2a6fbb", 2: "#3aa655", 3: "#f2cf3b", 4: "#ef8a2c", 5: "#d23b34"}
# From clear water to a channel.
_CONDITION_COLOURS = {1: "#1f7fc4", 2: "#3b93cf", 3: "#5aa5d3", 4: "#7d9fc2", 5: "#8f8fae"}


def style_points(layer: QgsVectorLayer) -> None:
    """Dots in the colours of water quality, with the point's code."""
    def symbol(value: int) -> QgsMarkerSymbol:
        return QgsMarkerSymbol.createSimple(
            {"name": "circle", "size": "4.4", "color": _QUALITY_COLOURS[value], "outline_color": "#ffffff", "outline_width": "0.7"}
        )

    _categorize(layer, "quality_class", QUALITY, symbol)
    settings = _label("code", 8, "#222222", smallest_scale=20_000, bold=True)
    settings.placement = Qgis.LabelPlacement.AroundPoint
    settings.dist = 1.2
    _set_label(layer, settings)


def style_reaches(layer: QgsVectorLayer) -> None:
    """The river: dark banks under blue water, its reaches named along it."""
    def symbol(value: int) -> QgsLineSymbol:
        water = QgsLineSymbol.createSimple(
            {"line_color": _CONDITION_COLOURS[value], "line_width": "3.2", "capstyle": "round", "joinstyle": "round"}
        )
        banks = QgsSimpleLineSymbolLayer(QColor("#2c5577"), 4.2)
        banks.setPenCapStyle(water.symbolLayer(0).penCapStyle())
        banks.setPenJoinStyle(water.symbolLayer(0).penJoinStyle())
        water.insertSymbolLayer(0, banks)
        return water

    renderer = _categorize(layer, "condition", CONDITION, symbol)
    # All banks first, then all water: no dark lines across the river where reaches meet.
    renderer.setUsingSymbolLevels(True)
    for category in renderer.categories():
        levels = category.symbol().clone()
        for level in range(levels.symbolLayerCount()):
            levels.symbolLayer(level).setRenderingPass(level)
        renderer.updateCategorySymbol(renderer.categoryIndexForValue(category.value()), levels)
    settings = _label("name", 9, "#173d5c", smallest_scale=20_000, italic=True)
    settings.placement = Qgis.LabelPlacement.Curved
    settings.lineSettings().setPlacementFlags(Qgis.LabelLinePlacementFlag.AboveLine)
    settings.dist = 1.5
    _set_label(layer, settings)


def style_habitats(layer: QgsVectorLayer) -> None:
    """Soft fills for what grows in the valley."""
    def symbol(value: str) -> QgsFillSymbol:
        return QgsFillSymbol.createSimple(
            {"color": _HABITAT_COLOURS[value], "outline_color": "#7c8a6a", "outline_width": "0.2", "joinstyle": "round"}
        )

    _categorize(layer, "habitat", HABITATS, symbol)
    settings = _label('represent_value("habitat")', 7, "#4c5a3c", smallest_scale=10_000, is_expression=True)
    settings.placement = Qgis.LabelPlacement.Horizontal
    _set_label(layer, settings)


def _categorize(layer: QgsVectorLayer, field: str, values: dict, symbol) -> QgsCategorizedSymbolRenderer:
    categories = [QgsRendererCategory(value, symbol(value), label) for value, label in values.items()]
    renderer = QgsCategorizedSymbolRenderer(field, categories)
    layer.setRenderer(renderer)
    return renderer


def _label(
    text: str,
    size: int,
    colour: str,
    smallest_scale: int,
    bold: bool = False,
    italic: bool = False,
    is_expression: bool = False,
) -> QgsPalLayerSettings:
    """Labels that are shown down to 1:`smallest_scale`; on a smaller map they would only be in the way."""
    font = QFont(FONT)
    font.setBold(bold)
    font.setItalic(italic)
    text_format = QgsTextFormat()
    text_format.setFont(font)
    text_format.setSize(size)
    text_format.setColor(QColor(colour))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.8)
    halo.setColor(QColor(255, 255, 255, 200))
    text_format.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = text
    settings.isExpression = is_expression
    settings.setFormat(text_format)
    settings.scaleVisibility = True
    settings.minimumScale = smallest_scale
    return settings


def _set_label(layer: QgsVectorLayer, settings: QgsPalLayerSettings) -> None:
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)
