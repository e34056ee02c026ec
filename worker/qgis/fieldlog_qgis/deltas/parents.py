"""Children follow their parents: what a device wrote of a parent that it made itself is brought to the parent's key.

A device counts on by itself. Where the number that it gave a parent was taken, its children hold a number that is
somebody else's.
"""

import json
from collections.abc import Iterable
from typing import Any

from .delta import Delta
from .links import Link
from .refusal import Conflict, Reason
from .stores.store import Row

# Of a device, a layer and fields: what the device wrote.
_Said = tuple[str, Link, tuple[str, ...]]


class Parents:
    """What became of the parents that devices made."""

    def __init__(self, links: Iterable[Link]):
        self._links = list(links)
        self._stored: dict[_Said, tuple[Any, ...]] = {}
        self._refused: set[_Said] = set()
        # Of a device and a layer: the keys of features that it made and that are gone.
        self._lost: set[tuple[str, str]] = set()

    def expected(self, delta: Delta) -> list[_Said]:
        """What children of the same device would hold of the feature that this delta makes."""
        found = []
        for link in self._links:
            if link.parent == delta.layer_id:
                said = tuple(_said(delta, field) for field in link.parent_fields)
                if None not in said:
                    found.append((delta.client_id, link, said))
        return found

    def needed(self, delta: Delta) -> list[_Said]:
        """What this delta holds of parents."""
        found = []
        for link in self._links:
            if link.child == delta.layer_id:
                for said in _elements(link, delta.new.attributes):
                    found.append((delta.client_id, link, said))
        return found

    def note_made(self, delta: Delta, row: Row) -> None:
        """Hears how a parent is stored."""
        for said in self.expected(delta):
            fields = said[1].parent_fields
            stored = tuple(row.attributes.get(field) for field in fields)
            if None not in stored:
                self._refused.discard(said)
                self._stored[said] = stored

    def note_known(self, client: str, layer: str, said: dict[str, Any], stored: dict[str, Any]) -> None:
        """Hears of a parent that an earlier job stored with other values than the device said."""
        for link in self._links:
            if link.parent == layer and all(field in said and field in stored for field in link.parent_fields):
                name = (client, link, tuple(_text(said[field]) for field in link.parent_fields))
                self._stored.setdefault(name, tuple(stored[field] for field in link.parent_fields))

    def note_lost(self, name: str, key: str) -> None:
        """Hears of a feature, by its name on a device, that is not there any more under its key."""
        self._lost.add((name.rpartition("__")[0], key))

    def note_refused(self, delta: Delta) -> None:
        """Hears that a parent was not stored."""
        self._refused |= {said for said in self.expected(delta) if said not in self._stored}

    def follow(self, delta: Delta) -> dict[str, Any]:
        """The values of a child that have to change, by field; raises `Conflict` when its parent was not stored."""
        changes: dict[str, Any] = {}
        for link in self._links:
            if link.child != delta.layer_id:
                continue
            stored = {}
            for said in _elements(link, delta.new.attributes):
                name = (delta.client_id, link, said)
                is_lost = len(said) == 1 and (f"{delta.client_id}__{link.parent}", said[0]) in self._lost
                if name in self._refused or (is_lost and name not in self._stored):
                    raise _held(link, said)
                if name in self._stored:
                    stored[said] = self._stored[name]
            if any(tuple(map(str, now)) != said for said, now in stored.items()):
                changes |= _replaced(link, delta.new.attributes, stored)
        return changes


def _held(link: Link, said: tuple[str, ...]) -> Conflict:
    fields = ", ".join(f"'{field}'" for field in link.child_fields)
    return Conflict(
        f"The feature that it belongs to ({fields} = {', '.join(said)}) was made by the same device and is not stored. "
        "Apply that one first, and then this one again.",
        [],
        Reason.PARENT,
    )


def _said(delta: Delta, field: str) -> str | None:
    return _text(delta.new.attributes.get(field))


def _text(value: Any) -> str | None:
    return None if value is None or isinstance(value, dict | list) else str(value)


def _elements(link: Link, attributes: dict[str, Any]) -> list[tuple[str, ...]]:
    """What a child holds of its parents: one tuple, or one for each element where a field holds several."""
    if not all(field in attributes for field in link.child_fields):
        return []
    values = [attributes[field] for field in link.child_fields]
    if len(values) == 1 and (several := _several(values[0])) is not None:
        return [(str(element),) for element in several]
    said = tuple(map(_text, values))
    return [] if None in said else [said]


def _several(value: Any) -> list | None:
    """The elements of a field with several values: a list, or a text like `{1,2}` or `[1,2]`."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and value[:1] + value[-1:] in ("{}", "[]"):
        try:
            elements = json.loads(f"[{value[1:-1]}]")
        except ValueError:
            return None
        return elements if all(isinstance(element, str | int) for element in elements) else None
    return None


def _replaced(link: Link, attributes: dict[str, Any], stored: dict[tuple[str, ...], tuple]) -> dict[str, Any]:
    if not stored:
        return {}
    value = attributes[link.child_fields[0]]
    several = _several(value) if len(link.child_fields) == 1 else None
    if several is None:
        said = tuple(_text(attributes[field]) for field in link.child_fields)
        return dict(zip(link.child_fields, stored[said], strict=True))
    elements = [stored.get((str(element),), (element,))[0] for element in several]
    if isinstance(value, list):
        return {link.child_fields[0]: elements}
    inner = ",".join(json.dumps(element, ensure_ascii=False) for element in elements)
    return {link.child_fields[0]: f"{value[0]}{inner}{value[-1]}"}
