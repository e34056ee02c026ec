"""Reads the sheets of a spreadsheet as texts, within limits; formulas count with the value that was saved."""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InvalidXlsForm
from . import xls, xlsx

MAX_ROWS = {"survey": 5_000, "choices": 50_000, "settings": 100}
MAX_COLUMNS = 200
MAX_CHARACTERS = 32_767

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Row:
    """A row of a sheet: its number as people see it, and the cells that are not empty by their column."""

    number: int
    cells: dict[str, str]

    def get(self, column: str, default: str = "") -> str:
        """The text of a cell, or the default where it is empty."""
        return self.cells.get(column, default)


def read(path: Path) -> dict[str, list[Row]]:
    """The rows of the sheets that make a form, by the sheet's name."""
    reader = xlsx if path.suffix.lower() == ".xlsx" else xls
    sheets = {}
    for name, rows in reader.sheets(path, MAX_ROWS, MAX_COLUMNS):
        if name in sheets:
            raise InvalidXlsForm(f"The form has two sheets '{name}'; expected one.")
        sheets[name] = list(_rows(name, rows))
    if "survey" not in sheets:
        raise InvalidXlsForm("The form has no sheet 'survey', in which its questions are expected.")
    return sheets


def _rows(sheet: str, rows: Iterable[tuple]) -> Iterator[Row]:
    header: list[str] = []
    for number, values in enumerate(rows, 1):
        if number > MAX_ROWS[sheet]:
            raise InvalidXlsForm(f"Sheet '{sheet}' has more than {MAX_ROWS[sheet]} rows, which is refused.")
        texts = [_text(value, sheet, number) for value in values]
        if len(texts) > MAX_COLUMNS and any(texts[MAX_COLUMNS:]):
            raise InvalidXlsForm(f"Sheet '{sheet}' has more than {MAX_COLUMNS} columns, which is refused.")
        if not any(texts):
            continue
        if not header:
            header = [_column(text) for text in texts]
            continue
        cells: dict[str, str] = {}
        for column, text in zip(header, texts, strict=False):
            # The first of two equal columns counts.
            if column and text:
                cells.setdefault(column, text)
        if cells:
            yield Row(number, cells)


def _column(header: str) -> str:
    """The name of a column; languages follow after `::`, which older forms write as a single colon."""
    name, colons, language = header.partition("::") if "::" in header else header.partition(":")
    name = name.strip().lower().replace(" ", "_")
    return f"{name}::{language.strip()}" if colons else name


def _text(value, sheet: str, number: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    text = value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else str(value)
    if len(text) > MAX_CHARACTERS:
        raise InvalidXlsForm(
            f"Row {number} of sheet '{sheet}' has a cell of {len(text)} characters; at most {MAX_CHARACTERS} are read."
        )
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()
