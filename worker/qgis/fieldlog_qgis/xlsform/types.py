"""The types of questions, in all their spellings, and what kind of value each has."""

import re
from dataclasses import dataclass
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

# Those that people see and answer.
ASKED = frozenset(
    (*GEOMETRIES, *ATTACHMENTS, *SELECTS, "text", "integer", "decimal", "range", "date", "time", "datetime",
     "acknowledge", "barcode", "note")
) - {"start-geopoint"}  # fmt: skip

_PROMPTS = {
    "text": ("string", "q string", "add text prompt"),
    "note": ("q note", "add note prompt"),
    "integer": ("int", "q int", "add integer prompt"),
    "decimal": ("q decimal", "add decimal prompt"),
    "date": ("q date", "add date prompt"),
    "datetime": ("dateTime", "date time", "q dateTime", "q date time", "add dateTime prompt", "add date time prompt"),
    "image": ("photo", "q picture", "q image", "add image prompt", "add photo prompt"),
    "audio": ("q audio", "add audio prompt", "background-audio"),
    "video": ("q video", "add video prompt"),
    "file": ("add file prompt",),
    "geopoint": ("location", "gps", "q geopoint", "q location", "add location prompt"),
    "geotrace": ("q geotrace",),
    "geoshape": ("q geoshape",),
    "acknowledge": ("trigger", "q acknowledge", "add acknowledge prompt"),
    "barcode": ("q barcode", "add barcode prompt"),
    "calculate": ("q calculate", "add calculate prompt"),
    "start": ("start time", "get start time"),
    "end": ("end time", "get end time"),
    "today": ("get today",),
    "username": ("uri:username",),
    "email": ("uri:email",),
}
_SPELLINGS = {spelling: type for type, spellings in _PROMPTS.items() for spelling in spellings}
# Read in any case too; `number` is no type anywhere else.
_LOOSE_SPELLINGS = {spelling.lower(): type for spelling, type in _SPELLINGS.items()} | {"number": "integer"}
# Types that say more than what kind of answer is expected: the type, the constraint and the hint.
PRESETS = {
    "percentage": ("integer", "0 <= . and . <= 100", ""),
    "phone number": ("text", r"regex(., '^\d*$')", "Enter numbers only."),
    "number of days in last month": ("integer", "0 <= . and . <= 31", "Enter a number 0-31."),
    "number of days in last six months": ("integer", "0 <= . and . <= 183", "Enter a number 0-183."),
    "number of days in last year": ("integer", "0 <= . and . <= 365", "Enter a number 0-365."),
}
_WITH_LIST = {
    "add select one prompt using": "select_one",
    "add select multiple prompt using": "select_multiple",
    "select all that apply from": "select_multiple",
    "select one from": "select_one",
    "select1": "select_one",
    "select_one": "select_one",
    "select one": "select_one",
    "select_multiple": "select_multiple",
    "select all that apply": "select_multiple",
    "select_one_external": "select_one",
}
_LOOSE_WITH_LIST = _WITH_LIST | {
    "select multiple": "select_multiple",
    "select multiple from": "select_multiple",
    "select_multiple from": "select_multiple",
    "select multiple using": "select_multiple",
    "select_one from": "select_one",
    "select one using": "select_one",
}
_CONTROLS = {"group": "group", "lgroup": "repeat", "looped group": "repeat", "repeat": "repeat", "loop": "loop"}
_CONTROL = re.compile(rf"(begin|end)[ _]({'|'.join(_CONTROLS)})(?: (?:over )?(\S+))?")
_LOOSE_CONTROL = re.compile(_CONTROL.pattern, re.IGNORECASE)
_SELECT = re.compile(
    rf"({'|'.join(sorted(_WITH_LIST, key=len, reverse=True))}) (\S+)( or specify other| or_other| or other)?"
)
_LOOSE_SELECT = re.compile(
    rf"({'|'.join(sorted(_LOOSE_WITH_LIST, key=len, reverse=True))}) (.+?)( or[ _](?:specify )?other)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Told:
    """What the cell of a type says. `is_exact` is not true of spellings that other programs refuse."""

    type: str
    list_name: str = ""
    has_other: bool = False
    is_external: bool = False
    is_exact: bool = True


def read(text: str) -> Told:
    """The type, the list that it chooses from, and whether something else may be chosen."""
    words = " ".join(text.split())
    if words in KINDS or words in GEOMETRIES or words in PRESETS or words == "note":
        return Told(words)
    if words in _SPELLINGS:
        return Told(_SPELLINGS[words])
    for pattern, is_exact in ((_CONTROL, True), (_LOOSE_CONTROL, False)):
        if match := pattern.fullmatch(words):
            kind, control = match.group(1).lower(), _CONTROLS[match.group(2).lower()]
            return Told(f"{kind}_{control}", match.group(3) or "", is_exact=is_exact)
    if match := _SELECT.fullmatch(words):
        command, name, other = match.groups()
        return Told(_WITH_LIST[command], name, bool(other), command == "select_one_external")
    lower = words.lower()
    if match := _LOOSE_SELECT.fullmatch(words):
        command, name, other = match.groups()
        return Told(_LOOSE_WITH_LIST[command.lower()], name, bool(other), is_exact=False)
    return Told(_LOOSE_SPELLINGS.get(lower, lower), is_exact=False)
