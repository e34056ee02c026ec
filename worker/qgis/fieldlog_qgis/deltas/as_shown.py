"""Whether what is stored is what a device was shown.

A value reaches a device through a package, GDAL, QGIS and JSON, each of which has a precision of its own. What a
device says that it saw is therefore compared to that precision. Nothing here is ever stored.
"""

import json
import math
import re
from datetime import date, datetime, time, timedelta
from typing import Any

from . import binary, values
from .columns import Column, Kind
from .device_clock import DeviceClock

_DIGITS = 15
_UUID = re.compile(r"\{?([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", re.I)
_CLOCK = re.compile(r"\d\d?:\d\d(:\d\d(\.\d+)?)?")
_MOMENT = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)([T ]+(.+))?")
_LEADING_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.I)
_MILLISECOND = timedelta(milliseconds=1)
_TRUE, _FALSE = ("true", "t", "1", "yes", "on"), ("false", "f", "0", "no", "off")


def same_as_shown(said: Any, found: Any, column: Column, clock: DeviceClock | None = None) -> bool:
    """Whether a device that was shown `found` may say that it saw `said`, which is JSON.

    `clock` is that of the device, which learns its zone from times that are compared.
    """
    try:
        return _is_same(said, found, column, clock or DeviceClock())
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False


def _is_same(said: Any, found: Any, column: Column, clock: DeviceClock) -> bool:
    if _is_nothing(said, column):
        return _is_nothing(found, column) or _is_unreadable(found, column)
    if found is None:
        return False
    if isinstance(found, bytes):
        return isinstance(said, str) and binary.is_shown_as(said, found)
    return _COMPARED[column.kind](said, found, column, clock)


def _is_nothing(value: Any, column: Column) -> bool:
    """What JSON and some formats cannot tell from null: no bytes, numbers that are none, in some formats empty text."""
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, str):
        if column.kind is Kind.REAL and value.strip():
            return _is_no_number(value)
        return not value and (column.empty_is_null or column.kind is not Kind.TEXT)
    return value is None or value == b""


def _is_no_number(text: str) -> bool:
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return False


def _is_unreadable(found: Any, column: Column) -> bool:
    """What GDAL shows as null, for it is no time, or no object or list, which SQLite lets be stored all the same."""
    if column.kind is Kind.JSON:
        return not isinstance(_parsed(found), (dict, list))
    if column.kind not in (Kind.DATE, Kind.DATETIME, Kind.TIME):
        return False
    try:
        _moment(found)
    except ValueError:
        return True
    return False


def _numbers(said: Any, found: Any, column: Column, _clock: DeviceClock) -> bool:
    if isinstance(found, str):
        return _number(said) in (_leading_number(found), _text_as_number(found))
    one, other = _number(said), _number(found)
    if one == other:
        return True
    if column.kind is Kind.INTEGER:
        # GDAL cuts what is not whole; one of more bits than a double has comes as the nearest double.
        return one == int(other) or (float(one) == float(other) and abs(one) >= 2**53)
    return _digits(one) == _digits(other) or values.nearest(float(one), column) == values.nearest(float(other), column)


def _booleans(said: Any, found: Any, _column: Column, _clock: DeviceClock) -> bool:
    if isinstance(found, str):
        # To GDAL a text is as true as the number that it begins with, whatever word it is.
        return _truth(said) in (_truth(found), bool(_leading_number(found)))
    return _truth(said) is _truth(found)


def _texts(said: Any, found: Any, column: Column, clock: DeviceClock) -> bool:
    # GDAL lays out anew what looks like JSON in a text.
    if isinstance(said, (dict, list)) or (
        isinstance(said, str) and said[:1] in ("{", "[") and isinstance(_parsed(said), (dict, list))
    ):
        return said == found or _json(said, found, column, clock)
    if isinstance(said, (bool, int, float)) and _number(said) == _number(found):
        return True
    said, found = str(said), str(found)
    cut = found[: column.max_length] if column.max_length else found
    # SQLite keeps what stands behind a NUL, and GDAL does not read it.
    if said.rstrip(" ") in (found.rstrip(" "), cut.rstrip(" "), found.split("\0")[0]):
        return True
    ids = [_UUID.fullmatch(text.strip()) for text in (said, found)]
    return all(ids) and ids[0].group(1).lower() == ids[1].group(1).lower()


def _bytes(said: Any, found: Any, _column: Column, _clock: DeviceClock) -> bool:
    """SQLite lets a text stand among bytes."""
    return isinstance(said, str) and isinstance(found, str) and binary.is_shown_as(said, found.encode("utf-8"))


def _times(said: Any, found: Any, column: Column, clock: DeviceClock) -> bool:
    one, other = _moment(said), _moment(found)
    if isinstance(one, time) or isinstance(other, time):
        return _are_near(_on_some_day(one), _on_some_day(other), _precision(said))
    if column.kind is Kind.DATE and one.date() == other.date():
        return True
    if (one.tzinfo is None) is (other.tzinfo is None):
        return _are_near(one, other, _precision(said))
    local, moment = (one, other) if one.tzinfo is None else (other, one)
    return clock.shows(local, moment)


def _json(said: Any, found: Any, _column: Column, _clock: DeviceClock) -> bool:
    return _are_alike(_parsed(said), _parsed(found))


def _are_alike(one: Any, other: Any) -> bool:
    """JSON of any layout. GDAL reads lists whose items are of different types as lists of texts."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_are_alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            _are_alike(a, b) or _as_item(a) == _as_item(b) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other or _digits(one) == _digits(other)
    return one == other


def _as_item(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _digits(value)
    return value if isinstance(value, str) else values.dump_json(value)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _number(value: Any) -> int | float:
    if isinstance(value, str):
        text = value.strip()
        return int(text) if re.fullmatch(r"[+-]?\d{1,400}", text) else float(text.replace(",", "."))
    if isinstance(value, (int, float)):
        return value
    raise TypeError(f"{value!r} is no number")


def _leading_number(text: str) -> float:
    """A text in a column of numbers, as SQLite reads it."""
    found = _LEADING_NUMBER.match(text)
    return float(found.group()) if found else 0


def _text_as_number(text: str) -> int | float | None:
    try:
        return _number(text)
    except ValueError:
        return None


def _truth(value: Any) -> bool:
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        return bool(_leading_number(text))
    return bool(_number(value))


def _digits(number: int | float) -> str:
    return f"{float(number):.{_DIGITS}g}"


def _moment(value: Any) -> datetime | time:
    if isinstance(value, (datetime, time)):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    text = str(value).strip()
    if _CLOCK.fullmatch(text):
        return time.fromisoformat(text.zfill(len(text) + (text.index(":") == 1)))
    parts = _MOMENT.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no time")
    year, month, day, _, clock = parts.groups()
    rest = f"T{clock.strip().upper().replace('Z', '+00:00')}" if clock else ""
    return datetime.fromisoformat(f"{year}-{month}-{day}{rest}")


def _on_some_day(moment: datetime | time) -> datetime:
    clock = moment.time() if isinstance(moment, datetime) else moment.replace(tzinfo=None)
    return datetime.combine(date(2000, 1, 1), clock)


def _precision(said: Any) -> timedelta:
    """How finely a device has told a time: never finer than milliseconds."""
    clock = re.search(r"\d\d?:\d\d(:\d\d([.,]\d+)?)?", str(said))
    if clock is None or clock.group(2):
        return _MILLISECOND
    return timedelta(seconds=1) if clock.group(1) else timedelta(minutes=1)


def _are_near(one: datetime, other: datetime, precision: timedelta) -> bool:
    return abs(one - other) < precision


_COMPARED = {
    Kind.INTEGER: _numbers,
    Kind.REAL: _numbers,
    Kind.BOOLEAN: _booleans,
    Kind.TEXT: _texts,
    Kind.DATE: _times,
    Kind.TIME: _times,
    Kind.DATETIME: _times,
    Kind.BINARY: _bytes,
    Kind.JSON: _json,
}
