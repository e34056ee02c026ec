"""Makes the data of a case, and tells QGIS and GDAL where it is."""

import json
import sqlite3
from pathlib import Path

import psycopg2
from osgeo import gdal, ogr, osr

from ..databases import CONNECTION
from . import formats

_OGR = {
    "int16": (ogr.OFTInteger, ogr.OFSTInt16, 0, 0),
    "int32": (ogr.OFTInteger, ogr.OFSTNone, 0, 0),
    "int64": (ogr.OFTInteger64, ogr.OFSTNone, 0, 0),
    "real": (ogr.OFTReal, ogr.OFSTNone, 0, 0),
    "decimal": (ogr.OFTReal, ogr.OFSTNone, 10, 3),
    "text": (ogr.OFTString, ogr.OFSTNone, 0, 0),
    "text10": (ogr.OFTString, ogr.OFSTNone, 10, 0),
    "bool": (ogr.OFTInteger, ogr.OFSTBoolean, 0, 0),
    "date": (ogr.OFTDate, ogr.OFSTNone, 0, 0),
    "datetime": (ogr.OFTDateTime, ogr.OFSTNone, 0, 0),
    "json": (ogr.OFTString, ogr.OFSTJSON, 0, 0),
}
_DRIVERS = {"gpkg": "GPKG", "spatialite": "SQLite", "shp": "ESRI Shapefile", "geojson": "GeoJSON"}

gdal.UseExceptions()


class Data:
    """The data of a case: files in a folder, or tables in PostgreSQL."""

    def __init__(self, case: dict, folder: Path):
        self.case, self.format, self.folder = case, case["format"], folder
        self.tables = case["tables"]

    @property
    def in_files(self) -> bool:
        return self.format != "postgres"

    def path(self, table: dict) -> Path:
        name = "data" if self.format in ("gpkg", "spatialite") else table["name"]
        # A Shapefile without places is its table alone.
        suffix = {"spatialite": "sqlite", "shp": "shp" if table["geometry"] else "dbf"}.get(self.format, self.format)
        return self.folder / f"{name}.{suffix}"

    def source(self, table: dict) -> tuple[str, str]:
        """What QGIS opens, and with which provider."""
        if self.format == "postgres":
            key, type = table["key"]["name"], table["geometry"] or "none"
            place = f" srid={table['epsg']} type={type}" if table["geometry"] else ""
            shape = " (geom)" if table["geometry"] else ""
            return f'{CONNECTION} key=\'{key}\'{place} table="public"."{table["name"]}"{shape}', "postgres"
        if self.format == "spatialite":
            shape = " (geom)" if table["geometry"] else ""
            return f"dbname='{self.path(table)}' table=\"{table['name']}\"{shape}", "spatialite"
        layer = f"|layername={table['name']}" if self.format == "gpkg" else ""
        return f"{self.path(table)}{layer}", "ogr"

    def open(self, table: dict) -> gdal.Dataset:
        """Opens the table in GDAL for an edit by the office."""
        name = f"PG:{CONNECTION}" if self.format == "postgres" else str(self.path(table))
        return gdal.OpenEx(name, gdal.OF_UPDATE | gdal.OF_VECTOR)

    def make(self) -> None:
        {"postgres": self._in_postgres, "gpkg": self._in_sqlite, "spatialite": self._in_sqlite}.get(
            self.format, self._in_files
        )()
        for table in self.tables if self.format in formats.WITH_SQL else ():
            add_rows(self, table, table["rows"])

    def drop(self) -> None:
        """Leaves nothing in the database."""
        if not self.in_files:
            self._in_database(
                *(f'DROP TABLE IF EXISTS "{table["name"]}" CASCADE' for table in reversed(self.tables)),
                *(
                    f'DROP FUNCTION IF EXISTS "{table["name"]}_{name}"'
                    for table in self.tables
                    for name in table["triggers"]
                ),
            )

    def _in_files(self) -> None:
        for table in self.tables:
            data = gdal.GetDriverByName(_DRIVERS[self.format]).Create(str(self.path(table)), 0, 0, 0, gdal.GDT_Unknown)
            layer = data.CreateLayer(table["name"], spatial_reference(table), geometry_type(table))
            key = table["key"]
            fields = [(key["name"], "int64" if key["kind"] == "plain" else "text"), ("tag", "text")]
            fields += [(column["name"], column["kind"]) for column in table["columns"]]
            for name, kind in fields + ([("parent", "int64")] if table.get("parent") else []):
                type, subtype, width, precision = _OGR[kind]
                field = ogr.FieldDefn(name, type)
                field.SetSubType(subtype)
                field.SetWidth(width)
                field.SetPrecision(precision)
                layer.CreateField(field)
            # At once: a GeoJSON without features has no fields either.
            _add(layer, table, table["rows"])
            layer = None
            data.Close()

    def _in_sqlite(self) -> None:
        path, is_geopackage = str(self.path(self.tables[0])), self.format == "gpkg"
        options = ["ADD_GPKG_OGR_CONTENTS=NO"] if is_geopackage else ["SPATIALITE=YES"]
        data = gdal.GetDriverByName(_DRIVERS[self.format]).Create(path, 0, 0, 0, gdal.GDT_Unknown, options)
        for table in self.tables if is_geopackage else ():
            # GDAL registers the table, which then gets its constraints.
            options = ["GEOMETRY_NAME=geom", "SPATIAL_INDEX=NO", f"FID={table['key']['name']}"]
            data.CreateLayer(table["name"], spatial_reference(table), geometry_type(table), options)
        data.Close()
        connection = sqlite3.connect(path)
        for table in self.tables:
            shape = f', "geom" {table["geometry"].upper()}' if is_geopackage and table["geometry"] else ""
            connection.execute(f'DROP TABLE IF EXISTS "{table["name"]}"')
            connection.execute(f'CREATE TABLE "{table["name"]}" ({formats.declaration(table, self.format)}{shape})')
        connection.close()
        data = gdal.OpenEx(path, gdal.OF_UPDATE | gdal.OF_VECTOR)
        for table in self.tables:
            if table["geometry"] and not is_geopackage:
                flat, z = table["geometry"].removesuffix("Z").upper(), table["geometry"].endswith("Z")
                arguments = f"'{table['name']}', 'geom', {table['epsg']}, '{flat}', '{'XYZ' if z else 'XY'}'"
                _run(data, f"SELECT AddGeometryColumn({arguments})")
            for column in table["columns"]:
                if is_geopackage and column["kind"] == "json":
                    _declare_json(data, table["name"], column["name"])
        data.Close()
        data = gdal.OpenEx(path, gdal.OF_UPDATE | gdal.OF_VECTOR)
        for table in self.tables:
            if table["geometry"] and table.get("indexed"):
                _run(data, f"SELECT CreateSpatialIndex('{table['name']}', 'geom')")
            for statement in formats.triggers(table, self.format):
                _run(data, statement)
        data.Close()

    def _in_postgres(self) -> None:
        for table in self.tables:
            shape = f", geom geometry({table['geometry']}, {table['epsg']})" if table["geometry"] else ""
            create = f'CREATE TABLE "{table["name"]}" ({formats.declaration(table, self.format)}{shape})'
            self._in_database(create, *formats.triggers(table, self.format))

    @staticmethod
    def _in_database(*statements: str) -> None:
        connection = psycopg2.connect(CONNECTION)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()


def add_rows(data: Data, table: dict, rows: list[dict]) -> None:
    """Adds features as the office does, through GDAL; what they say nothing of is left to the table."""
    opened = data.open(table)
    _add(opened.GetLayerByName(table["name"]), table, rows)
    opened.Close()


def _add(layer: ogr.Layer, table: dict, rows: list[dict]) -> None:
    for at, row in enumerate(rows):
        feature = ogr.Feature(layer.GetLayerDefn())
        fill(feature, table, {"tag": row["tag"], **made_key(layer, table, row["tag"], at), **row["values"]})
        if row.get("wkt"):
            feature.SetGeometry(ogr.CreateGeometryFromWkt(row["wkt"]))
        layer.CreateFeature(feature)


def made_key(layer: ogr.Layer, table: dict, tag: str, at: int) -> dict:
    """The key of a new feature, where the source makes none."""
    key = table["key"]
    if key["kind"] in ("text", "uuid"):
        return {key["name"]: key_of(tag)}
    if layer.FindFieldIndex(key["name"], True) < 0:
        return {}
    # Formats that are written in one go cannot be read in between.
    taken = (
        []
        if layer.TestCapability(ogr.OLCSequentialWrite) and not layer.TestCapability(ogr.OLCRandomWrite)
        else [feature[key["name"]] or 0 for feature in layer]
    )
    return {key["name"]: max(taken, default=at) + 1}


def key_of(tag: str) -> str:
    """A UUID that belongs to a tag."""
    return f"00000000-0000-4000-8000-{int(tag.strip('t')):012d}"


def fill(feature: ogr.Feature, table: dict, values: dict) -> None:
    """Sets fields of a feature from the values of a case."""
    kinds = {column["name"]: column["kind"] for column in table["columns"]}
    for name, value in values.items():
        if value is None:
            feature.SetFieldNull(name)
        elif kinds.get(name) == "binary":
            feature.SetFieldBinary(feature.GetFieldIndex(name), bytes.fromhex(value))
        elif isinstance(value, (dict, list)):
            feature.SetField(name, json.dumps(value))
        else:
            feature.SetField(name, int(value) if isinstance(value, bool) else value)


def geometry_type(table: dict) -> int:
    return ogr.GT_Flatten(ogr.wkbNone) if not table["geometry"] else getattr(ogr, "wkb" + _gdal_name(table["geometry"]))


def _gdal_name(name: str) -> str:
    return f"{name[:-1]}25D" if name.endswith("Z") else name


def spatial_reference(table: dict) -> osr.SpatialReference | None:
    if not table["geometry"]:
        return None
    made = osr.SpatialReference()
    made.ImportFromEPSG(table["epsg"])
    made.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return made


def _declare_json(data: gdal.Dataset, table: str, column: str) -> None:
    _run(
        data,
        "CREATE TABLE IF NOT EXISTS gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,"
        " title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT, PRIMARY KEY (table_name, column_name))",
    )
    _run(
        data,
        f"INSERT INTO gpkg_data_columns VALUES ('{table}', '{column}', NULL, NULL, NULL, 'application/json', NULL)",
    )


def _run(data: gdal.Dataset, statement: str) -> None:
    data.ReleaseResultSet(data.ExecuteSQL(statement))
