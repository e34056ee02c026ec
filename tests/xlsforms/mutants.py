"""Forms made of a form: a column less, a cell emptied, a type of another row."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import xlrd

# More than the forms have that people wrote by hand.
MAX_ROWS = 300

Sheets = dict[str, list[list]]


def read(path: Path) -> Sheets:
    """The first cells of a form, up to the last that is not empty."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, data_only=True)
        return {
            sheet.title: _trimmed([list(row) for row in sheet.iter_rows(max_row=MAX_ROWS, values_only=True)])
            for sheet in book
        }
    book = xlrd.open_workbook(path)
    return {
        sheet.name: _trimmed([sheet.row_values(row) for row in range(min(sheet.nrows, MAX_ROWS))])
        for sheet in book.sheets()
    }


def write(sheets: Sheets, path: Path) -> None:
    """Writes a form of such cells."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)


def of(sheets: Sheets) -> Iterator[tuple[str, Sheets]]:
    """Each mutant with its name, one change at a time."""
    for title, rows in sheets.items():
        for column in range(len(rows[0]) if rows else 0):
            yield f"{title} without {rows[0][column]!r}", sheets | {title: [_without(row, column) for row in rows]}
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    yield f"{title} {number + 1}/{column + 1} empty", _with(sheets, title, number, column, None)
    yield from _swapped(sheets)


def _swapped(sheets: Sheets) -> Iterator[tuple[str, Sheets]]:
    title = next((title for title in sheets if title.strip().lower() == "survey"), None)
    rows = sheets.get(title) or [[]]
    at = next((at for at, cell in enumerate(rows[0]) if str(cell).lower() in ("type", "command")), None)
    if at is None:
        return
    types = list(dict.fromkeys(row[at] for row in rows[1:] if len(row) > at and row[at]))
    for number, row in enumerate(rows[1:], 1):
        other = types[(number + 3) % len(types)] if types else None
        if len(row) > at and row[at] != other:
            yield f"{title} {number + 1} is '{other}'", _with(sheets, title, number, at, other)


def _with(sheets: Sheets, title: str, number: int, column: int, cell) -> Sheets:
    rows = [list(row) for row in sheets[title]]
    rows[number][column] = cell
    return sheets | {title: rows}


def _without(row: list, column: int) -> list:
    return row[:column] + row[column + 1 :]


def _trimmed(rows: list[list]) -> list[list]:
    rows = [[None if isinstance(cell, str) and not cell.strip() else cell for cell in row] for row in rows]
    height = max((at + 1 for at, row in enumerate(rows) if any(cell is not None for cell in row)), default=0)
    width = max((at + 1 for row in rows for at, cell in enumerate(row) if cell is not None), default=0)
    return [row[:width] for row in rows[:height]]
