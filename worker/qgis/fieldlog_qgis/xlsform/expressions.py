"""Says the expressions of a form in the language of QGIS, or refuses them: nothing is passed through."""

import re
from typing import Protocol

from qgis.core import QgsExpression

from . import functions
from .types import Kind
from .values import Value, as_boolean, as_moment, as_number, as_text, boolean, number, text
from .xpath import Call, Current, Name, Negative, Node, NotUnderstood, Number, Operation, Reference, Text, parse

MAX_DEPTH = 100
MAX_CHARACTERS = 50_000

_MOMENTS = (Kind.DATE, Kind.DATETIME)
_SQL = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "+": "+", "-": "-", "*": "*",
        "div": "/", "mod": "%", "and": "AND", "or": "OR"}  # fmt: skip
_LABEL_REFERENCE = re.compile(r"\$\{\s*([^\s{}]+)\s*\}")
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)")


class Scope(Protocol):
    """What the names in an expression stand for, where it is evaluated."""

    def reference(self, name: str) -> Value:
        """The answer to a question."""

    def current(self) -> Value:
        """The answer to the question itself."""

    def column(self, name: str) -> Value:
        """A column of the choices."""

    def is_repeated(self, name: str) -> bool:
        """Whether a question or repeat has any number of answers here."""

    def aggregate(self, function: str, name: str, separator: str | None) -> str:
        """Something about all answers to a repeated question."""


def condition(source: str, scope: Scope) -> str:
    """A condition of a form as a QGIS expression, in parentheses."""
    return f"({as_boolean(_whole(source, scope))})"


def calculation(source: str, scope: Scope) -> Value:
    """A calculation of a form as a QGIS expression."""
    return _whole(source, scope)


def interpolated(source: str, scope: Scope) -> str:
    """A text with references to answers, for where QGIS evaluates what stands between `[%` and `%]`."""
    pieces, done = [], 0
    for match in _LABEL_REFERENCE.finditer(source):
        value = scope.reference(match.group(1))
        pieces += [_literal(source[done : match.start()]), f"[% {as_text(value)} %]"]
        done = match.end()
    return "".join([*pieces, _literal(source[done:])])


def without_references(source: str) -> str:
    """A text with dots in place of the references to answers."""
    return _LABEL_REFERENCE.sub("…", source)


def has_references(source: str) -> bool:
    """Whether a text refers to answers."""
    return bool(_LABEL_REFERENCE.search(source))


def _literal(source: str) -> str:
    # A label that looks like an expression of QGIS stays a label.
    return source.replace("[%", "[ %")


def _whole(source: str, scope: Scope) -> Value:
    value = Translator(scope).value(parse(source))
    if len(value.sql) > MAX_CHARACTERS:
        raise NotUnderstood("it becomes too long")
    if QgsExpression(value.sql).hasParserError():
        raise NotUnderstood("QGIS cannot read what it becomes")
    return value


class Translator:
    """Walks the tree of one expression."""

    def __init__(self, scope: Scope):
        self._scope, self._depth = scope, 0

    def value(self, node: Node) -> Value:
        """A part of the tree in terms of QGIS."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotUnderstood(f"it is nested more than {MAX_DEPTH} deep")
        try:
            return self._value(node)
        finally:
            self._depth -= 1

    def current(self) -> Value:
        """The answer to the question itself."""
        return self._scope.current()

    def is_repeated(self, node: Node | None) -> bool:
        """Whether a part of the tree is a question of a repeat within this table."""
        return isinstance(node, Reference) and self._scope.is_repeated(node.name)

    def aggregate(self, function: str, node: Node, separator: str | None = None) -> str:
        """Something about all answers to a repeated question."""
        if not self.is_repeated(node):
            raise NotUnderstood(f"{function}() is about something else than a question of a repeat")
        return self._scope.aggregate(function, node.name, separator)

    def _value(self, node: Node) -> Value:
        match node:
            case Number(digits):
                return Value(digits.rstrip("."), Kind.NUMBER, digits)
            case Text(content):
                return text(content)
            case Reference(name):
                return self._scope.reference(name)
            case Current():
                return self._scope.current()
            case Name(name):
                return self._scope.column(name)
            case Negative(operand):
                return number(f"(-{as_number(self.value(operand))})")
            case Call():
                return functions.translate(node, self)
            case Operation(operator, left, right):
                return _operation(operator, self.value(left), self.value(right))
        raise NotUnderstood(f"'{node}' has no counterpart")


def _operation(operator: str, left: Value, right: Value) -> Value:
    if operator in ("and", "or"):
        return boolean(f"({as_boolean(left)} {_SQL[operator]} {as_boolean(right)})")
    if operator in ("=", "!="):
        return _equality(operator, left, right)
    if operator in ("<", "<=", ">", ">="):
        return boolean(f"coalesce({_ordered(operator, left, right)}, false)")
    if operator in ("+", "-") and left.kind in _MOMENTS:
        return _moved(operator, left, right)
    return number(f"({as_number(left)} {_SQL[operator]} {as_number(right)})")


def _equality(operator: str, left: Value, right: Value) -> Value:
    if Kind.BOOLEAN in (left.kind, right.kind):
        # An acknowledgement counts as 'OK' in forms.
        if "OK" in (left.literal, right.literal):
            left, right = (boolean("true") if value.literal == "OK" else value for value in (left, right))
        return boolean(f"({as_boolean(left)} {_SQL[operator]} {as_boolean(right)})")
    # A missing answer differs from everything but the empty text.
    missing = "true" if operator == "!=" else "false"
    if _are_numbers(left, right):
        return boolean(f"coalesce({as_number(left)} {_SQL[operator]} {as_number(right)}, {missing})")
    if left.kind in _MOMENTS and right.kind in _MOMENTS:
        return boolean(f"coalesce({_ordered(operator, left, right)}, {missing})")
    return boolean(f"({as_text(left)} {_SQL[operator]} {as_text(right)})")


def _are_numbers(left: Value, right: Value) -> bool:
    if Kind.NUMBER not in (left.kind, right.kind):
        return False
    return all(
        value.kind is Kind.NUMBER
        or (value.kind is Kind.TEXT and (not value.is_literal or _NUMBER.fullmatch(value.literal)))
        for value in (left, right)
    )


def _ordered(operator: str, left: Value, right: Value) -> str:
    kinds = {left.kind, right.kind}
    if kinds & set(_MOMENTS):
        kind = Kind.DATETIME if Kind.DATETIME in kinds else Kind.DATE
        return f"{as_moment(left, kind)} {_SQL[operator]} {as_moment(right, kind)}"
    if Kind.TIME in kinds:
        # Written with two digits each, times have the order of texts.
        return f"nullif({as_text(left)}, '') {_SQL[operator]} nullif({as_text(right)}, '')"
    return f"{as_number(left)} {_SQL[operator]} {as_number(right)}"


def _moved(operator: str, left: Value, right: Value) -> Value:
    """A date some days later or earlier, or the days between two dates."""
    if right.kind in _MOMENTS:
        if operator == "+":
            raise NotUnderstood("two dates are added")
        return number(f"(second({as_moment(left, Kind.DATETIME)} - {as_moment(right, Kind.DATETIME)}) / 86400)")
    moved = f"({left.sql} {operator} make_interval(days:={as_number(right)}))"
    return Value(f"to_date({moved})" if left.kind is Kind.DATE else moved, left.kind)
