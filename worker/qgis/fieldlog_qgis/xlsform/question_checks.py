"""Notes what is amiss with a question, so that other programs refuse it, or is not taken over."""

import re

from . import types
from .problems import FormProblems
from .workbook import Row

_MEDIA = ("image", "big-image", "audio", "video", "media")
_TABLE_LIST = "table-list"
# What makes a default one that is evaluated.
_EVALUATED = re.compile(r"[(\[{*+|]| - | div | mod ")


def check(type: str, row: Row, has_hint: bool, problems: FormProblems) -> None:
    """Looks at the row of a question of this type; `has_hint` where the type brings one along."""

    def note(code: str, message: str) -> None:
        problems.add(code, message, row.number, row.get("name") or None)

    said = {column.partition("::")[0] for column in row.cells}
    is_shown = bool(said & {"label", "hint", *_MEDIA}) or has_hint
    if type in types.ASKED and not is_shown and not said & {"calculation", "trigger"}:
        note("label_missing", "nothing says what is asked: there is no label, hint or picture.")
    if type == "calculate" and not row.get("calculation") and not _EVALUATED.search(row.get("default")):
        note("calculation_missing", "nothing says how it is calculated.")
    if said & set(_MEDIA):
        note("media_left_out", "pictures and sounds of a question are not shown.")
    if "trigger" in said:
        note("trigger_left_out", "its value follows every change, not those of the trigger alone.")
    if "save_to" in said:
        note("entities_left_out", "its answer is not kept in an entity.")
    if "search(" in row.get("appearance").replace(" ", ""):
        note("appearance_left_out", "its choices are not searched for in a file.")


class TableList:
    """Follows groups that look like a table: all that is chosen in one is from the same list."""

    def __init__(self, problems: FormProblems):
        self._problems = problems
        self._is_open, self._list = False, ""

    def begin(self, row: Row) -> None:
        """A group begins."""
        if _TABLE_LIST in row.get("appearance").split():
            self._is_open, self._list = True, ""

    def end(self) -> None:
        """A group ends, and the table with it."""
        self._is_open = False

    def check(self, list_name: str, row: Row) -> None:
        """A question that chooses from a list."""
        if not self._is_open:
            return
        if self._list and self._list != list_name:
            self._note(f"it chooses from '{list_name}' within a table of '{self._list}'.", row)
        elif row.get("choice_filter"):
            self._note("its choices are filtered within a table.", row)
        self._list = self._list or list_name

    def _note(self, message: str, row: Row) -> None:
        self._problems.add("table_list", message, row.number, row.get("name") or None)
