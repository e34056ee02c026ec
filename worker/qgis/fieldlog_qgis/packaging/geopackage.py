"""Writes tables into a GeoPackage: made empty, filled in bulk, indexed and counted at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal, ogr, osr
from qgis.core import QgsCoordinateReferenceSystem

gdal.UseExceptions()

KEY, GEOMETRY = "fid", "geom"

# What is written here is read only after it is complete, and made again if the machine goes down on the way.
_WRITING = {"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_SQLITE_JOURNAL": "DELETE"}


@dataclass(frozen=True)
class Table:
    """An empty table, with the names of its own columns; `geometry` is "" for a table without geometries."""

    name: str
    key: str
    geometry: str
    layer: ogr.Layer


class GeoPackageWriter:
    """A GeoPackage that is being filled; nothing of it counts before `close`."""

    def __init__(self, path: Path):
        with gdal.config_options(_WRITING):
            driver = gdal.GetDriverByName("GPKG")
            self._data = driver.Create(str(path), 0, 0, 0, gdal.GDT_Unknown)

    def create(self, name: str, fields: list[ogr.FieldDefn], kind: int, crs: osr.SpatialReference | None) -> Table:
        """Makes an empty table; its own columns get names that no field has taken."""
        taken = {field.GetName().lower() for field in fields}
        key = free_name(KEY, taken)
        geometry = "" if kind == ogr.wkbNone else free_name(GEOMETRY, taken | {key})
        options = [f"FID={key}", "SPATIAL_INDEX=NO"]
        if geometry:
            options.append(f"GEOMETRY_NAME={geometry}")
        layer = self._data.CreateLayer(name, crs, kind, options)
        for field in fields:
            layer.CreateField(field)
        layer.SyncToDisk()
        return Table(name, key, geometry, layer)

    def query(self, sql: str) -> list[tuple]:
        """Runs one SQL statement and returns its rows."""
        result = self._data.ExecuteSQL(sql)
        if result is None:
            return []
        try:
            columns = range(result.GetLayerDefn().GetFieldCount())
            return [tuple(row.GetField(column) for column in columns) for row in result]
        finally:
            self._data.ReleaseResultSet(result)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The one transaction in which a table is filled; an error takes back what was done in it."""
        self._data.StartTransaction()
        try:
            yield
        except BaseException:
            self._data.RollbackTransaction()
            raise
        self._data.CommitTransaction()

    def finish(self, table: Table) -> None:
        """Indexes a filled table."""
        if table.geometry:
            self.query(f"SELECT CreateSpatialIndex({text(table.name)}, {text(table.geometry)})")
            table.layer.GetExtent()  # is kept in the file from here on

    def close(self) -> None:
        """Completes the file."""
        self._data.Close()


def crs_of(crs: QgsCoordinateReferenceSystem) -> osr.SpatialReference | None:
    """QGIS's coordinate system for OGR."""
    if not crs.isValid():
        return None
    result = osr.SpatialReference()
    authority, _, code = crs.authid().partition(":")
    if authority == "EPSG":
        result.ImportFromEPSG(int(code))
    else:
        result.ImportFromWkt(crs.toWkt(QgsCoordinateReferenceSystem.WKT_PREFERRED))
    result.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return result


def free_name(wanted: str, taken: set[str]) -> str:
    """The name, or the first of `name_1`, `name_2`… that is not among the (lower case) taken ones."""
    name, number = wanted, 0
    while name.lower() in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text quoted for SQL."""
    return "'" + value.replace("'", "''") + "'"
