"""Changes the title and the view in the XML of a project and leaves all other bytes as they are."""

import re
import xml.parsers.expat
from xml.sax.saxutils import escape, quoteattr

from qgis.core import QgsReferencedRectangle
from qgis.PyQt.QtXml import QDomDocument

from ..errors import InvalidProjectFile
from . import extents

_TITLES = (("qgis", "title"), ("qgis", "projectMetadata", "title"))
_CANVAS = ("qgis", "mapcanvas")
_VIEW = ("qgis", "ProjectViewSettings", "DefaultViewExtent")

# `<` stands in no tag, `>` only within quotes.
_TAG = re.compile(rb"""<(?:[^<>"']|"[^<"]*"|'[^<']*')*>""")
_PROJECT_NAME = re.compile(rb"""(?<=\s)projectname\s*=\s*(?:"[^<"]*"|'[^<']*')""")


def edit(content: bytes, name: str, title: str, view: QgsReferencedRectangle | None) -> bytes:
    """The content of a checked project file with a title, and with a view if there is one."""
    parts = _Parts(content, name)
    changes = [(start, end, f"<title>{escape(title)}</title>") for start, end in parts.titles]
    start, end = parts.root
    root = content[start:end]
    if attribute := _PROJECT_NAME.search(root):
        changes.append((start + attribute.start(), start + attribute.end(), f"projectname={quoteattr(title)}"))
    if not parts.has_title:
        changes.append((end, end, f"<title>{escape(title)}</title>"))
    if view is not None:
        changes += _view_changes(parts, view)
    pieces, done = [], 0
    for start, end, text in sorted(changes):
        pieces += [content[done:start], text.encode(parts.encoding, "xmlcharrefreplace")]
        done = end
    return b"".join([*pieces, content[done:]])


def _view_changes(parts: "_Parts", view: QgsReferencedRectangle) -> list[tuple[int, int, str]]:
    values = extents.corners(view)
    changes = [(start, end, f"<{name}>{values[name]}</{name}>") for name, (start, end) in parts.corners.items()]
    if len(changes) != len(extents.CORNERS):
        # Without a map window one is added, one without a whole extent is replaced.
        start, end = parts.canvas or (parts.root_end, parts.root_end)
        changes = [(start, end, extents.canvas_text(view))]
    # QGIS opens the map here rather than where it was saved.
    return changes + [(start, end, _default_view(view)) for start, end in parts.views]


def _default_view(view: QgsReferencedRectangle) -> str:
    document = QDomDocument()
    element = document.createElement("DefaultViewExtent")
    for name, value in extents.corners(view).items():
        element.setAttribute(name, value)
    view.crs().writeXml(element, document)
    document.appendChild(element)
    return document.toString(2)


class _Parts:
    """Where in the bytes of a project the parts are that change."""

    def __init__(self, content: bytes, name: str):
        self.encoding = "utf-8"
        self.root = (0, 0)
        self.root_end = 0
        self.titles: list[tuple[int, int]] = []
        self.has_title = False
        self.canvas: tuple[int, int] | None = None
        self.corners: dict[str, tuple[int, int]] = {}
        self.views: list[tuple[int, int]] = []
        self._content, self._name = content, name
        self._path: list[str] = []
        self._starts: list[int] = []
        self._is_map_canvas = False
        parser = self._parser = xml.parsers.expat.ParserCreate()
        parser.XmlDeclHandler = self._declaration
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")):
            self._refuse_encoding("UTF-16")
        parser.Parse(content, True)

    def _declaration(self, _version, encoding: str | None, _standalone) -> None:
        self.encoding = (encoding or "utf-8").lower()
        if self.encoding not in ("utf-8", "us-ascii", "iso-8859-1"):
            self._refuse_encoding(encoding)

    def _refuse_encoding(self, encoding: str) -> None:
        raise InvalidProjectFile(f"Project file '{self._name}' is encoded in {encoding}; expected UTF-8.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        position = self._parser.CurrentByteIndex
        self._path.append(tag)
        self._starts.append(position)
        if len(self._path) == 1:
            self.root = (position, self._tag_end(position))
        elif tuple(self._path) == _CANVAS:
            self._is_map_canvas = attributes.get("name") == extents.CANVAS and self.canvas is None

    def _end(self, tag: str) -> None:
        position, path = self._parser.CurrentByteIndex, tuple(self._path)
        span = self._span(self._starts.pop(), position)
        self._path.pop()
        if path in _TITLES:
            self.titles.append(span)
            self.has_title |= path == _TITLES[0]
        elif path == _VIEW:
            self.views.append(span)
        elif path == _CANVAS and self._is_map_canvas:
            self.canvas, self._is_map_canvas = span, False
        elif self._is_map_canvas and path[:-1] == (*_CANVAS, "extent") and tag in extents.CORNERS:
            self.corners[tag] = span
        elif not self._path:
            self.root_end = position

    def _span(self, start: int, end_tag: int) -> tuple[int, int]:
        first_tag_end = self._tag_end(start)
        is_empty = self._content[first_tag_end - 2 : first_tag_end] == b"/>"
        return start, first_tag_end if is_empty else self._tag_end(end_tag)

    def _tag_end(self, position: int) -> int:
        tag = _TAG.match(self._content, position)
        if tag is None:
            raise InvalidProjectFile(f"Project file '{self._name}' has a tag at byte {position} that cannot be read.")
        return tag.end()
