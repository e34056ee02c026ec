"""Notes references to questions, `${name}`, that lead nowhere or to more than one."""

import re

from .naming import is_name
from .problems import FormProblems
from .workbook import Row, Sheet

_REFERENCE = re.compile(r"\$\{([^}]*)(\}|\Z)")
_LAST_SAVED = "last-saved#"
_WITHOUT = ("type", "name", "trigger")
_OF_CHOICES = ("label", "image", "big-image", "audio", "video")
_ALWAYS_THERE = "instanceID"


def check(sheets: dict[str, Sheet], count: dict[str, int], problems: FormProblems) -> None:
    """Looks at all cells that may refer to a question; `count` says how often a name was given."""
    for name in ("settings", "survey", "choices"):
        for row in sheets[name].rows if name in sheets else []:
            for column, text in row.cells.items():
                if _may_refer(name, column):
                    _check_cell(name, row, column, text, count, problems)


def _may_refer(sheet: str, column: str) -> bool:
    if sheet == "choices":
        return column.partition("::")[0] in _OF_CHOICES
    return sheet == "settings" or column not in _WITHOUT


def _check_cell(sheet: str, row: Row, column: str, text: str, count: dict[str, int], problems: FormProblems) -> None:
    question = row.get("name") if sheet == "survey" else None
    for match in _REFERENCE.finditer(text):
        name = match.group(1).removeprefix(_LAST_SAVED)
        if not match.group(2) or not is_name(name):
            message = f"'{match.group()[:50]}' in column '{column}' is no reference; expected '${{name}}'."
            problems.add("reference_unknown", message, row.number, question, sheet)
        elif name != _ALWAYS_THERE and count.get(name, 0) != 1:
            found = f"is the name of {count[name]} questions" if name in count else "is the name of no question"
            problems.add(
                "reference_unknown", f"'{name}' in column '{column}' {found}.", row.number, question, sheet
            )
