"""Which lists of choices become tables, and the columns of those."""

from dataclasses import dataclass, field

from .form import Choice, Form, Question
from .problems import FormProblems
from .tables import FID, GEOMETRY, Names, Table, clean
from .types import SELECTS

# Longer lists would make the form itself long.
MAX_IN_FORM = 200
MAX_EXTRA_COLUMNS = 50
NAME, LABEL = "name", "label"
_SEPARATORS = set(',{}" ')


@dataclass(eq=False)
class ChoiceTable:
    """A list as a table; `columns` has the name of a column by the one in the spreadsheet."""

    name: str
    list_name: str
    choices: list[Choice]
    columns: dict[str, str] = field(default_factory=dict)


def plan(form: Form, tables: list[Table], problems: FormProblems) -> dict[str, ChoiceTable]:
    """The lists that need a table: those that several may be chosen from, that are filtered, or that are long."""
    names = Names(*(table.name for table in tables))
    planned: dict[str, ChoiceTable] = {}
    for table in tables:
        for question in table.columns:
            name = question.list_name
            if question.type in SELECTS and name not in planned and _needs_table(question, form.lists[name]):
                made = ChoiceTable(names.give(clean(f"list_{name}", "list")), name, form.lists[name])
                made.columns = _columns(made, problems)
                planned[name] = made
    for made in planned.values():
        _check_names(made, form, tables, problems)
    return planned


def _needs_table(question: Question, choices: list[Choice]) -> bool:
    return question.type == "select_multiple" or bool(question.choice_filter) or len(choices) > MAX_IN_FORM


def _columns(made: ChoiceTable, problems: FormProblems) -> dict[str, str]:
    found = dict.fromkeys(column for choice in made.choices for column in choice.columns)
    found = [column for column in found if column not in ("list_name", "name", "label")]
    if len(found) > MAX_EXTRA_COLUMNS:
        problems.add(
            "columns_left_out",
            f"of {len(found)} columns of '{made.list_name}', {MAX_EXTRA_COLUMNS} are kept.",
            sheet="choices",
        )
    names = Names(FID, GEOMETRY, NAME, LABEL)
    columns = {column: names.give(clean(column, "column")) for column in found[:MAX_EXTRA_COLUMNS]}
    return {NAME: NAME, LABEL: LABEL} | columns


def _check_names(made: ChoiceTable, form: Form, tables: list[Table], problems: FormProblems) -> None:
    """Says which names cannot be told apart where several are written into one text."""
    chosen_together = any(
        question.type == "select_multiple" and question.list_name == made.list_name
        for table in tables
        for question in table.columns
    )
    for choice in made.choices if chosen_together else ():
        if set(choice.name) & _SEPARATORS:
            message = f"'{choice.name}' of '{made.list_name}' has a mark that separates choices."
            problems.add("choice_name", message, choice.row, sheet="choices")
            # The others have the same cause.
            return
