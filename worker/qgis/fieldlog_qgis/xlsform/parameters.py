"""Reads the parameters of a question, `start=1 end=10`, and notes those that cannot be."""

import re
from collections.abc import Callable

from .problems import FormProblems
from .workbook import Row

_BETWEEN = re.compile(r"[\s,;]+")
_AS_WRITTEN = ("label", "value")


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False


def _is_whole(text: str) -> bool:
    return _is_number(text) and float(text).is_integer() and "." not in text


def _is_flag(text: str) -> bool:
    return text in ("true", "false")


def _is_yes(text: str) -> bool:
    return text in ("true", "yes", "true()")


def _is_seed(text: str) -> bool:
    return _is_number(text) or (text.startswith("${") and text.endswith("}"))


def _is_quality(text: str) -> bool:
    return text in ("voice-only", "low", "normal", "external")


def _is_anything(_text: str) -> bool:
    return True


_Rule = tuple[Callable[[str], bool], str]
_NUMBER: _Rule = (_is_number, "a number")
_WHOLE_NUMBER: _Rule = (_is_whole, "a whole number")
_FLAG: _Rule = (_is_flag, "true or false")
_ANYTHING: _Rule = (_is_anything, "")
_SELECT = {"randomize": _FLAG, "seed": (_is_seed, "a number or a reference")}
_GEOMETRY = {"allow-mock-accuracy": _FLAG, "reference-geometry": _ANYTHING}
# What other programs know of each type; of types that are not here, they take anything.
_KNOWN: dict[str, dict[str, _Rule]] = {
    "text": {"rows": _WHOLE_NUMBER},
    "image": {"app": _ANYTHING, "max-pixels": _WHOLE_NUMBER},
    "audio": {"quality": (_is_quality, "voice-only, low, normal or external")},
    "range": {name: _NUMBER for name in ("start", "end", "step", "tick_interval", "placeholder")}
    | {"tick_labelset": _ANYTHING},
    "geopoint": _GEOMETRY | {"capture-accuracy": _NUMBER, "warning-accuracy": _NUMBER},
    "geotrace": _GEOMETRY | {"incremental": (_is_yes, "true")},
    "geoshape": _GEOMETRY | {"incremental": (_is_yes, "true")},
    "select_one": _SELECT,
    "select_multiple": _SELECT,
}
_RANGE = {"start": "1", "end": "10", "step": "1"}


def read(type: str, row: Row, problems: FormProblems) -> dict[str, str]:
    """The parameters by name; what is wrong with them goes to the problems."""
    text = row.get("parameters")
    pairs, is_whole = _pairs(text)
    found = {name: value if name in _AS_WRITTEN else value.lower() for name, value in pairs}

    def note(message: str) -> None:
        problems.add("parameters_not_understood", message, row.number, row.get("name"))

    if not is_whole:
        note(f"the parameters '{text[:100]}' are not of the form 'key=value key=value'.")
    known = _KNOWN.get(type)
    for name, value in found.items():
        if known is not None and name not in known:
            note(f"the parameter '{name}' is unknown; a question of type '{type}' has {', '.join(sorted(known))}.")
        elif known is not None and not known[name][0](value):
            note(f"the parameter {name} is '{value}'; expected {known[name][1]}.")
    if "seed" in found and "randomize" not in found:
        note("the parameter seed needs 'randomize=true'.")
    if type == "range":
        _check_range(_RANGE | found, note)
    return found


def _pairs(text: str) -> tuple[list[tuple[str, str]], bool]:
    """What is of the form `key=value`, and whether that is all."""
    words = [word for word in _BETWEEN.split(text.replace("=", " = ")) if word]
    pairs, at = [], 0
    while at + 2 < len(words) and words[at + 1] == "=" and "=" not in (words[at], words[at + 2]):
        pairs.append((words[at].lower(), words[at + 2]))
        at += 3
    return pairs, at == len(words)


def _check_range(found: dict[str, str], note: Callable[[str], None]) -> None:
    if not all(_is_number(found[name]) for name in _RANGE):
        return
    start, end, step = (float(found[name]) for name in _RANGE)
    if left_out := sorted(set(found) - set(_RANGE)):
        note(f"the parameters {', '.join(left_out)} of a range have no counterpart.")
    if step == 0 or step > abs(end - start):
        note(f"the step {found['step']} does not fit between {found['start']} and {found['end']}.")
