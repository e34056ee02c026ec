"""GeoPackage files."""

import struct
from datetime import UTC, datetime
from typing import Any

from qgis.core import QgsGeometry, QgsRectangle

from ..refusal import SourceRefused
from .sql import quoted
from .sqlite import SqliteStore, SqliteTable
from .store import Source

_MAGIC = b"GP"
_LITTLE_ENDIAN = 0x01
_EMPTY = 0x10
_XY = 0x02
# Bytes of the envelope by its code in the flags.
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}


class _GeopackageTable(SqliteTable):
    def __init__(self, connection, source: Source, geometry: str | None, srs_id: int):
        super().__init__(connection, source, geometry)
        self.srs_id = srs_id
        self.added, self._adding = QgsRectangle(), QgsRectangle()

    def geometry_in(self) -> str:
        return self.mark

    def geometry_out(self, column: str) -> str:
        return column

    def encode_geometry(self, wkb: bytes) -> bytes:
        """The blob of the GeoPackage standard: a header with the box around the geometry, then WKB."""
        box = _box(wkb)
        self._adding.combineExtentWith(box)
        envelope = struct.pack("<4d", box.xMinimum(), box.xMaximum(), box.yMinimum(), box.yMaximum())
        return _MAGIC + struct.pack("<BBi", 0, _LITTLE_ENDIAN | _XY, self.srs_id) + envelope + wkb

    def decode_geometry(self, value: Any) -> bytes:
        return _wkb(value)

    def keep(self) -> None:
        if not self._adding.isNull():
            self.added.combineExtentWith(self._adding)
        super().keep()

    def forget(self) -> None:
        self._adding.setNull()
        super().forget()


class GeopackageStore(SqliteStore):
    """An open GeoPackage."""

    def _prepare(self) -> None:
        super()._prepare()
        # Triggers of owners give SpatiaLite's functions the geometries of a GeoPackage, as they may in QGIS.
        self.connection.execute("SELECT EnableGpkgAmphibiousMode()")
        # The triggers of the spatial index call these. SpatiaLite's own do not know curves.
        for name, index in (("ST_MinX", 0), ("ST_MinY", 1), ("ST_MaxX", 2), ("ST_MaxY", 3)):
            self.connection.create_function(name, 1, lambda blob, index=index: _bound(blob, index), deterministic=True)
        self.connection.create_function("ST_IsEmpty", 1, _is_empty, deterministic=True)

    def open_table(self, source: Source) -> SqliteTable:
        """The table of a layer."""
        found = self.connection.execute(
            "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ? COLLATE NOCASE", (source.table,)
        ).fetchone()
        if found is None and source.is_spatial:
            raise SourceRefused(
                f"Layer '{source.layer}': '{source.table}' has no geometry column that the file knows of."
            )
        geometry, srs_id = found or (None, 0)
        return _GeopackageTable(self.connection, source, geometry, srs_id)

    def settle(self, table: _GeopackageTable) -> None:
        """Brings the time of the last change, the extent and the count of features up to date, as GDAL does."""
        for name in {table.source.table} | (self.written_by_views if table.view is not None else set()):
            self._settle(name, table)

    def _settle(self, name: str, table: _GeopackageTable) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        where = "WHERE lower(table_name) = lower(?)"
        self.connection.execute(f"UPDATE gpkg_contents SET last_change = ? {where}", (now, name))
        if not table.added.isNull():
            box = table.added
            self.connection.execute(
                "UPDATE gpkg_contents SET min_x = min(min_x, ?), min_y = min(min_y, ?), max_x = max(max_x, ?),"
                f" max_y = max(max_y, ?) {where} AND min_x IS NOT NULL AND srs_id = ?",
                (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum(), name, table.srs_id),
            )
        if self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_ogr_contents'").fetchone():
            known = f"SELECT 1 FROM gpkg_ogr_contents {where} AND feature_count IS NOT NULL"
            if self.connection.execute(known, (name,)).fetchone():
                # Files of other programs may lack the triggers that count.
                self.connection.execute(
                    f"UPDATE gpkg_ogr_contents SET feature_count = (SELECT count(*) FROM {quoted(name)}) {where}",
                    (name,),
                )


def _wkb(blob: Any) -> bytes:
    """The WKB in a GeoPackage blob."""
    if not isinstance(blob, bytes) or blob[:2] != _MAGIC or len(blob) < 8:
        raise ValueError("The stored geometry does not begin as GeoPackage geometries do.")
    return blob[8 + _ENVELOPES.get((blob[3] >> 1) & 7, 0) :]


def _box(wkb: bytes) -> QgsRectangle:
    geometry = QgsGeometry()
    geometry.fromWkb(wkb)
    return geometry.boundingBox()


def _bound(blob: Any, index: int) -> float | None:
    if blob is None:
        return None
    if (blob[3] >> 1) & 7:
        order = "<" if blob[3] & _LITTLE_ENDIAN else ">"
        min_x, max_x, min_y, max_y = struct.unpack_from(f"{order}4d", blob, 8)
    else:
        box = _box(_wkb(blob))
        min_x, max_x, min_y, max_y = box.xMinimum(), box.xMaximum(), box.yMinimum(), box.yMaximum()
    return (min_x, min_y, max_x, max_y)[index]


def _is_empty(blob: Any) -> int | None:
    return None if blob is None else int(bool(blob[3] & _EMPTY))
