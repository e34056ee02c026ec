"""Finds the feature that a delta is about: by the key that the device has, or by what is known of that key since."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import likeness, values
from .delta import Delta, Deletion
from .delta_file import LostKey, UncertainKey
from .device_clock import DeviceClock
from .differences import View
from .refusal import Conflict, Reason, Refused
from .stores.store import Row
from .targets import Target

_Place = tuple[int, str, Any]


@dataclass(frozen=True)
class Keys:
    """What the worker knows of keys that features of devices got in the source, by `Delta.client_pk`."""

    known: Mapping[str, str]
    uncertain: Mapping[str, UncertainKey]
    lost: Mapping[str, LostKey]


class Features:
    """The features that the deltas of one file mean."""

    def __init__(self, keys: Keys):
        self._known = dict(keys.known)
        self._uncertain = keys.uncertain
        self._lost = keys.lost
        # What this run has deleted, as long as the same feature did not come back.
        self._deleted: dict[_Place, Deletion] = {}

    def find(self, delta: Delta, target: Target) -> Row:
        """The feature as it is stored; raises `Refused` when there is none, or when it is another one."""
        if delta.client_pk in self._known:
            return only(target, _converted(self._known[delta.client_pk], target))
        if delta.client_pk in self._lost:
            raise Refused(
                f"The feature that the device had as '{delta.local_pk}' in layer '{target.layer}' is not known any "
                f"more: {self._lost[delta.client_pk].why}.",
                reason=Reason.LOST_KEY,
            )
        if delta.client_pk in self._uncertain:
            return self._find_uncertain(delta, target, self._uncertain[delta.client_pk])
        if delta.source_pk == "":
            raise Refused(
                f"The delta has no primary key in the source ('sourcePk'), and no feature is known "
                f"that the device had as '{delta.local_pk}' in layer '{target.layer}'.",
                reason=Reason.NO_FEATURE,
            )
        key = _converted(delta.source_pk, target)
        deletion = delta.deleted_by or self._deleted.get(_place(target, key))
        if deletion is not None:
            self._refuse_deleted(target, key, deletion)
        return only(target, key)

    def note_created(self, delta: Delta, target: Target, key: Any) -> None:
        """Remembers the key of a feature that a device created, or that is there again."""
        self._known[delta.client_pk] = str(key)
        if delta.is_strict:
            self._deleted.pop(_place(target, key), None)

    def note_recalled(self, delta: Delta, key: str) -> None:
        """Remembers the key of a feature that an earlier attempt created."""
        self._known[delta.client_pk] = key

    def note_deleted(self, delta: Delta, target: Target, key: Any) -> None:
        """Remembers that whatever has this key from now on is another feature."""
        self._known.pop(delta.client_pk, None)
        self._deleted[_place(target, key)] = Deletion(delta.id or "", "", "")

    def _find_uncertain(self, delta: Delta, target: Target, key: UncertainKey) -> Row:
        row = only(target, _converted(key.pk, target))
        columns = target.table.columns
        attributes = {name: value for name, value in key.attributes.items() if name in columns}
        attributes.pop(target.table.key.name, None)
        # As it was stored then, whatever the device has or says.
        stored = View(target, replace(delta, system=""), DeviceClock(), {}, {})
        if likeness.is_another(stored, row, attributes, key.geometry, True):
            raise Refused(
                f"What has the key '{key.pk}' in layer '{target.layer}' now is another feature than the one that the "
                f"device had as '{delta.local_pk}': {key.why}.",
                reason=Reason.LOST_KEY,
            )
        self._known[delta.client_pk] = key.pk
        return row

    def _refuse_deleted(self, target: Target, key: Any, deletion: Deletion) -> None:
        """The log knows that the device's feature is gone: whatever has its key now is never touched."""
        by = f" by {deletion.by}" if deletion.by else ""
        at = f" at {deletion.at}" if deletion.at else ""
        gone = f"Feature '{key}' of layer '{target.layer}' was deleted{by}{at} (edit {deletion.delta})"
        if not target.table.find(key):
            raise Refused(f"{gone}.", reason=Reason.NO_FEATURE)
        if not deletion.is_certain:
            # Whether it is another one shows in what the device saw.
            return
        raise Conflict(f"{gone}; what has the key '{key}' now is another feature.", [], Reason.ANOTHER_FEATURE)


def only(target: Target, key: Any) -> Row:
    """The one feature with this key; raises `Refused` when there is none, or more than one."""
    rows = target.table.find(key)
    if len(rows) != 1:
        count = "more than one" if rows else "none"
        raise Refused(
            f"Unable to find feature '{key}' in layer '{target.layer}': {count} with this '{target.table.key.name}'.",
            reason=Reason.NO_FEATURE,
        )
    return rows[0]


def _converted(key: str, target: Target) -> Any:
    try:
        return values.convert(key, target.table.key)
    except Refused as refusal:
        raise Refused(
            f"Unable to find feature '{key}' in layer '{target.layer}': {refusal}", reason=Reason.NO_FEATURE
        ) from None


def _place(target: Target, key: Any) -> _Place:
    return id(target.store), target.table.name, key
