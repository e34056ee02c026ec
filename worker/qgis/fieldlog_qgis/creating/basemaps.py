"""Online maps of tiles in the background of a project."""

from urllib.parse import quote

from qgis.core import QgsHueSaturationFilter, QgsProject, QgsRasterLayer

from ..errors import LayerNotCreated
from .seed import Basemap

# The deepest that common servers of tiles go.
MAX_ZOOM = 19

_LIGHT, _DARK = 40, -40


def add(project: QgsProject, basemaps: tuple[Basemap, ...]) -> None:
    """Adds basemaps below all other layers, the first one on top of the others."""
    for basemap in basemaps:
        # Without quoting, an address could bring parameters of its own.
        source = f"type=xyz&url={quote(basemap.url, safe='')}&zmin=0&zmax={MAX_ZOOM}"
        layer = QgsRasterLayer(source, basemap.name, "wms")
        if not layer.isValid():
            raise LayerNotCreated(f"Basemap '{basemap.name}' cannot be added: {layer.error().summary()}")
        set_style(layer, basemap.style)
        project.addMapLayer(layer, False)
        project.layerTreeRoot().addLayer(layer)


def set_style(layer: QgsRasterLayer, style: str) -> None:
    """Shows a map in its own colours, or in the greys of a light or a dark background."""
    if style == "standard":
        return
    colours, is_dark = layer.hueSaturationFilter(), style == "grayscale_dark"
    colours.setGrayscaleMode(QgsHueSaturationFilter.GrayscaleMode.GrayscaleLuminosity)
    colours.setInvertColors(is_dark)
    layer.brightnessFilter().setBrightness(_DARK if is_dark else _LIGHT)
