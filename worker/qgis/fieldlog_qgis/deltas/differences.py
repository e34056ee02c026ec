"""Where a feature is not as a device had it.

What a device was shown, or sent itself, is the same value: also where the source made something else of it then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import geometry, values, wkb
from .as_shown import same_as_shown
from .device_clock import DeviceClock
from .refusal import Refused
from .stores.store import Row
from .targets import Target

# Of the larger coordinate: a tenth of a millimetre in degrees, a hundredth in metres.
_SAME_PLACE = 1e-9


@dataclass(frozen=True)
class View:
    """How a device sees a feature."""

    system: str = ""
    """The coordinate system of its places, as the device names it; empty for the layer's."""
    clock: DeviceClock = field(default_factory=DeviceClock)
    made: Mapping[str, Any] = field(default_factory=dict)
    """What the source made of earlier edits of the same device, which knows nothing of that."""


def of_attributes(target: Target, row: Row, said: Mapping[str, Any], view: View) -> dict[str, str]:
    """In words, by column."""
    differences = {}
    for name, value in said.items():
        found = row.attributes[name]
        if not is_as_said(target, name, value, found, view):
            differences[name] = f"'{name}' was {values.shown(value)} on the device and is {values.shown(found)}"
    return differences


def is_as_said(target: Target, name: str, said: Any, found: Any, view: View) -> bool:
    """Whether a column holds what a device says it saw there."""
    if name in view.made and values.to_json(found) == view.made[name]:
        return True
    return same_as_shown(said, found, target.table.columns[name], view.clock)


def of_place(target: Target, row: Row, wkt: str | None, view: View) -> list[str]:
    """In words, if the feature is not at this place."""
    if not target.is_spatial or is_at(target, row, wkt, view):
        return []
    return [f"the geometry was {values.shown(wkt)} and is {values.shown(geometry.to_wkt(row.geometry))}"]


def is_at(target: Target, row: Row, wkt: str | None, view: View) -> bool:
    """Whether a feature is at this place."""
    try:
        transformation = target.system.transformation_from(view.system)
        said = geometry.parse(wkt, target.type).into(transformation).wkb
    except Refused:
        return wkt == geometry.to_wkt(row.geometry)
    if said is None or geometry.is_nowhere(row.geometry):
        return said is None and geometry.is_nowhere(row.geometry)
    tolerance = 0.0 if transformation is None else transformation.tolerance
    return target.table.same_geometry(said, row.geometry) or _is_same_place(said, row.geometry, tolerance)


def _is_same_place(one: bytes, other: bytes, tolerance: float) -> bool:
    """Whether two geometries have the same vertices, whatever their order, parts and heights."""
    first, second = sorted(_vertices(wkb.parse(one))), sorted(_vertices(wkb.parse(other)))
    return len(first) == len(second) and all(
        abs(a - b) <= max(tolerance, _SAME_PLACE * max(1.0, abs(a)))
        for p, q in zip(first, second, strict=True)
        for a, b in zip(p, q, strict=True)
    )


def _vertices(shape: wkb.Shape) -> Iterable[tuple[float, float]]:
    return [(vertex[0], vertex[1]) for vertex in wkb.vertices(shape)]
