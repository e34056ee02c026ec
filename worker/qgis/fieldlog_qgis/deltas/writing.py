"""Writes a feature, reads it again and compares: what was asked for is there, or nothing was written.

Owners of data let triggers fill and change what is stored. What they make is theirs to decide, and is told; any other
difference is a failure. That it comes from a trigger is tried out where the source can write without them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import geometry, values
from .refusal import Reason, Refused
from .stores.store import KEEP, Keep, Row
from .targets import Target


@dataclass
class Wish:
    """What is to be stored: values by column, and the geometry."""

    values: Mapping[str, Any]
    wkb: bytes | None | Keep
    before: Row | None = None
    """The feature as it was, if it is not new."""


@dataclass
class Written:
    """A feature as it is stored, and in words what triggers made of the wish."""

    row: Row
    changed: list[str] = field(default_factory=list)


def write(target: Target, wish: Wish, do: Callable[[], Row]) -> Written:
    """Does it, and compares; raises `Refused` when something else is stored than was wished for, but for triggers."""
    table = target.table
    if not table.has_triggers:
        row = do()
        _refuse(_faults(target, wish, row))
        return Written(row)
    with table.rewindable() as rewind:
        row = do()
        faults = _faults(target, wish, row)
        if not faults:
            return Written(row)
        _refuse([fault for fault in faults if fault.is_lost])
        rewind()
        _check_cause(target, wish, do, faults)
        rewind()
        return Written(do(), [f"'{fault.name}' is {fault.found}" for fault in faults])


@dataclass(frozen=True)
class _Fault:
    name: str
    """The column, or "geometry"."""
    wanted: str
    found: str
    is_lost: bool
    """Whether nothing of what was wished for is there: it is as it was before, or null."""

    @property
    def subject(self) -> str:
        return "The geometry" if self.name == "geometry" else f"Field '{self.name}'"


def _faults(target: Target, wish: Wish, row: Row) -> list[_Fault]:
    table, faults = target.table, []
    for name, wanted in wish.values.items():
        column, found = table.columns[name], row.attributes[name]
        if not values.same(wanted, found, column) and not values.same(table.stored_form(column, wanted), found, column):
            is_blank = isinstance(wanted, str) and not wanted.strip()
            stays = wish.before is not None and values.same(wish.before.attributes[name], found, column)
            is_lost = stays or (found is None and not is_blank)
            faults.append(_Fault(name, values.shown(wanted), values.shown(found), is_lost))
    if wish.wkb is not KEEP and target.is_spatial and not table.same_geometry(wish.wkb, row.geometry):
        wanted, found = (values.shown(geometry.to_wkt(wkb)) for wkb in (wish.wkb, row.geometry))
        stays = wish.before is not None and table.same_geometry(wish.before.geometry, row.geometry)
        faults.append(_Fault("geometry", wanted, found, row.geometry is None or stays))
    return faults


def _refuse(faults: list[_Fault]) -> None:
    if faults:
        fault = faults[0]
        raise Refused(
            f"{fault.subject} was stored as {fault.found}; wanted {fault.wanted}. Nothing was kept.",
            reason=Reason.SOURCE,
        )


def _check_cause(target: Target, wish: Wish, do: Callable[[], Row], faults: list[_Fault]) -> None:
    """Without the triggers the wish has to be there to the letter, or what differs does not come from them."""
    with target.table.untriggered() as is_possible:
        if is_possible:
            _refuse(_faults(target, wish, do()))
            return
    columns = target.table.columns
    _refuse([f for f in faults if f.name in columns and not target.table.keeps(columns[f.name], wish.values[f.name])])
