"""Copies the features of any QGIS provider into a table, one by one, with every value kept as it is."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from osgeo import ogr
from qgis.core import QgsFeatureRequest, QgsField, QgsRectangle, QgsVariantUtils, QgsVectorDataProvider
from qgis.PyQt.QtCore import QDate, QDateTime, QMetaType, Qt, QTime

from ..progress import Told, tell_nobody
from .area_of_interest import LeftOut, touching
from .geopackage import GeoPackageWriter, Table, crs_of

_Kind = QMetaType.Type
# Telling how far it is costs next to nothing, and a feature not much more.
_TOLD_EACH = 64
# Asking QGIS whether a value is null costs as much as writing it.
_NEVER_NULL = frozenset((str, int, float, bool, list, dict, bytes))


@dataclass
class Copied:
    """How a copy went: features written and left out, those whose geometry the table refused, values refused by field."""

    features: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)
    geometries_refused: int = 0
    values_refused: Counter = field(default_factory=Counter)


def create(writer: GeoPackageWriter, name: str, provider: QgsVectorDataProvider) -> Table:
    """Makes an empty table with the provider's fields, its key among them as an ordinary one."""
    fields = [_definition(field) for field in provider.fields()]
    return writer.create(name, fields, _geometry_type(provider), crs_of(provider.crs()))


def copy(
    writer: GeoPackageWriter,
    table: Table,
    provider: QgsVectorDataProvider,
    box: QgsRectangle | None,
    expected: int = 0,
    told: Told = tell_nobody,
) -> Copied:
    """Copies the features that the provider gives, those that touch the box if there is one; it may be `expected` many."""
    copied, row = Copied(), ogr.Feature(table.layer.GetLayerDefn())
    setters = [(index, field.name(), _setter(field)) for index, field in enumerate(provider.fields())]
    with writer.transaction():
        features = touching(provider, QgsFeatureRequest(), box if table.geometry else None, copied.left_out)
        for number, feature in enumerate(features, 1):
            if number % _TOLD_EACH == 0:
                told(number / max(expected, number))
            if not _set_geometry(row, table, feature.geometry()):
                copied.geometries_refused += 1
                continue
            row.SetFID(ogr.NullFID)
            for (index, name, setter), value in zip(setters, feature.attributes(), strict=True):
                if value is None or (type(value) not in _NEVER_NULL and QgsVariantUtils.isNull(value)):
                    row.SetFieldNull(index)
                else:
                    _set(row, index, name, setter, value, copied)
            table.layer.CreateFeature(row)
            copied.features += 1
    return copied


def _geometry_type(provider: QgsVectorDataProvider) -> int:
    kind = int(provider.wkbType().value)
    # QGIS numbers "no geometry" as OGR does, and the old types with Z too.
    return ogr.wkbNone if kind == ogr.wkbNone else kind


def _set_geometry(row: ogr.Feature, table: Table, geometry) -> bool:
    if not table.geometry:
        return True
    if geometry.isNull():
        row.SetGeometry(None)
        return True
    try:
        row.SetGeometryDirectly(ogr.CreateGeometryFromWkb(geometry.asWkb().data()))
    except (RuntimeError, TypeError):
        return False
    return True


def _set(row: ogr.Feature, index: int, name: str, setter: Callable, value, copied: Copied) -> None:
    try:
        setter(row, index, value)
    except (OverflowError, TypeError, ValueError, RuntimeError, NotImplementedError):
        row.SetFieldNull(index)
        copied.values_refused[name] += 1


def _set_integer(row: ogr.Feature, index: int, value) -> None:
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise OverflowError(f"{number} has more than 64 bits")
    row.SetFieldInteger64(index, number)


def _set_real(row: ogr.Feature, index: int, value) -> None:
    row.SetField(index, float(value))


def _set_text(row: ogr.Feature, index: int, value) -> None:
    written = str(value)
    if "\0" in written:
        raise ValueError("a text holds a zero character")
    row.SetFieldString(index, written)


def _set_date(row: ogr.Feature, index: int, value) -> None:
    row.SetField(index, value.year(), value.month(), value.day(), 0, 0, 0.0, 0)


def _set_time(row: ogr.Feature, index: int, value) -> None:
    row.SetFieldString(index, value.toString("HH:mm:ss.zzz" if value.msec() else "HH:mm:ss"))


def _set_date_time(row: ogr.Feature, index: int, value) -> None:
    if value.timeSpec() != Qt.TimeSpec.LocalTime:
        value = value.toUTC()
    day, time = value.date(), value.time()
    seconds = time.second() + time.msec() / 1000
    # GeoPackage knows only UTC; a time without a zone is written as it reads.
    row.SetField(index, day.year(), day.month(), day.day(), time.hour(), time.minute(), seconds, 100)


def _set_bytes(row: ogr.Feature, index: int, value) -> None:
    row.SetFieldBinary(index, bytes(value))


def _set_json(row: ogr.Feature, index: int, value) -> None:
    row.SetFieldString(index, json.dumps(value, ensure_ascii=False, default=_json_value))


def _json_value(value):
    """What JSON does not know by itself: Qt's null, and times as ISO text."""
    if QgsVariantUtils.isNull(value):
        return None
    if isinstance(value, (QDate, QTime, QDateTime)):
        return value.toString(Qt.DateFormat.ISODateWithMs)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


_INTEGER = (ogr.OFTInteger, ogr.OFSTNone, _set_integer)
_LONG = (ogr.OFTInteger64, ogr.OFSTNone, _set_integer)
_REAL = (ogr.OFTReal, ogr.OFSTNone, _set_real)
_TEXT = (ogr.OFTString, ogr.OFSTNone, _set_text)
_JSON = (ogr.OFTString, ogr.OFSTJSON, _set_json)
_TYPES = {
    _Kind.Bool: (ogr.OFTInteger, ogr.OFSTBoolean, _set_integer),
    _Kind.Int: _INTEGER,
    _Kind.Short: _INTEGER,
    _Kind.UChar: _INTEGER,
    _Kind.UInt: _LONG,
    _Kind.LongLong: _LONG,
    _Kind.ULongLong: _LONG,
    _Kind.Double: _REAL,
    _Kind.Float: _REAL,
    _Kind.QDate: (ogr.OFTDate, ogr.OFSTNone, _set_date),
    _Kind.QTime: (ogr.OFTString, ogr.OFSTNone, _set_time),  # no column type of a GeoPackage is for times
    _Kind.QDateTime: (ogr.OFTDateTime, ogr.OFSTNone, _set_date_time),
    _Kind.QByteArray: (ogr.OFTBinary, ogr.OFSTNone, _set_bytes),
    _Kind.QVariantList: _JSON,
    _Kind.QStringList: _JSON,
    _Kind.QVariantMap: _JSON,
}


def _definition(field: QgsField) -> ogr.FieldDefn:
    kind, subtype, _ = _TYPES.get(field.type(), _TEXT)
    definition = ogr.FieldDefn(field.name(), kind)
    definition.SetSubType(subtype)
    if field.type() == _Kind.QString and field.length() > 0:
        definition.SetWidth(field.length())
    return definition


def _setter(field: QgsField) -> Callable:
    return _TYPES.get(field.type(), _TEXT)[2]
