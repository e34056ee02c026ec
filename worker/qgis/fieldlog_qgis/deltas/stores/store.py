"""What applying asks of the data source behind a layer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from qgis.core import QgsWkbTypes

from .. import geometry, values
from ..columns import Column
from ..delta import Method


class Keep(Enum):
    """Says that a geometry is to stay as it is; None would remove it."""

    AS_IT_IS = "as it is"


KEEP = Keep.AS_IT_IS


class Fate(Enum):
    """What became of a transaction that an earlier attempt wanted to commit."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    IN_PROGRESS = "in progress"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Source:
    """Where a layer's data are, as QGIS understands the project: a file or a database, and the table in it."""

    layer: str
    provider: str
    uri: str
    path: Path | None
    table: str
    columns: tuple[Column, ...]
    key: str
    type: QgsWkbTypes.Type
    format: str
    """What QGIS calls the format of the file, or the kind of database."""
    geometry: str = ""
    encoding: str = ""

    @property
    def is_spatial(self) -> bool:
        """Whether its features have a place."""
        return self.type != QgsWkbTypes.Type.NoGeometry


@dataclass
class Row:
    """A feature as it is stored; `handle` is what its table knows it by."""

    attributes: dict[str, Any]
    geometry: bytes | None
    handle: Any = field(default=None, repr=False)


class Table(ABC):
    """The features of one layer, whatever the layer's filter shows of them."""

    def __init__(self, source: Source, columns: tuple[Column, ...]):
        self.name = source.table
        self.key = next(column for column in columns if column.name == source.key)
        self.columns = {column.name: column for column in columns}

    @property
    def methods(self) -> frozenset[Method]:
        """What can be done to its features: never nothing, for such a table is none."""
        return frozenset(Method)

    @property
    @abstractmethod
    def makes_keys(self) -> bool:
        """Whether a feature that comes without a key is given a new one."""

    @abstractmethod
    def find(self, key: Any) -> list[Row]:
        """The features with this key, read anew; more than two are not told apart from two."""

    @abstractmethod
    def insert(self, values: dict[str, Any], wkb: bytes | None) -> Any:
        """Adds a feature with these values; the source decides on all others. Returns its key."""

    @abstractmethod
    def update(self, row: Row, values: dict[str, Any], wkb: bytes | None | Keep) -> None:
        """Changes these values of a feature and no others."""

    @abstractmethod
    def delete(self, row: Row) -> None:
        """Removes a feature."""

    @property
    def has_triggers(self) -> bool:
        """Whether the owner of the data lets triggers change what is stored."""
        return False

    @contextmanager
    def rewindable(self) -> Iterator[Callable[[], None]]:
        """Gives what takes back all that was done inside so far. Asked for only where there are triggers."""
        yield lambda: None

    @contextmanager
    def untriggered(self) -> Iterator[bool]:
        """Whether what is done inside is done without the owner's triggers; not every source can do without."""
        yield False

    def keeps(self, column: Column, value: Any) -> bool:
        """Whether the column, without any trigger, holds this value as it is."""
        return values.same(value, self.stored_form(column, value), column)

    def stored_form(self, column: Column, value: Any) -> Any:  # noqa: ARG002
        """The value as the source writes the same value, for example a UUID in lower case."""
        return value

    def same_geometry(self, wanted: bytes | None, found: bytes | None) -> bool:
        """Whether what was found is what was wanted, but for how this format lays out geometries."""
        return geometry.same(wanted, found)


class Store(ABC):
    """One open data source: a file, or a database."""

    keeps_until_finished = False
    """Whether nothing is final before `finish` (or `publish`), and everything may still be refused there."""
    is_changed = True
    """Whether anything that was written counts; True where nobody keeps account of that."""
    database: str | None = None
    """What tells its database server from others; None for files, which the job's end alone makes final."""

    @abstractmethod
    def table(self, source: Source) -> Table:
        """The table of a layer; raises `Refused` when nothing in it can be written. Changes nothing."""

    @abstractmethod
    def attempt(self) -> AbstractContextManager[None]:
        """Everything done inside counts as a whole; an exception undoes it and goes on."""

    def transaction(self) -> int | None:
        """The number of the transaction that the next commit makes final; None when it would make nothing final."""
        return None

    def became_of(self, transaction: int) -> Fate:  # noqa: ARG002
        """What became of a transaction, by its number in this database."""
        return Fate.UNKNOWN

    def publish(self) -> None:
        """Makes final what was done so far, which lets other connections see it, such as those of QGIS.

        Raises `Refused` when nothing of that was kept.
        """

    @abstractmethod
    def finish(self) -> None:
        """Makes everything final and closes; raises `Refused` when nothing was kept since the last commit."""

    def abandon(self) -> None:
        """Closes without making anything final; files that were written are thrown away by others."""
