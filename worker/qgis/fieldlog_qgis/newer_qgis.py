"""Projects that were saved by a newer QGIS than ours: what is in them that ours drops or does not know.

The project that QGIS has read is written once more, and what is missing then in what was written is lost. Only kinds of
things are compared, not values: elements, their attributes and settings, and the classes of symbols and renderers.
"""

import re
import tempfile
import xml.parsers.expat
from dataclasses import dataclass, field
from pathlib import Path

from qgis.core import Qgis, QgsExpression, QgsProject

from .log import logger
from .packaging.problems import Problem
from .project_opening import OpenProject
from .project_xml import ProjectXml

CODE = "newer_qgis"

# What QGIS with a window and its plugins write beside the project, or any QGIS anew each time.
_OF_WINDOWS = frozenset("mapcanvas mapViewDocks mapViewDocks3D legend homePath projectModels DataPlotly".split())
# What is kept as it is, or comes and goes with the data.
_OF_PEOPLE = frozenset("customproperties properties fieldConfiguration aliases defaults constraints variables".split())
_OF_DATA = frozenset(("extent", "wgs84extent"))
_NOT_COMPARED = _OF_WINDOWS | _OF_PEOPLE | _OF_DATA
# Elements that are of a kind, by the attribute that names it and how people call it.
_KINDS = {
    "layer": ("class", "symbol layer"),
    "renderer-v2": ("type", "renderer"),
    "rasterrenderer": ("type", "raster renderer"),
    "renderer-3d": ("type", "3D renderer"),
    "effect": ("type", "effect"),
    "labeling": ("type", "labeling"),
    "symbol": ("type", "symbol"),
    "rule": ("id", "rule for labels"),
    "maplayer": ("type", "layer type"),
}
_EXPRESSIONS = frozenset(
    "expression expressionString filter labelExpression exp FilterExpression previewExpression".split()
)
_CALL = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|([A-Za-z_]\w*)\s*\(""")
# Words of the language that may stand before a bracket.
_WORDS = frozenset("and or not in is like ilike case when then else end between null".split())
_MOST_SHOWN = 12

_Path = tuple[str, ...]


@dataclass
class _Part:
    """A layer, or what is in no layer."""

    id: str = ""
    name: str = ""
    paths: dict[_Path, str] = field(default_factory=dict)
    unknown_functions: dict[str, None] = field(default_factory=dict)


def is_newer(version: str) -> bool:
    """Whether a project of this version of QGIS may have what ours does not know."""
    major, minor = (int(number) for number in version.split(".")[:2])
    return (major, minor) > (Qgis.QGIS_VERSION_INT // 10_000, Qgis.QGIS_VERSION_INT // 100 % 100)


def problems(xml: ProjectXml, opened: OpenProject) -> list[Problem]:
    """What people should know of a project of a newer QGIS, and of each of its layers that lost something."""
    if not is_newer(xml.qgis_version):
        return []
    versions = f"QGIS {xml.qgis_version}, newer than {Qgis.QGIS_VERSION.split('-')[0]}, which works with it here"
    before, after = _read(xml.content), _read(_written(opened.project))
    found = []
    for part in before[1:]:
        kept = next((other for other in after[1:] if other.id == part.id), _Part(paths={(): ""}))
        if said := _said(part, kept):
            found.append(Problem(part.id, part.name, CODE, f"Layer '{part.name}' was saved by {versions}: {said}"))
    said = _said(before[0], after[0])
    if not said:
        of_layers = "what its layers lose is said of them" if found else "nothing was found that it loses"
        said = f"{of_layers}, but settings may count otherwise."
    found.insert(0, Problem("", "", CODE, f"The project was saved by {versions}: {said}"))
    for problem in found:
        logger.warning("%s", problem.message)
    return found


def _written(project: QgsProject) -> bytes:
    """The project as our QGIS writes it; it stays where it is."""
    place, name = Path(tempfile.mkdtemp(prefix="fieldlog-written-"), "project.qgs"), project.fileName()
    try:
        if not project.write(str(place)):
            logger.warning("QGIS cannot write the project again: %s", project.error())
            return b"<qgis/>"
    finally:
        project.setFileName(name)
    return place.read_bytes()


def _said(part: _Part, kept: _Part) -> str:
    """What a part has lost, in sentences; nothing when nothing is."""
    lost = {what: None for path, what in part.paths.items() if path not in kept.paths and path[:-1] in kept.paths}
    sentences = [f"{_listed(list(lost))} {'are' if len(lost) > 1 else 'is'} lost."] if lost else []
    if functions := list(part.unknown_functions):
        named = _listed([f"{name}()" for name in functions])
        sentences.append(f"Expressions with {named} do not work here.")
    return " ".join(sentences)


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_SHOWN
    return ", ".join([*names[:_MOST_SHOWN], *([f"{more} more"] if more > 0 else [])])


def _read(content: bytes) -> list[_Part]:
    """What is in no layer, and each layer, with what there is in them."""
    reader = _Reader()
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.Parse(content, True)
    return reader.parts


class _Reader:
    """One pass over a project."""

    def __init__(self):
        self.parts = [_Part(paths={(): ""})]
        self._part = self.parts[0]
        # Of each open element: its tag, its path in its part, or None where nothing is compared.
        self._open: list[tuple[str, _Path | None]] = []
        self._said = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._said = ""
        above = self._open[-1][1] if self._open else ()
        if tag == "maplayer" and len(self._open) == 2:
            self._part = _Part(paths={(): ""})
            self.parts.append(self._part)
            above = ()
        path = None if above is None or tag in _NOT_COMPARED else self._note(above, tag, attributes)
        self._open.append((tag, path))
        for name, value in attributes.items():
            is_setting = name == "value" and attributes.get("name") in _EXPRESSIONS
            if name in _EXPRESSIONS or is_setting:
                self._note_functions(value)

    def end(self, tag: str) -> None:
        self._open.pop()
        if self._part is not self.parts[0] and len(self._open) == 3:
            if tag == "id":
                self._part.id = self._said
            elif tag == "layername":
                self._part.name = self._said
        if tag in _EXPRESSIONS:
            self._note_functions(self._said)
        if tag == "maplayer" and len(self._open) == 2:
            self._part = self.parts[0]

    def text(self, text: str) -> None:
        self._said += text

    def _note(self, above: _Path, tag: str, attributes: dict[str, str]) -> _Path:
        kind, called = _KINDS.get(tag, (None, ""))
        of_kind = attributes.get(kind) if kind else None
        setting = attributes.get("name") if tag == "Option" else None
        owner = next((element.partition("=")[2] for element in reversed(above) if "=" in element), "")
        path = (*above, f"{tag}={of_kind or setting}" if of_kind or setting else tag)
        if of_kind:
            what = f"the {called} '{of_kind}'"
        elif setting:
            what = f"the setting '{setting}'" + (f" of '{owner}'" if owner else "")
        else:
            what = f"<{tag}>"
        self._part.paths.setdefault(path, what)
        for name in attributes:
            self._part.paths.setdefault((*path, f"@{name}"), f"the attribute '{name}' of <{tag}>")
        return path

    def _note_functions(self, expression: str) -> None:
        names = [match.group(1) for match in _CALL.finditer(expression) if match.group(1)]
        unknown = [n for n in names if n.lower() not in _WORDS and not QgsExpression.isFunctionName(n)]
        self._part.unknown_functions.update(dict.fromkeys(unknown))
