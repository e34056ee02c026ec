"""Parts of QGIS expressions with the kind of their value, and how one kind becomes another.

An unanswered question is NULL in QGIS and an empty text in a form: the conversions bridge that.
"""

from dataclasses import dataclass

from qgis.core import QgsExpression

from .types import Kind
from .xpath import NotUnderstood

_FORMATS = {Kind.DATE: "yyyy-MM-dd", Kind.TIME: "HH:mm:ss", Kind.DATETIME: "yyyy-MM-dd'T'HH:mm:ss"}


@dataclass(frozen=True)
class Value:
    """A QGIS expression in parentheses where it needs them. `literal` is its text if it is a constant.

    `may_lack` says of yes or no that it may be NULL; of all other kinds that is expected.
    """

    sql: str
    kind: Kind
    literal: str | None = None
    may_lack: bool = False

    @property
    def is_literal(self) -> bool:
        """Whether this is a constant."""
        return self.literal is not None


def text(value: str) -> Value:
    """A constant text."""
    return Value(QgsExpression.quotedString(value), Kind.TEXT, value)


def number(sql: str) -> Value:
    """An expression that gives a number."""
    return Value(sql, Kind.NUMBER)


def boolean(sql: str) -> Value:
    """An expression that gives yes or no, never NULL."""
    return Value(sql, Kind.BOOLEAN)


def as_text(value: Value) -> str:
    """The value as a form would write it; empty where there is no answer."""
    if value.is_literal:
        return QgsExpression.quotedString(value.literal)
    if value.kind in _FORMATS:
        return f"coalesce(format_date({value.sql}, {QgsExpression.quotedString(_FORMATS[value.kind])}), '')"
    if value.kind is Kind.BOOLEAN:
        return f"if({value.sql}, 'true', 'false')"
    if value.kind is Kind.MULTIPLE:
        return f"replace({_list_text(value)}, ',', ' ')"
    return f"coalesce(to_string({value.sql}), '')"


def as_number(value: Value) -> str:
    """The value as a number; NULL where it is none."""
    if value.kind is Kind.NUMBER:
        return value.sql
    if value.kind is Kind.BOOLEAN:
        return f"if({value.sql}, 1, 0)"
    if value.kind is Kind.TEXT:
        return f"try(to_real({value.sql}))"
    raise NotUnderstood(f"{value.kind.value} stands where a number is expected")


def as_boolean(value: Value) -> str:
    """The value as yes or no."""
    if value.kind is Kind.BOOLEAN:
        return f"coalesce({value.sql}, false)" if value.may_lack else value.sql
    if value.kind is Kind.NUMBER:
        return f"coalesce({value.sql} <> 0, false)"
    if value.kind in (Kind.TEXT, Kind.MULTIPLE):
        return f"({as_text(value)} <> '')"
    return f"({value.sql} IS NOT NULL)"


def as_moment(value: Value, kind: Kind) -> str:
    """The value as a date or a moment, whichever `kind` says."""
    function = "to_date" if kind is Kind.DATE else "to_datetime"
    if value.kind is kind:
        return value.sql
    if value.kind in (Kind.DATE, Kind.DATETIME):
        return f"{function}({value.sql})"
    if value.kind is Kind.TEXT:
        return f"try({function}({value.sql}))"
    raise NotUnderstood(f"{value.kind.value} stands where {kind.value} is expected")


def as_list(value: Value) -> str:
    """The names that were chosen, as an array."""
    if value.kind is Kind.MULTIPLE:
        return f"string_to_array({_list_text(value)})"
    return f"array({as_text(value)})"


def _list_text(value: Value) -> str:
    # Chosen are `{a,b}` or `{"a","b"}`, depending on the program.
    return f"""regexp_replace(coalesce({value.sql}, ''), '[{{}}"]', '')"""
