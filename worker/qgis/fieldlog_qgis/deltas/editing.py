"""What each method of a delta does to its feature."""

import json
from dataclasses import replace
from typing import Any

from ..redaction import Exact
from . import differences, geometry, likeness, values
from .binary import Writing, writing_of
from .delta import Delta, Method
from .device_clock import DeviceClock
from .differences import View
from .features import Features, only
from .geometry import Place
from .naming import Named
from .outcome import Outcome, snapshot
from .parents import Parents
from .refusal import Conflict, MissingColumns, Reason, Refused
from .stores.store import KEEP, Keep, Row
from .targets import Target
from .writing import Wish, write


class Editor:
    """Edits features one by one; what it learns of one delta holds for later ones."""

    def __init__(self, features: Features, parents: Parents, made: dict[str, dict], overwrites_conflicts: bool):
        self._features = features
        self._parents = parents
        # What the source made of a device's edits of a feature, by column: the device knows nothing of that.
        self._made = {name: dict(values) for name, values in made.items()}
        self._overwrites_conflicts = overwrites_conflicts
        self._clocks: dict[str, DeviceClock] = {}

    def note_recalled(self, delta: Delta, made: dict[str, Any]) -> None:
        """Hears what the source made of an edit in an earlier attempt."""
        self._made.setdefault(delta.client_pk, {}).update(made)

    def create(self, delta: Delta, target: Target, outcome: Outcome, defaults) -> None:
        """Adds a feature. Null in it says nothing: the source decides, except where a feature is brought back."""
        table, key_name = target.table, target.table.key.name
        said = _said(delta, target)
        named = said.values
        place = _place(delta, target)
        wkb = place.wkb
        if _is_unmade(named.get(key_name), target):
            del named[key_name]
        wanted = self._wanted(delta, target, named)
        if wanted.get(key_name) is None:
            # Without a key is without a wish for one.
            wanted.pop(key_name, None)
        stored = wanted | defaults(target, named, wanted, wkb)
        with target.store.attempt():
            note = _free_key(target, stored, wanted, delta.is_strict)

            def insert() -> Row:
                key = table.insert(stored, wkb)
                if key is None:
                    raise Refused(
                        f"Layer '{target.layer}' stored nothing, or gave the feature no '{key_name}'.",
                        reason=Reason.SOURCE,
                    )
                return only(target, key)

            written = write(target, Wish(wanted, wkb if target.is_spatial else KEEP), insert)
            outcome.after = snapshot(written.row)
        key = written.row.attributes[key_name]
        outcome.modified_pk = str(key)
        self._features.note_created(delta, target, key)
        self._parents.note_made(delta, written.row)
        self._note_made(delta, written.row, _made_in_create(target, written.row, named), outcome)
        told = f"{note}{place.told()}{_by_triggers(written.changed)}{_left_out(said)}"
        outcome.message = f"Created feature '{key}'.{told}"

    def patch(self, delta: Delta, target: Target, outcome: Outcome) -> None:
        """Changes what the device has changed, and nothing else."""
        table = target.table
        said = target.names.sort(delta.new.attributes, delta.columns, delta.local_pk)
        changed, old = _changed(delta, target, said)
        place = _place(delta, target) if _is_moved(delta) else None
        wkb = KEEP if place is None or not target.is_spatial else place.wkb
        with target.store.attempt():
            row = self._features.find(delta, target)
            view = self._view(delta)
            if delta.is_strict:
                found = differences.of_attributes(target, row, old, view)
                moved = differences.of_place(target, row, delta.old.geometry, view) if delta.old.names_geometry else []
            else:
                found, moved = self._rivals(target, row, delta, (changed, old), wkb)
            shown = [*changed, *(name for name in found if name not in changed)]
            with_geometry = wkb is not KEEP or bool(moved)
            outcome.before = snapshot(row, shown, with_geometry)
            self._check_likeness(delta, target, row, old)
            self._check_conflict(delta, target, row, [*found.values(), *moved])
            changes = {
                name: values.convert(value, table.columns[name], _writing(delta, old[name], row.attributes[name]))
                for name, value in changed.items()
            }
            changes |= self._followed(delta, target, changed)

            def update() -> Row:
                table.update(row, changes, wkb)
                return only(target, row.attributes[table.key.name])

            written = write(target, Wish(changes, wkb, row), update)
            others = [name for name in table.columns if name not in shown and _is_other(target, name, row, written.row)]
            with_geometry = with_geometry or not table.same_geometry(row.geometry, written.row.geometry)
            outcome.before = snapshot(row, [*shown, *others], with_geometry)
            outcome.after = snapshot(written.row, [*shown, *others], with_geometry)
        outcome.modified_pk = str(row.attributes[table.key.name])
        self._note_made(delta, written.row, [*_differing(target, written.row, changed), *others], outcome)
        told = _overwritten([*found.values(), *moved]) + (place.told() if place is not None else "")
        told += _by_triggers(written.changed) + _left_out(said)
        outcome.message = f"Changed feature '{outcome.modified_pk}'.{told}"

    def delete(self, delta: Delta, target: Target, outcome: Outcome) -> None:
        """Removes a feature, with all that others have changed in it."""
        with target.store.attempt():
            row = self._features.find(delta, target)
            outcome.before = snapshot(row)
            view, old = self._view(delta), _old(delta, target)
            self._check_likeness(delta, target, row, old)
            found = list(differences.of_attributes(target, row, old, view).values())
            if delta.old.names_geometry and (delta.is_strict or delta.old.geometry is not None):
                found += differences.of_place(target, row, delta.old.geometry, view)
            self._check_conflict(delta, target, row, found)
            target.table.delete(row)
            key = row.attributes[target.table.key.name]
            if target.table.find(key):
                raise Refused(
                    f"Feature '{key}' of layer '{target.layer}' is still there after it was deleted.",
                    reason=Reason.SOURCE,
                )
        self._features.note_deleted(delta, target, key)
        outcome.modified_pk = str(key)
        outcome.message = f"Deleted feature '{key}'.{_overwritten(found)}"

    def _wanted(self, delta: Delta, target: Target, named: dict[str, Any]) -> dict[str, Any]:
        columns = target.table.columns
        said = named if delta.is_strict else {name: value for name, value in named.items() if value is not None}
        writing = Writing.BASE64 if delta.is_strict else None
        wanted = {name: values.convert(value, columns[name], writing) for name, value in said.items()}
        return wanted | self._followed(delta, target, said)

    def _followed(self, delta: Delta, target: Target, said: dict[str, Any]) -> dict[str, Any]:
        """The keys of parents that got other ones than the device gave them, where the delta says anything of them."""
        columns = target.table.columns
        followed = self._parents.follow(delta)
        return {name: values.convert(value, columns[name]) for name, value in followed.items() if name in said}

    def _view(self, delta: Delta) -> View:
        """How the device of a delta sees its feature."""
        clock = self._clocks.setdefault(delta.client_id, DeviceClock())
        return View(delta.system, clock, self._made.get(delta.client_pk, {}))

    def _rivals(
        self, target: Target, row: Row, delta: Delta, states: tuple[dict, dict], wkb: bytes | None | Keep
    ) -> tuple[dict[str, str], list[str]]:
        """What somebody else has changed of that which the device changes, unless it is the same already."""
        (changed, old), view = states, self._view(delta)
        rivals = differences.of_attributes(target, row, {name: old[name] for name in changed}, view)
        for name in list(rivals):
            if differences.is_as_said(target, name, changed[name], row.attributes[name], replace(view, made={})):
                del rivals[name]
        moved = []
        if wkb is not KEEP and delta.old.names_geometry and not target.table.same_geometry(wkb, row.geometry):
            moved = differences.of_place(target, row, delta.old.geometry, view)
        return rivals, moved

    def _check_likeness(self, delta: Delta, target: Target, row: Row, old: dict) -> None:
        """Another feature is never touched, unless somebody has seen both and says that it is the same one."""
        is_whole = delta.old.is_snapshot or delta.method is Method.DELETE
        if not is_whole or delta.is_strict or delta.overwrites_conflicts:
            return
        names_place = delta.old.names_geometry and delta.old.geometry is not None
        view = self._view(delta)
        if not likeness.is_another(target, row, old, delta.old.geometry, names_place, view):
            return
        found = differences.of_attributes(target, row, old, view)
        told = [*found.values(), *(differences.of_place(target, row, delta.old.geometry, view) if names_place else [])]
        key = row.attributes[target.table.key.name]
        raise Conflict(
            f"What has the key '{key}' in layer '{target.layer}' now is another feature than the device had: "
            f"{'; '.join(told)}.",
            told,
            Reason.ANOTHER_FEATURE,
        )

    def _check_conflict(self, delta: Delta, target: Target, row: Row, found: list[str]) -> None:
        if not found or delta.overwrites_conflicts or (self._overwrites_conflicts and not delta.is_strict):
            return
        key = row.attributes[target.table.key.name]
        raise Conflict(
            f"Feature '{key}' of layer '{target.layer}' has changed since the device had it: {'; '.join(found)}.", found
        )

    def _note_made(self, delta: Delta, row: Row, names: list[str], outcome: Outcome) -> None:
        """Notes what is stored otherwise than the device said, for its next edits of the same feature."""
        if names:
            made = {name: values.to_json(row.attributes[name]) for name in dict.fromkeys(names)}
            self._made.setdefault(delta.client_pk, {}).update(made)
            outcome.made = Exact(made)


def _said(delta: Delta, target: Target) -> Named:
    """What a create says by columns of the layer; raises `MissingColumns` when a value has none."""
    said = target.names.sort(delta.new.attributes, delta.columns, delta.local_pk)
    _check_missing(target, [name for name, value in said.missing.items() if value is not None])
    return said


def _old(delta: Delta, target: Target) -> dict[str, Any]:
    """What the device had, by columns of the layer, but for the key: by that the feature was found."""
    old = target.names.sort(delta.old.attributes, delta.columns, delta.local_pk).values
    old.pop(target.table.key.name, None)
    return old


def _changed(delta: Delta, target: Target, new: Named) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the device has changed, and what it had, by columns; raises `Refused` when that is not whole."""
    old = target.names.sort(delta.old.attributes, delta.columns, delta.local_pk)
    _check_missing(target, [name for name in new.missing if not _is_unchanged(new.missing, old.missing, name)])
    for name in new.values:
        if name not in old.values:
            raise Refused(
                f"Field '{name}' is in the new attributes and not in the old ones; expected it in both.",
                reason=Reason.MALFORMED,
            )
    changed = {name: value for name, value in new.values.items() if not _is_unchanged(new.values, old.values, name)}
    key = target.table.key.name
    if key in changed:
        raise Refused(
            f"The delta changes the primary key '{key}' to {values.shown(changed[key])}; expected it to stay."
        )
    old.values.pop(key, None)
    return changed, old.values


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


def _is_unmade(key: Any, target: Target) -> bool:
    return isinstance(key, str) and key in target.unmade_keys


def _free_key(target: Target, stored: dict[str, Any], wanted: dict[str, Any], is_strict: bool) -> str:
    """Leaves a key that is taken to the source, where the source makes keys: devices count on independently.

    A strict delta brings a feature back, which is another one with another key.
    """
    name = target.table.key.name
    key = stored.get(name)
    if key is None or not target.table.find(key):
        return ""
    if is_strict or not target.table.makes_keys:
        raise Refused(
            f"Layer '{target.layer}' has a feature '{key}' already; expected a '{name}' that is not taken.",
            reason=Reason.KEY_TAKEN,
        )
    del stored[name]
    wanted.pop(name, None)
    return f" The device had it as '{key}', which was taken."


def _place(delta: Delta, target: Target) -> Place:
    """Where a feature is to be, in the type and the system of its layer."""
    if not target.is_spatial:
        return geometry.left_out(delta.new.geometry)
    place = geometry.parse(delta.new.geometry, target.type)
    return place if place.wkb is None else place.into(target.system.transformation_from(delta.system))


def _is_moved(delta: Delta) -> bool:
    old, new = delta.old, delta.new
    return new.names_geometry and not (old.names_geometry and old.geometry == new.geometry)


def _writing(delta: Delta, said: Any, found: Any) -> Writing | None:
    """How a delta writes bytes: a strict one as the feedback does, others as they wrote what is there."""
    return Writing.BASE64 if delta.is_strict else writing_of(said, found)


def _differing(target: Target, row: Row, said: dict[str, Any]) -> list[str]:
    """The columns that hold something else than the device said."""
    found = row.attributes
    view = View()
    return [name for name, value in said.items() if not differences.is_as_said(target, name, value, found[name], view)]


def _made_in_create(target: Target, row: Row, said: dict[str, Any]) -> list[str]:
    """The same of a new feature, with what the device did not name; its key only where the device named another."""
    key = target.table.key.name
    unsaid = [name for name, value in row.attributes.items() if name not in said and value is not None]
    return [name for name in [*_differing(target, row, said), *unsaid] if name != key or said.get(key) is not None]


def _is_other(target: Target, name: str, before: Row, after: Row) -> bool:
    return not values.same(before.attributes[name], after.attributes[name], target.table.columns[name])


def _by_triggers(changed: list[str]) -> str:
    return f" Triggers of the data have changed it: {'; '.join(changed)}." if changed else ""


def _left_out(said: Named) -> str:
    return f" Left out, for they are joined or computed: {', '.join(said.computed)}." if said.computed else ""


def _overwritten(found: list[str]) -> str:
    return f" Overwritten: {'; '.join(found)}." if found else ""
