"""Reads the WKT of deltas strictly and brings it into the type of a layer where nothing is lost by it."""

import math
from dataclasses import dataclass

from qgis.core import QgsGeometry, QgsWkbTypes

from . import wkb
from .coordinates import Transformation
from .refusal import Refused
from .wkt_text import WktText, take_apart


@dataclass(frozen=True)
class Place:
    """Where a feature is, as WKB in the type and the system of its layer; None is nowhere. `notes` are to be told."""

    wkb: bytes | None
    notes: tuple[str, ...] = ()

    def into(self, transformation: Transformation | None) -> "Place":
        """The same place in the system to which the transformation leads; raises `Refused` when it does not."""
        if self.wkb is None or transformation is None:
            return self
        return Place(transformation.apply(self.wkb), (*self.notes, transformation.note))

    def told(self) -> str:
        """The notes, to follow another sentence."""
        return "".join(f" {note}" for note in self.notes)


NOWHERE = Place(None)


def parse(text: str | None, type: QgsWkbTypes.Type) -> Place:
    """The place that a WKT means, in the type of the layer; raises `Refused` for anything that would change on the way.

    What has no coordinates is no place, and so is what has `nan` as an x or y.
    """
    if text is None:
        return NOWHERE
    wkt = take_apart(text)
    if wkt.has_no_place:
        return _nowhere(wkt)
    geometry = QgsGeometry.fromWkt(wkt.readable())
    if geometry.isNull():
        raise Refused(f"The geometry {wkt} is not WKT; expected one like 'Point (1 2)'.")
    shape = wkb.parse(bytes(geometry.asWkb()))
    _check_numbers(wkt, shape)
    if wkb.vertex_count(shape) == 0:
        return _nowhere(wkt)
    notes = _fit(geometry, type, wkt, shape)
    return Place(bytes(geometry.asWkb()), tuple(notes))


def left_out(text: str | None) -> Place:
    """Nowhere, for a table that has no geometries; what the device sent is told if it is a place."""
    if text is None or not text.strip() or text.strip().upper().endswith("EMPTY"):
        return NOWHERE
    return Place(None, (f"The geometry {WktText(text, ())} is left out: the table has no geometries.",))


def to_wkt(stored: bytes | None) -> str | None:
    """The WKT of a stored geometry."""
    return None if stored is None else wkb.to_wkt(wkb.parse(stored))


def same(wanted: bytes | None, found: bytes | None) -> bool:
    """Whether two geometries are the same vertex by vertex, whatever way they are encoded."""
    if wanted is None or found is None:
        return wanted is found
    return wanted == found or wkb.parse(wanted) == wkb.parse(found)


def is_nowhere(stored: bytes | None) -> bool:
    """Whether what is stored is no place."""
    return stored is None or wkb.vertex_count(wkb.parse(stored)) == 0


def _nowhere(wkt: WktText) -> Place:
    return Place(None, (f"The feature has no place: the device sent {wkt}.",))


def _check_numbers(wkt: WktText, shape: wkb.Shape) -> None:
    """QGIS makes up coordinates that are missing and drops what it does not understand; both show in the count."""
    expected = wkb.vertex_count(shape) * (2 + shape.has_z + shape.has_m)
    if wkt.number_count != expected:
        raise Refused(f"The geometry {wkt} has {wkt.number_count} coordinates; expected {expected} for its vertices.")
    if any(math.isinf(float(number)) for vertex in wkt.vertices for number in vertex):
        raise Refused(f"The geometry {wkt} has a coordinate that is larger than any number.")


def _fit(geometry: QgsGeometry, wanted: QgsWkbTypes.Type, wkt: WktText, shape: wkb.Shape) -> list[str]:
    flat = QgsWkbTypes.flatType(wanted)
    if flat == QgsWkbTypes.Type.Unknown:
        return []
    notes = _fit_dimensions(geometry, wanted, wkt, shape)
    if not _is_kind_of(geometry, flat) and not _convert(geometry, wanted, flat):
        raise Refused(
            f"The geometry {wkt} is a {QgsWkbTypes.displayString(geometry.wkbType())}; "
            f"the layer holds {QgsWkbTypes.displayString(wanted)}."
        )
    return notes


def _fit_dimensions(geometry: QgsGeometry, wanted: QgsWkbTypes.Type, wkt: WktText, shape: wkb.Shape) -> list[str]:
    notes = []
    for name, has, wants, place in (
        ("Z", shape.has_z, QgsWkbTypes.hasZ(wanted), 2),
        ("M", shape.has_m, QgsWkbTypes.hasM(wanted), 2 + shape.has_z),
    ):
        if has and not wants:
            if not wkt.is_unknown(place):
                raise Refused(
                    f"The geometry {wkt} has {name} values; "
                    f"the layer holds {QgsWkbTypes.displayString(wanted)} and would lose them."
                )
            getattr(geometry.get(), f"drop{name}Value")()
            notes.append(f"The {name} values are left out: the device knew none, and the layer holds none.")
        elif wants and not has:
            getattr(geometry.get(), f"add{name}Value")(0)
    return notes


def _is_kind_of(geometry: QgsGeometry, flat: QgsWkbTypes.Type) -> bool:
    found = QgsWkbTypes.flatType(geometry.wkbType())
    return found == flat or flat == QgsWkbTypes.Type.GeometryCollection


def _convert(geometry: QgsGeometry, wanted: QgsWkbTypes.Type, flat: QgsWkbTypes.Type) -> bool:
    """Changes single to multi, multi of one part to single, and straight to curved; never loses a vertex."""
    if QgsWkbTypes.geometryType(geometry.wkbType()) != QgsWkbTypes.geometryType(wanted):
        return False
    if QgsWkbTypes.isCurvedType(geometry.wkbType()) and not QgsWkbTypes.isCurvedType(wanted):
        return False
    if QgsWkbTypes.isMultiType(wanted):
        geometry.convertToMultiType()
    elif QgsWkbTypes.isMultiType(geometry.wkbType()):
        if geometry.constGet().numGeometries() != 1:
            return False
        geometry.convertToSingleType()
    if QgsWkbTypes.isCurvedType(wanted) and QgsWkbTypes.flatType(geometry.wkbType()) != flat:
        curved = geometry.coerceToType(wanted)
        if len(curved) != 1:
            return False
        geometry.set(curved[0].constGet().clone())
    return QgsWkbTypes.flatType(geometry.wkbType()) == flat
