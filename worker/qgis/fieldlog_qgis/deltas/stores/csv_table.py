"""The records of a CSV file as features, in the types that QGIS shows them in."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, Protocol

from qgis.core import QgsGeometry, QgsPoint, QgsWkbTypes

from .. import values as conversions
from .. import wkb as shapes
from ..columns import Column, Kind
from ..refusal import Refused, TakesNoEdits
from .csv_source import CsvSource
from .csv_text import CsvText, Record, content, is_quoted
from .store import KEEP, Keep, Row, Source, Table

_BOOLEANS = (("true", "false"), ("1", "0"), ("t", "f"), ("True", "False"), ("TRUE", "FALSE"), ("T", "F"))


class File(Protocol):
    """What a table asks of the file that its records are in."""

    text: CsvText
    records: list[Record]
    present: list[Record]
    last: Record | None

    def add(self, record: Record) -> None:
        """Adds a record at the end."""

    def replace(self, record: Record, cells: list[str]) -> None:
        """Gives a record other cells."""

    def remove(self, record: Record) -> None:
        """Takes a record out."""


class CsvTable(Table):
    """The features of a layer on a CSV file."""

    def __init__(self, source: Source, file: File, read: CsvSource):
        super().__init__(source, tuple(_of_text(column) for column in source.columns))
        if self.key.kind not in (Kind.INTEGER, Kind.TEXT):
            raise TakesNoEdits(
                source.layer, f"has the key '{source.key}' with {self.key.kind.value}; expected whole numbers or texts"
            )
        self._file = file
        self._type = source.type
        self._header = [content(cell) for cell in file.text.header.cells]
        self._ordinates, self._wkt = self._place_columns(source, read)
        hidden = {self._wkt} if self._wkt not in self.columns else set()
        if [name for name in self._header if name not in hidden] != list(self.columns):
            raise TakesNoEdits(
                source.layer,
                f"has the columns {_listed(self.columns)}; the file's first line names {_listed(self._header)}",
            )
        self._places = {name: index for index, name in enumerate(self._header)}
        self._by_key: dict[Any, list[Record]] = {}
        self._last_number = self._texts = 0
        for record in self.records():
            self.index(record)

    @property
    def makes_keys(self) -> bool:
        """Whole numbers go on after the largest, also where they are texts, but for text that is no number."""
        return self._texts == 0

    def records(self) -> list[Record]:
        """The features' records, in the order of the file."""
        return [record for record in self._file.present if not record.is_blank]

    def find(self, key: Any) -> list[Row]:
        """The features with this key."""
        return [self.row(record) for record in self._by_key.get(key, [])[:2]]

    def insert(self, values: dict[str, Any], wkb: bytes | None) -> Any:
        """Adds a feature at the end."""
        if values.get(self.key.name) is None and self.makes_keys:
            number = self._last_number + 1
            values = values | {self.key.name: number if self.key.kind is Kind.INTEGER else str(number)}
        cells = self._changed([""] * len(self._header), values, wkb, self._file.last)
        self._file.add(Record(cells, ""))
        return values.get(self.key.name)

    def update(self, row: Row, values: dict[str, Any], wkb: bytes | None | Keep) -> None:
        """Changes the cells of a feature that are named."""
        record = row.handle
        padded = record.cells + [""] * (len(self._header) - len(record.cells))
        changed = self._changed(padded, values, wkb, record)
        if changed != padded:
            self._file.replace(record, changed)

    def delete(self, row: Row) -> None:
        """Removes a feature."""
        self._file.remove(row.handle)

    def index(self, record: Record) -> None:
        """Hears of a record that is there now."""
        key = self._value(record, self.key)
        self._by_key.setdefault(key, []).append(record)
        if _is_number(key):
            self._last_number = max(self._last_number, int(key))
        else:
            self._texts += 1

    def unindex(self, record: Record) -> None:
        """Hears of a record that goes, or changes."""
        key = self._value(record, self.key)
        self._texts -= not _is_number(key)
        others = [other for other in self._by_key[key] if other is not record]
        if others:
            self._by_key[key] = others
        else:
            del self._by_key[key]

    def row(self, record: Record) -> Row:
        """A record as a feature."""
        attributes = {name: self._value(record, column) for name, column in self.columns.items()}
        return Row(attributes, self._geometry(record), record)

    def _place_columns(self, source: Source, read: CsvSource) -> tuple[list[str], str]:
        if not source.is_spatial:
            return [], ""
        ordinates = [self._named(name) for name in read.ordinates]
        wkt = self._named(read.wkt)
        if len(ordinates) >= 2 and all(ordinates):
            return ordinates, ""
        if not wkt:
            raise TakesNoEdits(source.layer, "has places from columns that are not known here")
        return [], wkt

    def _named(self, names: str) -> str:
        """The column that a list of names, or a number, stands for."""
        if names.startswith("#"):
            place = int(names[1:]) - 1
            return self._header[place] if place < len(self._header) else ""
        wanted = [name.lower() for name in names.split(",")] + [names.lower()]
        return next((name for name in self._header if name.lower() in wanted), "")

    def _cell(self, record: Record, name: str) -> str:
        place = self._places[name]
        return record.cells[place] if place < len(record.cells) else ""

    def _value(self, record: Record, column: Column) -> Any:
        text = content(self._cell(record, column.name))
        if column.kind is Kind.TEXT:
            return text or None
        if not text.strip():
            return None
        try:
            return conversions.convert(text, column)
        except Refused:
            return text

    def _geometry(self, record: Record) -> bytes | None:
        if self._wkt:
            text = content(self._cell(record, self._wkt))
            geometry = QgsGeometry.fromWkt(text)
            return None if geometry.isNull() else bytes(geometry.asWkb())
        texts = [content(self._cell(record, name)).strip() for name in self._ordinates]
        try:
            numbers = [float(text) if text else None for text in texts]
        except ValueError:
            return None
        if not numbers or None in numbers[:2]:
            return None
        point = QgsPoint(*numbers[:2])
        for number, add in zip(numbers[2:], (point.addZValue, point.addMValue), strict=False):
            add(float("nan") if number is None else number)
        return bytes(QgsGeometry(point).asWkb())

    def _changed(
        self, cells: list[str], values: dict[str, Any], wkb: bytes | None | Keep, like: Record | None
    ) -> list[str]:
        changed = list(cells)
        texts = {name: self._text(self.columns[name], value) for name, value in values.items()}
        if wkb is not KEEP:
            texts |= self._place(wkb)
        for name, text in texts.items():
            place = self._places[name]
            if text != content(changed[place]):
                quoted = like is not None and is_quoted(self._cell(like, name))
                changed[place] = self._file.text.cell(text, quoted and text != "")
                self._check(name, changed[place])
        return changed

    def _check(self, name: str, cell: str) -> None:
        try:
            cell.encode(self._file.text.encoding)
        except UnicodeEncodeError as error:
            raise Refused(
                f"Field '{name}' is in {self._file.text.encoding}, which has no '{cell[error.start]}' to store."
            ) from None

    def _text(self, column: Column, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            pair = self._booleans(column.name)
            return pair[0] if value else pair[1]
        if isinstance(value, datetime):
            return conversions.format_datetime(value)
        if isinstance(value, date | time):
            return value.isoformat()
        if isinstance(value, float):
            return repr(value)
        return value if isinstance(value, str) else str(conversions.to_json(value))

    def _booleans(self, name: str) -> tuple[str, str]:
        """How this file writes true and false."""
        texts = (content(self._cell(record, name)) for record in self._file.records)
        return next((pair for text in texts for pair in _BOOLEANS if text in pair), _BOOLEANS[0])

    def _place(self, wkb: bytes | None) -> dict[str, str]:
        if self._wkt:
            return {self._wkt: "" if wkb is None else shapes.to_wkt(shapes.parse(wkb))}
        if not self._ordinates:
            return {}
        numbers: list[float | None] = [None] * len(self._ordinates)
        if wkb is not None:
            geometry = QgsGeometry()
            geometry.fromWkb(wkb)
            point = geometry.constGet()
            if QgsWkbTypes.flatType(geometry.wkbType()) != QgsWkbTypes.Type.Point:
                raise Refused("The file holds a place in columns for x and y; expected a point.")
            numbers = [point.x(), point.y(), point.z(), point.m()][: len(self._ordinates)]
        return {
            name: "" if number is None or number != number else _shortest(number)
            for name, number in zip(self._ordinates, numbers, strict=True)
        }


def _of_text(column: Column) -> Column:
    return replace(column, empty_is_null=column.kind is Kind.TEXT, max_length=0)


def _shortest(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def _is_number(key: Any) -> bool:
    return isinstance(key, int) or (isinstance(key, str) and key.isascii() and key.isdigit())


def _listed(names) -> str:
    return ", ".join(f"'{name}'" for name in names)
