"""Tables in PostgreSQL, with the connection that the project gives.

The deltas of a job are one transaction with a savepoint each, or a few where QGIS has to see what was done so far: a
job that is killed has changed nothing since its last commit. Whether that one was made only the database knows, so
others are told the number of each transaction before it is committed (`commits.py`), and can ask what became of it.
The database itself converts values to the types of its columns, or refuses them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg2
from psycopg2 import extensions, extras
from qgis.core import QgsDataSourceUri

from ...errors import UnableToContinue
from ...pg_service import effective_role
from .. import values
from ..columns import Column, Kind, Precision
from ..commits import ANSWER_SECONDS
from ..delta import Method
from ..refusal import Reason, Refused, SaidNo, SourceRefused
from . import postgres_rights
from .sql import SqlTable, quoted
from .store import Fate, Source, Store

# Somebody who edits the same feature right now must not hold up the job. And a transaction must not stay open for
# hours when its machine is lost: the server finds out, or waits a bit longer than the transaction may for its answer.
_SETTINGS = {
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": f"{ANSWER_SECONDS + 30}s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_COLUMNS = """
    SELECT a.attname, t.typname, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '' OR a.attidentity = 'a',
           a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval(%%'
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
# How far a sequence may be behind.
_KEYS_TRIED = 200
# Triggers of the owner, and rules (a view has one of its own, for SELECT).
_OWN_TRIGGERS = """
    SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled <> 'D')
        OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = %s::regclass AND ev_type <> '1')
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
        self._methods, self._is_view = postgres_rights.of(cursor, source.layer, table)
        if source.key not in self._declared:
            raise SourceRefused(f"Layer '{source.layer}' has the key '{source.key}', which its table does not have.")
        # What the database always makes itself cannot be written, except that a key is needed.
        columns = tuple(
            _precise(column, self._declared[column.name][0])
            for column in source.columns
            if column.name in self._declared and (not self._declared[column.name][2] or column.name == source.key)
        )
        self._cursor = cursor
        cursor.execute(_OWN_TRIGGERS, (table, table))
        self._has_triggers = cursor.fetchone()[0]
        geometry = uri.geometryColumn() or None
        self._srid = _srid(cursor, table, geometry, uri) if geometry and source.is_spatial else 0
        self._is_geography = geometry in self._declared and self._declared[geometry][0] == "geography"
        super().__init__(source, columns, table.replace("%", "%%"), geometry)

    @property
    def makes_keys(self) -> bool:
        """Whether the key comes from a sequence; a view's comes from what is behind it."""
        return self._declared[self.key.name][3] or self._is_view

    @property
    def methods(self) -> frozenset[Method]:
        """What the relation takes and the user may do."""
        return self._methods

    def _insert_with_next_key(self, values: dict[str, Any], wkb: bytes | None) -> Any:
        """A sequence may be behind keys that others gave. It goes on with each try, also with one that is undone."""
        for tried in range(1, _KEYS_TRIED + 1):
            self.execute("SAVEPOINT next_key", ())
            try:
                key = super().insert(values, wkb)
            except psycopg2.errors.UniqueViolation as error:
                is_key = f"({self.key.name})=" in (error.diag.message_detail or "")
                if not is_key or tried == _KEYS_TRIED:
                    raise
                self.execute("ROLLBACK TO SAVEPOINT next_key", ())
            else:
                self.execute("RELEASE SAVEPOINT next_key", ())
                return key
        return None

    def insert(self, values: dict[str, Any], wkb: bytes | None) -> Any:
        """Adds a feature. What a trigger returns as the key of a view's feature may be null, or made up."""
        if not self._is_view:
            if self.key.name in values or not self.makes_keys:
                return super().insert(values, wkb)
            return self._insert_with_next_key(values, wkb)
        before = self._keys()
        returned = super().insert(values, wkb)
        new = self._keys() - before
        if len(new) == 1 or returned in new:
            return returned if returned in new else new.pop()
        raise Refused(
            f"After INSERT the view {self._table} shows {len(new)} features that it did not show before; expected one.",
            reason=Reason.SOURCE,
        )

    @property
    def has_triggers(self) -> bool:
        """Whether the table has triggers or rules of its owner; what is behind a view may have some."""
        return self._has_triggers or self._is_view

    def keeps(self, column: Column, value: Any) -> bool:
        """Whether the value is the same after it was brought into the type of the column."""
        formatted = self._declared[column.name][1].replace("%", "%%")
        parameter = self.encode(value, column)
        return self.execute(f"SELECT %s::{formatted} IS NOT DISTINCT FROM %s", (parameter, parameter))[0][0]

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

    def _keys(self) -> set:
        found = self.execute(f"SELECT {self.selected(self.key)} FROM {self._table}", ())
        return {self.decode(key, self.key) for (key,) in found}

    def _name(self, name: str) -> str:
        return quoted(name).replace("%", "%%")


class PostgresStore(Store):
    """A connection to a database."""

    keeps_until_finished = True

    def __init__(self, uri: QgsDataSourceUri):
        try:
            self._connection = psycopg2.connect(uri.connectionInfo(True))
            # Whatever the server's default: what others have committed since the job began is to be seen.
            self._connection.set_session(isolation_level="READ COMMITTED")
            self._connection.set_client_encoding("UTF8")
            self._cursor = self._connection.cursor()
            self._opening = _opening(effective_role(os.environ) or uri.param("session_role"))
            self._cursor.execute(self._opening)
            self.database = self._identify()
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
        self._begin()
        try:
            self._cursor.execute("SAVEPOINT delta")
            yield
            self._cursor.execute("RELEASE SAVEPOINT delta")
        except psycopg2.Error as error:
            self._roll_back()
            raise SaidNo(f"The database refused it: {_words(error)}.", [_words(error)]) from error
        except BaseException:
            self._roll_back()
            raise

    def transaction(self) -> int | None:
        """The number of the transaction, if it has one: the database numbers those that write."""
        if not self._is_in_transaction:
            return None
        try:
            return self._ask("SELECT txid_current_if_assigned()")
        except psycopg2.Error as error:
            raise _refused_to_commit(error) from error

    def became_of(self, transaction: int) -> Fate:
        """What became of a transaction; the database forgets those of long ago."""
        try:
            with self.attempt():
                return Fate(self._ask("SELECT txid_status(%s::bigint)", transaction) or Fate.UNKNOWN)
        except Refused:
            return Fate.UNKNOWN

    def publish(self) -> None:
        """Commits, for QGIS has a connection of its own and evaluates defaults with it."""
        self._commit()

    def finish(self) -> None:
        """Commits everything."""
        try:
            self._commit()
        finally:
            self._connection.close()

    def abandon(self) -> None:
        """Rolls back and closes."""
        # The database does so too when it finds the connection gone.
        with suppress(psycopg2.Error):
            self._connection.rollback()
        self._connection.close()

    def _commit(self) -> None:
        try:
            self._connection.commit()
        except psycopg2.Error as error:
            if self._connection.closed:
                # It may have committed all the same.
                raise UnableToContinue(
                    f"The connection to the database was lost while it was to commit: {_words(error)}. "
                    f"Whether it did is not known here."
                ) from error
            raise _refused_to_commit(error) from error

    def _identify(self) -> str:
        """The number that a cluster was given when it was made, or where it is reached if that may not be read."""
        try:
            with self.attempt():
                return str(self._ask("SELECT system_identifier FROM pg_control_system()"))
        except Refused:
            # With the database: there may be a pool in between, which has several clusters behind one port.
            info = self._connection.info
            return f"{info.host}:{info.port}/{info.dbname}"

    def _ask(self, question: str, *parameters: Any) -> Any:
        self._cursor.execute(question, parameters)
        return self._cursor.fetchone()[0]

    @property
    def _is_in_transaction(self) -> bool:
        return self._connection.status != extensions.STATUS_READY

    def _begin(self) -> None:
        """Begins a transaction where none is open. Nothing is left of what was said in one that was not committed."""
        if self._is_in_transaction:
            return
        try:
            self._cursor.execute(self._opening)
        except psycopg2.Error as error:
            if not self._connection.closed:
                self._connection.rollback()
            raise SourceRefused(
                f"The database cannot be written any more: {_words(error)}.", [_words(error)]
            ) from error

    def _roll_back(self) -> None:
        if not self._connection.closed:
            self._cursor.execute("ROLLBACK TO SAVEPOINT delta")


def _opening(role: str) -> str:
    """What is said at the beginning of each transaction."""
    statements = [f"SET ROLE {quoted(role)}"] if role else []
    statements += [f"SET {name} = '{value}'" for name, value in _SETTINGS.items()]
    # A constraint that waits for the end would tell too late whose delta broke it.
    return "; ".join([*statements, "SET CONSTRAINTS ALL IMMEDIATE"])


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


def _refused_to_commit(error: psycopg2.Error) -> Refused:
    return SaidNo(f"The database refused to commit: {_words(error)}.", [_words(error)])


def _words(error: psycopg2.Error) -> str:
    return str(error).strip().removesuffix(".")
