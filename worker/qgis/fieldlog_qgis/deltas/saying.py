"""What a delta says of its feature, by the columns of the layer."""

import json
from typing import Any

from . import geometry, values
from .binary import Writing, writing_of
from .delta import Delta
from .geometry import Place
from .naming import Named
from .refusal import Malformed, MissingColumns, Refused
from .targets import Target


def of_create(delta: Delta, target: Target) -> Named:
    """What a create says by columns of the layer; raises `MissingColumns` when a value has none."""
    said = target.names.sort(delta.new.attributes, delta.columns, delta.local_pk)
    _check_missing(target, [name for name, value in said.missing.items() if value is not None])
    return said


def of_old(delta: Delta, target: Target) -> dict[str, Any]:
    """What the device had, by columns of the layer, but for the key: by that the feature was found."""
    old = target.names.sort(delta.old.attributes, delta.columns, delta.local_pk).values
    old.pop(target.table.key.name, None)
    return old


def of_patch(delta: Delta, target: Target, new: Named) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the device has changed, and what it had, by columns; raises `Refused` when that is not whole."""
    old = target.names.sort(delta.old.attributes, delta.columns, delta.local_pk)
    _check_missing(target, [name for name in new.missing if not _is_unchanged(new.missing, old.missing, name)])
    for name in new.values:
        if name not in old.values:
            raise Malformed(f"Field '{name}' is in the new attributes and not in the old ones; expected it in both.")
    changed = {name: value for name, value in new.values.items() if not _is_unchanged(new.values, old.values, name)}
    key = target.table.key.name
    if key in changed:
        raise Refused(
            f"The delta changes the primary key '{key}' to {values.shown(changed[key])}; expected it to stay."
        )
    old.values.pop(key, None)
    return changed, old.values


def place(delta: Delta, target: Target, wkt: str | None) -> Place:
    """Where a feature is to be, in the type and the system of its layer."""
    if not target.is_spatial:
        return geometry.left_out(wkt)
    found = geometry.parse(wkt, target.type)
    return found if found.wkb is None else found.into(target.system.transformation_from(delta.system))


def changed_place(delta: Delta, target: Target) -> Place | None:
    """Where the device has moved a feature to; None when it has not."""
    old, new = delta.old, delta.new
    if not new.names_geometry or (old.names_geometry and old.geometry == new.geometry):
        return None
    return place(delta, target, new.geometry)


def writing(delta: Delta, said: Any, found: Any) -> Writing | None:
    """How a delta writes bytes: a strict one as the feedback does, others as they wrote what was there."""
    return Writing.BASE64 if delta.is_strict else writing_of(said, found)


def is_unmade_key(key: Any, target: Target) -> bool:
    """Whether a text stands for a key that the source has yet to make."""
    return isinstance(key, str) and key in target.unmade_keys


def _check_missing(target: Target, names: list[str]) -> None:
    if names:
        listed = ", ".join(f"'{name}'" for name in names)
        raise MissingColumns(
            f"Layer '{target.layer}' has no column {listed}. The edit is kept with its values: "
            "say which column is meant, and apply it again.",
            names,
        )


def _is_unchanged(new: dict, old: dict, name: str) -> bool:
    # To Python 1 is True and 1.0; to JSON they are three values.
    if name not in old:
        return False
    return new[name] is old[name] or json.dumps(new[name], sort_keys=True) == json.dumps(old[name], sort_keys=True)
