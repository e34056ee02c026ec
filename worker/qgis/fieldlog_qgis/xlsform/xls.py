"""Reads `.xls`, the format before 2007, with xlrd."""

import io
from collections.abc import Iterator
from pathlib import Path

from ..errors import InvalidXlsForm
from ..log import logger

MAX_FILE_BYTES = 16 * 2**20

_EMPTY, _TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR, _BLANK = range(7)
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sheets(path: Path, max_rows: dict[str, int], max_columns: int) -> Iterator[tuple[str, list[tuple]]]:
    """The sheets with a name that is asked for, each with its rows; one row more than allowed is read."""
    import xlrd

    if path.stat().st_size > MAX_FILE_BYTES:
        raise InvalidXlsForm(
            f"The form '{path.name}' has {path.stat().st_size} bytes; at most {MAX_FILE_BYTES} are read."
        )
    content = path.read_bytes()
    if not content.startswith(_MAGIC):
        raise InvalidXlsForm(f"The form '{path.name}' is not in the format .xls; if it is newer, name it .xlsx.")
    try:
        # Without a file of its own: xlrd says on stdout what it wonders about.
        with xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), on_demand=True, ragged_rows=True) as book:
            for title in book.sheet_names():
                name = title.strip().lower()
                if name in max_rows:
                    sheet = book.sheet_by_name(title)
                    count = min(sheet.nrows, max_rows[name] + 1)
                    yield name, [_row(sheet, index, max_columns + 1, book.datemode) for index in range(count)]
    except InvalidXlsForm:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged file can raise anything in a library
        logger.info("xlrd: %s", error, exc_info=error)
        raise InvalidXlsForm(f"The form '{path.name}' cannot be read as .xls: {error}.") from error


def _row(sheet, index: int, max_columns: int, date_mode: int) -> tuple:
    return tuple(_value(cell, date_mode) for cell in sheet.row(index)[:max_columns])


def _value(cell, date_mode: int):
    import xlrd

    if cell.ctype == _DATE:
        return xlrd.xldate_as_datetime(cell.value, date_mode)
    if cell.ctype == _BOOLEAN:
        return bool(cell.value)
    return cell.value if cell.ctype in (_TEXT, _NUMBER) else None
