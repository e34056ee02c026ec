"""Brings the places of deltas into the system of their layer, from the one that the device had the layer in.

A device keeps the system that the layer had when it was packaged. Since then somebody may have moved the layer to
another one.
"""

import math

from osgeo import osr
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsUnitTypes,
    QgsVectorLayer,
)

from ..transformations import Transformations
from .refusal import Refused

# On the ground: two places that are nearer are one after a transformation. There and back are some millimetres.
_NEAR_METRES = 0.01
_METRES_IN_A_DEGREE = 111_320.0
# On the way there and back: one that is further away was not understood by the transformation.
_LOST_METRES = 1.0
_BALLPARK = "ballpark"
_SAME = ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", "CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS"]
_SHOWN_CHARACTERS = 80


class Transformation:
    """The way from the system that a delta names to the layer's."""

    def __init__(
        self, source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem, project: QgsProject
    ):
        self._source, self._target = source, target
        self._grids = Transformations(project)
        self._transform = QgsCoordinateTransform(source, target, project)
        self._transform.setAllowFallbackTransforms(False)
        self._from, self._to = _name(source), _name(target)
        self.tolerance = _in_units(_NEAR_METRES, target)
        self.note = f"The place was transformed from {self._from} to {self._to}."

    def apply(self, wkb: bytes) -> bytes:
        """Transforms x and y alone; raises `Refused` where that cannot be done as exactly as is known how."""
        geometry = QgsGeometry()
        geometry.fromWkb(wkb)
        missing = self._grids.of_geometry(geometry, self._source, self._target)
        if missing is not None:
            grids = " and ".join(missing.grids) or "that operation"
            raise self._refused(f"{missing}. Put {grids} among the server's transformation grids")
        before = QgsGeometry(geometry)
        self._go(geometry, Qgis.TransformDirection.Forward)
        if _BALLPARK in self._transform.instantiatedCoordinateOperationDetails().name.lower():
            raise self._refused("only a ballpark transformation is known between them, which may be wrong by metres")
        back = QgsGeometry(geometry)
        self._go(back, Qgis.TransformDirection.Reverse)
        lost = _in_units(_LOST_METRES, self._source)
        for one, other in zip(before.vertices(), back.vertices(), strict=True):
            if not (abs(one.x() - other.x()) <= lost and abs(one.y() - other.y()) <= lost):
                raise self._refused(f"the point {one.x():g} {one.y():g} lies outside of what the transformation can do")
        return bytes(geometry.asWkb())

    def _go(self, geometry: QgsGeometry, direction: Qgis.TransformDirection) -> None:
        try:
            done = geometry.transform(self._transform, direction) == Qgis.GeometryOperationResult.Success
        except QgsCsException as error:
            raise self._refused(f"PROJ says: {error}") from None
        if not done or not all(math.isfinite(v.x()) and math.isfinite(v.y()) for v in geometry.vertices()):
            raise self._refused("a point lies outside of what the transformation can do")

    def _refused(self, why: str) -> Refused:
        return Refused(
            f"The device had the layer in {self._from}, and it is in {self._to} now. "
            f"The place cannot be transformed: {why.removesuffix('.')}."
        )


class System:
    """The coordinate system in which a layer's data are stored."""

    def __init__(self, layer: QgsVectorLayer, project: QgsProject):
        self._project = project
        self._crs = _of_data(layer)
        self._known: dict[str, Transformation | Refused | None] = {}

    def transformation_from(self, named: str) -> Transformation | None:
        """The way from a system as a delta names it; None when it is the layer's own, or not named.

        Raises `Refused` when one of the two is not known.
        """
        if named not in self._known:
            try:
                self._known[named] = self._find(named)
            except Refused as refusal:
                self._known[named] = refusal
        found = self._known[named]
        if isinstance(found, Refused):
            raise found
        return found

    def other_than(self, named: str) -> str | None:
        """The layer's system as text, if it is not the one that a delta names: what is stored is in the layer's."""
        try:
            if self.transformation_from(named) is None:
                return None
        except Refused:
            if not self._crs.isValid():
                return None
        return self._crs.authid() or self._crs.toWkt(Qgis.CrsWktVariant.Preferred)

    def _find(self, named: str) -> Transformation | None:
        if not named.strip() or named == self._crs.authid():
            return None
        source = QgsCoordinateReferenceSystem()
        # Not from anything that users may write: that would read files.
        if not source.createFromString(named.strip()) and not source.createFromWkt(named.strip()):
            raise Refused(f"The device had the layer in the system {_short(named)}, which is not known here.")
        if not self._crs.isValid():
            raise Refused(
                f"The device had the layer in {_name(source)}, and it has no known coordinate system now. "
                "Set it in the project, and apply the edit again."
            )
        return None if _are_same(source, self._crs) else Transformation(source, self._crs, self._project)


def _of_data(layer: QgsVectorLayer) -> QgsCoordinateReferenceSystem:
    """The system that the project says, or the source's own where the data can only be in that one.

    A project goes on to say the old system when only the data were moved to another.
    """
    said, own = layer.crs(), layer.dataProvider().crs()
    if not said.isValid() or not own.isValid() or _are_same(said, own):
        return said if said.isValid() else own
    extent = layer.extent()
    return own if not _can_be_in(extent, said) and _can_be_in(extent, own) else said


def _can_be_in(extent: QgsRectangle, crs: QgsCoordinateReferenceSystem) -> bool:
    """Whether an extent touches the area that a system is made for."""
    bounds = crs.bounds()
    if extent.isNull() or bounds.isNull():
        return True
    if not crs.isGeographic():
        degrees = QgsCoordinateReferenceSystem("EPSG:4326")
        try:
            bounds = QgsCoordinateTransform(degrees, crs, QgsProject()).transformBoundingBox(bounds)
        except QgsCsException:
            return True
    return bounds.intersects(extent)


def _are_same(one: QgsCoordinateReferenceSystem, other: QgsCoordinateReferenceSystem) -> bool:
    """Whether coordinates mean the same in both, which may be written differently. QGIS has x before y in all."""
    return one == other or bool(_to_osr(one).IsSame(_to_osr(other), _SAME))


def _to_osr(crs: QgsCoordinateReferenceSystem) -> osr.SpatialReference:
    reference = osr.SpatialReference()
    reference.ImportFromWkt(crs.toWkt(Qgis.CrsWktVariant.Preferred))
    return reference


def _in_units(metres: float, crs: QgsCoordinateReferenceSystem) -> float:
    if crs.isGeographic():
        return metres / _METRES_IN_A_DEGREE
    return metres / QgsUnitTypes.fromUnitToUnitFactor(crs.mapUnits(), Qgis.DistanceUnit.Meters)


def _name(crs: QgsCoordinateReferenceSystem) -> str:
    return crs.authid() or crs.description() or _short(crs.toWkt())


def _short(text: str) -> str:
    return f"'{text}'" if len(text) <= _SHOWN_CHARACTERS else f"'{text[:_SHOWN_CHARACTERS]}…'"
