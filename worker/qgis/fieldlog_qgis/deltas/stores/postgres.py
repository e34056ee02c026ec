"""Tables in PostgreSQL, with the connection that the project gives.

All deltas of a job are one transaction with a savepoint each: a job that is killed has changed nothing in the
database. The database itself converts values to the types of its columns, or refuses them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg2
from psycopg2 import extras
from qgis.core import QgsDataSourceUri

from ...pg_service import effective_role
from .. import values
from ..columns import Column, Kind, Precision
from ..refusal import Refused, SourceRefused
from .sql import SqlTable, quoted
from .store import Source, Store

_LOCK_SECONDS = 10
_COLUMNS = """
    SELECT a.attname, t.typname, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '' OR a.attidentity = 'a',
           a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval(%%'
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""


class PostgresTable(SqlTable):
    """A table, or a view that can be written."""

    mark = "%s"

    def __init__(self, cursor, source: Source, uri: QgsDataSourceUri):
        table = quoted(uri.table())
        if uri.schema():
            table = f"{quoted(uri.schema())}.{table}"
        cursor.execute(_COLUMNS, (table,))
        self._declared = {name: rest for name, *rest in cursor.fetchall()}
        if source.key not in self._declared:
            raise SourceRefused(f"Layer '{source.layer}' has the key '{source.key}', which its table does not have.")
        # What the database always makes itself cannot be written, except that a key is needed.
        columns = tuple(
            _precise(column, self._declared[column.name][0])
            for column in source.columns
            if column.name in self._declared and (not self._declared[column.name][2] or column.name == source.key)
        )
        self._cursor = cursor
        geometry = uri.geometryColumn() or None
        self._srid = _srid(cursor, table, geometry, uri) if geometry and source.is_spatial else 0
        self._is_geography = geometry in self._declared and self._declared[geometry][0] == "geography"
        super().__init__(source, columns, table.replace("%", "%%"), geometry)

    @property
    def makes_keys(self) -> bool:
        """Whether the key comes from a sequence."""
        return self._declared[self.key.name][3]

    def execute(self, statement: str, parameters: tuple) -> list[tuple]:
        """Runs a statement and returns its rows."""
        self._cursor.execute(statement, parameters)
        return self._cursor.fetchall() if self._cursor.description else []

    def encode(self, value: Any, column: Column) -> Any:
        """A parameter whose type the database derives from the column."""
        if column.kind is Kind.JSON and self._declared[column.name][0] in ("json", "jsonb"):
            return None if value is None else extras.Json(value, dumps=values.dump_json)
        return psycopg2.Binary(value) if isinstance(value, bytes) else value

    def decode(self, value: Any, column: Column) -> Any:
        """What is stored, as a plain Python value."""
        if isinstance(value, memoryview):
            return bytes(value)
        if isinstance(value, Decimal):
            return float(value) if column.kind is Kind.REAL else str(value)
        if isinstance(value, timedelta):
            return str(value)
        return float(value) if column.kind is Kind.REAL and isinstance(value, int) else value

    def stored_form(self, column: Column, value: Any) -> Any:
        """The value as PostgreSQL writes it, for types such as uuid or char(n) whose texts have one fixed form."""
        type, formatted = self._declared[column.name][:2]
        if value is None or column.kind is not Kind.TEXT or type in ("text", "varchar"):
            return value
        return self.execute(f"SELECT (%s::{formatted.replace('%', '%%')})::text", (value,))[0][0]

    def selected(self, column: Column) -> str:
        """The expression that reads a column: as text whatever is text to QGIS."""
        name = self._name(column.name)
        is_text = column.kind is Kind.TEXT and self._declared[column.name][0] not in ("text", "varchar")
        return f"{name}::text" if is_text else name

    def geometry_in(self) -> str:
        return f"ST_GeomFromWKB(%s, {self._srid})" + ("::geography" if self._is_geography else "")

    def geometry_out(self, column: str) -> str:
        return f"ST_AsBinary({column})"

    def encode_geometry(self, wkb: bytes) -> Any:
        return psycopg2.Binary(wkb)

    def decode_geometry(self, value: Any) -> bytes:
        return bytes(value)

    def _name(self, name: str) -> str:
        return quoted(name).replace("%", "%%")


class PostgresStore(Store):
    """A connection to a database."""

    keeps_until_finished = True

    def __init__(self, uri: QgsDataSourceUri):
        try:
            self._connection = psycopg2.connect(uri.connectionInfo(True))
            self._connection.set_client_encoding("UTF8")
            self._cursor = self._connection.cursor()
            role = effective_role(os.environ) or uri.param("session_role")
            if role:
                self._cursor.execute(f"SET ROLE {quoted(role)}")
            # Somebody who edits the same feature right now must not hold up the job.
            self._cursor.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
            # A constraint that waits for the end would tell too late whose delta broke it.
            self._cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except psycopg2.Error as error:
            raise SourceRefused(
                f"The database cannot be opened for writing: {_words(error)}.", [_words(error)]
            ) from error

    def table(self, source: Source) -> PostgresTable:
        """The table of a layer."""
        uri = QgsDataSourceUri(source.uri)
        if uri.table().startswith("("):
            raise SourceRefused(f"Layer '{source.layer}' shows a query; expected a table.")
        with self.attempt():
            return PostgresTable(self._cursor, source, uri)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One savepoint."""
        try:
            self._cursor.execute("SAVEPOINT delta")
            yield
            self._cursor.execute("RELEASE SAVEPOINT delta")
        except psycopg2.Error as error:
            self._roll_back()
            raise Refused(f"The database refused it: {_words(error)}.", [_words(error)]) from error
        except BaseException:
            self._roll_back()
            raise

    def publish(self) -> None:
        """Commits, for QGIS has a connection of its own and evaluates defaults with it."""
        self._connection.commit()
        self._cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def finish(self) -> None:
        """Commits everything."""
        try:
            self._connection.commit()
        except psycopg2.Error as error:
            raise Refused(f"The database refused to commit: {_words(error)}.", [_words(error)]) from error
        finally:
            self._connection.close()

    def _roll_back(self) -> None:
        if not self._connection.closed:
            self._cursor.execute("ROLLBACK TO SAVEPOINT delta")


def _precise(column: Column, type: str) -> Column:
    precision = Precision.SINGLE if type == "float4" else Precision.DOUBLE
    return replace(column, precision=precision, second_digits=6)


def _srid(cursor, table: str, geometry: str, uri: QgsDataSourceUri) -> int:
    if uri.srid():
        return int(uri.srid())
    cursor.execute(
        f"SELECT ST_SRID({quoted(geometry)}::geometry) FROM {table} WHERE {quoted(geometry)} IS NOT NULL LIMIT 1"
    )
    return (cursor.fetchone() or (0,))[0]


def _words(error: psycopg2.Error) -> str:
    return str(error).strip().removesuffix(".")
