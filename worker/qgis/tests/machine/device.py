"""A device: edits the package that it has downloaded through QGIS, and writes its edits down as QField does."""

import base64
import json
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsFeature,
    QgsFields,
    QgsGeometry,
    QgsProject,
    QgsVariantUtils,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)
from qgis.PyQt.QtCore import QByteArray, QDate, QDateTime, QJsonDocument, Qt

from . import reading
from .tables import key_of

_NOT_STORED = (QgsFields.OriginJoin, QgsFields.OriginExpression, QgsFields.OriginEdit)


@dataclass
class Edit:
    """One edit, as it was written down, and what it meant."""

    device: int
    table: int
    tag: str
    delta: dict
    # What the device had before, and what it wanted: only what was changed, or all that was said in a create.
    old: dict
    new: dict
    # The same as values of QGIS, to make the edit in QGIS itself.
    attributes: dict[str, Any]
    shape: QgsGeometry | None

    @property
    def method(self) -> str:
        return self.delta["method"]


class Device:
    """A device with the package of some moment."""

    def __init__(self, case: dict, number: int, folder: Path):
        told = case["devices"][number]
        self.case, self.number, self.zone, self.snapshot = case, number, told["zone"], told["snapshot"]
        self._writes_base64 = told.get("base64", False)
        self.client = str(uuid.UUID(int=number + 1))
        self._folder = folder
        self.waiting: list[Edit] = []
        self._project: QgsProject | None = None
        self._layers: list[QgsVectorLayer] = []
        self._parents: dict[str, str] = {}

    def download(self, export: Path) -> reading.Reading:
        """Takes a new package in place of the one it has; returns what it shows."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(export, self._folder)
        self.waiting.clear()
        with reading.zone(self.zone):
            self._project = QgsProject()
            (path,) = self._folder.glob("*_qfield.qg?")
            assert self._project.read(str(path)), self._project.error()
            layers = {layer.name(): layer for layer in self._project.mapLayers().values()}
            self._layers = [layers[table["label"]] for table in self.case["tables"]]
            return reading.read(self.case, self._layers)

    def edit(self, op: dict) -> None:
        """Does one thing to one feature, if that is possible here."""
        if self._project is not None:
            with reading.zone(self.zone):
                self._parents = self._lead(self._layers[0])
                edit = self._edit(op, self._layers)
            self.waiting += [edit] if edit else []

    def close(self) -> None:
        if self._project is not None:
            self._layers.clear()
            self._project.clear()
            self._project = None

    def _edit(self, op: dict, layers: list[QgsVectorLayer]) -> Edit | None:
        number = op["table"]
        table, layer = self.case["tables"][number], layers[number]
        here = _by_tag(layer)
        if layer.readOnly() or (op["op"] == "create") == (op["tag"] in here):
            return None
        values = {name: self._value(table, layers, name, value) for name, value in op.get("values", {}).items()}
        if any(value is _NOWHERE for value in values.values()):
            return None
        values = {name: value for name, value in values.items() if layer.fields().indexOf(name) >= 0}
        shape = QgsGeometry.fromWkt(op["wkt"]) if op.get("wkt") else None
        assert layer.startEditing(), f"{table['name']} cannot be edited"
        made = {"create": self._create, "patch": self._patch, "delete": self._delete}[op["op"]]
        return made(table, number, layer, op["tag"], here.get(op["tag"]), values, shape)

    def _value(self, table: dict, layers: list[QgsVectorLayer], name: str, value):
        kind = reading.kinds(table).get(name)
        if kind == "time":
            # A text in the package, as GeoPackages know no times.
            return value
        if kind != "reference" or value is None:
            return of_case(value, kind)
        parent = _by_tag(layers[0]).get(value)
        key = parent[self._key(layers[0])[1]] if parent is not None else None
        if parent is not None and (key is None or QgsVariantUtils.isNull(key)):
            key = parent[self._key(layers[0])[0]]
        return _NOWHERE if key is None or QgsVariantUtils.isNull(key) else key

    def _create(self, table, number, layer, tag, _old, values, shape) -> Edit | None:
        if table["key"]["kind"] in ("text", "uuid"):
            values[table["key"]["name"]] = key_of(tag)
        named = {layer.fields().indexOf(name): value for name, value in (values | {"tag": tag}).items()}
        feature = QgsVectorLayerUtils.createFeature(layer, shape or QgsGeometry(), named)
        added = []
        layer.committedFeaturesAdded.connect(lambda _, features: added.extend(QgsFeature(one) for one in features))
        if not layer.addFeature(feature) or not layer.commitChanges():
            layer.rollBack()
            return None
        made = _by_tag(layer)[tag]
        said = {name: self._json(added[0][name]) for name in _stored(layer)}
        delta = self._head(layer, "create", added[0]) | {
            "new": {"geometry": _wkt(added[0].geometry()), "attributes": said}
        }
        wanted = _either(self._meant(table, made), self._meant(table, added[0]))
        attributes = {name: made[name] for name, value in said.items() if value is not None}
        new = {name: value for name, value in wanted.items() if value is not None}
        return Edit(self.number, number, tag, delta, {}, new, attributes, made.geometry())

    def _patch(self, table, number, layer, tag, old, values, shape) -> Edit | None:
        before = self._meant(table, old)
        for name, value in values.items():
            layer.changeAttributeValue(old.id(), layer.fields().indexOf(name), value)
        if shape is not None and table["geometry"]:
            layer.changeGeometry(old.id(), shape)
        if not layer.commitChanges():
            layer.rollBack()
            return None
        new = _by_tag(layer)[tag]
        after = self._meant(table, new)
        changed = [name for name in _stored(layer) if self._json(old[name]) != self._json(new[name])]
        moved = _wkt(old.geometry()) != _wkt(new.geometry())
        if not changed and not moved:
            return None
        shown = changed if self.snapshot == "changed" else [n for n in _stored(layer) if self._tells(n) or n in changed]
        is_snapshot = self.snapshot != "changed"
        states = {"old": {"attributes": {n: self._json(old[n]) for n in shown}, "is_snapshot": is_snapshot},
                  "new": {"attributes": {n: self._json(new[n]) for n in changed}, "is_snapshot": False}}  # fmt: skip
        if moved or self.snapshot != "changed":
            states["old"]["geometry"] = _wkt(old.geometry())
        if moved:
            states["new"]["geometry"] = _wkt(new.geometry())
        columns = [*changed, *([reading.PLACE] if moved else [])]
        return Edit(
            self.number, number, tag, self._head(layer, "patch", old) | states,
            {name: before[name] for name in columns if name in before},
            {name: after[name] for name in columns if name in after},
            {name: new[name] for name in changed}, new.geometry() if moved else None,
        )  # fmt: skip

    def _delete(self, table, number, layer, tag, old, _values, _shape) -> Edit | None:
        before = self._meant(table, old)
        if not layer.deleteFeature(old.id()) or not layer.commitChanges():
            layer.rollBack()
            return None
        shown = {name: self._json(old[name]) for name in _stored(layer) if self._tells(name)}
        delta = self._head(layer, "delete", old) | {"old": {"geometry": _wkt(old.geometry()), "attributes": shown}}
        return Edit(self.number, number, tag, delta, before, {}, {}, None)

    def _tells(self, name: str) -> bool:
        return self.snapshot != "untagged" or name != "tag"

    def _meant(self, table: dict, feature: QgsFeature) -> dict:
        """What the device sees, references by the tag that they lead to."""
        values = reading.row(table, feature).values
        if values.get("parent") is not None:
            values["parent"] = "→" + self._parents.get(str(values["parent"]), f"?{values['parent']}")
        return values

    def _lead(self, parents: QgsVectorLayer) -> dict[str, str]:
        """The tags of the parents by the key that children name."""
        local, source = self._key(parents)
        keys = {_text(feature[local]): tag for tag, feature in _by_tag(parents).items() if not _text(feature[source])}
        return keys | {
            _text(feature[source]): tag for tag, feature in _by_tag(parents).items() if _text(feature[source])
        }

    def _key(self, layer: QgsVectorLayer) -> tuple[str, str]:
        """The key columns of the package's table and of its source."""
        keys = layer.primaryKeyAttributes()
        local = layer.fields()[keys[0]].name() if keys else "fid"
        return local, layer.customProperty("QFieldSync/sourceDataPrimaryKeys") or local

    def _head(self, layer: QgsVectorLayer, method: str, feature: QgsFeature) -> dict:
        local, source = self._key(layer)
        return {
            "uuid": str(uuid.uuid4()),
            "clientId": self.client,
            "exportId": self.client,
            "method": method,
            "localPk": _text(feature[local]),
            "sourcePk": _text(feature[source]) if layer.fields().indexOf(source) >= 0 else "",
            "localLayerId": layer.id(),
            "sourceLayerId": layer.customProperty("QFieldSync/remoteLayerId") or layer.id(),
            "localLayerName": layer.name(),
            "localLayerCrs": layer.crs().authid(),
        }

    def _json(self, value):
        """A value as Qt 6 writes it, which keeps whole numbers of 64 bits."""
        if value is None or QgsVariantUtils.isNull(value):
            return None
        if isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, QByteArray):
            if self._writes_base64:
                return base64.b64encode(bytes(value)).decode()
            return bytes(value).decode("utf-8", errors="replace")
        return json.loads(bytes(QJsonDocument.fromVariant({"value": value}).toJson()).decode())["value"]


_NOWHERE = object()


def _either(kept: dict, said: dict) -> dict:
    """What a device kept, or said: moments go without their zone, and nobody can tell it afterwards."""
    return {n: v | said[n] if isinstance(v, frozenset) and said.get(n) else v for n, v in kept.items()}


def of_case(value, kind: str | None):
    """A value of a case as QGIS takes it."""
    if not isinstance(value, str):
        return value
    if kind == "date":
        return QDate.fromString(value, Qt.DateFormat.ISODate)
    if kind in ("datetime", "clock"):
        # As a form takes it: by the clock on the device's wall.
        return QDateTime.fromString(value.removesuffix("Z"), Qt.DateFormat.ISODateWithMs)
    return QByteArray(bytes.fromhex(value)) if kind == "binary" else value


def _by_tag(layer: QgsVectorLayer) -> dict[str, QgsFeature]:
    return {feature["tag"]: QgsFeature(feature) for feature in layer.dataProvider().getFeatures()}


def _stored(layer: QgsVectorLayer) -> list[str]:
    fields = layer.fields()
    return [field.name() for at, field in enumerate(fields) if fields.fieldOrigin(at) not in _NOT_STORED]


def _text(value) -> str:
    return "" if value is None or QgsVariantUtils.isNull(value) else str(value)


def _wkt(geometry: QgsGeometry) -> str | None:
    return None if geometry.isNull() or not geometry.asWkt().strip() else geometry.asWkt()
