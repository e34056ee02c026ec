"""Where a feature is not as a device had it.

What a device was shown, or sent itself, is the same value: also where the source made something else of it then.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from . import geometry, values, wkb
from .refusal import Refused
from .stores.store import Row
from .targets import Target

# Of the larger coordinate: a tenth of a millimetre in degrees, a hundredth in metres.
_SAME_PLACE = 1e-9


def of_attributes(target: Target, row: Row, said: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, str]:
    """In words, by column; `made` is what the source made of earlier edits of the same device."""
    differences = {}
    for name, value in said.items():
        found = row.attributes[name]
        if not is_as_said(target, name, value, found, made):
            differences[name] = f"'{name}' was {values.shown(value)} on the device and is {values.shown(found)}"
    return differences


def is_as_said(target: Target, name: str, said: Any, found: Any, made: Mapping[str, Any]) -> bool:
    """Whether a column holds what a device says it saw there."""
    if name in made and values.to_json(found) == made[name]:
        return True
    return values.same_as_shown(said, found, target.table.columns[name])


def of_place(target: Target, row: Row, wkt: str | None) -> list[str]:
    """In words, if the feature is not at this place."""
    if not target.is_spatial or is_at(target, row, wkt):
        return []
    return [f"the geometry was {values.shown(wkt)} and is {values.shown(geometry.to_wkt(row.geometry))}"]


def is_at(target: Target, row: Row, wkt: str | None) -> bool:
    """Whether a feature is at this place."""
    if wkt is None or row.geometry is None:
        return wkt is None and row.geometry is None
    try:
        said = geometry.parse(wkt, target.type)
    except Refused:
        return wkt == geometry.to_wkt(row.geometry)
    return target.table.same_geometry(said, row.geometry) or _is_same_place(said, row.geometry)


def _is_same_place(one: bytes, other: bytes) -> bool:
    """Whether two geometries have the same vertices, whatever their order, parts and heights."""
    first, second = sorted(_vertices(wkb.parse(one))), sorted(_vertices(wkb.parse(other)))
    return len(first) == len(second) and all(
        abs(a - b) <= _SAME_PLACE * max(1.0, abs(a)) for p, q in zip(first, second, strict=True) for a, b in zip(p, q)
    )


def _vertices(shape: wkb.Shape) -> Iterable[tuple[float, float]]:
    return [(vertex[0], vertex[1]) for vertex in wkb.vertices(shape)]
