"""Reads `seed.json`: what a new project is to be made from."""

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import FileNotFound, InvalidSeed

MAX_BYTES = 2**20
MAX_BASEMAPS = 50
SCHEMA = "https://app.qfield.cloud/schemas/project-seed-20251201.json"
STYLES = ("standard", "grayscale_light", "grayscale_dark")
FORM_SUFFIXES = (".xlsx", ".xls")

_CRS = re.compile(r"EPSG:\d{1,8}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WORLD = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True)
class Basemap:
    """An online map of tiles in the background."""

    name: str
    url: str
    style: str


@dataclass(frozen=True)
class Seed:
    """A checked seed; the extent is in degrees: west, south, east, north."""

    name: str
    crs: str
    extent: tuple[float, float, float, float] | None
    is_clone: bool
    xlsform: Path | None
    show_groups_as_tabs: bool
    basemaps: tuple[Basemap, ...]

    @property
    def kind(self) -> str:
        """What the project is made from, in a word."""
        return "clone" if self.is_clone else "xlsform" if self.xlsform else "empty"


def read(path: Path) -> Seed:
    """Reads and checks a seed; the file of a form is looked for beside it."""
    if not path.is_file():
        raise FileNotFound(f"There is no seed {path}.")
    if path.stat().st_size > MAX_BYTES:
        raise InvalidSeed(f"Seed {path} is {path.stat().st_size} bytes; at most {MAX_BYTES} are read.")
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidSeed(f"Seed {path} is not JSON: {error}.") from error
    return _check(_Object(document, "The seed"), path.parent)


class _Object:
    """A JSON object whose values are asked for with their types."""

    def __init__(self, value, name: str):
        if not isinstance(value, dict):
            raise InvalidSeed(f"{name} is {_shown(value)}; expected an object.")
        self._value, self._name = value, name

    def text(self, key: str) -> str:
        found = self._get(key, str, "a text")
        if not found or _CONTROL.search(found):
            raise InvalidSeed(
                f"{self._name} has {_shown(found)} as '{key}'; expected a text without control characters."
            )
        return found

    def text_or_none(self, key: str) -> str | None:
        return None if self._value.get(key) is None else self.text(key)

    def flag(self, key: str) -> bool:
        return self._get(key, bool, "true or false") if key in self._value else False

    def list(self, key: str) -> list:
        return self._get(key, list, "a list") if self._value.get(key) is not None else []

    def object(self, key: str) -> "_Object":
        return _Object(self._value.get(key), f"'{key}' of the seed")

    def object_or_empty(self, key: str) -> "_Object":
        return _Object({}, key) if self._value.get(key) is None else self.object(key)

    def _get(self, key: str, kind: type, expected: str):
        found = self._value.get(key)
        if not isinstance(found, kind):
            raise InvalidSeed(f"{self._name} has {_shown(found)} as '{key}'; expected {expected}.")
        return found


def _check(seed: _Object, folder: Path) -> Seed:
    settings = seed.object("settings")
    schema = settings.text("schemaId")
    if schema != SCHEMA:
        raise InvalidSeed(f"The seed follows the schema {_shown(schema)}; expected '{SCHEMA}'.")
    crs = seed.text("crs")
    if not _CRS.fullmatch(crs):
        raise InvalidSeed(f"The seed has {_shown(crs)} as 'crs'; expected one like 'EPSG:3857'.")
    is_clone = seed.text_or_none("clone_from_project") is not None
    form = seed.text_or_none("xlsform_file")
    if is_clone and form is not None:
        raise InvalidSeed("The seed has both 'clone_from_project' and 'xlsform_file'; expected at most one.")
    return Seed(
        seed.text("name"),
        crs,
        _extent(seed.list("extent")),
        is_clone,
        None if form is None else _form(folder, form),
        settings.object_or_empty("xlsform").flag("show_groups_as_tabs"),
        _basemaps(settings.list("basemaps")),
    )


def _extent(values: list) -> tuple[float, float, float, float] | None:
    if not values:
        return None
    are_numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    if len(values) != 4 or not are_numbers or not all(math.isfinite(value) for value in values):
        raise InvalidSeed(f"The seed has the extent {_shown(values)}; expected four numbers: minx, miny, maxx, maxy.")
    west, south, east, north = (float(value) for value in values)
    if not (_WORLD[0] <= west < east <= _WORLD[2] and _WORLD[1] <= south < north <= _WORLD[3]):
        raise InvalidSeed(
            f"The seed has the extent {_shown(values)}; expected -180 ≤ minx < maxx ≤ 180 and -90 ≤ miny < maxy ≤ 90."
        )
    return west, south, east, north


def _form(folder: Path, name: str) -> Path:
    if PurePosixPath(name).name != name or "\\" in name:
        raise InvalidSeed(f"The seed has {_shown(name)} as 'xlsform_file'; expected the name of a file beside it.")
    path = folder / name
    if path.suffix.lower() not in FORM_SUFFIXES:
        raise InvalidSeed(f"The form {_shown(name)} is no spreadsheet; expected {' or '.join(FORM_SUFFIXES)}.")
    if path.is_symlink() or not path.is_file():
        raise FileNotFound(f"The form '{name}' is not beside the seed.")
    return path


def _basemaps(values: list) -> tuple[Basemap, ...]:
    if len(values) > MAX_BASEMAPS:
        raise InvalidSeed(f"The seed has {len(values)} basemaps; at most {MAX_BASEMAPS} are added.")
    return tuple(_basemap(_Object(value, "A basemap of the seed")) for value in values)


def _basemap(value: _Object) -> Basemap:
    basemap = Basemap(value.text("name"), value.text("url"), value.text("style"))
    if basemap.style not in STYLES:
        raise InvalidSeed(
            f"Basemap '{basemap.name}' has the style {_shown(basemap.style)}; expected {', '.join(STYLES)}."
        )
    # Neither the key of a provider nor its address is for everybody's eyes.
    if not basemap.url.startswith(("https://", "http://")):
        raise InvalidSeed(f"The address of basemap '{basemap.name}' does not begin with https:// or http://.")
    url = basemap.url
    if "{q}" not in url and not ("{x}" in url and "{z}" in url and ("{y}" in url or "{-y}" in url)):
        raise InvalidSeed(
            f"The address of basemap '{basemap.name}' lacks the places of a tile: {{x}}, {{y}} and {{z}}."
        )
    return basemap


def _shown(value) -> str:
    """A value of the seed, short enough for a message."""
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else f"{text[:100]}…"
