"""Reads `.xlsx` with openpyxl, after a look at what the archive would cost."""

import warnings
import xml.parsers.expat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InvalidXlsForm
from ..log import logger

MAX_FILE_BYTES = 32 * 2**20
MAX_ENTRIES = 1000
MAX_XML_BYTES = 128 * 2**20
MAX_DEPTH = 64
MAX_CELLS = 1_500_000
# What spreadsheet programs have.
MAX_ROW = 1_048_576
# Everything else than a cell becomes an object of a few kilobytes.
MAX_OTHER_ELEMENTS = 50_000

# Rows and cells that have a format alone are read one after the other, and cost nothing but time.
_FORMATS = frozenset(("c", "row"))
_CELLS = frozenset(("v", "t", "si", "is", "r", "f"))
# How parts of a text look: forgotten as soon as the text is read.
_LOOKS = "rPr"
_CHUNK = 2**20
_EBCDIC = b"Lo\xa7\x94"


def sheets(
    path: Path, choose: Callable[[list[str]], dict[str, str]], max_columns: int
) -> Iterator[tuple[str, Iterator[tuple[int, tuple]]]]:
    """The chosen sheets, each with its rows that are not empty and their numbers."""
    import openpyxl

    _check(path)
    with _said(path), open(path, "rb") as file:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        chosen = choose([sheet.title for sheet in book.worksheets])
        for sheet in book.worksheets:
            if sheet.title in chosen:
                yield chosen[sheet.title], _rows(path, sheet, max_columns)


def _rows(path: Path, sheet, max_columns: int) -> Iterator[tuple[int, tuple]]:
    # The size that the sheet claims to have may be a lie.
    sheet.reset_dimensions()
    with _said(path):
        rows = sheet.iter_rows(max_row=MAX_ROW, max_col=max_columns, values_only=True)
        missing = None
        for number, row in enumerate(rows, 1):
            # openpyxl fills all rows up to the last column that is asked for, and gives one and the same for all
            # that are missing: there may be a million.
            if row is missing:
                continue
            if row.count(None) < len(row):
                yield number, row
            else:
                missing = row


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Says what is wrong with a file in our own words."""
    try:
        with warnings.catch_warnings():
            # About what it leaves out: validations, headers and footers, pictures.
            warnings.simplefilter("ignore")
            yield
    except InvalidXlsForm:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged file can raise anything in a library
        logger.info("openpyxl: %s", error, exc_info=error)
        raise InvalidXlsForm(f"The form '{path.name}' cannot be read as .xlsx: {error}.") from error


def _check(path: Path) -> None:
    """Refuses bombs: archives, entities and nesting that grow when they are read."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InvalidXlsForm(
            f"The form '{path.name}' has {path.stat().st_size} bytes; at most {MAX_FILE_BYTES} are read."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or len({entry.filename for entry in entries}) < len(entries):
                raise InvalidXlsForm(
                    f"The form '{path.name}' has {len(entries)} entries; expected at most {MAX_ENTRIES}, each once."
                )
            parts = _Parts(path.name)
            for entry in entries:
                # Whatever its name, openpyxl could be told to read it as XML; only pictures are never read.
                if not entry.is_dir() and not entry.filename.lower().startswith("xl/media/"):
                    parts.read(archive, entry)
    # NotImplementedError: unknown compression; RuntimeError: encrypted; both are what zipfile raises.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise InvalidXlsForm(f"The form '{path.name}' cannot be unpacked: {error}.") from error


class _Parts:
    """Counts what all the parts of a workbook hold."""

    def __init__(self, name: str):
        self._name = name
        self._bytes = self._cells = self._others = self._depth = self._looks = 0

    def read(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        parser = xml.parsers.expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        self._depth = self._looks = 0
        is_xml, head = True, b""
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                head = head or chunk[:8]
                self._bytes += len(chunk)
                if self._bytes > MAX_XML_BYTES:
                    raise InvalidXlsForm(f"The form '{self._name}' unpacks to more than {MAX_XML_BYTES} bytes.")
                try:
                    if is_xml:
                        parser.Parse(chunk)
                except xml.parsers.expat.ExpatError:
                    # Printer settings and the like; openpyxl says what it misses.
                    is_xml = False
                    if head.startswith(_EBCDIC) or (b"\0" in head and b"<" in head):
                        self._refuse_encoding(entry.filename)
                except (ValueError, LookupError):
                    # This is how Python says that it does not know, or not support, the declared encoding.
                    self._refuse_encoding(entry.filename)

    def _refuse_encoding(self, part: str) -> None:
        # What cannot be counted here could be read elsewhere: openpyxl knows more encodings than expat.
        raise InvalidXlsForm(f"Part '{part}' of the form '{self._name}' has an unknown encoding; expected UTF-8.")

    def _start(self, tag: str, _attributes) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise InvalidXlsForm(f"The form '{self._name}' nests its XML more than {MAX_DEPTH} deep.")
        tag = tag.rpartition(":")[2]
        self._looks += tag == _LOOKS
        if tag in _CELLS or self._looks:
            self._cells += 1
        elif tag not in _FORMATS:
            self._others += 1
        if self._cells > MAX_CELLS or self._others > MAX_OTHER_ELEMENTS:
            raise InvalidXlsForm(
                f"The form '{self._name}' holds more than {MAX_CELLS} elements of content or {MAX_OTHER_ELEMENTS} more."
            )

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._looks -= tag.rpartition(":")[2] == _LOOKS

    def _doctype(self, *_rest) -> None:
        raise InvalidXlsForm(f"The form '{self._name}' declares a document type, which no spreadsheet program does.")
