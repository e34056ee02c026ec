"""Notes names that cannot be, or are given twice: other programs refuse such a form."""

import re

from .problems import FormProblems
from .workbook import Row

_NAME = re.compile(r"[^\W\d][\w.-]*(?::[^\W\d][\w.-]*)?")
_RESERVED = "meta"


def is_name(text: str) -> bool:
    """Whether this may be the name of a question, group or repeat."""
    return bool(_NAME.fullmatch(text))


class Naming:
    """Goes through a form beside its reader."""

    def __init__(self, form_name: str, problems: FormProblems):
        self._problems = problems
        self._levels: list[dict[str, int]] = [{}]
        self._repeats: dict[str, int] = {}
        self._form_name = form_name
        self.count: dict[str, int] = {}

    def take(self, name: str, row: Row, is_repeat: bool = False) -> None:
        """A name that is given here."""
        self.count[name] = self.count.get(name, 0) + 1
        if not is_name(name):
            self._note("name_not_allowed", row, name, "a name has letters, digits, '_', '-' and '.', a letter first.")
        elif name == _RESERVED:
            self._note("name_not_allowed", row, name, f"the name '{_RESERVED}' is reserved.")
        if is_repeat and name == self._form_name:
            self._note("name_not_allowed", row, name, "a repeat has the name of the form itself.")
        if name in self._levels[-1]:
            self._note("name_twice", row, name, f"row {self._levels[-1][name]} has this name too.")
        elif is_repeat and name in self._repeats:
            self._note("name_twice", row, name, f"the repeat in row {self._repeats[name]} has this name too.")
        self._levels[-1].setdefault(name, row.number)
        if is_repeat:
            self._repeats.setdefault(name, row.number)

    def begin(self) -> None:
        """A group or repeat begins: names within are of their own."""
        self._levels.append({})

    def end(self) -> None:
        """It ends."""
        self._levels.pop()

    def _note(self, code: str, row: Row, name: str, message: str) -> None:
        self._problems.add(code, message, row.number, name)
