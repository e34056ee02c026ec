"""Applies deltas one by one, each as a whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import UnableToContinue
from ..log import logger, step_is_at
from ..redaction import Exact
from . import delta as deltas
from . import links
from .commits import Commits
from .delta import Delta, Method
from .delta_file import DeltaFile
from .earlier import Earlier
from .editing import Editor
from .features import Features, Keys
from .feedback_item import feedback_item
from .ordering import in_order
from .outcome import Outcome
from .parents import Parents
from .refusal import Refused
from .stores.store import Store
from .targets import Target, Targets
from .written import Written


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
        self._parents = Parents(links.find(targets.project))
        # Deltas that were applied to a store which may still refuse them all, by the store's identity.
        self._not_final: dict[int, list[_Entry]] = {}

    def apply(self, file: DeltaFile) -> list[dict]:
        """Applies all deltas in their order, or undoes them in the opposite one; returns the feedback of each."""
        self._features = Features(Keys(file.client_pks, file.uncertain_pks, file.lost_pks))
        self._editor = Editor(
            self._features, self._parents, file.made, Written(file.edited), self._overwrite_conflicts
        )
        for name, key in file.lost_pks.items():
            self._parents.note_lost(name, key.pk)
        for parent in file.parents:
            self._parents.note_known(parent.client, parent.layer, parent.said, parent.stored)
        entries = [_Entry(file.id, index, content) for index, content in enumerate(file.deltas)]
        if self._inverse:
            entries.reverse()
        parsed = [self._parse(entry) for entry in entries]
        order = range(len(entries)) if self._inverse else in_order(parsed, self._parents)
        try:
            for done, index in enumerate(order, 1):
                if parsed[index] is not None:
                    self._apply(entries[index], parsed[index])
                step_is_at(done / len(entries))
            self._finish()
        except BaseException:
            for store in self._targets.stores.values():
                store.abandon()
            raise
        return [entry.feedback() for entry in entries]

    def _parse(self, entry: _Entry) -> Delta | None:
        try:
            delta = deltas.parse(entry.content)
            return delta.inverse() if self._inverse else delta
        except Refused as refusal:
            _fail(entry, refusal)
            return None

    def _apply(self, entry: _Entry, delta: Delta) -> None:
        try:
            target = self._find_target(delta, entry)
            entry.outcome.system = target.system.other_than(delta.system) if target.is_spatial else None
            entry.outcome.file = target.file
            recorded = self._earlier.recorded(entry.delta_id, target, delta.overwrites_conflicts)
            if recorded is not None:
                self._recall(delta, entry, recorded)
                return
            if delta.method is Method.CREATE:
                self._editor.create(delta, target, entry.outcome, self._defaults)
            elif delta.method is Method.PATCH:
                self._editor.patch(delta, target, entry.outcome)
            else:
                self._editor.delete(delta, target, entry.outcome)
            if target.store.keeps_until_finished:
                self._not_final.setdefault(id(target.store), []).append(entry)
        except UnableToContinue:
            raise
        except Exception as error:  # noqa: BLE001 - one bad delta must not spoil the others
            _fail(entry, error)
            if delta.method is Method.CREATE:
                self._parents.note_refused(delta)

    def _find_target(self, delta: Delta, entry: _Entry) -> Target:
        try:
            return self._targets.find(delta.layer_id)
        except Refused as refusal:
            if not self._earlier.has(entry.delta_id):
                raise
            told = f"{refusal} An earlier attempt may have made this edit in a database already."
            raise type(refusal)(told, refusal.provider_errors, refusal.reason) from refusal

    def _recall(self, delta: Delta, entry: _Entry, recorded: dict) -> None:
        """Takes over what an earlier attempt has done, so that later deltas find its feature."""
        entry.outcome = Outcome.recalled(recorded)
        if delta.method is Method.CREATE and entry.outcome.modified_pk is not None:
            self._features.note_recalled(delta, entry.outcome.modified_pk)
            stored = (recorded["after"] or {}).get("attributes", {})
            self._parents.note_known(delta.client_id, delta.layer_id, delta.new.attributes, stored)
        self._editor.note_recalled(delta, recorded.get("made") or {})

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

    def _defaults(
        self, target: Target, named: dict[str, Any], wanted: dict[str, Any], wkb: bytes | None
    ) -> dict[str, Any]:
        """What the layer puts into the fields that a create does not name; null names a field."""
        columns = target.table.columns
        missing = [name for name in target.defaults.missing(named) if name in columns]
        if missing:
            self._publish(target.store)
        return {name: target.defaults.evaluate(columns[name], wanted, wkb) for name in missing}


def _fail(entry: _Entry, error: Exception) -> None:
    entry.outcome.fail(error)
    if isinstance(error, Refused):
        logger.warning("Delta %s: %s", entry.delta_id, error)
    else:
        logger.error("Delta %s: %s", entry.delta_id, error, exc_info=error)
