"""The columns of a layer's data source, as far as they decide what values fit."""

from dataclasses import dataclass
from enum import Enum

from qgis.core import QgsField
from qgis.PyQt.QtCore import QMetaType


class Kind(Enum):
    """What sort of value a column holds."""

    INTEGER = "a whole number"
    REAL = "a number"
    BOOLEAN = "true or false"
    TEXT = "a text"
    DATE = "a date (YYYY-MM-DD)"
    TIME = "a time (HH:MM:SS)"
    DATETIME = "a date and time (YYYY-MM-DDTHH:MM:SS)"
    BINARY = "binary data as text"
    JSON = "JSON"


class Precision(Enum):
    """How closely a column of numbers keeps a number."""

    DOUBLE = "64 bits"
    SINGLE = "32 bits"
    # Numbers written as text of a fixed width keep what a double is sure to keep, not its last bits.
    DIGITS = "15 significant digits"


@dataclass(frozen=True)
class Column:
    """One column: its name, what it holds, and its limits (0: no limit)."""

    name: str
    kind: Kind
    bits: int = 64
    max_length: int = 0
    precision: Precision = Precision.DOUBLE
    # Formats without NULL for text keep the two apart no longer.
    empty_is_null: bool = False
    # Fractions of a second: 3 digits is what QGIS and GDAL keep.
    second_digits: int = 3


_KINDS = {
    QMetaType.Type.Bool: Kind.BOOLEAN,
    QMetaType.Type.Int: Kind.INTEGER,
    QMetaType.Type.UInt: Kind.INTEGER,
    QMetaType.Type.LongLong: Kind.INTEGER,
    QMetaType.Type.ULongLong: Kind.INTEGER,
    QMetaType.Type.Double: Kind.REAL,
    QMetaType.Type.Float: Kind.REAL,
    QMetaType.Type.QDate: Kind.DATE,
    QMetaType.Type.QTime: Kind.TIME,
    QMetaType.Type.QDateTime: Kind.DATETIME,
    QMetaType.Type.QByteArray: Kind.BINARY,
    QMetaType.Type.QVariantMap: Kind.JSON,
    QMetaType.Type.QVariantList: Kind.JSON,
    QMetaType.Type.QStringList: Kind.JSON,
}


def from_field(field: QgsField) -> Column:
    """The column behind a field of a layer's data provider."""
    kind = _KINDS.get(QMetaType.Type(field.type()), Kind.TEXT)
    bits = 32 if QMetaType.Type(field.type()) == QMetaType.Type.Int else 64
    length = field.length() if kind is Kind.TEXT and field.length() > 0 else 0
    return Column(field.name(), kind, bits, length)
