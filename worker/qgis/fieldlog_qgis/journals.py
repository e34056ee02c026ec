"""Whether what lies beside an SQLite database was written for it: programs upload the files one by one.

See https://sqlite.org/fileformat.html and https://sqlite.org/walformat.html. A log that was made for another
state of the database can be applied without an error all the same, and damages it, so SQLite cannot be asked.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"SQLite format 3\0"
_WAL_MAGICS = (0x377F0682, 0x377F0683)
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
_SMALLEST_PAGE, _LARGEST_PAGE = 512, 65536
# What stands for the number of records in a part of a journal whose end was not reached.
_TO_THE_END = (0, 0xFFFFFFFF)
_COUNTER = slice(24, 28)


@dataclass(frozen=True)
class _Database:
    """What the header says; `counter` grows with each transaction that changes the first page."""

    page_size: int
    is_logged: bool
    counter: int
    pages: int


def why_log_misfits(database: Path, log: Path) -> str | None:
    """Why a write-ahead log was made for another state of the database; None when nothing speaks against it."""
    header = _read(database)
    if header is None:
        return None
    if not header.is_logged:
        return "the database is written without such a log since"
    content = _Log.read(log)
    if content is None or not content.size:
        return None
    if content.page_size != header.page_size:
        return f"its pages have {content.page_size} bytes and those of the database {header.page_size}"
    if content.counter is not None and content.counter < header.counter:
        return "the database was changed after it"
    missing = next((page for page in range(header.pages + 1, content.size + 1) if page not in content.pages), None)
    return None if missing is None else f"page {missing} is neither in it nor in the database"


def why_journal_misfits(database: Path, journal: Path) -> str | None:
    """Why a rollback journal was made for another state of the database; None when nothing speaks against it."""
    header = _read(database)
    if header is None:
        return None
    for page_size, page, content in _journaled(journal):
        if page_size != header.page_size:
            return f"its pages have {page_size} bytes and those of the database {header.page_size}"
        if page == 1:
            # The transaction that it takes back counts up by one when it comes to its end.
            before = int.from_bytes(content[_COUNTER], "big")
            return None if header.counter in (before, before + 1) else "the database was changed after it"
    return None


def _journaled(journal: Path) -> Iterator[tuple[int, int, bytes]]:
    """The pages as they were before, each with the size of pages and its number; also those that do not count yet."""
    end = journal.stat().st_size
    with open(journal, "rb") as file:
        start = 0
        while len(head := _at(file, start, 28)) == 28 and head.startswith(_JOURNAL_MAGIC):
            records, _nonce, _pages, sector, page_size = struct.unpack(">5I", head[8:])
            size = 4 + page_size + 4
            rest = max(end - start - sector, 0) // size
            if not _SMALLEST_PAGE <= page_size <= _LARGEST_PAGE or not sector:
                return
            rest = max(end - start - sector, 0) // size
            records = rest if records in _TO_THE_END else min(records, rest)
            for number in range(records):
                record = _at(file, start + sector + number * size, size)
                yield page_size, int.from_bytes(record[:4], "big"), record[4:-4]
            start = -(-(start + sector + records * size) // sector) * sector


def _at(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


@dataclass(frozen=True)
class _Log:
    """The committed part of a write-ahead log: the pages in it, and the size of the database in pages after it."""

    page_size: int
    pages: frozenset[int]
    size: int
    counter: int | None

    @classmethod
    def read(cls, path: Path) -> "_Log | None":
        with open(path, "rb") as file:
            head = file.read(32)
            if len(head) < 32:
                return None
            magic, _version, page_size, _sequence, *salts = struct.unpack(">6I", head[:24])
            if magic not in _WAL_MAGICS:
                return None
            page_size = page_size or _LARGEST_PAGE
            pages, waiting, size, counter, next_counter = set(), set(), 0, None, None
            while len(frame := file.read(24)) == 24:
                page, committed, *frame_salts = struct.unpack(">4I", frame[:16])
                content = file.read(page_size)
                if frame_salts != salts or len(content) < page_size:
                    break
                waiting.add(page)
                if page == 1:
                    next_counter = int.from_bytes(content[_COUNTER], "big")
                if committed:
                    pages |= waiting
                    size, counter = committed, next_counter
                    waiting.clear()
        return cls(page_size, frozenset(pages), size, counter)


def _read(path: Path) -> _Database | None:
    with open(path, "rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(_MAGIC):
        return None
    page_size = int.from_bytes(header[16:18], "big")
    page_size = _LARGEST_PAGE if page_size == 1 else page_size
    counter = int.from_bytes(header[_COUNTER], "big")
    return _Database(page_size, header[19] == 2, counter, path.stat().st_size // max(page_size, 1))
