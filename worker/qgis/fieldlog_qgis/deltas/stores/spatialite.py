"""SpatiaLite files, and SQLite files without geometries."""

from typing import Any

from ..refusal import SourceRefused
from .sqlite import SqliteStore, SqliteTable
from .store import Source

_REGISTERED = """
    WITH registered AS (
        SELECT f_table_name AS name, f_geometry_column AS geometry, srid FROM geometry_columns {views}
    )
    SELECT geometry, srid FROM registered
    WHERE lower(name) = lower(?1) AND (?2 = '' OR lower(geometry) = lower(?2))
"""
# A view is registered with the table that its geometries come from.
_VIEWS = """
    UNION ALL SELECT view_name, view_geometry, srid FROM views_geometry_columns
    JOIN geometry_columns USING (f_table_name, f_geometry_column)
"""


class _SpatialiteTable(SqliteTable):
    def __init__(self, connection, source: Source, geometry: str | None, srid: int):
        self._srid = srid
        super().__init__(connection, source, geometry)

    def geometry_in(self) -> str:
        return f"GeomFromWKB({self.mark}, {self._srid})"

    def geometry_out(self, column: str) -> str:
        return f"AsBinary({column})"

    def encode_geometry(self, wkb: bytes) -> bytes:
        return wkb

    def decode_geometry(self, value: Any) -> bytes:
        return bytes(value)


class SpatialiteStore(SqliteStore):
    """An open SpatiaLite file."""

    def open_table(self, source: Source) -> SqliteTable:
        """The table of a layer."""
        geometry, srid = None, 0
        if source.is_spatial:
            geometry, srid = self._geometry(source)
        return _SpatialiteTable(self.connection, source, geometry, srid)

    def _geometry(self, source: Source) -> tuple[str, int]:
        columns = {name for _, name, *_ in self.connection.execute("PRAGMA table_info(geometry_columns)")}
        if "spatial_index_enabled" not in columns:
            raise SourceRefused(
                f"'{self.path.name}' keeps geometries, and not as SpatiaLite does; expected SpatiaLite."
            )
        found = self.connection.execute(
            _REGISTERED.format(views=_VIEWS if self._has_views() else ""), (source.table, source.geometry)
        ).fetchall()
        if len(found) != 1:
            raise SourceRefused(
                f"Layer '{source.layer}': '{source.table}' has {len(found)} geometry columns "
                "like that of the layer; expected one."
            )
        # The registry has names in lower case, the table as they were given; SQL takes either.
        return found[0][0], int(found[0][1])

    def _has_views(self) -> bool:
        return bool(self.connection.execute("PRAGMA table_info(views_geometry_columns)").fetchall())
