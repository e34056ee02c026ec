"""Converts values between the JSON of deltas and what a column holds: exactly, or not at all.

In between they are plain Python values: int, float, bool, str, date, time, datetime, bytes and, for columns of
JSON, whatever JSON may be. A stored value that does not suit its column stays as it was read.
"""

import base64
import json
import math
import re
import struct
from datetime import UTC, date, datetime, time

from . import binary
from .columns import Column, Kind, Precision
from .refusal import Refused

_SHOWN_CHARACTERS = 80
_INTEGER = re.compile(r"[+-]?\d{1,40}")
_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.I)
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(:\d\d(\.\d+)?)?"
_ZONE = r"(Z|[+-]\d\d(:?\d\d)?)?"
_DATE_ONLY = re.compile(_DATE)
_TIME_ONLY = re.compile(_TIME)
_DATETIME = re.compile(f"{_DATE}[T ]{_TIME}{_ZONE}", re.I)
_TRUE, _FALSE = ("true", "1", "t"), ("false", "0", "f")


def convert(value, column: Column, writing: binary.Writing | None = None):
    """The value of a delta as this column holds it; raises `Refused` when it cannot do so exactly.

    `writing` is how the delta writes bytes, if that is known.
    """
    if value is None:
        return None
    try:
        if column.kind is Kind.BINARY:
            return _to_binary(value, column, writing)
        return _CONVERSIONS[column.kind](value, column)
    except _Unfit as problem:
        raise Refused(f"Field '{column.name}' cannot hold {shown(value)}: {problem}.") from None


def to_json(value):
    """A stored value for the feedback, without any loss."""
    if isinstance(value, datetime):
        return format_datetime(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def same(wanted, found, column: Column) -> bool:
    """Whether a column holds what was wanted, to the precision that is its own."""
    if wanted is None or found is None or type(wanted) is not type(found):
        empty = ("", None) if column.empty_is_null else (None,)
        return wanted in empty and found in empty
    if isinstance(wanted, float):
        return wanted == found or nearest(wanted, column) == nearest(found, column)
    if isinstance(wanted, datetime):
        return _instant(wanted) == _instant(found)
    if column.kind is Kind.JSON:
        return dump_json(wanted) == dump_json(found)
    return wanted == found


def nearest(number: float, column: Column) -> float:
    """The number that a column keeps of this one."""
    if column.precision is Precision.DIGITS:
        return float(f"{number:.15g}")
    if column.precision is Precision.SINGLE:
        try:
            return struct.unpack("<f", struct.pack("<f", number))[0]
        except OverflowError:
            return math.inf
    return number


def shown(value) -> str:
    """A value for a message, shortened when it is long."""
    text = json.dumps(to_json(value), ensure_ascii=False, default=repr)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def parse_datetime(text: str) -> datetime:
    """A date and time in ISO form, with its time zone if it has one; ValueError for anything else."""
    if not _DATETIME.fullmatch(text):
        raise ValueError(f"{text!r} is not a date and time in ISO form")
    return datetime.fromisoformat(text.upper().replace("Z", "+00:00"))


def format_datetime(value: datetime) -> str:
    """ISO form with milliseconds, as GDAL writes it; finer only when there is something finer."""
    text = value.isoformat(timespec="microseconds" if value.microsecond % 1000 else "milliseconds")
    return text.replace("+00:00", "Z")


def format_time(value: time) -> str:
    """ISO form, with a fraction only when there is one."""
    if value.microsecond:
        return value.isoformat(timespec="microseconds" if value.microsecond % 1000 else "milliseconds")
    return value.isoformat()


def dump_json(value) -> str:
    """JSON text with a fixed form."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class _Unfit(ValueError):
    """The reason why a value does not fit."""


def _expected(column: Column) -> _Unfit:
    return _Unfit(f"expected {column.kind.value}")


def _to_integer(value, column: Column) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        number = int(value)
    elif isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        number = int(value)
    else:
        raise _expected(column)
    limit = 2 ** (column.bits - 1)
    if not -limit <= number < limit:
        raise _Unfit(f"expected a whole number from {-limit} to {limit - 1}")
    return number


def _to_real(value, column: Column) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _expected(column)
    if isinstance(value, str) and not _REAL.fullmatch(value.strip()):
        raise _expected(column)
    try:
        number = float(value)
    except OverflowError:
        raise _Unfit("it is larger than any number that can be stored") from None
    if not math.isfinite(number):
        raise _Unfit("it is larger than any number that can be stored")
    if isinstance(value, int) and int(number) != value:
        raise _Unfit("the field keeps 53 bits of a number, and this one has more")
    if column.precision is Precision.SINGLE and not math.isfinite(nearest(number, column)):
        raise _Unfit("the field holds numbers of 32 bits, and this one is larger")
    return number


def _to_boolean(value, column: Column) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower() if isinstance(value, (int, str)) else ""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise _expected(column)


def _to_text(value, column: Column) -> str:
    if isinstance(value, (dict, list)):
        value = dump_json(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    elif not isinstance(value, str):
        raise _expected(column)
    if "\0" in value:
        raise _Unfit("it has a character NUL, which no text field can keep")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _Unfit("it has half of a surrogate pair, which is no Unicode text") from None
    if column.max_length and len(value) > column.max_length:
        raise _Unfit(f"it has {len(value)} characters; the field holds {column.max_length}")
    return value


def _to_date(value, column: Column) -> date:
    if isinstance(value, str):
        try:
            if _DATE_ONLY.fullmatch(value):
                return date.fromisoformat(value)
            moment = parse_datetime(value)
        except ValueError:
            raise _expected(column) from None
        if moment.time() == time():
            return moment.date()
        raise _Unfit("it has a time of day; expected a date alone")
    raise _expected(column)


def _to_time(value, column: Column) -> time:
    if not isinstance(value, str) or not _TIME_ONLY.fullmatch(value):
        raise _expected(column)
    return _checked_fraction(_iso(time.fromisoformat, value, column), value, column)


def _to_datetime(value, column: Column) -> datetime:
    if not isinstance(value, str):
        raise _expected(column)
    if _DATE_ONLY.fullmatch(value):
        value = f"{value}T00:00:00"
    return _checked_fraction(_iso(parse_datetime, value, column), value, column)


def _iso(parse, value: str, column: Column):
    try:
        return parse(value)
    except ValueError:
        raise _expected(column) from None


def _checked_fraction(parsed, text: str, column: Column):
    fraction = re.search(r"\.(\d+)", text)
    if fraction and len(fraction.group(1).rstrip("0")) > column.second_digits:
        raise _Unfit(f"the field keeps {column.second_digits} digits of a second")
    return parsed


def _to_binary(value, column: Column, writing: binary.Writing | None) -> bytes:
    if not isinstance(value, str):
        raise _expected(column)
    try:
        return binary.parse(value, writing)
    except ValueError as problem:
        raise _Unfit(str(problem)) from None


def _to_json_value(value, column: Column):
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise _expected(column) from None


def _instant(value: datetime) -> datetime:
    # Without a zone it is what the clock said; QGIS in the container takes that for UTC too.
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


_CONVERSIONS = {
    Kind.INTEGER: _to_integer,
    Kind.REAL: _to_real,
    Kind.BOOLEAN: _to_boolean,
    Kind.TEXT: _to_text,
    Kind.DATE: _to_date,
    Kind.TIME: _to_time,
    Kind.DATETIME: _to_datetime,
    Kind.JSON: _to_json_value,
}
