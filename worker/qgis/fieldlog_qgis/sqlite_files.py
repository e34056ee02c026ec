"""SQLite databases as files: which of them change when they are read, and how to copy them whole."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from .log import logger

JOURNALS = ("-wal", "-shm", "-journal")

_MAGIC = b"SQLite format 3\0"
# The bytes 18 and 19 of the header hold the version needed to write and to read: 2 means write-ahead logging.
_WAL = 2


def needs_writing(path: Path) -> bool:
    """Whether SQLite writes beside or into this file even when it is only read."""
    with open(path, "rb") as file:
        header = file.read(20)
    if len(header) < 20 or not header.startswith(_MAGIC):
        return False
    return header[19] == _WAL or any(_has_content(Path(f"{path}{journal}")) for journal in JOURNALS)


def copy(source: Path, target: Path) -> set[str]:
    """Copies a database with what stands in its journals, as one file; returns the names of the journals."""
    journals = {journal: Path(f"{source}{journal}") for journal in JOURNALS}
    shutil.copyfile(source, target)
    # The shared memory is made anew from the log.
    for journal in ("-wal", "-journal"):
        if _has_content(journals[journal]):
            shutil.copyfile(journals[journal], f"{target}{journal}")
    merge_journals(target)
    return {path.name for path in journals.values()}


def merge_journals(path: Path) -> None:
    """Brings a database and its journals into one file, unless it is damaged."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        logger.warning("Database '%s' cannot be brought into one file: %s", path.name, error)


def _has_content(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size > 0
