"""What each method of a delta does to its feature."""

from typing import Any

from ..redaction import Exact
from . import likeness, saying, values
from .binary import Writing
from .delta import Delta, Method
from .delta_file import Made
from .device_clock import DeviceClock
from .differences import View
from .features import Features, only
from .naming import Named
from .outcome import Outcome, snapshot
from .parents import Parents
from .refusal import Conflict, Reason, Refused
from .stores.store import KEEP, Keep, Row
from .targets import Target
from .writing import Wish, write
from .written import Written


class Editor:
    """Edits features one by one; what it learns of one delta holds for later ones."""

    def __init__(
        self,
        features: Features,
        parents: Parents,
        made: dict[str, dict[str, Made]],
        written: Written,
        overwrites_conflicts: bool,
    ):
        self._features = features
        self._parents = parents
        # What the source made of a device's edits of a feature, by column: the device knows nothing of that.
        self._made = {name: dict(values) for name, values in made.items()}
        self._overwrites_conflicts = overwrites_conflicts
        self._written = written
        self._clocks: dict[str, DeviceClock] = {}

    def note_recalled(self, delta: Delta, made: dict[str, Any]) -> None:
        """Hears what the source made of an edit in an earlier attempt."""
        self._made.setdefault(delta.client_pk, {}).update(_made_of(delta, made))

    def create(self, delta: Delta, target: Target, outcome: Outcome, defaults) -> None:
        """Adds a feature. Null in it says nothing: the source decides, except where a feature is brought back."""
        table, key_name = target.table, target.table.key.name
        said = saying.of_create(delta, target)
        named = said.values
        place = saying.place(delta, target, delta.new.geometry)
        if saying.is_unmade_key(named.get(key_name), target):
            del named[key_name]
        followed = self._followed(delta, target, named)
        wanted = _wanted(delta, target, named) | followed
        if wanted.get(key_name) is None:
            # Without a key is without a wish for one.
            wanted.pop(key_name, None)
        stored = wanted | defaults(target, named, wanted, place.wkb)
        with target.store.attempt():
            note = _free_key(target, stored, wanted, delta.is_strict)

            def insert() -> Row:
                key = table.insert(stored, place.wkb)
                if key is None:
                    raise Refused(
                        f"Layer '{target.layer}' stored nothing, or gave the feature no '{key_name}'.",
                        reason=Reason.SOURCE,
                    )
                return only(target, key)

            written = write(target, Wish(wanted, place.wkb if target.is_spatial else KEEP), insert)
            outcome.after = snapshot(written.row)
        key = written.row.attributes[key_name]
        outcome.modified_pk = str(key)
        self._features.note_created(delta, target, key)
        self._parents.note_made(delta, written.row)
        made = _made_in_create(self._view(delta, target, {}), written.row, named)
        self._note_made(delta, written.row, made, outcome)
        note += place.told() + _by_triggers(written.changed) + _with_parents(followed) + _left_out(said)
        outcome.message = f"Created feature '{key}'.{note}"

    def patch(self, delta: Delta, target: Target, outcome: Outcome) -> None:
        """Changes what the device has changed, and nothing else."""
        table = target.table
        said = target.names.sort(delta.new.attributes, delta.columns, delta.local_pk)
        changed, old = saying.of_patch(delta, target, said)
        place = saying.changed_place(delta, target)
        wkb = KEEP if place is None or not target.is_spatial else place.wkb
        with target.store.attempt():
            row = self._features.find(delta, target)
            view = self._view(delta, target, self._made.get(delta.client_pk, {}), row)
            if delta.is_strict:
                found = view.of_attributes(row, old)
                moved = view.of_place(row, delta.old.geometry) if delta.old.names_geometry else []
            else:
                found, moved = _rivals(view, row, (changed, old), wkb)
            shown = [*changed, *(name for name in found if name not in changed)]
            with_geometry = wkb is not KEEP or bool(moved)
            outcome.before = snapshot(row, shown, with_geometry)
            _check_likeness(view, row, old)
            self._check_conflict(delta, target, row, [*found.values(), *moved])
            changes = {
                name: values.convert(value, table.columns[name], saying.writing(delta, old[name], row.attributes[name]))
                for name, value in changed.items()
            }
            followed = self._followed(delta, target, changed)
            changes |= followed

            def update() -> Row:
                table.update(row, changes, wkb)
                return only(target, row.attributes[table.key.name])

            written = write(target, Wish(changes, wkb, row), update)
            others = []
            if table.has_triggers:
                rest = [name for name in table.columns if name not in shown]
                others = [name for name in rest if _is_other(target, name, row, written.row)]
                with_geometry = with_geometry or not table.same_geometry(row.geometry, written.row.geometry)
                outcome.before = snapshot(row, [*shown, *others], with_geometry)
            outcome.after = snapshot(written.row, [*shown, *others], with_geometry)
        outcome.modified_pk = str(row.attributes[table.key.name])
        self._written.note(delta.layer_id, outcome.modified_pk, outcome.after)
        made = [*_differing(self._view(delta, target, {}), written.row, changed), *others]
        self._note_made(delta, written.row, made, outcome)
        told = _overwritten([*found.values(), *moved]) + (place.told() if place is not None else "")
        told += _by_triggers(written.changed) + _with_parents(followed) + _left_out(said)
        outcome.message = f"Changed feature '{outcome.modified_pk}'.{told}"

    def delete(self, delta: Delta, target: Target, outcome: Outcome) -> None:
        """Removes a feature, with all that others have changed in it."""
        with target.store.attempt():
            row = self._features.find(delta, target)
            outcome.before = snapshot(row)
            view = self._view(delta, target, self._made.get(delta.client_pk, {}), row)
            old = saying.of_old(delta, target)
            _check_likeness(view, row, old)
            found = list(view.of_attributes(row, old).values())
            if delta.old.names_geometry and (delta.is_strict or delta.old.geometry is not None):
                found += view.of_place(row, delta.old.geometry)
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

    def _followed(self, delta: Delta, target: Target, said: dict[str, Any]) -> dict[str, Any]:
        """The keys of parents that got other ones than the device gave them, where the delta says anything of them."""
        columns = target.table.columns
        followed = self._parents.follow(delta)
        return {
            name: values.convert(value, columns[name])
            for name, value in followed.items()
            if said.get(name) is not None
        }

    def _view(self, delta: Delta, target: Target, made: dict[str, Any], row: Row | None = None) -> View:
        written = {} if row is None else self._written.of(delta.layer_id, row.attributes[target.table.key.name])
        return View(target, delta, self._clocks.setdefault(delta.client_id, DeviceClock()), made, written)

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
            self._made.setdefault(delta.client_pk, {}).update(_made_of(delta, made))
            outcome.made = Exact(made)


def _wanted(delta: Delta, target: Target, named: dict[str, Any]) -> dict[str, Any]:
    columns = target.table.columns
    said = named if delta.is_strict else {name: value for name, value in named.items() if value is not None}
    writing = Writing.BASE64 if delta.is_strict else None
    return {name: values.convert(value, columns[name], writing) for name, value in said.items()}


def _rivals(
    view: View, row: Row, states: tuple[dict, dict], wkb: bytes | None | Keep
) -> tuple[dict[str, str], list[str]]:
    """What somebody else has changed of that which the device changes, unless it is the same already."""
    changed, old = states
    rivals = view.of_attributes(row, {name: old[name] for name in changed})
    for name in list(rivals):
        if view.is_as_said(name, changed[name], row.attributes[name]):
            del rivals[name]
    is_moved = wkb is not KEEP and view.delta.old.names_geometry
    if not is_moved or view.target.table.same_geometry(wkb, row.geometry):
        return rivals, []
    return rivals, view.of_place(row, view.delta.old.geometry)


def _check_likeness(view: View, row: Row, old: dict) -> None:
    """Another feature is never touched, unless somebody has seen both and says that it is the same one."""
    delta, target = view.delta, view.target
    if delta.is_strict or delta.overwrites_conflicts:
        return
    is_whole = delta.old.is_snapshot or delta.method is Method.DELETE
    names_place = delta.old.names_geometry
    is_suspect = delta.deleted_by is not None
    if not is_suspect and not (is_whole and likeness.is_another(view, row, old, delta.old.geometry, names_place)):
        return
    told = [*view.of_attributes(row, old).values(), *(view.of_place(row, delta.old.geometry) if names_place else [])]
    # Of a number that was given out again, and a device of which nobody knows since when it has it: it has to have seen
    # this feature.
    if is_suspect and is_whole and not told:
        return
    key = row.attributes[target.table.key.name]
    raise Conflict(
        f"What has the key '{key}' in layer '{target.layer}' now is another feature than the device had: "
        f"{'; '.join(told) or 'that one was deleted'}.",
        told,
        Reason.ANOTHER_FEATURE,
    )


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


def _differing(view: View, row: Row, said: dict[str, Any]) -> list[str]:
    """The columns that hold something else than the device said."""
    return [name for name, value in said.items() if not view.is_as_said(name, value, row.attributes[name])]


def _made_in_create(view: View, row: Row, said: dict[str, Any]) -> list[str]:
    """The same of a new feature, with what the device did not name; its key only where the device named another."""
    key = view.target.table.key.name
    unsaid = [name for name, value in row.attributes.items() if name not in said and value is not None]
    return [name for name in [*_differing(view, row, said), *unsaid] if name != key or said.get(key) is not None]


def _made_of(delta: Delta, made: dict[str, Any]) -> dict[str, Made]:
    """With what the device has there: what it changed, or had before."""
    has = delta.old.attributes | delta.new.attributes
    return {name: Made(has.get(name), stored) for name, stored in made.items()}


def _is_other(target: Target, name: str, before: Row, after: Row) -> bool:
    return not values.same(before.attributes[name], after.attributes[name], target.table.columns[name])


def _by_triggers(changed: list[str]) -> str:
    return f" Triggers of the data have changed it: {'; '.join(changed)}." if changed else ""


def _with_parents(followed: dict[str, Any]) -> str:
    told = ", ".join(f"'{name}' is {values.shown(value)}" for name, value in followed.items())
    return f" It follows its parent, which got another key: {told}." if followed else ""


def _left_out(said: Named) -> str:
    return f" Left out, for they are joined or computed: {', '.join(said.computed)}." if said.computed else ""


def _overwritten(found: list[str]) -> str:
    return f" Overwritten: {'; '.join(found)}." if found else ""
