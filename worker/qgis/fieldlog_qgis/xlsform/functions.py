"""The functions of forms and what they are in QGIS. A function that is not here is not understood."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from qgis.core import QgsExpression

from .types import Kind
from .values import Value, as_boolean, as_list, as_moment, as_number, as_text, boolean, number, text
from .xpath import Call, NotUnderstood, Reference

if TYPE_CHECKING:
    from .expressions import Translator

# A part of a date, some letters in a row, or anything else.
_DATE_PIECE = re.compile(r"%.?|[^\W\d_]+|.", re.DOTALL)
_NOW = Value("now()", Kind.DATETIME)
_TODAY = Value("to_date(now())", Kind.DATE)
# How forms and how QGIS write the parts of a date.
_DATE_PARTS = {
    "Y": "yyyy", "y": "yy", "m": "MM", "n": "M", "b": "MMM", "d": "dd", "e": "d", "H": "HH", "h": "H", "M": "mm",
    "S": "ss", "3": "zzz", "a": "ddd",
}  # fmt: skip


def translate(call: Call, translator: "Translator") -> Value:
    """A call in terms of QGIS."""
    if call.name in _SPECIAL:
        return _SPECIAL[call.name](call, translator)
    if call.name not in _PLAIN:
        raise NotUnderstood(f"the function {call.name}() has no counterpart")
    fewest, most, make = _PLAIN[call.name]
    if not fewest <= len(call.arguments) <= most:
        expected = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise NotUnderstood(f"{call.name}() has {len(call.arguments)} arguments; expected {expected}")
    return make(*(translator.value(argument) for argument in call.arguments))


def _selected(value: Value, name: Value) -> Value:
    if value.kind is Kind.MULTIPLE:
        return boolean(f"array_contains({as_list(value)}, {as_text(name)})")
    return boolean(f"({as_text(value)} = {as_text(name)})")


def _count_selected(value: Value) -> Value:
    return number(f"array_length(array_filter({as_list(value)}, @element <> ''))")


def _selected_at(value: Value, index: Value) -> Value:
    return Value(f"coalesce(array_get({as_list(value)}, {as_number(index)}), '')", Kind.TEXT)


def _if(condition: Value, then: Value, other: Value) -> Value:
    if then.kind is other.kind is Kind.BOOLEAN:
        return boolean(f"if({as_boolean(condition)}, {as_boolean(then)}, {as_boolean(other)})")
    if then.kind is other.kind and then.kind is not Kind.MULTIPLE:
        return Value(f"if({as_boolean(condition)}, {then.sql}, {other.sql})", then.kind)
    for empty, full in ((then, other), (other, then)):
        if empty.literal == "" and full.kind is not Kind.MULTIPLE:
            # Nothing, where something else than a text is expected.
            values = ("NULL", full.sql) if empty is then else (full.sql, "NULL")
            return Value(f"if({as_boolean(condition)}, {', '.join(values)})", full.kind)
    return Value(f"if({as_boolean(condition)}, {as_text(then)}, {as_text(other)})", Kind.TEXT)


def _coalesce(first: Value, second: Value) -> Value:
    if first.kind is second.kind and first.kind not in (Kind.TEXT, Kind.MULTIPLE):
        return Value(f"coalesce({first.sql}, {second.sql})", first.kind)
    return Value(f"coalesce(nullif({as_text(first)}, ''), {as_text(second)})", Kind.TEXT)


def _int(value: Value) -> Value:
    # QGIS rounds where forms cut off.
    return number(f"with_variable('x', {as_number(value)}, if(@x < 0, ceil(@x), floor(@x)))")


def _round(value: Value, places: Value | None = None) -> Value:
    return number(f"round({as_number(value)}, {as_number(places)})" if places else f"round({as_number(value)})")


def _substring(value: Value, start: Value, end: Value | None = None) -> Value:
    # Forms count from zero and end before the end, QGIS counts from one.
    begin = as_number(start)
    length = f", ({as_number(end)}) - ({begin})" if end else ""
    return Value(f"substr({as_text(value)}, ({begin}) + 1{length})", Kind.TEXT)


def _regex(value: Value, pattern: Value) -> Value:
    if not pattern.is_literal:
        raise NotUnderstood("the pattern of regex() is no quoted text")
    # A form's pattern has to match the whole answer.
    return boolean(f"(regexp_match({as_text(value)}, {text(f'^(?:{pattern.literal})$').sql}) > 0)")


def _format_date(value: Value, pattern: Value) -> Value:
    if not pattern.is_literal:
        raise NotUnderstood("the format of format-date() is no quoted text")
    parts = []
    for piece in _DATE_PIECE.findall(pattern.literal):
        if piece.startswith("%"):
            if piece[1:] not in _DATE_PARTS:
                raise NotUnderstood(f"the format '{pattern.literal}' of a date is unknown")
            parts.append(_DATE_PARTS[piece[1:]])
        else:
            # Quoted, or letters would count as parts of the date.
            quoted = piece.replace("'", "''")
            parts.append(f"'{quoted}'" if piece.isalpha() else quoted)
    if value.kind not in (Kind.DATE, Kind.DATETIME):
        value = Value(as_moment(value, Kind.DATETIME), Kind.DATETIME)
    return Value(f"coalesce(format_date({value.sql}, {text(''.join(parts)).sql}), '')", Kind.TEXT)


def _concat(*values: Value) -> Value:
    return Value(f"concat({', '.join(as_text(value) for value in values)})", Kind.TEXT)


def _numeric(function: str) -> Callable[..., Value]:
    return lambda *values: number(f"{function}({', '.join(as_number(value) for value in values)})")


def _textual(function: str) -> Callable[..., Value]:
    return lambda *values: Value(f"{function}({', '.join(as_text(value) for value in values)})", Kind.TEXT)


def _log10(value: Value) -> Value:
    return number(f"log10({as_number(value)})")


_ANY = 100
# Name: the fewest and the most arguments, and what becomes of them.
_PLAIN: dict[str, tuple[int, int, Callable[..., Value]]] = {
    "selected": (2, 2, _selected),
    "selected-at": (2, 2, _selected_at),
    "count-selected": (1, 1, _count_selected),
    "if": (3, 3, _if),
    "coalesce": (2, 2, _coalesce),
    "not": (1, 1, lambda value: boolean(f"(NOT {as_boolean(value)})")),
    "true": (0, 0, lambda: boolean("true")),
    "false": (0, 0, lambda: boolean("false")),
    "boolean": (1, 1, lambda value: boolean(as_boolean(value))),
    "number": (1, 1, lambda value: number(as_number(value))),
    "string": (1, 1, lambda value: Value(as_text(value), Kind.TEXT)),
    "int": (1, 1, _int),
    "round": (1, 2, _round),
    "concat": (1, _ANY, _concat),
    "string-length": (1, 1, lambda value: number(f"length({as_text(value)})")),
    "substr": (2, 3, _substring),
    "contains": (2, 2, lambda whole, part: boolean(f"(strpos({as_text(whole)}, {as_text(part)}) > 0)")),
    "starts-with": (2, 2, lambda whole, part: boolean(f"(strpos({as_text(whole)}, {as_text(part)}) = 1)")),
    "ends-with": (2, 2, lambda whole, part: boolean(
        f"(right({as_text(whole)}, length({as_text(part)})) = {as_text(part)})")),
    "normalize-space": (1, 1, lambda value: Value(f"trim(regexp_replace({as_text(value)}, '\\\\s+', ' '))", Kind.TEXT)),
    "regex": (2, 2, _regex),
    "abs": (1, 1, _numeric("abs")),
    "pow": (2, 2, lambda base, exponent: number(f"(({as_number(base)}) ^ ({as_number(exponent)}))")),
    "sqrt": (1, 1, _numeric("sqrt")),
    "exp": (1, 1, _numeric("exp")),
    "log": (1, 1, _numeric("ln")),
    "log10": (1, 1, _log10),
    "sin": (1, 1, _numeric("sin")),
    "cos": (1, 1, _numeric("cos")),
    "tan": (1, 1, _numeric("tan")),
    "asin": (1, 1, _numeric("asin")),
    "acos": (1, 1, _numeric("acos")),
    "atan": (1, 1, _numeric("atan")),
    "atan2": (2, 2, _numeric("atan2")),
    "pi": (0, 0, lambda: number("pi()")),
    "random": (0, 0, lambda: number("randf()")),
    "today": (0, 0, lambda: _TODAY),
    "now": (0, 0, lambda: _NOW),
    "date": (1, 1, lambda value: Value(as_moment(value, Kind.DATE), Kind.DATE)),
    "date-time": (1, 1, lambda value: Value(as_moment(value, Kind.DATETIME), Kind.DATETIME)),
    "format-date": (2, 2, _format_date),
    "format-date-time": (2, 2, _format_date),
    "uuid": (0, 0, lambda: Value("uuid('WithoutBraces')", Kind.TEXT)),
}  # fmt: skip


def _once(call: Call, translator: "Translator") -> Value:
    """A value that stays once it is there."""
    (argument,) = _arguments(call, 1)
    value, current = translator.value(argument), translator.current()
    if value.kind is current.kind:
        return Value(f"coalesce({current.sql}, {value.sql})", value.kind)
    return _coalesce(current, value)


def _choice_name(call: Call, translator: "Translator") -> Value:
    """The label of what was chosen."""
    value = translator.value(_arguments(call, 2)[0])
    if not isinstance(call.arguments[0], Reference) or not value.sql.startswith('"'):
        raise NotUnderstood("the first argument of jr:choice-name() is no question of the same table")
    return Value(f"coalesce(represent_value({value.sql}), '')", Kind.TEXT)


def _aggregate(call: Call, translator: "Translator") -> Value:
    """Something about all the answers in a repeat; or the least or greatest of some numbers."""
    if call.name in ("min", "max") and (
        len(call.arguments) > 1 or not translator.is_repeated(call.arguments[0] if call.arguments else None)
    ):
        values = [translator.value(argument) for argument in call.arguments]
        if not values:
            raise NotUnderstood(f"{call.name}() has no arguments; expected some")
        return _numeric(call.name)(*values)
    (argument,) = _arguments(call, 1)
    return number(translator.aggregate(call.name, argument))


def _join(call: Call, translator: "Translator") -> Value:
    separator, argument = _arguments(call, 2)
    joined = translator.aggregate("concatenate", argument, as_text(translator.value(separator)))
    return Value(f"coalesce({joined}, '')", Kind.TEXT)


def _arguments(call: Call, count: int) -> tuple:
    if len(call.arguments) != count:
        raise NotUnderstood(f"{call.name}() has {len(call.arguments)} arguments; expected {count}")
    return call.arguments


_SPECIAL: dict[str, Callable[[Call, "Translator"], Value]] = {
    "once": _once,
    "jr:choice-name": _choice_name,
    "count": _aggregate,
    "sum": _aggregate,
    "min": _aggregate,
    "max": _aggregate,
    "join": _join,
}

NAMES = frozenset((*_PLAIN, *_SPECIAL))


def quoted(column: str) -> str:
    """A column as expressions name it."""
    return QgsExpression.quotedColumnRef(column)
