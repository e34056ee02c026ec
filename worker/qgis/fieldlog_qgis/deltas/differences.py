"""Where a feature is not as a device had it.

What a device was shown, or sent itself, is the same value: also where the source made something else of it then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import geometry, values, wkb
from .as_shown import same_as_shown
from .delta import Delta
from .delta_file import Made
from .device_clock import DeviceClock
from .refusal import Refused
from .stores.store import Row
from .targets import Target

# Of the larger coordinate: a tenth of a millimetre in degrees, a hundredth in metres.
_SAME_PLACE = 1e-9


@dataclass(frozen=True)
class View:
    """A layer as the device of a delta sees it."""

    target: Target
    delta: Delta
    clock: DeviceClock
    made: Mapping[str, Made]
    """What the source made of earlier edits of the same feature on that device, by column."""
    written: Mapping[str, Any]
    """What edits that were applied have written into the feature, as JSON by column, and its place as "geometry"."""

    def of_attributes(self, row: Row, said: Mapping[str, Any]) -> dict[str, str]:
        """The differences of a feature, in words, by column."""
        return {
            name: f"'{name}' was {values.shown(value)} on the device and is {values.shown(row.attributes[name])}"
            for name, value in said.items()
            if not self.is_as_said(name, value, row.attributes[name])
        }

    def is_as_said(self, name: str, said: Any, found: Any) -> bool:
        """Whether a column holds what the device says it saw there."""
        if said is found or (type(said) is type(found) and said == found):
            return True
        if name in self.made and self.made[name] == (said, values.to_json(found)):
            return True
        return same_as_shown(said, found, self.target.table.columns[name], self.clock)

    def of_place(self, row: Row, wkt: str | None) -> list[str]:
        """The difference, in words, if a feature is not at this place."""
        if not self.target.is_spatial or self.is_at(row, wkt):
            return []
        return [f"the geometry was {values.shown(wkt)} and is {values.shown(geometry.to_wkt(row.geometry))}"]

    def is_at(self, row: Row, wkt: str | None) -> bool:
        """Whether a feature is where the device says that it was."""
        try:
            transformation = self.target.system.transformation_from(self.delta.system)
            if transformation is None and wkt == geometry.to_wkt(row.geometry):
                return True
            place = geometry.parse(wkt, self.target.type).into(transformation)
        except Refused:
            return False
        if place.wkb is None or row.geometry is None:
            return place.wkb is None and geometry.is_nowhere(row.geometry)
        tolerance = 0.0 if transformation is None else transformation.tolerance
        table = self.target.table
        return table.same_geometry(place.wkb, row.geometry) or _is_same_place(place.wkb, row.geometry, tolerance)

    def is_at_stored(self, row: Row, wkt: str) -> bool:
        """Whether a feature is at a place as the layer's data have it."""
        return wkt == geometry.to_wkt(row.geometry)


def _is_same_place(one: bytes, other: bytes, tolerance: float) -> bool:
    """Whether two geometries have the same vertices, whatever their order, parts and heights."""
    first, second = sorted(_vertices(one)), sorted(_vertices(other))
    return len(first) == len(second) and all(
        abs(a - b) <= max(tolerance, _SAME_PLACE * max(1.0, abs(a)))
        for p, q in zip(first, second, strict=True)
        for a, b in zip(p, q, strict=True)
    )


def _vertices(geometry: bytes) -> Iterable[tuple[float, float]]:
    return [(vertex[0], vertex[1]) for vertex in wkb.vertices(wkb.parse(geometry))]
