"""The area outside of which features need not be on the device."""

from collections.abc import Iterator
from dataclasses import dataclass

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorDataProvider,
)

from ..errors import LayerNotPackaged
from ..log import logger
from ..project_entries import entry, flag
from ..project_opening import OpenProject

# In units of the project, so that what lies on the edge of an extent touches it.
_MARGIN = 1


@dataclass
class LeftOut:
    """How many features of a layer's data are not in the package, for the area's sake."""

    outside: int = 0
    without_place: int = 0

    def __bool__(self) -> bool:
        return bool(self.outside or self.without_place)

    def __str__(self) -> str:
        return (
            f"has {self.outside} features outside of the area of interest and {self.without_place} without a place "
            "in its data; they are left out."
        )


def area_of_interest(opened: OpenProject) -> QgsReferencedRectangle | None:
    """The box of the area, or None where the project does not ask for only the area to be copied."""
    if not flag(opened.project, "offlineCopyOnlyAoi"):
        return None
    area = _drawn(opened.project) or _extent_of_layers(opened.project) or _grown(opened.view)
    if area is None:
        raise LayerNotPackaged(
            "Only the features in the area of interest are to be copied, but the project has no such area, "
            "no layer with an extent and no map view to take its place."
        )
    logger.info("Copying only the features in the box %s (%s)", area.toString(2), area.crs().authid())
    return area


def box_in(area: QgsReferencedRectangle, crs: QgsCoordinateReferenceSystem, project: QgsProject) -> QgsRectangle:
    """The area's box in another coordinate system."""
    try:
        return QgsCoordinateTransform(area.crs(), crs, project).transformBoundingBox(area)
    except QgsCsException as error:
        raise LayerNotPackaged(f"The area of interest cannot be expressed in {crs.authid()}: {error}") from error


def touching(
    provider: QgsVectorDataProvider, request: QgsFeatureRequest, box: QgsRectangle | None, left_out: LeftOut
) -> Iterator[QgsFeature]:
    """The features whose own box touches a box, counting the others; all without one."""
    if box is None:
        yield from provider.getFeatures(request)
    elif provider.name() != "ogr":
        touched = 0
        for touched, feature in enumerate(provider.getFeatures(request.setFilterRect(box)), 1):
            yield feature
        left_out.without_place = _count(provider, QgsFeatureRequest().setFilterExpression("$geometry IS NULL"))
        everything = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
        left_out.outside = max(_count(provider, everything) - touched - left_out.without_place, 0)
    else:
        # OGR looks closer than at boxes, and would leave out a line that only bends around the area.
        for feature in provider.getFeatures(request):
            if not feature.hasGeometry() or feature.geometry().isEmpty():
                left_out.without_place += 1
            elif feature.geometry().boundingBox().intersects(box):
                yield feature
            else:
                left_out.outside += 1


def _count(provider: QgsVectorDataProvider, request: QgsFeatureRequest) -> int:
    return sum(1 for _ in provider.getFeatures(request.setNoAttributes()))


def _drawn(project: QgsProject) -> QgsReferencedRectangle | None:
    wkt = entry(project, "areaOfInterest")
    geometry = QgsGeometry.fromWkt(wkt)
    if geometry.isNull() or geometry.type() != Qgis.GeometryType.Polygon or geometry.isEmpty():
        if wkt:
            logger.warning("The area of interest is not a polygon, and so not used: %s", wkt[:100])
        return None
    crs = QgsCoordinateReferenceSystem(entry(project, "areaOfInterestCrs") or project.crs().authid())
    return QgsReferencedRectangle(geometry.boundingBox(), crs)


def _extent_of_layers(project: QgsProject) -> QgsReferencedRectangle | None:
    union = QgsRectangle()
    for layer in project.mapLayers().values():
        if layer.isValid() and layer.isSpatial() and not layer.extent().isNull() and layer.extent().isFinite():
            union.combineExtentWith(box_in(QgsReferencedRectangle(layer.extent(), layer.crs()), project.crs(), project))
    return _grown(QgsReferencedRectangle(union, project.crs()))


def _grown(extent: QgsReferencedRectangle) -> QgsReferencedRectangle | None:
    if extent.isNull() or not extent.isFinite():
        return None
    return QgsReferencedRectangle(extent.buffered(_MARGIN), extent.crs())
