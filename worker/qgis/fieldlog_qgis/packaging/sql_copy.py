"""Copies a table from one GeoPackage into another inside SQLite: bit for bit, and as fast as the disk."""

import urllib.parse
from dataclasses import dataclass

from osgeo import gdal, ogr
from qgis.core import QgsProviderRegistry, QgsRectangle, QgsVectorLayer

from ..progress import Told
from .area_of_interest import LeftOut
from .geopackage import GeoPackageWriter, Table, identifier, text

# Whatever else a source may say (open options, a kind of geometry) is for QGIS to understand.
_UNDERSTOOD = {"path", "layerName", "layerId", "subset"}
_SOURCE = "source"
# Below that a table is copied in one go; with more in parts, about as large, so that it can be told how far it is.
_ROWS_IN_ONE_GO = 20_000
_MAX_PARTS = 100


@dataclass(frozen=True)
class SourceTable:
    """A table of a GeoPackage that can be copied by SQL."""

    path: str
    name: str
    key: str
    geometry: str
    layer: ogr.Layer
    data: gdal.Dataset  # owns the layer

    @property
    def columns(self) -> list[str]:
        """All columns except key and geometry."""
        definition = self.layer.GetLayerDefn()
        return [definition.GetFieldDefn(index).GetName() for index in range(definition.GetFieldCount())]


def find(layer: QgsVectorLayer) -> SourceTable | None:
    """The table behind a layer, if it is one that SQL can copy."""
    if layer.providerType() != "ogr" or layer.dataProvider().storageType() != "GPKG":
        return None
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    if any(value for name, value in parts.items() if name not in _UNDERSTOOD):
        return None
    data = gdal.OpenEx(parts["path"], gdal.OF_VECTOR | gdal.OF_READONLY, allowed_drivers=["GPKG"])
    name = parts.get("layerName")
    source = data.GetLayerByName(name) if name else data.GetLayer(int(parts.get("layerId") or 0))
    if source is None or not source.GetFIDColumn() or not _is_table(data, source.GetName()):
        return None
    table = SourceTable(
        parts["path"], source.GetName(), source.GetFIDColumn(), source.GetGeometryColumn(), source, data
    )
    shown = [field.name() for field in layer.dataProvider().fields()]
    return table if shown == [table.key, *table.columns] else None


def create(writer: GeoPackageWriter, name: str, source: SourceTable) -> Table:
    """Makes an empty table of the same fields, with the source's key as an ordinary one in front."""
    definition = source.layer.GetLayerDefn()
    fields = [_plain(definition.GetFieldDefn(index)) for index in range(definition.GetFieldCount())]
    key = ogr.FieldDefn(source.key, ogr.OFTInteger64)
    kind = source.layer.GetGeomType() if source.geometry else ogr.wkbNone
    return writer.create(name, [key, *fields], kind, source.layer.GetSpatialRef())


def has_same_crs(writer: GeoPackageWriter, table: Table, source: SourceTable) -> bool:
    """Whether the number that stands for the coordinate system in each geometry is the same in both files."""
    return not table.geometry or writer.query(_crs_number(table.name)) == _rows(source.data, _crs_number(source.name))


def copy(
    writer: GeoPackageWriter, table: Table, source: SourceTable, where: str, box: QgsRectangle | None, told: Told
) -> int:
    """Copies the rows that the condition (if any) and the box (if any) let through; returns how many."""
    columns = [(table.key, source.key), (source.key, source.key), *((name, name) for name in source.columns)]
    if table.geometry:
        columns.append((table.geometry, source.geometry))
    conditions = [f"({where})"] if where else []
    if box is not None and source.geometry:
        conditions.append(_touches(identifier(source.geometry), box))
    sql = (
        f"INSERT INTO main.{identifier(table.name)} ({', '.join(identifier(to) for to, _ in columns)}) "
        f"SELECT {', '.join(identifier(name) for _, name in columns)} FROM {_SOURCE}.{identifier(source.name)}"
    )
    parts = [" AND ".join([*conditions, *part]) for part in _parts(source)]
    writer.query(f"ATTACH DATABASE {text(f'file:{urllib.parse.quote(source.path)}?mode=ro')} AS {_SOURCE}")
    try:
        return _insert(writer, table, [f"{sql} WHERE {part}" if part else sql for part in parts], told)
    finally:
        writer.query(f"DETACH DATABASE {_SOURCE}")


def left_out(
    writer: GeoPackageWriter, table: Table, source: SourceTable, where: str, box: QgsRectangle | None
) -> LeftOut:
    """How many rows that the condition (if any) lets through are not in the copied table, for the box's sake."""
    if box is None or not source.geometry:
        return LeftOut()
    rows = f"SELECT count(*) FROM {identifier(source.name)} WHERE {f'({where})' if where else 'true'}"
    [(everything,)] = _rows(source.data, rows)
    [(without_place,)] = _rows(source.data, f"{rows} AND ST_MinX({identifier(source.geometry)}) IS NULL")
    [(copied,)] = writer.query(f"SELECT count(*) FROM main.{identifier(table.name)}")
    return LeftOut(everything - copied - without_place, without_place)


def _parts(source: SourceTable) -> list[list[str]]:
    """Conditions that divide the table by its key, in the order in which SQLite keeps the rows."""
    number = min(source.layer.GetFeatureCount() // _ROWS_IN_ONE_GO + 1, _MAX_PARTS)
    key, table = identifier(source.key), identifier(source.name)
    # Each apart, for SQLite looks up one of them at once, and both by reading everything.
    [(least,)] = _rows(source.data, f"SELECT min({key}) FROM {table}") if number > 1 else [(None,)]
    [(greatest,)] = _rows(source.data, f"SELECT max({key}) FROM {table}") if number > 1 else [(None,)]
    if least is None:
        return [[]]
    # The first and the last part have no end, for the key of the last may be the largest number there is.
    ends = [least + (greatest - least) * index // number for index in range(1, number)]
    froms, tos = [[], *([f"{key} > {end}"] for end in ends)], [*([f"{key} <= {end}"] for end in ends), []]
    return [[*begin, *end] for begin, end in zip(froms, tos, strict=True)]


def _insert(writer: GeoPackageWriter, table: Table, statements: list[str], told: Told) -> int:
    """Inserts with the triggers that count rows one by one out of the way."""
    triggers = writer.query(
        f"SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name = {text(table.name)}"
    )
    with writer.transaction():
        for name, _ in triggers:
            writer.query(f"DROP TRIGGER main.{identifier(name)}")
        for number, statement in enumerate(statements, 1):
            writer.query(statement)
            told(number / len(statements))
        count = writer.query(f"SELECT count(*) FROM main.{identifier(table.name)}")[0][0]
        writer.query(f"UPDATE gpkg_ogr_contents SET feature_count = {count} WHERE table_name = {text(table.name)}")
        for _, definition in triggers:
            writer.query(definition)
    return count


def _touches(column: str, box: QgsRectangle) -> str:
    return (
        f"ST_MinX({column}) <= {box.xMaximum()!r} AND ST_MaxX({column}) >= {box.xMinimum()!r} AND "
        f"ST_MinY({column}) <= {box.yMaximum()!r} AND ST_MaxY({column}) >= {box.yMinimum()!r}"
    )


def _plain(field: ogr.FieldDefn) -> ogr.FieldDefn:
    """The field's name and type, without constraints and defaults: those are the layer's in a package."""
    plain = ogr.FieldDefn(field.GetName(), field.GetType())
    plain.SetSubType(field.GetSubType())
    plain.SetWidth(field.GetWidth())
    plain.SetPrecision(field.GetPrecision())
    return plain


def _is_table(data: gdal.Dataset, name: str) -> bool:
    # A view may be slow, differ between two readings, or hold what SQLite cannot compute here.
    return _rows(data, f"SELECT type FROM sqlite_master WHERE name = {text(name)} COLLATE NOCASE") == [("table",)]


def _crs_number(table: str) -> str:
    return f"SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = {text(table)} COLLATE NOCASE"


def _rows(data: gdal.Dataset, sql: str) -> list[tuple]:
    result = data.ExecuteSQL(sql)
    if result is None:
        return []
    try:
        return [tuple(row.GetField(i) for i in range(result.GetLayerDefn().GetFieldCount())) for row in result]
    finally:
        data.ReleaseResultSet(result)
