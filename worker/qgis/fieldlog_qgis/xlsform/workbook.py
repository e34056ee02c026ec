"""Reads the sheets of a spreadsheet as texts, within limits; formulas count with the value that was saved."""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import InvalidXlsForm
from . import headers, xls, xlsx
from .problems import FormProblems

# Rows with content: a format, or white space, is none.
MAX_ROWS = {"survey": 5_000, "choices": 50_000, "external_choices": 50_000, "settings": 1, "entities": 1}
MAX_COLUMNS = 500
MAX_CHARACTERS = 32_767

# Of these only the first row means something.
_ONE_ROW = ("settings", "entities")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Row:
    """A row of a sheet: its number as people see it, and the cells that are not empty by their column."""

    number: int
    cells: dict[str, str]

    def get(self, column: str, default: str = "") -> str:
        """The text of a cell, or the default where it is empty."""
        return self.cells.get(column, default)


@dataclass(frozen=True)
class Sheet:
    """A sheet: the names of its columns and the rows with content."""

    columns: list[str]
    rows: list[Row]


def read(path: Path, problems: FormProblems) -> dict[str, Sheet]:
    """The sheets that make a form, by name."""
    reader = xlsx if path.suffix.lower() == ".xlsx" else xls
    sheets = {name: _sheet(name, rows, problems) for name, rows in reader.sheets(path, _choose, MAX_COLUMNS + 1)}
    if "survey" not in sheets:
        raise InvalidXlsForm("The form has no sheet 'survey', in which its questions are expected.")
    return sheets


def _choose(titles: list[str]) -> dict[str, str]:
    """The names of the sheets that are read, by their titles; a sheet that is alone is the survey."""
    chosen: dict[str, str] = {}
    # The exact name comes first: a copy called 'survey ' is no survey then.
    for spelled in (str.lower, lambda title: title.strip().lower()):
        for title in titles:
            if (name := spelled(title)) in MAX_ROWS and name not in chosen.values():
                chosen[title] = name
    return {titles[0]: "survey"} if len(titles) == 1 and not chosen else chosen


def _sheet(sheet: str, rows: Iterable[tuple[int, tuple]], problems: FormProblems) -> Sheet:
    columns: list[str] = []
    found: list[Row] = []
    for number, values in rows:
        texts = [_text(value, sheet, number) for value in values]
        if not columns:
            if any(texts):
                columns = _columns(sheet, number, texts, problems)
            continue
        cells: dict[str, str] = {}
        for column, text in zip(columns, texts, strict=False):
            if column and text:
                cells.setdefault(column, text)
        if not cells:
            continue
        if len(found) == MAX_ROWS[sheet]:
            if sheet in _ONE_ROW:
                break
            limit = f"more than {MAX_ROWS[sheet]} rows with content"
            raise InvalidXlsForm(f"Sheet '{sheet}' has {limit}, which is refused.")
        found.append(Row(number, cells))
    return Sheet(columns, found)


def _columns(sheet: str, number: int, texts: list[str], problems: FormProblems) -> list[str]:
    """The names of the columns; the first of two that mean the same counts."""
    if any(texts[MAX_COLUMNS:]):
        raise InvalidXlsForm(f"Sheet '{sheet}' has more than {MAX_COLUMNS} columns, which is refused.")
    if number > 1:
        problems.add("columns_late", "the names of the columns are here; expected in row 1.", number, sheet=sheet)
    columns, first = [], {}
    for text in texts:
        column = headers.column(" ".join(text.split()), sheet) if text else ""
        if column and column in first:
            problems.add("column_twice", f"the columns '{first[column]}' and '{text}' mean the same; the first counts.",
                         number, sheet=sheet)  # fmt: skip
            column = ""
        first.setdefault(column, text)
        columns.append(column)
    if any("::" in text for text in texts):
        for text, column in zip(texts, columns, strict=True):
            if column != text and headers.is_with_one_colon(text):
                problems.add("one_colon", f"the column '{text}' has one colon where others have two; it is read as "
                             f"'{column}'.", number, sheet=sheet)  # fmt: skip
    return columns


def _text(value, sheet: str, number: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    text = value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else str(value)
    if len(text) > MAX_CHARACTERS:
        raise InvalidXlsForm(
            f"Row {number} of sheet '{sheet}' has a cell of {len(text)} characters; at most {MAX_CHARACTERS} are read."
        )
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\N{NO-BREAK SPACE}", " ")).strip()
