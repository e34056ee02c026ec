"""Applies deltas one by one, each as a whole or not at all."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import UnableToContinue
from ..log import logger, step_is_at
from ..redaction import Exact
from . import delta as deltas
from . import geometry, values
from .commits import Commits
from .delta import Delta, Method
from .delta_file import DeltaFile
from .earlier import Earlier
from .feedback_item import feedback_item
from .outcome import Outcome, snapshot
from .refusal import Conflict, Refused
from .stores.store import KEEP, Keep, Row, Store
from .targets import Target, Targets


@dataclass
class _Entry:
    """A delta of the file, which may be anything, and what became of it."""

    file_id: str
    index: int
    content: Any
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def delta_id(self) -> str | None:
        return deltas.text_or_none(self.content, "uuid")

    def feedback(self, **changes: Any) -> Exact:
        return feedback_item(self.file_id, self.index, self.content, replace(self.outcome, **changes))


class Applier:
    """Applies the deltas of one file to the targets of one project."""

    def __init__(
        self,
        targets: Targets,
        overwrite_conflicts: bool = False,
        inverse: bool = False,
        commits: Commits | None = None,
    ):
        self._targets = targets
        self._overwrite_conflicts = overwrite_conflicts
        self._inverse = inverse
        self._commits = commits or Commits()
        self._earlier = Earlier(self._commits.earlier)
        self._client_pks: dict[str, str] = {}
        # Deltas that were applied to a store which may still refuse them all, by the store's identity.
        self._not_final: dict[int, list[_Entry]] = {}

    def apply(self, file: DeltaFile) -> list[dict]:
        """Applies all deltas in their order, or undoes them in the opposite one; returns the feedback of each."""
        self._client_pks = dict(file.client_pks)
        entries = [_Entry(file.id, index, content) for index, content in enumerate(file.deltas)]
        if self._inverse:
            entries.reverse()
        try:
            for done, entry in enumerate(entries, 1):
                self._apply(entry)
                step_is_at(done / len(entries))
            self._finish()
        except BaseException:
            for store in self._targets.stores.values():
                store.abandon()
            raise
        return [entry.feedback() for entry in entries]

    def _apply(self, entry: _Entry) -> None:
        try:
            delta = deltas.parse(entry.content)
            delta = delta.inverse() if self._inverse else delta
            target = self._find_target(delta, entry)
            entry.outcome.file = target.file
            recorded = self._earlier.recorded(entry.delta_id, target, delta.overwrites_conflicts)
            if recorded is not None:
                self._recall(delta, entry, recorded)
                return
            if delta.method is Method.CREATE:
                self._create(delta, target, entry.outcome)
            elif delta.method is Method.PATCH:
                self._patch(delta, target, entry.outcome)
            else:
                self._delete(delta, target, entry.outcome)
            if target.store.keeps_until_finished:
                self._not_final.setdefault(id(target.store), []).append(entry)
        except Refused as refusal:
            entry.outcome.fail(refusal)
            logger.warning("Delta %s: %s", entry.delta_id, refusal)
        except UnableToContinue:
            raise
        except Exception as error:  # noqa: BLE001 - one bad delta must not spoil the others
            entry.outcome.fail(error)
            logger.error("Delta %s: %s", entry.delta_id, error, exc_info=error)

    def _find_target(self, delta: Delta, entry: _Entry) -> Target:
        try:
            return self._targets.find(delta.layer_id)
        except Refused as refusal:
            if not self._earlier.has(entry.delta_id):
                raise
            told = f"{refusal} An earlier attempt may have made this edit in a database already."
            raise type(refusal)(told, refusal.provider_errors) from refusal

    def _recall(self, delta: Delta, entry: _Entry, recorded: dict) -> None:
        """Takes over what an earlier attempt has done, so that later deltas find its feature."""
        entry.outcome = Outcome.recalled(recorded)
        if delta.method is Method.CREATE and entry.outcome.modified_pk is not None:
            self._client_pks[delta.client_pk] = entry.outcome.modified_pk

    def _finish(self) -> None:
        """Makes everything final: databases after all files, for without one of its files a job is worth nothing."""
        for store in sorted(self._targets.stores.values(), key=lambda store: store.keeps_until_finished):
            try:
                self._commit(store, store.finish)
            except Refused as refusal:
                logger.error("Nothing was kept in a database: %s", refusal)
                store.abandon()

    def _publish(self, store: Store) -> None:
        """Lets QGIS see what was done so far, if that is anything."""
        if self._not_final.get(id(store)) and store.transaction() is not None:
            self._commit(store, store.publish)

    def _commit(self, store: Store, commit: Callable[[], None]) -> None:
        """Makes final what is not yet, and announces that before; what the store refuses then has failed."""
        # They stay where they are if anything unforeseen happens: no commit may leave one of them out.
        entries = self._not_final.get(id(store), [])
        try:
            if entries and (transaction := store.transaction()) is not None:
                told = [entry.feedback(is_final=True) for entry in entries]
                self._commits.announce(store.database, transaction, told)
            commit()
        except Refused as refusal:
            for entry in entries:
                entry.outcome.fail(refusal)
            entries.clear()
            raise
        for entry in entries:
            entry.outcome.is_final = True
        entries.clear()

    def _create(self, delta: Delta, target: Target, outcome: Outcome) -> None:
        table = target.table
        named, ignored = _split(delta.new.attributes, table.columns)
        wkb = self._new_geometry(delta, target) if target.is_spatial else None
        if _is_unmade(named.get(table.key.name), target):
            del named[table.key.name]
        wanted = {name: values.convert(value, table.columns[name]) for name, value in named.items()}
        if wanted.get(table.key.name) is None:
            # Without a key is without a wish for one.
            wanted.pop(table.key.name, None)
        stored = wanted | self._defaults(target, wanted, wkb)
        with target.store.attempt():
            note = _free_key(target, stored, wanted, delta.is_strict)
            key = table.insert(stored, wkb)
            if key is None:
                raise Refused(f"Layer '{target.layer}' stored nothing, or gave the feature no '{table.key.name}'.")
            row = _only(target, key)
            _verify(target, row, wanted, wkb)
            outcome.after = snapshot(row)
        outcome.modified_pk = str(key)
        outcome.message = f"Created feature '{key}'.{note}{_ignored(ignored)}"
        self._client_pks[delta.client_pk] = str(key)

    def _patch(self, delta: Delta, target: Target, outcome: Outcome) -> None:
        table = target.table
        named, ignored = _split(delta.new.attributes, table.columns)
        wkb = _changed_geometry(delta, target)
        with target.store.attempt():
            row = self._find(delta, target)
            differences = _differences(target, row, delta.old.attributes)
            shown = [*named, *(name for name in differences if name not in named)]
            moved = _moved(target, row, delta)
            with_geometry = wkb is not KEEP or bool(moved)
            outcome.before = snapshot(row, shown, with_geometry)
            self._check_conflict(delta, target, row, [*differences.values(), *moved])
            changes = _changes(target, delta, named)
            table.update(row, changes, wkb)
            after = _only(target, changes.get(table.key.name, row.attributes[table.key.name]))
            _verify(target, after, changes, wkb)
            outcome.after = snapshot(after, shown, with_geometry)
        outcome.modified_pk = str(after.attributes[table.key.name])
        told = _overwritten([*differences.values(), *moved])
        outcome.message = f"Changed feature '{outcome.modified_pk}'.{told}{_ignored(ignored)}"

    def _delete(self, delta: Delta, target: Target, outcome: Outcome) -> None:
        with target.store.attempt():
            row = self._find(delta, target)
            outcome.before = snapshot(row)
            differences = [*_differences(target, row, delta.old.attributes).values(), *_moved(target, row, delta)]
            self._check_conflict(delta, target, row, differences)
            target.table.delete(row)
            key = row.attributes[target.table.key.name]
            if target.table.find(key):
                raise Refused(f"Feature '{key}' of layer '{target.layer}' is still there after it was deleted.")
        outcome.modified_pk = str(key)
        outcome.message = f"Deleted feature '{key}'.{_overwritten(differences)}"

    def _find(self, delta: Delta, target: Target) -> Row:
        key = self._client_pks.get(delta.client_pk, delta.source_pk)
        if key == "":
            raise Refused(
                f"The delta has no primary key in the source ('sourcePk'), and no feature is known "
                f"that the device had as '{delta.local_pk}' in layer '{target.layer}'."
            )
        try:
            wanted = values.convert(key, target.table.key)
        except Refused as refusal:
            raise Refused(f"Unable to find feature '{key}' in layer '{target.layer}': {refusal}") from None
        return _only(target, wanted)

    def _check_conflict(self, delta: Delta, target: Target, row: Row, differences: list[str]) -> None:
        if not differences:
            return
        key = row.attributes[target.table.key.name]
        told = "; ".join(differences)
        message = f"Feature '{key}' of layer '{target.layer}' has changed since the device had it: {told}"
        if not (delta.overwrites_conflicts or (self._overwrite_conflicts and not delta.is_strict)):
            raise Conflict(f"{message}.", differences)
        logger.warning("%s. It is overwritten.", message)

    def _new_geometry(self, delta: Delta, target: Target) -> bytes | None:
        if delta.new.geometry is None:
            logger.warning("Delta without a geometry for layer '%s': the feature gets no place", target.layer)
            return None
        return geometry.parse(delta.new.geometry, target.type)

    def _defaults(self, target: Target, wanted: dict[str, Any], wkb: bytes | None) -> dict[str, Any]:
        missing = [name for name in target.defaults.missing(wanted) if name in target.table.columns]
        if missing:
            self._publish(target.store)
        columns = target.table.columns
        return {name: target.defaults.evaluate(columns[name], wanted, wkb) for name in missing}


def _split(attributes: dict, columns: dict) -> tuple[dict, list[str]]:
    """What a delta says of fields that are stored, and the names of all others (virtual, joined, unknown)."""
    return (
        {name: value for name, value in attributes.items() if name in columns},
        [name for name in attributes if name not in columns],
    )


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
        raise Refused(f"Layer '{target.layer}' has a feature '{key}' already; expected a '{name}' that is not taken.")
    del stored[name]
    wanted.pop(name, None)
    return f" The device had it as '{key}', which was taken."


def _only(target: Target, key: Any) -> Row:
    rows = target.table.find(key)
    if len(rows) != 1:
        count = "more than one" if rows else "none"
        raise Refused(
            f"Unable to find feature '{key}' in layer '{target.layer}': {count} with this '{target.table.key.name}'."
        )
    return rows[0]


def _differences(target: Target, row: Row, old: dict) -> dict[str, str]:
    """Where a feature is not as the device had it, by field. Its key is how it was found, so that is no question."""
    differences = {}
    for name, value in old.items():
        column = target.table.columns.get(name)
        if column is None or name == target.table.key.name:
            continue
        found = row.attributes[name]
        try:
            is_same = values.same(values.convert(value, column), found, column)
        except Refused:
            is_same = False
        if not is_same:
            differences[name] = f"'{name}' was {values.shown(value)} on the device and is {values.shown(found)}"
    return differences


def _moved(target: Target, row: Row, delta: Delta) -> list[str]:
    """Where a feature is not at the place that a strict delta says; for others its place is no question."""
    if not (delta.is_strict and target.is_spatial and delta.old.names_geometry):
        return []
    old, found = delta.old.geometry, geometry.to_wkt(row.geometry)
    if old == found or (old is not None and _is_at(target, row, old)):
        return []
    return [f"the geometry was {values.shown(old)} and is {values.shown(found)}"]


def _is_at(target: Target, row: Row, wkt: str) -> bool:
    try:
        return target.table.same_geometry(geometry.parse(wkt, target.type), row.geometry)
    except Refused:
        return False


def _changes(target: Target, delta: Delta, named: dict) -> dict[str, Any]:
    """The new values of those fields that the device has changed."""
    changes = {}
    for name, value in named.items():
        if name not in delta.old.attributes:
            raise Refused(f"Field '{name}' is in the new attributes and not in the old ones; expected it in both.")
        if not _is_equal(value, delta.old.attributes[name]):
            if name == target.table.key.name:
                raise Refused(
                    f"The delta changes the primary key '{name}' to {values.shown(value)}; expected it to stay."
                )
            changes[name] = values.convert(value, target.table.columns[name])
    return changes


def _is_equal(new: Any, old: Any) -> bool:
    # To Python 1 is True and 1.0; to JSON they are three values.
    return new is old or json.dumps(new, sort_keys=True) == json.dumps(old, sort_keys=True)


def _changed_geometry(delta: Delta, target: Target) -> bytes | None | Keep:
    old, new = delta.old, delta.new
    if not target.is_spatial or not new.names_geometry or (old.names_geometry and old.geometry == new.geometry):
        return KEEP
    return None if new.geometry is None else geometry.parse(new.geometry, target.type)


def _verify(target: Target, row: Row, wanted: dict[str, Any], wkb: bytes | None | Keep) -> None:
    """Compares what was read again with what was to be stored; a difference is a failure."""
    table = target.table
    for name, value in wanted.items():
        column, found = table.columns[name], row.attributes[name]
        if not values.same(value, found, column) and not values.same(table.stored_form(column, value), found, column):
            raise Refused(
                f"Field '{name}' was stored as {values.shown(found)}; wanted {values.shown(value)}. Nothing was kept."
            )
    if wkb is not KEEP and target.is_spatial and not table.same_geometry(wkb, row.geometry):
        raise Refused(
            f"The geometry was stored as {values.shown(geometry.to_wkt(row.geometry))}; "
            f"wanted {values.shown(geometry.to_wkt(wkb))}. Nothing was kept."
        )


def _ignored(names: list[str]) -> str:
    return f" Not stored, for the layer has no such columns: {', '.join(names)}." if names else ""


def _overwritten(differences: list[str]) -> str:
    return f" Overwritten: {'; '.join(differences)}." if differences else ""
