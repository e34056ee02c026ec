"""Views in SQLite files, which are written through their INSTEAD OF triggers."""

import re
import sqlite3
from collections.abc import Callable

from ..columns import Column
from ..delta import Method
from ..refusal import Reason, Refused, TakesNoEdits
from .sql import quoted
from .store import Source

_EVENT = re.compile(r"\bINSTEAD\s+OF\s+(INSERT|UPDATE|DELETE)\b", re.I)
_METHODS = {"INSERT": Method.CREATE, "UPDATE": Method.PATCH, "DELETE": Method.DELETE}
# What may stand between the words of a statement, or look like some of them.
_NO_WORDS = re.compile(r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]""", re.S)


class View:
    """What a view's triggers let be done to its features, and which feature they have made."""

    def __init__(self, connection: sqlite3.Connection, source: Source):
        self._connection = connection
        self._source = source
        self.methods = frozenset(_METHODS[event] for event in self._events())
        if not self.methods:
            raise TakesNoEdits(
                source.layer,
                f"shows '{source.table}', which is a view without INSTEAD OF triggers",
                "Give the view triggers for INSERT, UPDATE and DELETE, or use the table behind it in the project",
            )

    def key_of_new(self, insert: Callable[[], object], key: Column) -> object:
        """Inserts, and returns the key of what the view shows then and did not before; only the triggers know it."""
        self.require(Method.CREATE)
        before = self._keys(key)
        insert()
        new = self._keys(key) - before
        if len(new) != 1:
            raise Refused(
                f"After INSERT the view '{self._source.table}' of layer '{self._source.layer}' shows {len(new)} "
                "features that it did not show before; expected one.",
                reason=Reason.SOURCE,
            )
        return new.pop()

    def require(self, method: Method) -> None:
        """Refuses what the view has no trigger for; SQLite lets some of it pass, and does nothing."""
        if method not in self.methods:
            raise Refused(
                f"The view '{self._source.table}' of layer '{self._source.layer}' has no INSTEAD OF trigger "
                f"for this ({method.value}).",
                reason=Reason.NOT_WRITABLE,
            )

    def _keys(self, key: Column) -> set:
        return {found for (found,) in self._connection.execute(
            f"SELECT {quoted(key.name)} FROM {quoted(self._source.table)}"
        )}  # fmt: skip

    def _events(self) -> list[str]:
        triggers = self._connection.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE",
            (self._source.table,),
        )
        found = (_EVENT.search(_NO_WORDS.sub(" x ", statement)) for (statement,) in triggers)
        return [event[1].upper() for event in found if event]
