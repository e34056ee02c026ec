"""Reads the lists to choose from."""

from .form import Choice
from .languages import Language
from .problems import FormProblems
from .workbook import Row

OTHER = "other"


def read(
    rows: list[Row], sheet: str, language: Language, may_repeat: bool, problems: FormProblems
) -> dict[str, list[Choice]]:
    """The lists by name. Where names may repeat, choices differ in the columns that filters look at."""
    lists: dict[str, list[Choice]] = {}
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        list_name, name, label = row.get("list_name"), row.get("name"), language.text(row, "label")
        if not (list_name or name or label):
            continue
        if not list_name or not name:
            problems.add("choice_left_out", "lacks the name of its list or of the choice.", row.number, sheet=sheet)
            continue
        first = seen.setdefault((list_name, name), row.number)
        if first != row.number and not may_repeat:
            message = f"has '{name}' of '{list_name}' again, which row {first} has. If that is intended, say yes to"
            problems.add("choice_left_out", f"{message} 'allow_choice_duplicates' in sheet 'settings'.", row.number,
                         sheet=sheet)  # fmt: skip
            continue
        columns = {key: value for key, value in row.cells.items() if "::" not in key}
        lists.setdefault(list_name, []).append(Choice(name, label or name, columns, row.number))
    return lists


def allow_other(choices: list[Choice]) -> None:
    """Adds the choice of something else."""
    if all(choice.name != OTHER for choice in choices):
        choices.append(Choice(OTHER, "Other", {"name": OTHER}))
