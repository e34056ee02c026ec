"""SQLite files: what GeoPackage and SpatiaLite have in common.

A job's directory is thrown away when the job is killed, so nothing needs to survive a power cut, and
every delta can be a transaction of its own. That also holds against triggers that roll back more than
their own statement.
"""

import json
import re
import sqlite3
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...errors import UnableToContinue
from .. import values
from ..columns import Column, Kind
from ..delta import Method
from ..refusal import Refused, SaidNo, SourceRefused, TakesNoEdits
from .sql import SqlTable, quoted
from .sqlite_view import View
from .store import KEEP, Keep, Row, Source, Store

# Only this one, from where Debian puts it: triggers in the files use its functions.
_EXTENSION = "mod_spatialite"
_BUSY_SECONDS = 10
_WRITING = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\b", re.I)
# Those that keep indexes, counts and the registry of geometries up to date.
_OF_THE_FORMAT = re.compile("rtree_|trigger_insert_feature_count_|trigger_delete_feature_count_|g[gi][iud]_|tm[iud]_")
_BITS = {"TINYINT": 8, "SMALLINT": 16, "MEDIUMINT": 32}


class SqliteTable(SqlTable):
    """A table in an SQLite file, or a view that has triggers to write it."""

    def __init__(self, connection: sqlite3.Connection, source: Source, geometry: str | None):
        self.view = View(connection, source) if _kind(connection, source) == "view" else None
        declared = _declared(connection, source)
        columns = tuple(
            _limited(column, declared[column.name][0]) for column in source.columns if column.name in declared
        )
        if source.key not in declared:
            raise SourceRefused(f"Layer '{source.layer}' has the key '{source.key}', which its table does not have.")
        self._connection = connection
        self._makes_keys = _is_rowid(declared, source.key)
        self._has_triggers = _has_own_triggers(connection, source.table)
        self.source = source
        self.changed = self._changing = False
        super().__init__(source, columns, quoted(source.table), geometry)

    @property
    def makes_keys(self) -> bool:
        """SQLite numbers rows where the key is a whole number; what a view does is up to its triggers."""
        return self._makes_keys or self.view is not None

    @property
    def methods(self) -> frozenset[Method]:
        """Everything, or what a view has triggers for."""
        return super().methods if self.view is None else self.view.methods

    @property
    def has_triggers(self) -> bool:
        """Whether there are triggers that neither GeoPackage nor SpatiaLite has made; a view has nothing else."""
        return self._has_triggers or self.view is not None

    @contextmanager
    def untriggered(self) -> Iterator[bool]:
        """SQLite can switch them off, but a view cannot be written without them."""
        if self.view is not None:
            yield False
            return
        self._connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
        try:
            yield True
        finally:
            self._connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, True)

    def keep(self) -> None:
        """Hears that what was written counts."""
        self.changed = self.changed or self._changing
        self.forget()

    def forget(self) -> None:
        """Hears that what was written does not count."""
        self._changing = False

    def insert(self, values: dict[str, Any], wkb: bytes | None) -> Any:
        """Adds a feature."""
        self._changing = True
        if self.view is None:
            return super().insert(values, wkb)
        made = self.view.key_of_new(lambda: super(SqliteTable, self).insert(values, wkb), self.key)
        return self.decode(made, self.key)

    def update(self, row: Row, values: dict[str, Any], wkb: bytes | None | Keep) -> None:
        """Changes a feature."""
        if self.view is not None:
            self.view.require(Method.PATCH)
        self._changing = self._changing or bool(values) or wkb is not KEEP
        super().update(row, values, wkb)

    def delete(self, row: Row) -> None:
        """Removes a feature."""
        if self.view is not None:
            self.view.require(Method.DELETE)
        self._changing = True
        super().delete(row)

    def execute(self, statement: str, parameters: tuple) -> list[tuple]:
        """Runs a statement and returns its rows."""
        return self._connection.execute(statement, parameters).fetchall()

    def encode(self, value: Any, column: Column) -> Any:
        """The way in which GDAL and QGIS store such a value."""
        if column.kind is Kind.JSON and value is not None:
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, datetime):
            return values.format_datetime(value)
        if isinstance(value, time):
            return values.format_time(value)
        if isinstance(value, date):
            return value.isoformat()
        return value

    def decode(self, value: Any, column: Column) -> Any:
        """What is stored, in the type of the column where it can be: SQLite lets anything be stored anywhere."""
        try:
            return _DECODERS[column.kind](value)
        except (KeyError, ValueError, TypeError, RecursionError):
            return value


def _to_bool(value: Any) -> bool:
    # `DEFAULT 'False'` stores a text. To GDAL all texts without a number are false, so 'True' is neither.
    return {0: False, 1: True, "false": False}[value.lower() if isinstance(value, str) else value]


def _to_real(value: Any) -> Any:
    return float(value) if isinstance(value, int) and int(float(value)) == value else value


_DECODERS = {
    Kind.BOOLEAN: _to_bool,
    Kind.REAL: _to_real,
    Kind.DATE: date.fromisoformat,
    Kind.TIME: time.fromisoformat,
    Kind.DATETIME: values.parse_datetime,
    Kind.JSON: json.loads,
}


class SqliteStore(Store):
    """An open SQLite file."""

    def __init__(self, path: Path, looking: bool = False):
        self.path = path
        try:
            self.connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode={'ro' if looking else 'rw'}",
                uri=True,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                cached_statements=512,
            )
            self._prepare()
        except sqlite3.Error as error:
            raise SourceRefused(
                f"The file '{path.name}' cannot be opened for writing: {error}.", [str(error)]
            ) from error
        self._tables: list[SqliteTable] = []
        # What statements through views write, triggers and all.
        self.written_by_views: set[str] = set()

    def table(self, source: Source) -> SqliteTable:
        """The table of a layer."""
        found = self.connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')",
            (source.table,),
        ).fetchone()
        if found is None:
            raise SourceRefused(f"Layer '{source.layer}': there is no table '{source.table}' in '{self.path.name}'.")
        if _VIRTUAL.match(found[1] or ""):
            raise TakesNoEdits(source.layer, f"shows '{source.table}' in '{self.path.name}', which is a virtual table")
        table = self.open_table(replace(source, table=found[0]))
        if table.view is not None:
            self.connection.set_authorizer(self._note_written)
        self._tables.append(table)
        return table

    @abstractmethod
    def open_table(self, source: Source) -> SqliteTable:
        """The table of a layer, in the format of the file."""

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One transaction."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
            for table in self._tables:
                table.keep()
        except sqlite3.Error as error:
            self._roll_back()
            kind = SourceRefused if "readonly" in str(error) else SaidNo
            raise kind(f"The data source '{self.path.name}' refused it: {error}.", [str(error)]) from error
        except BaseException:
            self._roll_back()
            raise

    def finish(self) -> None:
        """Brings the tables' descriptions up to date and closes the file."""
        try:
            changed = [table for table in self._tables if table.changed]
            self.is_changed = bool(changed)
            if changed:
                with self.attempt():
                    for table in changed:
                        self.settle(table)
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (Refused, sqlite3.Error) as error:
            raise UnableToContinue(f"The file '{self.path.name}' cannot be brought up to date: {error}.") from error
        finally:
            self.connection.close()

    def abandon(self) -> None:
        """Closes the file."""
        self.connection.close()

    def settle(self, table: SqliteTable) -> None:
        """Brings what the file says about a table up to date."""

    def _note_written(self, action: int, table: str | None, *_: str | None) -> int:
        if action in _WRITING and table is not None:
            self.written_by_views.add(table)
        return sqlite3.SQLITE_OK

    def _roll_back(self) -> None:
        for table in self._tables:
            table.forget()
        # A trigger may have rolled back already.
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def _prepare(self) -> None:
        connection = self.connection
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        connection.enable_load_extension(True)
        connection.load_extension(_EXTENSION)
        connection.enable_load_extension(False)
        connection.execute("PRAGMA synchronous = OFF")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = MEMORY")


def _kind(connection: sqlite3.Connection, source: Source) -> str:
    return connection.execute("SELECT type FROM sqlite_master WHERE name = ?", (source.table,)).fetchone()[0]


def _declared(connection: sqlite3.Connection, source: Source) -> dict[str, tuple[str, int]]:
    """The columns of a table that can be written: their declared types, and their place in the primary key."""
    rows = connection.execute(f"PRAGMA table_xinfo({quoted(source.table)})").fetchall()
    # The last is 2 or 3 for a generated column.
    return {name: (type.upper(), key) for _, name, type, _, _, key, hidden in rows if hidden == 0}


def _is_rowid(declared: dict[str, tuple[str, int]], key: str) -> bool:
    keys = [name for name, (_, place) in declared.items() if place]
    return keys == [key] and declared[key][0] == "INTEGER"


def _has_own_triggers(connection: sqlite3.Connection, table: str) -> bool:
    names = connection.execute(
        "SELECT lower(name) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE", (table,)
    )
    return any(not _OF_THE_FORMAT.match(name) for (name,) in names)


def _limited(column: Column, declared: str) -> Column:
    return replace(column, bits=min(column.bits, _BITS.get(re.split(r"\W", declared)[0], 64)))
