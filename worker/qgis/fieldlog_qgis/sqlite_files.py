"""SQLite databases as files: which of them change when they are read, and how to bring them into one file."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from . import journals
from .log import logger

LOG, _INDEX, _JOURNAL = "-wal", "-shm", "-journal"
JOURNALS = (LOG, _INDEX, _JOURNAL)

_MAGIC = b"SQLite format 3\0"
# The bytes 18 and 19 of the header hold the version needed to write and to read: 2 means write-ahead logging.
_WAL = 2


def needs_writing(path: Path) -> bool:
    """Whether SQLite writes beside or into this file even when it is only read."""
    with open(path, "rb") as file:
        header = file.read(20)
    if len(header) < 20 or not header.startswith(_MAGIC):
        return False
    return header[19] == _WAL or has_journals(path)


def has_journals(path: Path) -> bool:
    """Whether anything stands in a log beside this file."""
    return any(_has_content(_beside(path, journal)) for journal in JOURNALS)


def copy(source: Path, target: Path) -> list[str]:
    """Copies a database with what stands in its journals, as one file; returns why any of that was left out."""
    shutil.copyfile(source, target)
    # The shared memory is made anew from the log.
    for journal in (LOG, _JOURNAL):
        if _has_content(_beside(source, journal)):
            shutil.copyfile(_beside(source, journal), _beside(target, journal))
    return close(target)


def close(path: Path) -> list[str]:
    """Takes what stands in the journals of a database into it, as far as it was written for it, and removes them.

    A database that is whole without its journals and damaged with them stays as it is without.
    Returns why any was left out.
    """
    left_out = []
    for journal, misfits in ((LOG, journals.why_log_misfits), (_JOURNAL, journals.why_journal_misfits)):
        file = _beside(path, journal)
        if _has_content(file) and (why := misfits(path, file)):
            left_out.append(why)
            file.unlink()
    if has_journals(path):
        left_out.extend(_merge_if_whole(path))
    else:
        merge_journals(path)
    for journal in JOURNALS:
        _beside(path, journal).unlink(missing_ok=True)
    for why in left_out:
        logger.warning("What stands in the log beside database '%s' is left out: %s", path.name, why)
    return left_out


def merge_journals(path: Path) -> None:
    """Brings a database and its journals into one file, unless it is damaged."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        logger.warning("Database '%s' cannot be brought into one file: %s", path.name, error)


def _merge_if_whole(path: Path) -> list[str]:
    alone = path.with_name(f".{path.name}.alone")
    shutil.copyfile(path, alone)
    try:
        merge_journals(path)
        if (why := _damage(path)) and not _damage(alone):
            shutil.copyfile(alone, path)
            return [f"with it the database is damaged ({why})"]
        return []
    finally:
        alone.unlink()


def _damage(path: Path) -> str | None:
    """What SQLite finds wrong with a database."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            [(found,), *_] = database.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else found


def _beside(path: Path, journal: str) -> Path:
    return Path(f"{path}{journal}")


def _has_content(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size > 0
