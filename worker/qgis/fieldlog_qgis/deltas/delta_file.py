"""Reads `deltafile.json`. One bad delta in it stays one bad delta, whatever is wrong with it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import FileNotFound, InvalidDeltaFile

MAX_BYTES = 128 * 2**20
VERSION = "1.0"
_MAPS = ("clientPks", "uncertainPks", "lostPks", "madeValues", "edited")
_ABSENT: dict = dict.fromkeys(_MAPS, {}) | {"parents": []}

# The longest whole number that a delta can need has 19 digits; Python refuses to read very long ones.
_MAX_DIGITS = 400


class Made(NamedTuple):
    """What the source made of a value that a device said, both as JSON."""

    said: Any
    stored: Any


@dataclass(frozen=True)
class UncertainKey:
    """A key that was learnt before the file was uploaded anew, with the feature as it was stored then."""

    pk: str
    attributes: dict
    geometry: str | None
    why: str


@dataclass(frozen=True)
class LostKey:
    """A key that is not believed any more, and why, in a sentence without its end."""

    pk: str
    why: str


@dataclass(frozen=True)
class KnownParent:
    """A feature that a device made in an earlier job, and that is stored with other values than the device said."""

    client: str
    layer: str
    said: dict
    stored: dict


@dataclass(frozen=True)
class DeltaFile:
    """A delta file: its id, the deltas as they came, and what is known of features that devices edited before."""

    id: str
    deltas: list
    client_pks: dict[str, str]
    """The keys that features of devices got in the source, by `Delta.client_pk`."""
    uncertain_pks: dict[str, UncertainKey]
    lost_pks: dict[str, LostKey]
    made: dict[str, dict[str, Made]]
    """What the source made of earlier edits of a device's feature, by column."""
    parents: list[KnownParent]
    edited: dict[str, dict[str, dict]]
    """What edits of earlier jobs wrote, by layer and key (`written.py`)."""


@dataclass(frozen=True)
class Unreadable:
    """Stands for a delta that is no JSON that can be read."""

    problem: str


def read(path: Path) -> DeltaFile:
    """Reads a delta file; raises only when nothing in it can be applied."""
    if not path.is_file():
        raise FileNotFound(f"There is no delta file {path}.")
    if path.stat().st_size > MAX_BYTES:
        raise InvalidDeltaFile(f"Delta file {path} is {path.stat().st_size} bytes; at most {MAX_BYTES} are read.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidDeltaFile(f"Delta file {path} is not UTF-8: {error}.") from error
    return _check(_parse(text, path), path)


def _parse(text: str, path: Path):
    try:
        return _load(text)
    except RecursionError:
        return _load_delta_by_delta(text, path)
    except ValueError as error:
        raise InvalidDeltaFile(f"Delta file {path} is not JSON: {error}.") from error


def _load(text: str):
    return json.loads(text, parse_int=_parse_int, parse_constant=_refuse_constant)


def _parse_int(digits: str) -> int | float:
    # As a float it is infinite or huge, which no column takes.
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def _refuse_constant(name: str):
    raise ValueError(f"{name} is not a JSON value")


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]')
_DELTAS = re.compile(r'"deltas"\s*:\s*$')


def _load_delta_by_delta(text: str, path: Path):
    """Reads a file in which something nests too deeply: each delta by itself, so the others can be applied."""
    depth, begins, spans, array = 0, 0, [], None
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in "[{":
            depth += 1
            if depth == 2 and mark == "[" and _DELTAS.search(text, max(0, token.start() - 64), token.start()):
                array, begins = token.start(), token.end()
        elif mark in "]}":
            depth -= 1
        if array is not None and ((mark == "," and depth == 2) or (mark == "]" and depth == 1)):
            spans.append((begins, token.start()))
            begins = token.end()
            if mark == "]":
                break
    else:
        raise InvalidDeltaFile(f"Delta file {path} nests its values too deeply.")
    try:
        document = _load(f"{text[:array]}[]{text[begins:]}")
    except (ValueError, RecursionError) as error:
        raise InvalidDeltaFile(f"Delta file {path} is not JSON, or nests its values too deeply: {error}.") from error
    document["deltas"] = [_load_one(text[start:end]) for start, end in spans]
    return document


def _load_one(text: str):
    try:
        return _load(text)
    except RecursionError:
        return Unreadable("nests its values too deeply")
    except ValueError as error:
        return Unreadable(f"is not JSON: {error}")


def _check(document, path: Path) -> DeltaFile:
    if not isinstance(document, dict):
        raise InvalidDeltaFile(f"Delta file {path} holds a JSON {type(document).__name__}; expected an object.")
    if document.get("version") != VERSION:
        raise InvalidDeltaFile(f"Delta file {path} has the version {document.get('version')!r}; expected '{VERSION}'.")
    for name, kind in (("id", str), ("deltas", list), ("parents", list), *((name, dict) for name in _MAPS)):
        if not isinstance(document.get(name, _ABSENT.get(name)), kind):
            found = type(document[name]).__name__ if name in document else "nothing"
            raise InvalidDeltaFile(f"Delta file {path} has {found} as '{name}'; expected {kind.__name__}.")
    known, uncertain, lost, made, edited = (document.get(name, {}) for name in _MAPS)
    return DeltaFile(
        document["id"],
        document["deltas"],
        {name: key for name, key in known.items() if isinstance(key, str)},
        {name: _uncertain(key) for name, key in uncertain.items() if isinstance(key, dict)},
        {name: LostKey(str(key.get("pk")), str(key.get("why"))) for name, key in lost.items() if isinstance(key, dict)},
        {name: _made(values) for name, values in made.items() if isinstance(values, dict)},
        [_parent(parent) for parent in document.get("parents", []) if isinstance(parent, dict)],
        {layer: features for layer, features in edited.items() if isinstance(features, dict)},
    )


def _made(values: dict) -> dict[str, Made]:
    return {name: Made(one.get("said"), one.get("stored")) for name, one in values.items() if isinstance(one, dict)}


def _parent(parent: dict) -> KnownParent:
    said, stored = (parent.get(name) or {} for name in ("said", "stored"))
    return KnownParent(str(parent.get("client")), str(parent.get("layer")), said, stored)


def _uncertain(key: dict) -> UncertainKey:
    after = key.get("after") or {}
    return UncertainKey(str(key.get("pk")), after.get("attributes") or {}, after.get("geometry"), str(key.get("why")))
