"""What is in the layers of a case, read through QGIS, in a form that can be compared."""

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from qgis.core import QgsFeature, QgsGeometry, QgsVariantUtils, QgsVectorLayer
from qgis.PyQt.QtCore import QByteArray, QDate, QDateTime, Qt, QTime

PLACE = "geometry"
_MS = "yyyy-MM-ddTHH:mm:ss.zzz"


@dataclass
class Row:
    """One feature: its key in the source, and its values by column, its place among them."""

    key: str
    values: dict


# By the number of the table and the tag of the feature.
Reading = dict[tuple[int, str], Row]


class Ambiguous(Exception):
    """Two features have one tag, or one has none."""


@contextmanager
def zone(name: str) -> Iterator[None]:
    """Lives in a time zone for a while."""
    before = os.environ.get("TZ")
    try:
        os.environ["TZ"] = name
        time.tzset()
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def read(case: dict, layers: list[QgsVectorLayer]) -> Reading:
    """Everything in these layers, which are those of the case's tables. References are told by the tag they lead to."""
    found: Reading = {}
    for number, (table, layer) in enumerate(zip(case["tables"], layers)):
        for feature in layer.dataProvider().getFeatures():
            tag = plain(feature["tag"], "text")
            if tag is None or (number, tag) in found:
                raise Ambiguous(
                    f"two features of {table['name']} are {tag}" if tag else f"one of {table['name']} has no tag"
                )
            found[number, tag] = row(table, feature)
    _lead(case, found)
    return found


def row(table: dict, feature: QgsFeature) -> Row:
    """One feature. Columns that its layer does not have are left out."""
    values = {
        name: plain(feature[name], kind) for name, kind in kinds(table).items() if feature.fieldNameIndex(name) >= 0
    }
    if table["geometry"]:
        values[PLACE] = place(feature.geometry())
    key = table["key"]["name"]
    return Row(plain_key(feature[key]) if feature.fieldNameIndex(key) >= 0 else "", values)


def kinds(table: dict) -> dict[str, str]:
    """The columns of a table that are compared, and their kinds: all but the key, and but those that always differ."""
    named = {"tag": "text"} | {column["name"]: column["kind"] for column in table["columns"]}
    named |= {
        name: "text" for trigger, name in (("upper", "shout"), ("fill", "filled")) if trigger in table["triggers"]
    }
    named |= {"edits": "int32"} if "count" in table["triggers"] else {}
    return named | ({"parent": "reference"} if table.get("parent") else {})


def plain_key(value) -> str:
    return "" if value is None or QgsVariantUtils.isNull(value) else str(value).strip("{}")


def plain(value, kind: str):
    """A value of QGIS in a form that can be compared."""
    if value is None or QgsVariantUtils.isNull(value):
        return None
    if isinstance(value, QDateTime):
        return moments(value)
    if isinstance(value, QDate):
        return value.toString(Qt.DateFormat.ISODate)
    if isinstance(value, QTime):
        return value.toString("HH:mm:ss.zzz")
    if isinstance(value, QByteArray):
        return bytes(value).hex()
    if kind == "time":
        # A GeoPackage has no times: they are texts in a package.
        return QTime.fromString(value, Qt.DateFormat.ISODateWithMs).toString("HH:mm:ss.zzz")
    if kind == "json":
        return _json(value)
    if kind == "bool":
        return bool(value) if not isinstance(value, str) else value
    if kind in ("real", "decimal", "float") and isinstance(value, (int, float)):
        return float(f"{value:.{7 if kind == 'float' else 15}g}")
    # Shapefiles know no empty text.
    return value if value != "" else None


def moments(value: QDateTime) -> frozenset[str]:
    """A moment: by the clock on the wall if it has no zone, and in UTC."""
    exact = value.toUTC().toString(_MS) + "Z"
    if value.timeSpec() != Qt.TimeSpec.LocalTime:
        return frozenset({exact})
    return frozenset({exact, value.toString(_MS)})


def place(geometry: QgsGeometry) -> str | None:
    if geometry.isNull() or geometry.isEmpty():
        return None
    same = QgsGeometry(geometry)
    same.convertToMultiType()
    # Formats have ways of their own to turn rings, and where to begin them.
    same.normalize()
    return same.asWkt(8)


def equal(one, other) -> bool:
    """Whether two values say the same: moments if they can be the same one, references if either leads nowhere."""
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return bool(one & other)
    if any(isinstance(value, str) and value.startswith("→?") for value in (one, other)):
        return True
    return one == other


def differences(one: dict, other: dict) -> Iterable[str]:
    """The columns in which two features differ; a column that one does not have is no difference."""
    return (name for name in one if name in other and not equal(one[name], other[name]))


def _json(value):
    if isinstance(value, (str, QByteArray)):
        try:
            value = json.loads(value if isinstance(value, str) else bytes(value))
        except ValueError:
            return value
    return json.dumps(value, sort_keys=True, default=str)


def _lead(case: dict, found: Reading) -> None:
    keys = {row.key: tag for (number, tag), row in found.items() if number == 0}
    for (number, _), row in found.items():
        if case["tables"][number].get("parent") and row.values.get("parent") is not None:
            row.values["parent"] = "→" + keys.get(str(row.values["parent"]), f"?{row.values['parent']}")
