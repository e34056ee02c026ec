"""Keeps QGIS from leaving its traces in SQLite files that it only reads, and beside them."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from osgeo import gdal

_SUFFIXES = ("-wal", "-shm")
_BUSY_SECONDS = 10


def leave_journals_alone() -> None:
    """Files keep their kind of journal; otherwise QGIS takes each one out of WAL mode when it closes it."""
    # With any value QGIS keeps its hands off. The value itself counts for what QGIS writes, which is nothing here.
    gdal.SetConfigOption("OGR_SQLITE_JOURNAL", "DELETE")


def find(files: Path) -> set[Path]:
    """The write-ahead logs and their indices beside the SQLite files in a folder; links are not followed."""
    found = (file for file in files.rglob("*") if file.name.endswith(_SUFFIXES))
    return {file for file in found if not file.is_symlink() and _is_plain_file(_database(file))}


def remove(files: Path, staged: set[Path], written: Iterable[Path]) -> None:
    """Takes the logs that were not staged, and those of the files that were written, into their databases."""
    written = set(written)
    for file in find(files):
        database = _database(file)
        if file in staged and database.resolve() not in written:
            continue
        connection = sqlite3.connect(database, timeout=_BUSY_SECONDS)
        try:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        if not busy:
            file.unlink(missing_ok=True)


def _database(file: Path) -> Path:
    return file.with_name(file.name[: -len(_SUFFIXES[0])])


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
