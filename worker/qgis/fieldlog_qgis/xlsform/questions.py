"""Reads the survey: its questions, in groups and repeats."""

from ..errors import InvalidXlsForm
from . import headers, parameters, question_checks, types
from .choices import OTHER, allow_other
from .flags import is_no, is_yes
from .form import Choice, Group, Question, Repeat
from .languages import Language
from .naming import Naming
from .problems import FormProblems
from .types import Told
from .workbook import Row

MAX_NESTING = 20

_BEGIN = {"begin_group": Group, "begin_repeat": Repeat, "begin_loop": Group}
_END = {"end_group": "group", "end_repeat": "repeat", "end_loop": "loop"}
# Settings that older forms have among their questions.
_AUDIT = "audit"
_SETTINGS = ("form_title", "set_form_title", "form_id", "set_form_id", "prefix")


class Questions:
    """Reads the survey from top to bottom. `settings` are those found among the questions."""

    def __init__(
        self,
        language: Language,
        lists: dict[str, list[Choice]],
        external: dict[str, list[Choice]],
        naming: Naming,
        problems: FormProblems,
    ):
        self._language, self._lists, self._external, self._problems = language, lists, external, problems
        self._naming = naming
        # Each with how it was begun: a loop is a group too, and ends as a loop.
        self._open: list[tuple[Group, str]] = [(Group("", 0), "")]
        self._table_list = question_checks.TableList(problems)
        self.settings: dict[str, str] = {}

    def read(self, rows: list[Row]) -> Group:
        """All questions, in the group that has everything."""
        for row in rows:
            if is_yes(row.get("disabled")):
                self._note("disabled", "it is disabled, and left out.", row)
            elif row.get("type"):
                self._read_row(row)
            elif row.get("name") or self._language.text(row, "label"):
                self._note("question_left_out", "a question has no type.", row)
        if len(self._open) > 1:
            group, kind = self._open[-1]
            raise InvalidXlsForm(
                f"Row {group.row} of sheet 'survey' begins '{group.name}', which never ends: expected 'end_{kind}'."
            )
        return self._open[0][0]

    def _read_row(self, row: Row) -> None:
        told = types.read(row.get("type"))
        if told.type in _BEGIN:
            self._begin(told, row)
        elif told.type in _END:
            self._end(_END[told.type], row)
        elif told.type in types.PRESETS or told.type == "note" or told.type in types.KINDS | types.GEOMETRIES:
            self._question(told, row)
        elif told.type in _SETTINGS:
            self.settings[headers.column(told.type, "settings")] = row.get("name")
            return
        else:
            if row.get("name") and told.type != _AUDIT:
                self._naming.take(row.get("name"), row)
            # Others call it so when it has no name.
            name = row.get("name") or (_AUDIT if told.type == _AUDIT else None)
            message = f"the type '{row.get('type')}' has no counterpart."
            self._problems.add("type_left_out", message, row.number, name)
            return
        if not told.is_exact:
            self._note("type_read_as", f"the type '{row.get('type')}' is unknown; it was read as '{told.type}'.", row)

    def _begin(self, told: Told, row: Row) -> None:
        kind, word = _BEGIN[told.type], told.type.removeprefix("begin_")
        if len(self._open) > MAX_NESTING:
            raise InvalidXlsForm(f"Row {row.number} of sheet 'survey' nests groups more than {MAX_NESTING} deep.")
        name = row.get("name") or f"{word}_{row.number}"
        if row.get("name"):
            self._naming.take(name, row, is_repeat=kind is Repeat)
        else:
            self._note("name_missing", f"a {word} has no name; it is called '{name}'.", row)
        if row.get("repeat_count"):
            self._note("repeat_count_left_out", "the number of repeats is not limited.", row)
        if word == "loop":
            self._note("loop_left_out", f"its questions are asked once, not for each of '{told.list_name}'.", row)
        group = kind(name, row.number, self._language.text(row, "label"), row.get("relevant"))
        self._open[-1][0].children.append(group)
        self._open.append((group, word))
        self._naming.begin()
        self._table_list.begin(row)

    def _end(self, word: str, row: Row) -> None:
        group, kind = self._open[-1]
        if kind != word:
            expected = f"'{group.name}' is open, a {kind}" if kind else "nothing is open"
            raise InvalidXlsForm(f"Row {row.number} of sheet 'survey' ends a {word}, but {expected}.")
        self._open.pop()
        self._naming.end()
        self._table_list.end()

    def _question(self, told: Told, row: Row) -> None:
        type, constraint, hint = types.PRESETS.get(told.type, (told.type, "", ""))
        name = row.get("name")
        if name:
            self._naming.take(name, row)
        elif type != "note":
            self._note("question_left_out", f"a question of type '{row.get('type')}' has no name.", row)
            return
        elif row.get("type") != type:
            self._note("name_missing", "a note has no name; only the type 'note' itself may have none.", row)
        list_name, has_other = told.list_name, told.has_other
        if type in types.SELECTS:
            self._table_list.check(list_name, row)
            if told.is_external:
                list_name = self._take_external(list_name)
                if not row.get("choice_filter"):
                    self._note("not_understood", "external choices are meant to be filtered; all are shown.", row)
            if not self._lists.get(list_name):
                self._note("list_missing", f"the list '{told.list_name}' is in no sheet; any text is taken.", row)
                type, has_other = "text", False
        question_checks.check(type, row, bool(hint), self._problems)
        question = self._make(type, name, row, list_name if type in types.SELECTS else "")
        question.constraint, question.hint = question.constraint or constraint, question.hint or hint
        self._open[-1][0].children.append(question)
        if has_other:
            self._allow_other(question, row)

    def _make(self, type: str, name: str, row: Row, list_name: str) -> Question:
        text = self._language.text
        return Question(
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
            read_only=self._flag(row, "read_only"),
            default=row.get("default"),
            calculation=row.get("calculation"),
            appearance=row.get("appearance").lower(),
            parameters=parameters.read(type, row, self._problems),
            choice_filter=row.get("choice_filter"),
            list_name=list_name,
        )

    def _take_external(self, name: str) -> str:
        """The name under which a list of the sheet 'external_choices' is kept beside the others."""
        kept = name if name not in self._lists or name not in self._external else f"{name} (external)"
        if name in self._external:
            self._lists.setdefault(kept, self._external[name])
        return kept

    def _allow_other(self, question: Question, row: Row) -> None:
        """Adds the choice of something else, and a question that asks what."""
        if question.choice_filter:
            self._note("other_filtered", "the filter of its choices may hide that of something else.", row)
        allow_other(self._lists[question.list_name])
        asked = Question("text", f"{question.name}_{OTHER}", question.row, "Specify other.")
        self._naming.take(asked.name, row)
        asked.relevant = f"selected(${{{question.name}}}, '{OTHER}')"
        if question.relevant:
            asked.relevant = f"({question.relevant}) and {asked.relevant}"
        self._open[-1][0].children.append(asked)

    def _flag(self, row: Row, column: str) -> bool:
        text = row.get(column)
        if not is_yes(text) and not is_no(text):
            self._note("not_understood", f"{column} is '{text}'; expected yes or no.", row)
        return is_yes(text)

    def _note(self, code: str, message: str, row: Row) -> None:
        self._problems.add(code, message, row.number, row.get("name") or None)
