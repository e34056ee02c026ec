"""Reads `.xls`, the format before 2007, with xlrd."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InvalidXlsForm
from ..log import logger

MAX_FILE_BYTES = 16 * 2**20

_EMPTY, _TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR, _BLANK = range(7)
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sheets(
    path: Path, choose: Callable[[list[str]], dict[str, str]], max_columns: int
) -> Iterator[tuple[str, Iterator[tuple[int, tuple]]]]:
    """The chosen sheets, each with its rows that are not empty and their numbers."""
    import xlrd

    if path.stat().st_size > MAX_FILE_BYTES:
        raise InvalidXlsForm(
            f"The form '{path.name}' has {path.stat().st_size} bytes; at most {MAX_FILE_BYTES} are read."
        )
    content = path.read_bytes()
    if not content.startswith(_MAGIC):
        raise InvalidXlsForm(f"The form '{path.name}' is not in the format .xls; if it is newer, name it .xlsx.")
    # Without a file of its own: xlrd says on stdout what it wonders about.
    with (
        _said(path),
        xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), on_demand=True, ragged_rows=True) as book,
    ):
        for title, name in choose(book.sheet_names()).items():
            yield name, _rows(path, book.sheet_by_name(title), max_columns, book.datemode)


def _rows(path: Path, sheet, max_columns: int, date_mode: int) -> Iterator[tuple[int, tuple]]:
    with _said(path):
        for index in range(sheet.nrows):
            row = tuple(_value(cell, date_mode) for cell in sheet.row(index)[:max_columns])
            if row.count(None) < len(row):
                yield index + 1, row


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Says what is wrong with a file in our own words."""
    try:
        yield
    except InvalidXlsForm:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged file can raise anything in a library
        logger.info("xlrd: %s", error, exc_info=error)
        raise InvalidXlsForm(f"The form '{path.name}' cannot be read as .xls: {error}.") from error


def _value(cell, date_mode: int):
    import xlrd

    if cell.ctype == _DATE:
        try:
            return xlrd.xldate_as_datetime(cell.value, date_mode)
        except (xlrd.xldate.XLDateError, ValueError, OverflowError):
            return cell.value
    if cell.ctype == _BOOLEAN:
        return bool(cell.value)
    return cell.value if cell.ctype in (_TEXT, _NUMBER) else None
