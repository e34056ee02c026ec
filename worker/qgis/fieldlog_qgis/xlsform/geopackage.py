"""Writes the tables of a form into a GeoPackage."""

from pathlib import Path

from osgeo import gdal, ogr, osr

from .choice_lists import LABEL, NAME, ChoiceTable
from .form import Question
from .scope import Names
from .tables import FID, GEOMETRY, KEY, PARENT_KEY, Table
from .types import Kind

FILE = "survey.gpkg"
CRS = 4326

_GEOMETRIES = {"": ogr.wkbNone, "Point": ogr.wkbPoint, "LineString": ogr.wkbLineString, "Polygon": ogr.wkbPolygon}
# A GeoPackage knows no times of day.
_TYPES = {
    Kind.TEXT: (ogr.OFTString, ogr.OFSTNone),
    Kind.MULTIPLE: (ogr.OFTString, ogr.OFSTNone),
    Kind.TIME: (ogr.OFTString, ogr.OFSTNone),
    Kind.NUMBER: (ogr.OFTReal, ogr.OFSTNone),
    Kind.BOOLEAN: (ogr.OFTInteger, ogr.OFSTBoolean),
    Kind.DATE: (ogr.OFTDate, ogr.OFSTNone),
    Kind.DATETIME: (ogr.OFTDateTime, ogr.OFSTNone),
}


def write(path: Path, tables: list[Table], lists: list[ChoiceTable], names: Names) -> None:
    """Writes all tables: those of questions are empty, those of lists are full."""
    with gdal.ExceptionMgr(useExceptions=True), ogr.ExceptionMgr(useExceptions=True):
        database = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
        for table in tables:
            _write_table(database, table, names)
        for made in lists:
            _write_list(database, made)
        database.Close()


def is_whole(question: Question) -> bool:
    """Whether a number has no decimals."""
    steps = (question.parameters.get(key, "1") for key in ("start", "end", "step"))
    return question.type == "integer" or (question.type == "range" and all("." not in step for step in steps))


def _write_table(database, table: Table, names: Names) -> None:
    layer = _create(database, table.name, _GEOMETRIES[table.geometry_type])
    for column in (KEY, *((PARENT_KEY,) if table.parent else ())):
        layer.CreateField(ogr.FieldDefn(column, ogr.OFTString))
    for question, column in table.columns.items():
        kind, subtype = _TYPES[names.kind(question)]
        definition = ogr.FieldDefn(column, ogr.OFTInteger64 if is_whole(question) else kind)
        definition.SetSubType(subtype)
        # QGIS shows it beside the field.
        definition.SetComment(question.hint)
        layer.CreateField(definition)


def _write_list(database, made: ChoiceTable) -> None:
    layer = _create(database, made.name, ogr.wkbNone)
    for column in made.columns.values():
        layer.CreateField(ogr.FieldDefn(column, ogr.OFTString))
    layer.StartTransaction()
    for choice in made.choices:
        feature = ogr.Feature(layer.GetLayerDefn())
        values = choice.columns | {NAME: choice.name, LABEL: choice.label}
        for source, column in made.columns.items():
            if source in values:
                feature.SetField(column, values[source])
        layer.CreateFeature(feature)
    layer.CommitTransaction()


def _create(database, name: str, geometry: int):
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(CRS)
    options = [f"FID={FID}", f"GEOMETRY_NAME={GEOMETRY}"]
    return database.CreateLayer(name, None if geometry == ogr.wkbNone else crs, geometry, options)
