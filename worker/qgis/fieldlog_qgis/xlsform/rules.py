"""Defaults, calculations and constraints of a question, in terms of QGIS."""

import datetime
import re
from dataclasses import dataclass

from . import expressions, functions
from .flags import as_condition, is_no, is_yes
from .form import Question
from .problems import FormProblems
from .types import Kind
from .values import as_boolean, as_text, text
from .xpath import NotUnderstood

_AUTOMATIC = {
    "start": ("now()", False),
    "end": ("now()", True),
    "today": ("to_date(now())", False),
    "username": ("@cloud_username", False),
    "email": ("@cloud_useremail", False),
}
_DYNAMIC = re.compile(rf"\$\{{|(?<![\w:-])(?:{'|'.join(map(re.escape, sorted(functions.NAMES)))})\(")
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?")
_READERS = {
    Kind.DATE: ("to_date", datetime.date.fromisoformat),
    Kind.DATETIME: ("to_datetime", datetime.datetime.fromisoformat),
    Kind.TIME: ("", datetime.time.fromisoformat),
}


@dataclass(frozen=True)
class Constraint:
    """What an answer has to be. `is_required` means that there has to be one in any case."""

    is_required: bool = False
    expression: str = ""
    message: str = ""


class Rules:
    """Says the rules of one question anew, and notes those that cannot be said."""

    def __init__(self, question: Question, kind: Kind, scope: expressions.Scope, problems: FormProblems):
        self._question, self._kind, self._scope, self._problems = question, kind, scope, problems

    def relevant(self, source: str) -> str:
        """When a question is asked; nothing where that is always, or was not understood."""
        return self._condition("relevant", source, "it is always asked") if source else ""

    def default(self) -> tuple[str, bool]:
        """The expression of the default, and whether it is evaluated at each change."""
        question = self._question
        if question.type in _AUTOMATIC:
            return _AUTOMATIC[question.type]
        try:
            if question.calculation:
                return self._converted(expressions.calculation(as_condition(question.calculation), self._scope)), True
            if _DYNAMIC.search(question.default):
                return self._converted(expressions.calculation(question.default, self._scope)), False
            if question.default:
                return self._constant(question.default), False
        except NotUnderstood as error:
            what = "calculation" if question.calculation else "default"
            self._note(what, question.calculation or question.default, error, "the field starts empty")
        return "", False

    def constraint(self, relevance: list[str] | None) -> Constraint:
        """What an answer has to be; `relevance` has when it is asked for, or None if that was not understood."""
        question, column = self._question, self._scope.current().sql
        is_required, conditions, messages = False, [], []
        if not is_no(question.required) and relevance is not None:
            asked = [*relevance, *self._required_when()] if not is_yes(question.required) else relevance
            if is_yes(question.required) or len(asked) > len(relevance):
                is_required = not asked
                missing = f"{column} IS NOT NULL" if self._kind is not Kind.BOOLEAN else f"coalesce({column}, false)"
                if asked:
                    conditions.append(f"({missing} OR NOT ({' AND '.join(asked)}))")
                elif self._kind is Kind.BOOLEAN:
                    conditions.append(missing)
                messages.append(question.required_message or ("" if is_required else "An answer is required"))
        elif not is_no(question.required):
            self._problems.add(
                "required_left_out", "it is unknown when an answer is required.", question.row, question.name
            )
        if question.constraint:
            condition = self._condition("constraint", question.constraint, "any answer is taken")
            if condition:
                # Forms check only what was answered.
                conditions.append(f"({column} IS NULL OR {condition})")
                messages.append(question.constraint_message)
        return Constraint(is_required, " AND ".join(conditions), "\n".join(filter(None, messages)))

    def _required_when(self) -> list[str]:
        condition = self._condition("required", self._question.required, "no answer is required")
        return [condition] if condition else []

    def _condition(self, what: str, source: str, so: str) -> str:
        try:
            return expressions.condition(as_condition(source), self._scope)
        except NotUnderstood as error:
            self._note(what, source, error, so)
            return ""

    def _note(self, what: str, source: str, error: NotUnderstood, so: str) -> None:
        shown = source if len(source) <= 200 else f"{source[:200]}…"
        self._problems.add(
            f"{what}_left_out", f"{what} '{shown}' was not understood: {error}; {so}.", self._question.row,
            self._question.name,
        )  # fmt: skip

    def _converted(self, value) -> str:
        """A value for the question's own kind of column."""
        if value.kind is self._kind:
            return value.sql
        if self._kind is Kind.TEXT:
            return as_text(value)
        if self._kind is Kind.BOOLEAN:
            return as_boolean(value)
        # The field takes what can be converted, and nothing else.
        return value.sql

    def _constant(self, source: str) -> str:
        """A default that is the same for all."""
        if self._kind is Kind.NUMBER:
            if not _NUMBER.fullmatch(source):
                raise NotUnderstood("it is no number")
            return source
        if self._kind is Kind.BOOLEAN:
            return "true" if is_yes(source) or source == "OK" else "false"
        if self._kind in _READERS:
            function, read = _READERS[self._kind]
            try:
                read(source)
            except ValueError:
                raise NotUnderstood(f"it is not {self._kind.value}, as '2024-06-11' or '08:30' are") from None
            return f"{function}({text(source).sql})" if function else text(source).sql
        if self._kind is Kind.MULTIPLE:
            quoted = ",".join(f'"{name}"' for name in source.split())
            return text(f"{{{quoted}}}").sql
        return text(source).sql
