"""CSV files: taken apart, edited in memory, and written whole; what no delta names stays byte by byte.

The format knows no types, so the file is first compared with what QGIS shows of it. Where the two readings differ, or
where QGIS is told to read what no job could write, the layer takes no edits.
"""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

from qgis.core import QgsVariantUtils, QgsVectorLayer
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime

from ...errors import UnableToContinue
from .. import geometry as geometries
from .. import values as conversions
from ..columns import Column, Kind
from ..refusal import Refused, TakesNoEdits
from . import csv_source
from .csv_source import CsvSource
from .csv_table import CsvTable
from .csv_text import CsvText, Malformed, Record
from .store import Source, Store

# Ten times that much memory is needed.
MAX_BYTES = 48 * 2**20


class CsvStore(Store):
    """A CSV file held in memory."""

    def __init__(self, source: Source):
        self.path = source.path
        if self.path.stat().st_size > MAX_BYTES:
            raise TakesNoEdits(
                source.layer, f"has {self.path.stat().st_size} bytes of CSV; a job edits at most {MAX_BYTES}"
            )
        if not os.access(self.path, os.W_OK):
            raise TakesNoEdits(source.layer, f"is in '{self.path.name}', which is read-only")
        read = self._read(source)
        try:
            self.text = self._parse(read.encoding, read.delimiter)
        except Malformed as problem:
            raise TakesNoEdits(source.layer, f"is in '{self.path.name}', which is not read as CSV: {problem}") from None
        self.records = self.text.records
        self._gone: set[int] = set()
        self._undo: list[Callable[[], None]] = []
        self._changed = False
        self._tables: dict[tuple, CsvTable] = {}

    def table(self, source: Source) -> CsvTable:
        """The table of a layer; layers that read the file in different ways have one each over the same records."""
        read = self._read(source)
        if (read.encoding, read.delimiter) != (self.text.encoding, self.text.delimiter):
            raise TakesNoEdits(source.layer, "reads the file in another way than another layer of the project does")
        identity = (source.provider, source.key, source.columns, source.type, read)
        if identity not in self._tables:
            # The file is as it was until `finish`, whatever has become of its records here.
            _compare(CsvTable(source, _Untouched(self._parse(read.encoding, read.delimiter)), read), source)
            self._tables[identity] = CsvTable(source, self, read)
        return self._tables[identity]

    @property
    def present(self) -> list[Record]:
        """The records that are there now, empty lines among them, in the order of the file."""
        return [record for record in self.records if id(record) not in self._gone]

    @property
    def last(self) -> Record | None:
        """The last feature's record."""
        last = (record for record in reversed(self.records) if id(record) not in self._gone)
        return next((record for record in last if not record.is_blank), None)

    def add(self, record: Record) -> None:
        """Adds a record at the end, which ends as the file did."""
        last = next((other for other in reversed(self.records) if id(other) not in self._gone), self.text.header)
        last_end = last.end
        record.end = last_end
        last.end = last_end or self.text.line_end
        self.records.append(record)
        self._index(record)

        def undo() -> None:
            self._unindex(record)
            self.records.pop()
            last.end = last_end

        self._undo.append(undo)

    def replace(self, record: Record, cells: list[str]) -> None:
        """Gives a record other cells."""
        before = record.cells
        self._set(record, cells)
        self._undo.append(lambda: self._set(record, before))

    def remove(self, record: Record) -> None:
        """Takes a record out, with its line."""
        self._unindex(record)
        self._gone.add(id(record))

        def undo() -> None:
            self._gone.discard(id(record))
            self._index(record)

        self._undo.append(undo)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Everything inside counts as a whole."""
        try:
            yield
        except BaseException:
            while self._undo:
                self._undo.pop()()
            raise
        self._changed = self._changed or bool(self._undo)
        self._undo.clear()

    def finish(self) -> None:
        """Writes the file when anything has changed, and reads it again."""
        if not self._changed:
            return
        unfinished = self.path.with_name(f".{self.path.name}.tmp")
        records = self.present
        try:
            unfinished.write_bytes(self.text.render(records))
            os.replace(unfinished, self.path)
            again = self._parse(self.text.encoding, self.text.delimiter)
        except (OSError, UnicodeEncodeError, Malformed) as error:
            unfinished.unlink(missing_ok=True)
            raise UnableToContinue(f"The file '{self.path.name}' cannot be written: {error}.") from error
        if [record.cells for record in again.records] != [record.cells for record in records]:
            raise UnableToContinue(f"The file '{self.path.name}' does not hold what was written to it.")

    def _set(self, record: Record, cells: list[str]) -> None:
        self._unindex(record)
        record.cells = cells
        self._index(record)

    def _index(self, record: Record) -> None:
        for table in self._tables.values():
            table.index(record)

    def _unindex(self, record: Record) -> None:
        for table in self._tables.values():
            table.unindex(record)

    def _parse(self, encoding: str, delimiter: str) -> CsvText:
        return CsvText.parse(self.path.read_bytes(), encoding, delimiter)

    def _read(self, source: Source) -> CsvSource:
        with open(self.path, "rb") as file:
            return csv_source.read(source, file.readline(), self._types())

    def _types(self) -> list[str]:
        """What the file of types beside it says, which GDAL reads."""
        beside = self.path.with_suffix(".csvt")
        if not beside.is_file():
            return []
        line = beside.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
        return [type.strip().strip('"').lower() for type in line.split(",")]


class _Untouched:
    """The file as it is on disk."""

    def __init__(self, text: CsvText):
        self.text = text
        self.records = self.present = text.records
        self.last = None


def _compare(table: CsvTable, source: Source) -> None:
    """Refuses a file that QGIS reads otherwise than it is read here."""
    layer = QgsVectorLayer(source.uri, source.layer, source.provider)
    provider = layer.dataProvider()
    if not provider.setSubsetString("", False):
        raise TakesNoEdits(source.layer, "has a filter that cannot be taken off")
    for number, (feature, record) in enumerate(zip_longest(provider.getFeatures(), table.records()), 1):
        if feature is None or record is None:
            raise TakesNoEdits(source.layer, f"has {len(table.records())} records, which are not the features in QGIS")
        row = table.row(record)
        for column, shown in zip(table.columns.values(), feature.attributes(), strict=True):
            if not _is_same(column, shown, row.attributes[column.name]):
                raise TakesNoEdits(
                    source.layer,
                    f"has {conversions.shown(row.attributes[column.name])} in '{column.name}' of record {number}, "
                    f"which QGIS shows as {conversions.shown(_plain(shown))}",
                )
        place = None if feature.geometry().isNull() else bytes(feature.geometry().asWkb())
        if source.is_spatial and not geometries.same(place, row.geometry):
            raise TakesNoEdits(source.layer, f"has a place in record {number} that is not the one which QGIS shows")


def _is_same(column: Column, shown: Any, read: Any) -> bool:
    shown = _plain(shown)
    if column.kind is Kind.REAL and isinstance(shown, float) and not math.isfinite(shown):
        return False
    try:
        return conversions.same(conversions.convert(shown, column), read, column)
    except Refused:
        return False


def _plain(value: Any) -> Any:
    if value is None or QgsVariantUtils.isNull(value):
        return None
    if isinstance(value, QDate | QDateTime | QTime):
        return value.toString(Qt.DateFormat.ISODateWithMs)
    return value
