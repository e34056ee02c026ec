"""Tables of a GeoPackage, read with SQLite alone, as a device or an auditor would."""

import contextlib
import sqlite3
import struct
from pathlib import Path

# Bytes of the box before a geometry, by its kind in the flags of the blob's header.
BOXES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
# Little-endian WKB of a point begins so.
POINT = b"\x01\x01\x00\x00\x00"


def rows(file: Path, table: str) -> list[dict]:
    """Every row in the order of its key; a point as WKT, other geometries as they are stored."""
    geometry = geometry_column(file, table)
    with contextlib.closing(_opened(file)) as database:
        found = [dict(row) for row in database.execute(f'SELECT * FROM "{table}" ORDER BY rowid')]
    return [{**row, geometry: _wkt(row[geometry])} for row in found]


def key_column(file: Path, table: str) -> str:
    with contextlib.closing(_opened(file)) as database:
        (name,) = database.execute("SELECT name FROM pragma_table_info(?) WHERE pk = 1", [table]).fetchone()
    return name


def geometry_column(file: Path, table: str) -> str:
    with contextlib.closing(_opened(file)) as database:
        (name,) = database.execute("SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", [table]).fetchone()
    return name


def is_sound(file: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file."""
    with contextlib.closing(_opened(file)) as database:
        return database.execute("PRAGMA integrity_check").fetchall()[0][0] == "ok"


def damaged(file: Path, table: str) -> bytes:
    """The file's bytes with the first page of a table's rows spoilt, as a bad disk does it."""
    with contextlib.closing(_opened(file)) as database:
        (page_size,) = database.execute("PRAGMA page_size").fetchone()
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
    content = bytearray(file.read_bytes())
    start = (page - 1) * page_size
    content[start : start + page_size] = b"\xff" * page_size
    return bytes(content)


def changed(file: Path, statement: str, *values) -> bytes:
    """The file's bytes after a statement in SQL, which is carried out in the file."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        # Triggers call functions that only GDAL has.
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute(statement, values)
        database.commit()
    return file.read_bytes()


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database


def _wkt(blob: bytes | None):
    """A point as devices write it; everything else unchanged."""
    if blob is None:
        return None
    wkb = blob[8 + BOXES[blob[3] >> 1 & 0b111] :]
    if not wkb.startswith(POINT):
        return blob
    return "Point ({!r} {!r})".format(*struct.unpack_from("<dd", wkb, len(POINT)))
