"""The view of a new project: from degrees into its coordinate system, and into the XML of its map window."""

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsUnitTypes,
)
from qgis.PyQt.QtXml import QDomDocument, QDomElement

from ..errors import InvalidSeed
from ..project_details import WGS84

CANVAS = "theMapCanvas"
CORNERS = ("xmin", "ymin", "xmax", "ymax")


def view(extent: tuple[float, ...] | None, crs: QgsCoordinateReferenceSystem) -> QgsReferencedRectangle:
    """An extent in degrees, or without one the whole area of the system, in a coordinate system."""
    # Web Mercator has no poles: what lies beyond a system's area of use has no place in it.
    bounds = crs.bounds()
    box = bounds if extent is None else QgsRectangle(*extent)
    if not bounds.isEmpty():
        box = box.intersect(bounds)
    if box.isEmpty():
        raise InvalidSeed(f"The extent {list(extent or ())} lies outside of the area of {crs.authid()}.")
    transform = QgsCoordinateTransform(QgsCoordinateReferenceSystem(WGS84), crs, QgsCoordinateTransformContext())
    try:
        box = transform.transformBoundingBox(box)
    except QgsCsException as error:
        raise InvalidSeed(f"The extent cannot be expressed in {crs.authid()}: {error}") from error
    return QgsReferencedRectangle(box, crs)


def corners(box: QgsRectangle) -> dict[str, str]:
    """The values of a box as QGIS names and writes them."""
    values = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
    return {name: repr(value) for name, value in zip(CORNERS, values)}


def canvas(document: QDomDocument, box: QgsReferencedRectangle) -> QDomElement:
    """The map window that shows a box, as only QGIS with a window would write it."""
    element = document.createElement("mapcanvas")
    element.setAttribute("name", CANVAS)
    element.setAttribute("annotationsVisible", "1")
    _add(document, element, "units", QgsUnitTypes.encodeUnit(box.crs().mapUnits()))
    extent = _add(document, element, "extent")
    for name, value in corners(box).items():
        _add(document, extent, name, value)
    _add(document, element, "rotation", "0")
    box.crs().writeXml(_add(document, element, "destinationsrs"), document)
    return element


def canvas_text(box: QgsReferencedRectangle) -> str:
    """The same as text."""
    document = QDomDocument()
    document.appendChild(canvas(document, box))
    return document.toString(2)


def _add(document: QDomDocument, parent: QDomElement, name: str, text: str | None = None) -> QDomElement:
    element = document.createElement(name)
    if text is not None:
        element.appendChild(document.createTextNode(text))
    parent.appendChild(element)
    return element
