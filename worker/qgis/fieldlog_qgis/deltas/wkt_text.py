"""The WKT of a delta as it was written, before QGIS makes up what is missing in it and drops what it does not know."""

import re
from dataclasses import dataclass

from . import wkb
from .refusal import Refused

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.I)
_UNKNOWN = re.compile(r"[+-]?nan", re.I)
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.I)
# Qt and GDAL of long ago wrote `Point25D`.
_OLD_NAME = re.compile(r"25D\b", re.I)
_ANYWHERE = re.compile(rf"(?<![a-z]){_NUMBER.pattern}", re.I)
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class WktText:
    """A WKT, and the numbers of each vertex as they stand in it."""

    text: str
    vertices: tuple[tuple[str, ...], ...]

    @property
    def has_no_place(self) -> bool:
        """Whether it says that there is no place: nothing at all, or x or y that are no numbers."""
        return not self.text.strip() or any(_is_nowhere(number) for vertex in self.vertices for number in vertex[:2])

    @property
    def number_count(self) -> int:
        """How many numbers there are, also where none belongs."""
        return sum(1 for _ in _ANYWHERE.finditer(self.readable()))

    def is_unknown(self, place: int) -> bool:
        """Whether no vertex has a value in this place, counted from 0: devices write `nan` where they know none."""
        return all(len(vertex) > place and _UNKNOWN.fullmatch(vertex[place]) for vertex in self.vertices)

    def readable(self) -> str:
        """The text for QGIS, which reads no `nan`; 0 stands for a height that the device does not know."""
        return re.sub(rf"(?<![\w.]){_UNKNOWN.pattern}\b", "0", _OLD_NAME.sub("Z", self.text), flags=re.I)

    def __str__(self) -> str:
        """As it came, for a message, shortened when it is long."""
        return f"'{self.text}'" if len(self.text) <= _SHOWN_CHARACTERS else f"'{self.text[:_SHOWN_CHARACTERS]}…'"


def take_apart(text: str) -> WktText:
    """Finds the vertices; raises `Refused` where brackets do not match."""
    parts = [part.split() for part in re.split(r"[(),]", text)]
    found = WktText(text, tuple(tuple(part) for part in parts if part and all(map(_is_number, part))))
    _check_nesting(found)
    return found


def _is_number(word: str) -> bool:
    return any(form.fullmatch(word) for form in (_NUMBER, _UNKNOWN, _INFINITE))


def _is_nowhere(word: str) -> bool:
    return _NUMBER.fullmatch(word) is None


def _check_nesting(wkt: WktText) -> None:
    depth = 0
    for bracket in re.findall(r"[()]", wkt.text):
        depth += 1 if bracket == "(" else -1
        # Deeper, and reading it would overflow the stack of QGIS.
        if not 0 <= depth <= wkb.MAX_DEPTH:
            break
    if depth != 0:
        raise Refused(f"The geometry {wkt} has brackets that do not match, or nest too deeply.")
