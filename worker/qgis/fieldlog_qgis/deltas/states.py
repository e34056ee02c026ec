"""What edits tell of a feature, held against the feature that is there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from . import geometry, values
from .refusal import Refused
from .stores.store import Row
from .targets import Target


class Place(Enum):
    """The name under which a geometry stands among attributes."""

    GEOMETRY = "geometry"


PLACE = Place.GEOMETRY
UNKNOWN = object()
"""A value that nobody knows, which is no value."""


def told(state: dict) -> dict[Any, Any]:
    """The attributes of a feature as an edit tells them, with its geometry as `PLACE` if it is told."""
    attributes = dict(state.get("attributes") or {})
    return attributes | {PLACE: state["geometry"]} if "geometry" in state else attributes


def found(target: Target, row: Row, name: Any) -> Callable[[Any], bool]:
    """Says of a value that was told whether the feature has it."""
    if name is PLACE:
        return lambda value: _is_at(target, row, value)
    return lambda value: value is not UNKNOWN and _has(target, row, name, value)


def resembles(target: Target, row: Row, states: list[dict[Any, Any]]) -> bool:
    """Whether a feature is the one that was in these states, as far as can be told.

    It is when it is at a place where that one was, or when more than half of the attributes that say something have a
    value that they had.
    """
    known: dict[Any, list] = {}
    for state in states:
        for name, value in state.items():
            if value is not None and (name is PLACE or (name in row.attributes and name != target.table.key.name)):
                known.setdefault(name, []).append(value)
    places = known.pop(PLACE, []) if target.is_spatial else []
    known.pop(PLACE, None)
    if any(_is_at(target, row, place) for place in places):
        return True
    same = sum(any(_has(target, row, name, value) for value in told) for name, told in known.items())
    return 2 * same > len(known) or not (places or known)


@dataclass
class History:
    """What edits made of one attribute, by their places in the life of the feature, and which of that is there."""

    name: Any
    is_found: Callable[[Any], bool]
    _steps: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    _there: dict[int, bool] | None = None
    _last: int = -1
    _first_before: int | None = None
    _first_after: int | None = None

    def add(self, place: int, before: Any, after: Any) -> None:
        """The next edit of this attribute."""
        self._steps[place] = (before, after)

    def is_back(self, place: int) -> bool:
        """Whether the attribute has a value again that it had before this edit, and none that it had since."""
        self._compare()
        had_before = self._first_before is not None and self._first_before <= place
        had_after = self._first_after is not None and self._first_after < place
        return self._last < place and (had_before or had_after)

    def is_there(self, place: int) -> bool:
        """Whether the attribute has the value of this edit, or one that later edits made of it."""
        self._compare()
        return self._there[place]

    def why(self, place: int) -> str:
        """How it shows that an edit is not there."""
        what = "The geometry" if self.name is PLACE else f"'{self.name}'"
        before, after = self._steps[place]
        change = f"{values.shown(before)} to {values.shown(after)}"
        return f"{what} has a value again that it had before: the edit changed {change}."

    def _compare(self) -> None:
        """Compares every value once, however many edits there are."""
        if self._there is not None:
            return
        self._there, following = {}, None
        for place, (before, after) in reversed(self._steps.items()):
            is_after, is_before = self.is_found(after), self.is_found(before)
            if is_after:
                self._last, self._first_after = max(self._last, place), place
            if is_before:
                self._first_before = place
            goes_on = following is not None and self._there[following] and self._steps[following][0] == after
            self._there[place] = is_after or goes_on
            following = place


def _has(target: Target, row: Row, name: str, value: Any) -> bool:
    stored, column = row.attributes[name], target.table.columns[name]
    if value is None or stored is None:
        return values.same(value, stored, column)
    try:
        return values.to_json(stored) == value or values.same(values.convert(value, column), stored, column)
    except Refused:
        return False


def _is_at(target: Target, row: Row, wkt: Any) -> bool:
    if wkt is UNKNOWN:
        return False
    try:
        place = geometry.parse(wkt, target.type)
    except Refused:
        return wkt == geometry.to_wkt(row.geometry)
    if place.wkb is None or row.geometry is None:
        return place.wkb is None and geometry.is_nowhere(row.geometry)
    return target.table.same_geometry(place.wkb, row.geometry)
