"""The XML of a QGIS project: is it one, is it harmless, and where does it ask for feature counts.

One pass of expat answers all three before QGIS sees a byte. Entities are refused outright: QGIS never
writes any, and they are how a small file becomes gigabytes.
"""

import re
import xml.parsers.expat
from dataclasses import dataclass

from .errors import InvalidProjectFile

MAX_BYTES = 64 * 2**20
# QGIS nests symbols and layer trees a few dozen deep; its XML reader recurses and would crash far below this.
MAX_DEPTH = 256

_VERSION = re.compile(r"^\d+\.\d+\.\d+")
_SHOWN_CHARACTERS = 160


@dataclass(frozen=True)
class ProjectXml:
    """A checked project file, as the bytes that QGIS may read."""

    content: bytes
    qgis_version: str
    feature_counts: int


def check(content: bytes, name: str, keep_feature_counts: bool = False) -> ProjectXml:
    """Checks the XML of the project file `name`; unless kept, feature counting is off in the content it returns."""
    if len(content) > MAX_BYTES:
        raise InvalidProjectFile(f"Project file '{name}' holds more than {MAX_BYTES} bytes of XML.")
    reader = _Reader(content, name)
    reader.read()
    if reader.root != "qgis":
        raise InvalidProjectFile(f"Project file '{name}' has the root element '{reader.root}'; expected 'qgis'.")
    if not _VERSION.match(reader.version or ""):
        found = "no version" if reader.version is None else f"the version '{reader.version}'"
        raise InvalidProjectFile(f"Project file '{name}' has {found}; expected one like '3.40.6' in <qgis version=…>.")
    positions = [] if keep_feature_counts else reader.feature_count_positions
    return ProjectXml(_without_feature_counts(content, positions), reader.version, len(positions))


class _Reader:
    """One pass over the document."""

    def __init__(self, content: bytes, name: str):
        self.root: str | None = None
        self.version: str | None = None
        self.feature_count_positions: list[int] = []
        self._content = content
        self._name = name
        self._depth = 0
        parser = self._parser = xml.parsers.expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.SetParamEntityParsing(xml.parsers.expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def read(self) -> None:
        try:
            self._parser.Parse(self._content, True)
        except xml.parsers.expat.ExpatError as error:
            # Expat counts columns from zero, people and editors from one.
            reason = xml.parsers.expat.ErrorString(error.code)
            raise self._refusal(f"is not well-formed XML: {reason}", error.lineno, error.offset) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refusal_here(f"nests elements more than {MAX_DEPTH} deep")
        if self.root is None:
            self.root, self.version = tag, attributes.get("version")
        elif (tag, attributes.get("key")) == ("property", "showFeatureCount") or (
            (tag, attributes.get("name")) == ("Option", "showFeatureCount")
        ):
            if attributes.get("value", "0") != "0":
                self.feature_count_positions.append(self._parser.CurrentByteIndex)

    def _end(self, _tag: str) -> None:
        self._depth -= 1

    def _doctype(self, root: str, _system_id, _public_id, has_internal_subset: bool) -> None:
        # `<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>` is what QGIS writes.
        if has_internal_subset:
            raise self._refusal_here(f"has declarations inside <!DOCTYPE {root} […]>, which QGIS never writes")

    def _entity(self, entity: str, *_rest) -> None:
        raise self._refusal_here(f"declares the XML entity '{entity}', which QGIS never does")

    def _refusal_here(self, problem: str) -> InvalidProjectFile:
        return self._refusal(problem, self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber)

    def _refusal(self, problem: str, line: int, offset: int) -> InvalidProjectFile:
        return InvalidProjectFile(
            f"Project file '{self._name}' {problem} (line {line}, column {offset + 1}): {self._line(line, offset)}"
        )

    def _line(self, number: int, offset: int) -> str:
        """The text of a line around a column, short enough for a message."""
        lines = self._content.split(b"\n", number)
        text = lines[number - 1].decode("utf-8", errors="replace").rstrip("\r") if number <= len(lines) else ""
        if len(text) > _SHOWN_CHARACTERS:
            start = max(0, min(offset - _SHOWN_CHARACTERS // 2, len(text) - _SHOWN_CHARACTERS))
            text = "…" * (start > 0) + text[start : start + _SHOWN_CHARACTERS] + "…"
        return text.strip() or "(empty line)"


# In well-formed XML no `<` stands inside a tag, so this cannot run into the next one.
_VALUE = re.compile(rb"""<[^<]*?\bvalue\s*=\s*(?P<quote>["'])(?P<value>[^<]*?)(?P=quote)""")


def _without_feature_counts(content: bytes, positions: list[int]) -> bytes:
    """Sets `showFeatureCount` to 0: counting every feature of a large layer can take minutes.

    Only those bytes change, so lines and columns in QGIS's own messages stay right.
    """
    parts, done = [], 0
    for position in positions:
        match = _VALUE.match(content, position)
        if match is None:  # not an encoding of one byte a character: leave it, the count is a cost, not a fault
            continue
        parts += [content[done : match.start("value")], b"0"]
        done = match.end("value")
    return b"".join([*parts, content[done:]])
