"""What a project says of itself: title, place, colours, folders and layers."""

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsProject,
    QgsReferencedRectangle,
)
from qgis.PyQt.QtGui import QColor

from .layers import describe_layer
from .log import logger
from .project_entries import entry, list_entry
from .project_opening import OpenProject

WGS84 = "EPSG:4326"

# About a millimetre at the equator.
_DECIMALS = 8


def describe_project(opened: OpenProject) -> dict:
    """The `project_details` of the worker contract."""
    project = opened.project
    return {
        "area_of_interest": _area_of_interest(project),
        "attachment_dirs": list_entry(project, "attachmentDirs", ["DCIM"]),
        "background_color": background_color(project).name(),
        "crs": project.crs().authid(),
        "data_dirs": list_entry(project, "dataDirs", []),
        "extent": _extent(opened.view, project),
        "layers_by_id": {id: describe_layer(layer, opened) for id, layer in project.mapLayers().items()},
        "ordered_layer_ids": [layer.id() for layer in project.layerTreeRoot().layerOrder()],
        "project_name": project.title(),
        "qgis_version": Qgis.QGIS_VERSION.split("-")[0],
    }


def background_color(project: QgsProject) -> QColor:
    """The colour behind the map."""
    return project.backgroundColor()


def _extent(view: QgsReferencedRectangle, project: QgsProject) -> str:
    if view.isEmpty():
        return ""
    return _wkt_in_wgs84(QgsGeometry.fromRect(view), view.crs(), project)


def _area_of_interest(project: QgsProject) -> str:
    wkt = entry(project, "areaOfInterest")
    if not wkt:
        return ""
    crs = QgsCoordinateReferenceSystem(entry(project, "areaOfInterestCrs") or project.crs().authid())
    geometry = QgsGeometry.fromWkt(wkt)
    if geometry.isNull() or geometry.type() != Qgis.GeometryType.Polygon:
        logger.warning("The project's area of interest is not a polygon: %s", wkt[:100])
        return ""
    return _wkt_in_wgs84(geometry, crs, project)


def _wkt_in_wgs84(geometry: QgsGeometry, crs: QgsCoordinateReferenceSystem, project: QgsProject) -> str:
    target = QgsCoordinateReferenceSystem(WGS84)
    if not crs.isValid():
        logger.warning("The project has no coordinate reference system: its extent has no place on earth.")
        return ""
    transform = QgsCoordinateTransform(crs, target, project)
    try:
        if geometry.type() == Qgis.GeometryType.Polygon and geometry.isGeosEqual(
            QgsGeometry.fromRect(geometry.boundingBox())
        ):
            # A rectangle stays one; its edges are bent lines in the other system, so corners are not enough.
            geometry = QgsGeometry.fromRect(transform.transformBoundingBox(geometry.boundingBox()))
        else:
            geometry.transform(transform)
    except QgsCsException as error:
        logger.warning("The extent cannot be expressed in %s: %s", WGS84, error)
        return ""
    return geometry.asWkt(_DECIMALS) if geometry.boundingBox().isFinite() else ""
