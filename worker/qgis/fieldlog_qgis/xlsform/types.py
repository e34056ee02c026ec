"""The types of questions, in all their spellings, and what kind of value each has."""

from enum import Enum


class Kind(Enum):
    """What kind of value an expression has."""

    TEXT = "a text"
    NUMBER = "a number"
    BOOLEAN = "yes or no"
    DATE = "a date"
    TIME = "a time"
    DATETIME = "a moment"
    MULTIPLE = "several choices"


GEOMETRIES = {
    "geopoint": "Point",
    "geotrace": "LineString",
    "geoshape": "Polygon",
    "start-geopoint": "Point",
}
ATTACHMENTS = ("image", "audio", "video", "file")
SELECTS = ("select_one", "select_multiple")

KINDS = {
    "text": Kind.TEXT,
    "integer": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "range": Kind.NUMBER,
    "date": Kind.DATE,
    "time": Kind.TIME,
    "datetime": Kind.DATETIME,
    "acknowledge": Kind.BOOLEAN,
    "select_one": Kind.TEXT,
    "select_multiple": Kind.MULTIPLE,
    "barcode": Kind.TEXT,
    "hidden": Kind.TEXT,
    "calculate": Kind.TEXT,
    "start": Kind.DATETIME,
    "end": Kind.DATETIME,
    "today": Kind.DATE,
    "username": Kind.TEXT,
    "email": Kind.TEXT,
    **dict.fromkeys(ATTACHMENTS, Kind.TEXT),
}

_SPELLINGS = {
    "string": "text",
    "int": "integer",
    "number": "integer",
    "dateTime": "datetime",
    "photo": "image",
    "background-audio": "audio",
    "trigger": "acknowledge",
    "location": "geopoint",
    "gps": "geopoint",
    "select one": "select_one",
    "select one from": "select_one",
    "select multiple": "select_multiple",
    "select multiple from": "select_multiple",
    "select all that apply": "select_multiple",
    "select all that apply from": "select_multiple",
    "begin group": "begin_group",
    "end group": "end_group",
    "begin repeat": "begin_repeat",
    "end repeat": "end_repeat",
}
# Longer ones first: 'select one from list' is no list 'from'.
_WITH_LIST = sorted([*SELECTS, *(name for name in _SPELLINGS if name.startswith("select"))], key=len, reverse=True)


def split(text: str) -> tuple[str, str, bool]:
    """The type, the list that it chooses from, and whether something else may be chosen."""
    words = " ".join(text.split())
    for prefix in _WITH_LIST:
        if words.lower().startswith(f"{prefix} "):
            name = words[len(prefix) + 1 :]
            other = name.endswith(" or_other")
            return _SPELLINGS.get(prefix, prefix), name.removesuffix(" or_other").strip(), other
    lower = words.lower()
    return _SPELLINGS.get(words, _SPELLINGS.get(lower, lower)), "", False
