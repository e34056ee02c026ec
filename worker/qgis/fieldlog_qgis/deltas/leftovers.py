"""Keeps SQLite files whole: what stands in logs beside them counts, and files that are only read keep no traces."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from osgeo import gdal

from .. import sqlite_files

_BUSY_SECONDS = 10


def leave_journals_alone() -> None:
    """Files keep their kind of journal; otherwise QGIS takes each one out of WAL mode when it closes it."""
    # With any value QGIS keeps its hands off. The value itself counts for what QGIS writes, which is nothing here.
    gdal.SetConfigOption("OGR_SQLITE_JOURNAL", "DELETE")


class Leftovers:
    """The SQLite files in a folder: closed while a job works on them, and as they were if it writes nothing to them."""

    def __init__(self, files: Path):
        self._files = files
        self._as_given = Path(tempfile.mkdtemp(prefix="fieldlog-given-", dir=files.parent))
        self._closed = [database for database in _databases(files) if sqlite_files.has_journals(database)]
        for database in self._closed:
            given = self._given(database)
            given.parent.mkdir(parents=True, exist_ok=True)
            for file in _with_journals(database):
                file.rename(given.with_name(file.name))
            sqlite_files.copy(given, database)
        self._staged = {file for database in _databases(files) for file in _with_journals(database)}

    def remove(self, written: Iterable[Path]) -> None:
        """Makes files that were written complete in themselves, and puts the others back as they were."""
        written = set(written)
        for database in _databases(self._files):
            if database.resolve() in written:
                sqlite_files.merge_journals(database)
            for file in _with_journals(database):
                if file != database and (file not in self._staged or database.resolve() in written):
                    _take_in(database, file)
        for database in self._closed:
            if database.resolve() not in written:
                given = self._given(database)
                for file in _with_journals(given):
                    file.replace(database.with_name(file.name))
        shutil.rmtree(self._as_given)

    def _given(self, database: Path) -> Path:
        return self._as_given / database.relative_to(self._files)


def _databases(files: Path) -> set[Path]:
    """The files with something beside them that SQLite calls a journal; links are not followed."""
    found = set()
    for file in files.rglob("*"):
        for ending in sqlite_files.JOURNALS:
            database = file.with_name(file.name.removesuffix(ending) or file.name)
            if file.name.endswith(ending) and _is_plain_file(file) and _is_plain_file(database):
                found.add(database)
    return found


def _with_journals(database: Path) -> list[Path]:
    beside = [Path(f"{database}{ending}") for ending in sqlite_files.JOURNALS]
    return [database, *(file for file in beside if _is_plain_file(file))]


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _take_in(database: Path, journal: Path) -> None:
    connection = sqlite3.connect(database, timeout=_BUSY_SECONDS)
    try:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    if not busy:
        journal.unlink(missing_ok=True)
