"""What `${name}` and `.` stand for in the table, parent or repeat where an expression is evaluated."""

import uuid
from collections.abc import Callable

from . import expressions
from .form import Question, Repeat
from .functions import quoted
from .tables import FID, KEY, PARENT_KEY, Table
from .types import KINDS, Kind
from .values import Value, text
from .xpath import NotUnderstood

_AGGREGATES = {"count": "count", "sum": "sum", "min": "min", "max": "max", "concatenate": "concatenate"}


class Names:
    """All questions of a form by their names, with the kinds of their values and the ids of their layers."""

    def __init__(self, tables: list[Table]):
        self._places: dict[str, list[tuple[Table, Question]]] = {}
        self._kinds: dict[Question, Kind] = {}
        self._layer_ids = {table: f"{table.name}_{uuid.uuid4().hex}" for table in tables}
        for table in tables:
            for question in [*table.columns, *([table.geometry] if table.geometry else [])]:
                self._places.setdefault(question.name, []).append((table, question))
        for table in tables:
            for question in table.columns:
                self._kinds[question] = self._find_kind(table, question)

    def layer_id(self, table: Table) -> str:
        """The id of the layer of a table."""
        return self._layer_ids[table]

    def relation_id(self, table: Table) -> str:
        """The id of the relation from a repeat to its parent."""
        return f"{table.name}_of_{self._layer_ids[table.parent]}"

    def kind(self, question: Question) -> Kind:
        """The kind of an answer; a calculation that comes later counts as a text."""
        return self._kinds.get(question, KINDS.get(question.type, Kind.TEXT))

    def find(self, table: Table, name: str) -> Question | None:
        """The question of a table with this name."""
        found = [question for place, question in self._places.get(name, []) if place is table]
        if len(found) > 1:
            raise NotUnderstood(f"'{name}' is the name of {len(found)} questions")
        return found[0] if found else None

    def _find_kind(self, table: Table, question: Question) -> Kind:
        if question.type == "range":
            return Kind.NUMBER
        if question.type != "calculate" or not question.calculation:
            return KINDS[question.type]
        try:
            kind = expressions.calculation(question.calculation, Scope(self, table, question)).kind
        except NotUnderstood:
            return Kind.TEXT
        return Kind.TEXT if kind is Kind.MULTIPLE else kind


class Scope:
    """The place of one question. `column` says how the columns of its own table are named there."""

    def __init__(self, names: Names, table: Table, question: Question | None, column: Callable[[str], str] = quoted):
        self._names, self._table, self._question, self._column = names, table, question, column

    def reference(self, name: str) -> Value:
        """The answer to a question of this table, or of a table that this one repeats in."""
        table, key = self._table, None
        while True:
            if question := self._names.find(table, name):
                column = self._own(table, question) if key is None else self._parents(table, key, question)
                return Value(column, self._names.kind(question), may_lack=True)
            if table.parent is None:
                break
            key = self._column(PARENT_KEY) if key is None else self._feature_attribute(table, key, PARENT_KEY)
            table = table.parent
        raise NotUnderstood(f"there is no question '{name}' here")

    def current(self) -> Value:
        """The answer to the question itself."""
        if self._question is None or self._question not in self._table.columns:
            raise NotUnderstood("'.' stands for an answer, and here is none")
        return Value(self._column(self._table.columns[self._question]), self._names.kind(self._question), may_lack=True)

    def column(self, name: str) -> Value:
        """A bare name, which means something in filters of choices only."""
        raise NotUnderstood(f"'{name}' is no answer; expected '${{{name}}}'")

    def is_repeated(self, name: str) -> bool:
        """Whether a question, or a repeat itself, is answered any number of times for one feature of this table."""
        return self._repeated(name) is not None

    def aggregate(self, function: str, name: str, separator: str | None = None) -> str:
        """Something about all answers to a repeated question."""
        repeat, question = self._repeated(name)
        expression = quoted(FID if question is None else repeat.columns[question])
        parts = [text(self._names.relation_id(repeat)).sql, text(_AGGREGATES[function]).sql]
        if separator is not None:
            parts += [f"to_string({expression})", separator]
        else:
            parts.append(expression)
        found = f"relation_aggregate({', '.join(parts)})"
        return f"coalesce({found}, 0)" if function in ("count", "sum") else found

    def _repeated(self, name: str) -> tuple[Table, Question | None] | None:
        for repeat, table in self._table.repeats.items():
            if isinstance(repeat, Repeat) and repeat.name == name:
                return table, None
            question = self._names.find(table, name)
            if question in table.columns:
                return table, question
        return None

    def _own(self, table: Table, question: Question) -> str:
        return self._column(self._column_name(table, question))

    def _parents(self, table: Table, key: str, question: Question) -> str:
        return self._feature_attribute(table, key, self._column_name(table, question))

    def _feature_attribute(self, table: Table, key: str, column: str) -> str:
        feature = f"get_feature({text(self._names.layer_id(table)).sql}, '{KEY}', {key})"
        return f"attribute({feature}, {text(column).sql})"

    def _column_name(self, table: Table, question: Question) -> str:
        if question not in table.columns:
            raise NotUnderstood(f"'{question.name}' is a place, not a value")
        return table.columns[question]


class FilterScope(Scope):
    """Where the filter of a list is evaluated: for each choice, beside the answers given so far."""

    def __init__(self, names: Names, table: Table, question: Question, columns: dict[str, str]):
        super().__init__(names, table, question, lambda column: f"current_value({text(column).sql})")
        self._choice_columns = columns

    def column(self, name: str) -> Value:
        """A column of the choices."""
        if name not in self._choice_columns:
            raise NotUnderstood(f"the choices have no column '{name}'")
        return Value(quoted(self._choice_columns[name]), Kind.TEXT)
