"""Finds out which applied edits are no longer in the data: somebody may have brought a file without them.

Content decides, feature by feature: whoever downloaded a file after the edits, changed something else and uploads it
has them all. A value that no edit knows was put there by somebody and says nothing about edits; nor does a layer that
cannot be opened.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..log import logger, step_is_at
from ..project_opening import OpenProject
from ..redaction import redact
from . import states, values
from .delta import Method
from .refusal import Refused
from .states import PLACE, History
from .stores.store import Row
from .targets import Target, Targets

_OF_FILES = ("ogr", "spatialite")


@dataclass(frozen=True)
class Edit:
    """An edit that was applied: the feature before and afterwards, as far as it is about it."""

    delta: str
    layer: str
    method: Method
    pk: str
    before: dict
    after: dict
    is_taken_back: bool
    """Whether it is known already that the edit is no longer in the data."""

    def changes(self) -> dict[Any, tuple[Any, Any]]:
        """What it changed, from what to what, by attribute; the geometry is `PLACE`."""
        before, after = states.told(self.before), states.told(self.after)
        if self.method is not Method.PATCH:
            return {name: (states.UNKNOWN, value) for name, value in after.items()}
        both = [name for name in after if name in before]
        return {name: (before[name], after[name]) for name in both if before[name] != after[name]}


def read(path: Path) -> list[Edit]:
    """The edits to look for, in the order in which they were applied."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return [
        Edit(
            edit["delta"], edit["layer"], Method(edit["method"]), edit["pk"],
            edit["before"] or {}, edit["after"] or {}, edit["takenBack"],
        )
        for edit in document["edits"]
    ]  # fmt: skip


def look(edits: list[Edit], opened: OpenProject, files: Path) -> list[dict]:
    """Those edits that are no longer in the data though they were, or are there though they had been taken back."""
    targets, root = Targets(opened, files), files.resolve()
    found = []
    groups = _by_feature(edits, opened, targets)
    for done, (target, group) in enumerate(groups, 1):
        try:
            row = _row(target, group[0].pk)
            file = str(target.store.path.relative_to(root))
            for edit, why in _judge(target, row, group):
                found.append({"delta": edit.delta, "file": file, "is_there": why is None, "why": redact(why or "")})
        except Exception as error:  # noqa: BLE001 - of one feature nobody can tell, of the others one can
            logger.warning("Nobody can tell whether the edits of feature '%s' are there: %s", group[0].pk, error)
        step_is_at(done / len(groups))
    for store in targets.stores.values():
        store.abandon()
    return found


def _by_feature(edits: list[Edit], opened: OpenProject, targets: Targets) -> list[tuple[Target, list[Edit]]]:
    groups: dict[tuple, tuple[Target, list[Edit]]] = {}
    known: dict[str, Target | None] = {}
    for edit in edits:
        if edit.layer not in known:
            known[edit.layer] = _target(edit.layer, opened, targets)
        if (target := known[edit.layer]) is not None:
            groups.setdefault((id(target.store), target.table.name, edit.pk), (target, []))[1].append(edit)
    return list(groups.values())


def _target(layer: str, opened: OpenProject, targets: Targets) -> Target | None:
    found = opened.project.mapLayer(layer)
    # What is in a database is not in a file that somebody brings.
    if found is None or found.providerType() not in _OF_FILES:
        return None
    try:
        return targets.find(layer)
    except Refused as refusal:
        logger.warning("Nobody can tell whether the edits of layer '%s' are there: %s", layer, refusal)
        return None


def _row(target: Target, pk: str) -> Row | None:
    rows = target.table.find(values.convert(pk, target.table.key))
    if len(rows) > 1:
        raise Refused(f"more than one has this '{target.table.key.name}'")
    return rows[0] if rows else None


def _lives(group: list[Edit]) -> list[list[Edit]]:
    """The edits of each feature that had the key, one after another."""
    lives: list[list[Edit]] = []
    for edit in group:
        if not lives or edit.method is Method.CREATE or lives[-1][-1].method is Method.DELETE:
            lives.append([])
        lives[-1].append(edit)
    return lives


def _judge(target: Target, row: Row | None, group: list[Edit]) -> Iterator[tuple[Edit, str | None]]:
    """Edits that are not as they are said to be: why they are not there, or None when they are."""
    *earlier, last = _lives(group)
    for life in earlier:
        # A later feature has the key. What was deleted since is as it should be.
        if life[-1].method is not Method.DELETE:
            is_there = row is not None and _may_be(target, row, life) is True
            yield from _judge_life(target, row if is_there else None, life)
    if last[-1].method is Method.DELETE:
        deleted = last[-1]
        is_back = row is not None and states.resembles(target, row, [states.told(deleted.before)])
        if is_back != deleted.is_taken_back:
            yield deleted, f"Feature '{deleted.pk}' is there again." if is_back else None
        return
    yield from _judge_life(target, row, last)


def _may_be(target: Target, row: Row, life: list[Edit]) -> bool | None:
    """Whether a feature is the one that these edits made; None when none of them made it."""
    if life[0].method is not Method.CREATE:
        return None
    told = [states.told(state) for edit in life for state in (edit.before, edit.after)]
    return states.resembles(target, row, told)


def _judge_life(target: Target, row: Row | None, life: list[Edit]) -> Iterator[tuple[Edit, str | None]]:
    pk = life[0].pk
    if row is None or _may_be(target, row, life) is False:
        why = f"Feature '{pk}' is not there." if row is None else f"Feature '{pk}' is another one."
        yield from ((edit, why) for edit in life if not edit.is_taken_back)
        return
    histories = _histories(target, row, life)
    for place, edit in enumerate(life):
        if edit.method is Method.CREATE:
            if edit.is_taken_back:
                yield edit, None
            continue
        of_edit = [histories[name] for name in edit.changes() if name in histories]
        if edit.is_taken_back:
            if of_edit and all(history.is_there(place) for history in of_edit):
                yield edit, None
        elif back := next((history for history in of_edit if history.is_back(place)), None):
            yield edit, back.why(place)


def _histories(target: Target, row: Row, life: list[Edit]) -> dict[Any, History]:
    histories: dict[Any, History] = {}
    for place, edit in enumerate(life):
        for name, (before, after) in edit.changes().items():
            is_known = name is PLACE or (name in row.attributes and name != target.table.key.name)
            if is_known and (name is not PLACE or target.is_spatial):
                history = histories.setdefault(name, History(name, states.found(target, row, name)))
                history.add(place, before, after)
    return histories
