"""What all SQL databases have in common: statements, made for the columns that a delta names."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..columns import Column
from .store import KEEP, Keep, Row, Source, Table


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


class SqlTable(Table):
    """A table with a key column. Subclasses know the dialect and how values are encoded."""

    def __init__(self, source: Source, columns: tuple[Column, ...], table: str, geometry: str | None):
        super().__init__(source, columns)
        self._table = table
        self._geometry = geometry if source.is_spatial else None
        selected = [self.selected(column) for column in columns]
        if self._geometry is not None:
            selected.append(self.geometry_out(quoted(self._geometry)))
        key = self._name(self.key.name)
        self._select = f"SELECT {', '.join(selected)} FROM {table} WHERE {key} = {self.mark} LIMIT 2"
        self._where_key = f"WHERE {key} = {self.mark}"
        self._statements: dict[tuple, str] = {}

    mark = "?"

    @abstractmethod
    def execute(self, statement: str, parameters: tuple) -> list[tuple]:
        """Runs a statement and returns its rows."""

    @abstractmethod
    def encode(self, value: Any, column: Column) -> Any:
        """A value as a parameter of a statement."""

    @abstractmethod
    def decode(self, value: Any, column: Column) -> Any:
        """A value from a result."""

    @abstractmethod
    def geometry_in(self) -> str:
        """The expression that makes a geometry of a parameter."""

    @abstractmethod
    def geometry_out(self, column: str) -> str:
        """The expression that reads a geometry."""

    @abstractmethod
    def encode_geometry(self, wkb: bytes) -> Any:
        """A geometry as a parameter."""

    @abstractmethod
    def decode_geometry(self, value: Any) -> bytes:
        """A geometry from a result."""

    def selected(self, column: Column) -> str:
        """The expression that reads a column."""
        return self._name(column.name)

    def find(self, key: Any) -> list[Row]:
        """The features with this key."""
        return [self._row(found, key) for found in self.execute(self._select, (self.encode(key, self.key),))]

    def insert(self, values: dict[str, Any], wkb: bytes | None) -> Any:
        """Adds a feature."""
        with_geometry = self._geometry is not None and wkb is not None
        statement = self._statement("insert", tuple(values), with_geometry)
        returned = self.execute(statement, self._parameters(values, wkb if with_geometry else KEEP))
        return self.decode(returned[0][0], self.key) if returned else None

    def update(self, row: Row, values: dict[str, Any], wkb: bytes | None | Keep) -> None:
        """Changes a feature."""
        if self._geometry is None:
            wkb = KEEP
        if values or wkb is not KEEP:
            statement = self._statement("update", tuple(values), wkb is not KEEP)
            self.execute(statement, (*self._parameters(values, wkb), self.encode(row.handle, self.key)))

    def delete(self, row: Row) -> None:
        """Removes a feature."""
        self.execute(f"DELETE FROM {self._table} {self._where_key}", (self.encode(row.handle, self.key),))

    @contextmanager
    def rewindable(self) -> Iterator[Callable[[], None]]:
        """A savepoint to go back to."""
        self.execute("SAVEPOINT written", ())
        yield lambda: self.execute("ROLLBACK TO SAVEPOINT written", ())
        self.execute("RELEASE SAVEPOINT written", ())

    def _row(self, found: tuple, key: Any) -> Row:
        attributes = {
            column.name: self.decode(value, column) for column, value in zip(self.columns.values(), found, strict=False)
        }
        blob = found[-1] if self._geometry is not None else None
        return Row(attributes, None if blob is None else self.decode_geometry(blob), key)

    def _parameters(self, values: dict[str, Any], wkb: bytes | None | Keep) -> tuple:
        parameters = [self.encode(value, self.columns[name]) for name, value in values.items()]
        if wkb is not KEEP:
            parameters.append(None if wkb is None else self.encode_geometry(wkb))
        return tuple(parameters)

    def _statement(self, kind: str, names: tuple[str, ...], with_geometry: bool) -> str:
        made = self._statements.get((kind, names, with_geometry))
        if made is None:
            columns = [self._name(name) for name in names]
            marks = [self.mark] * len(names)
            if with_geometry:
                columns.append(self._name(self._geometry))
                marks.append(self.geometry_in())
            if kind == "update":
                assignments = ", ".join(f"{column} = {mark}" for column, mark in zip(columns, marks, strict=True))
                made = f"UPDATE {self._table} SET {assignments} {self._where_key}"
            else:
                values = f"({', '.join(columns)}) VALUES ({', '.join(marks)})" if columns else "DEFAULT VALUES"
                made = f"INSERT INTO {self._table} {values} RETURNING {self._name(self.key.name)}"
            self._statements[kind, names, with_geometry] = made
        return made

    def _name(self, name: str) -> str:
        return quoted(name)
