"""Reads the questions, groups and choices of a form from its sheets."""

from pathlib import Path

from ..errors import InvalidXlsForm
from . import types, workbook
from .form import Choice, Form, Group, Question, Repeat
from .languages import Language
from .problems import FormProblems
from .workbook import Row

MAX_NESTING = 20

_MEDIA = ("image", "media::image", "audio", "media::audio", "video", "media::video", "big-image")
_TRUE = ("yes", "true", "true()", "1")
_FALSE = ("", "no", "false", "false()", "0")
_OTHER = "other"
# What is understood of the sheets; nothing is said of columns with other names, which are people's own.
_BEGIN = {"begin_group": Group, "begin_repeat": Repeat}


def read(path: Path, problems: FormProblems) -> Form:
    """Reads a form; what is wrong with single questions goes to the problems."""
    sheets = workbook.read(path)
    settings = (sheets.get("settings") or [Row(0, {})])[0]
    survey, choices = sheets["survey"], sheets.get("choices", [])
    language = Language(settings.get("default_language"), [*survey, *choices])
    lists = _lists(choices, language, problems)
    return Form(
        settings.get("form_title") or settings.get("title"),
        settings.get("form_id") or settings.get("id_string"),
        settings.get("instance_name"),
        _Survey(language, lists, problems).read(survey),
        lists,
    )


def _lists(rows: list[Row], language: Language, problems: FormProblems) -> dict[str, list[Choice]]:
    lists: dict[str, dict[str, Choice]] = {}
    for row in rows:
        list_name, name = row.get("list_name"), row.get("name") or row.get("value")
        if not list_name or not name:
            problems.add("choice_left_out", "lacks the name of its list or of the choice.", row.number, sheet="choices")
            continue
        choices = lists.setdefault(list_name, {})
        if name in choices:
            problems.add("choice_left_out", f"has '{name}' again in '{list_name}'.", row.number, sheet="choices")
            continue
        columns = {key: value for key, value in row.cells.items() if "::" not in key}
        choices[name] = Choice(name, language.text(row, "label") or name, columns)
    return {name: list(choices.values()) for name, choices in lists.items()}


class _Survey:
    """Reads the survey from top to bottom."""

    def __init__(self, language: Language, lists: dict[str, list[Choice]], problems: FormProblems):
        self._language, self._lists, self._problems = language, lists, problems
        self._open: list[Group] = [Group("", 0)]

    def read(self, rows: list[Row]) -> Group:
        for row in rows:
            if row.get("type") and row.get("disabled").lower() not in _TRUE:
                self._read_row(row)
        if len(self._open) > 1:
            raise InvalidXlsForm(
                f"Row {self._open[-1].row} of sheet 'survey' begins '{self._open[-1].name}', which never ends."
            )
        return self._open[0]

    def _read_row(self, row: Row) -> None:
        type, list_name, other = types.split(row.get("type"))
        if type in _BEGIN:
            self._begin(_BEGIN[type], row)
        elif type in ("end_group", "end_repeat"):
            self._end(Group if type == "end_group" else Repeat, row)
        elif type == "note" or type in types.KINDS or type in types.GEOMETRIES:
            self._question(type, list_name, other, row)
        else:
            self._problems.add(
                "type_left_out", f"the type '{row.get('type')}' has no counterpart.", row.number, row.get("name")
            )

    def _begin(self, kind: type[Group], row: Row) -> None:
        if len(self._open) > MAX_NESTING:
            raise InvalidXlsForm(f"Row {row.number} of sheet 'survey' nests groups more than {MAX_NESTING} deep.")
        name = row.get("name") or f"{kind.__name__.lower()}_{row.number}"
        group = kind(name, row.number, self._language.text(row, "label"), row.get("relevant"))
        if row.get("repeat_count"):
            self._problems.add("repeat_count_left_out", "the number of repeats is not limited.", row.number, name)
        self._open[-1].children.append(group)
        self._open.append(group)

    def _end(self, kind: type[Group], row: Row) -> None:
        if len(self._open) == 1 or type(self._open[-1]) is not kind:
            expected = "nothing is open" if len(self._open) == 1 else f"'{self._open[-1].name}' is open"
            raise InvalidXlsForm(f"Row {row.number} of sheet 'survey' ends a {kind.__name__.lower()}, but {expected}.")
        self._open.pop()

    def _question(self, type: str, list_name: str, other: bool, row: Row) -> None:
        name = row.get("name")
        if not name and type != "note":
            self._problems.add("question_left_out", f"a question of type '{type}' has no name.", row.number)
            return
        if type in types.SELECTS and list_name not in self._lists:
            self._problems.add(
                "list_missing",
                f"the list '{list_name}' is not in sheet 'choices'; any text is taken.",
                row.number,
                name,
            )
            type, other = "text", False
        if any(column.partition("::")[0] in _MEDIA or column.startswith("media::") for column in row.cells):
            self._problems.add("media_left_out", "pictures and sounds of a question are not shown.", row.number, name)
        text = self._language.text
        question = Question(
            type=type,
            name=name,
            row=row.number,
            label=text(row, "label"),
            hint=text(row, "hint"),
            required=row.get("required"),
            required_message=text(row, "required_message"),
            constraint=row.get("constraint"),
            constraint_message=text(row, "constraint_message"),
            relevant=row.get("relevant"),
            read_only=self._flag(row, "read_only", "readonly"),
            default=row.get("default"),
            calculation=row.get("calculation"),
            appearance=row.get("appearance").lower(),
            parameters=_parameters(row.get("parameters")),
            choice_filter=row.get("choice_filter"),
            list_name=list_name if type in types.SELECTS else "",
        )
        self._open[-1].children.append(question)
        if other:
            self._allow_other(question)

    def _allow_other(self, question: Question) -> None:
        """Adds the choice of something else, and a question that asks what."""
        choices = self._lists[question.list_name]
        if all(choice.name != _OTHER for choice in choices):
            choices.append(Choice(_OTHER, "Other", {"name": _OTHER}))
        asked = Question("text", f"{question.name}_{_OTHER}", question.row, "Specify other.")
        asked.relevant = f"selected(${{{question.name}}}, '{_OTHER}')"
        if question.relevant:
            asked.relevant = f"({question.relevant}) and {asked.relevant}"
        self._open[-1].children.append(asked)

    def _flag(self, row: Row, *columns: str) -> bool:
        text = next((row.get(column) for column in columns if row.get(column)), "").lower()
        if text not in (*_TRUE, *_FALSE):
            self._problems.add(
                "not_understood", f"{columns[0]} is '{text}'; expected yes or no.", row.number, row.get("name")
            )
        return text in _TRUE


def is_yes(text: str) -> bool:
    """Whether a cell says yes."""
    return text.strip().lower() in _TRUE


def is_no(text: str) -> bool:
    """Whether a cell says no, or nothing."""
    return text.strip().lower() in _FALSE


def _parameters(text: str) -> dict[str, str]:
    """`start=1 end=10`, also with commas or semicolons between."""
    words = text.replace(",", " ").replace(";", " ").replace(" =", "=").replace("= ", "=").split()
    return dict(word.split("=", 1) for word in words if "=" in word)
