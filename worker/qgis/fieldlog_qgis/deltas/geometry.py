"""Reads the WKT of deltas strictly and brings it into the type of a layer where nothing is lost by it."""

import math
import re

from qgis.core import QgsGeometry, QgsWkbTypes

from . import wkb
from .refusal import Refused

_NAN = re.compile(r"\bnan\b", re.I)
_NUMBER = re.compile(r"(?<![A-Za-z])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_SHOWN_CHARACTERS = 80


def parse(text: str, type: QgsWkbTypes.Type) -> bytes:
    """The WKB of a WKT, in the type of the layer; raises `Refused` for anything that would change on the way."""
    # Devices write `nan` for a height that they do not know.
    text = _NAN.sub("0", text)
    _check_nesting(text)
    geometry = QgsGeometry.fromWkt(text)
    if geometry.isNull():
        raise Refused(f"The geometry {_short(text)} is not WKT; expected one like 'Point (1 2)'.")
    shape = wkb.parse(bytes(geometry.asWkb()))
    if wkb.is_empty(shape):
        raise Refused(f"The geometry {_short(text)} is empty; expected one with coordinates.")
    _check_numbers(text, shape)
    return _fit(geometry, type, text)


def to_wkt(stored: bytes | None) -> str | None:
    """The WKT of a stored geometry."""
    return None if stored is None else wkb.to_wkt(wkb.parse(stored))


def same(wanted: bytes | None, found: bytes | None) -> bool:
    """Whether two geometries are the same vertex by vertex, whatever way they are encoded."""
    if wanted is None or found is None:
        return wanted is found
    return wanted == found or wkb.parse(wanted) == wkb.parse(found)


def _check_nesting(text: str) -> None:
    depth = 0
    for bracket in re.findall(r"[()]", text):
        depth += 1 if bracket == "(" else -1
        # Deeper, and reading it would overflow the stack of QGIS.
        if not 0 <= depth <= wkb.MAX_DEPTH:
            break
    if depth != 0:
        raise Refused(f"The geometry {_short(text)} has brackets that do not match, or nest too deeply.")


def _check_numbers(text: str, shape: wkb.Shape) -> None:
    """QGIS makes up coordinates that are missing and drops what it does not understand; both show in the count."""
    numbers = _NUMBER.findall(text)
    expected = wkb.vertex_count(shape) * (2 + shape.has_z + shape.has_m)
    if len(numbers) != expected:
        raise Refused(
            f"The geometry {_short(text)} has {len(numbers)} coordinates; expected {expected} for its vertices."
        )
    if not all(math.isfinite(float(number)) for number in numbers):
        raise Refused(f"The geometry {_short(text)} has a coordinate that is larger than any number.")


def _fit(geometry: QgsGeometry, wanted: QgsWkbTypes.Type, text: str) -> bytes:
    flat = QgsWkbTypes.flatType(wanted)
    if flat != QgsWkbTypes.Type.Unknown:
        _fit_dimensions(geometry, wanted, text)
        if not _is_kind_of(geometry, flat) and not _convert(geometry, wanted, flat):
            raise Refused(
                f"The geometry {_short(text)} is a {QgsWkbTypes.displayString(geometry.wkbType())}; "
                f"the layer holds {QgsWkbTypes.displayString(wanted)}."
            )
    return bytes(geometry.asWkb())


def _fit_dimensions(geometry: QgsGeometry, wanted: QgsWkbTypes.Type, text: str) -> None:
    found = geometry.wkbType()
    for name, has, add in (("Z", QgsWkbTypes.hasZ, "addZValue"), ("M", QgsWkbTypes.hasM, "addMValue")):
        if has(found) and not has(wanted):
            raise Refused(
                f"The geometry {_short(text)} has {name} values; "
                f"the layer holds {QgsWkbTypes.displayString(wanted)} and would lose them."
            )
        if has(wanted) and not has(found):
            getattr(geometry.get(), add)(0)


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


def _short(text: str) -> str:
    return f"'{text}'" if len(text) <= _SHOWN_CHARACTERS else f"'{text[:_SHOWN_CHARACTERS]}…'"
