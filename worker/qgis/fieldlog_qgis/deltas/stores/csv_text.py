"""The text of a CSV file, taken apart so that what is not changed is put together again byte by byte."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

QUOTE = '"'
_BOM = "\ufeff"


class Malformed(ValueError):
    """A text that is no CSV; the message says where."""


class Record:
    """One record: its cells as they stand in the file, with their quotes, and how its line ends."""

    __slots__ = ("cells", "end")

    def __init__(self, cells: list[str], end: str):
        self.cells = cells
        self.end = end

    @property
    def is_blank(self) -> bool:
        """Whether it is an empty line, which is no feature."""
        return self.cells == [""]


@dataclass(frozen=True)
class CsvText:
    """A file taken apart. The first record names the columns."""

    encoding: str
    start: str
    delimiter: str
    header: Record
    records: list[Record]

    @classmethod
    def parse(cls, data: bytes, encoding: str, delimiter: str) -> "CsvText":
        """Takes a file apart; raises `Malformed` when it could not be put together again."""
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            raise Malformed(f"byte {error.start + 1} is not text in {encoding}") from None
        if text.encode(encoding) != data:
            raise Malformed(f"it is not written as {encoding} usually is")
        start = _BOM if text.startswith(_BOM) else ""
        records = list(_records(text.removeprefix(_BOM), delimiter))
        if not records or records[0].is_blank:
            raise Malformed("its first line names no columns")
        return cls(encoding, start, delimiter, records[0], records[1:])

    @property
    def line_end(self) -> str:
        """How lines end in this file."""
        return self.header.end or "\n"

    def render(self, records: Iterable[Record]) -> bytes:
        """The file with these records."""
        lines = [self.delimiter.join(record.cells) + record.end for record in (self.header, *records)]
        return (self.start + "".join(lines)).encode(self.encoding)

    def cell(self, text: str, quoted: bool) -> str:
        """A value as a cell; quoted where it has to be, or as wished."""
        needs = any(mark in text for mark in (self.delimiter, QUOTE, "\r", "\n")) or text != text.strip()
        return f'"{text.replace(QUOTE, QUOTE * 2)}"' if needs or quoted else text


def content(cell: str) -> str:
    """What a cell says."""
    return cell[1:-1].replace(QUOTE * 2, QUOTE) if is_quoted(cell) else cell


def is_quoted(cell: str) -> bool:
    """Whether a cell stands in quotes."""
    return len(cell) >= 2 and cell[0] == QUOTE == cell[-1]


def _records(text: str, delimiter: str) -> Iterable[Record]:
    mark = re.escape(delimiter)
    # A cell in quotes, or one without any at its start; then what ends it.
    pattern = re.compile(rf'("(?:[^"]|"")*"|(?!")[^{mark}\r\n]*)({mark}|\r\n|\n|\r|\Z)')
    cells: list[str] = []
    position = 0
    while position < len(text) or cells:
        found = pattern.match(text, position)
        if found is None:
            line = text.count("\n", 0, position) + 1
            raise Malformed(f"line {line} has a quote that does not end, or text behind one that does")
        cells.append(found[1])
        position = found.end()
        if found[2] != delimiter:
            yield Record(cells, found[2])
            cells = []
