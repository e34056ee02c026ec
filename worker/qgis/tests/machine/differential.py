"""The same edits, made in QGIS itself on a copy of the data."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsGeometry, QgsVectorLayer, QgsVectorLayerUtils
from qgis.PyQt.QtCore import QDateTime, Qt

from . import project, reading
from .device import Edit
from .tables import Data


def is_explained(zones: list[str], table: dict, column: str, ours, theirs) -> bool:
    """Whether a difference is one of those that README.md explains."""
    if isinstance(ours, dict | list) and any(c["name"] == column and c["kind"] == "text" for c in table["columns"]):
        return theirs is None or _is_same_json(json.dumps(ours), theirs)
    if theirs is None:
        return any(told["name"] == column and told.get("default") is not None for told in table["columns"])
    if isinstance(ours, frozenset) and isinstance(theirs, frozenset):
        walls = [moment for moment in ours if not moment.endswith("Z")]
        possible = {_whole(moment) for moment in ours} | {
            _whole(_in_zone(wall, zone)) for wall in walls for zone in zones
        }
        return not possible.isdisjoint(map(_whole, theirs))
    return isinstance(ours, str) and (ours.startswith("→") or _is_same_json(ours, theirs))


def _is_same_json(ours: str, theirs) -> bool:
    try:
        return isinstance(theirs, str) and json.loads(ours) == json.loads(theirs)
    except ValueError:
        return False


def _whole(moment: str) -> str:
    return re.sub(r"\.\d+", "", moment)


def _in_zone(wall: str, zone: str) -> str:
    with reading.zone(zone):
        return max(reading.moments(QDateTime.fromString(wall, Qt.DateFormat.ISODateWithMs)), key=len)


def is_explained_refusal(table: dict, problem: str) -> bool:
    """Whether QGIS refused what the table has a default for: it names every column, null where nothing was said."""
    found = re.search(r"NOT NULL constraint failed: \w+\.(\w+)", problem)
    return found is not None and any(
        column["name"] == found.group(1) and column.get("default") is not None for column in table["columns"]
    )


@dataclass(frozen=True)
class Refusal:
    """An edit that QGIS does not make, and whether that is explained."""

    text: str
    is_explained: bool


class InQgis:
    """A copy of the files of a case from before a push."""

    def __init__(self, data: Data, folder: Path):
        self._data = Data(data.case, folder)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(data.folder, folder)

    def make(self, edits: list[Edit], zones: list[str]) -> tuple[reading.Reading, list[Refusal]]:
        """Makes these edits as a person in QGIS would; returns what is there then, and what QGIS refused."""
        refused = []
        for edit in edits:
            with reading.zone(zones[edit.device]):
                layer = project.layers(self._data)[edit.table]
                problem = self._make(edit, layer)
            if problem:
                excuse = is_explained_refusal(self._data.tables[edit.table], problem)
                refused.append(Refusal(f"{edit.method} of {edit.tag}: {problem}", excuse))
        return reading.read(self._data.case, project.layers(self._data)), refused

    def _make(self, edit: Edit, layer: QgsVectorLayer) -> str | None:
        fields, table = layer.fields(), self._data.tables[edit.table]
        key = table["key"]["name"]
        here = {feature["tag"]: feature.id() for feature in layer.dataProvider().getFeatures()}
        if not layer.startEditing():
            return "it cannot be edited"
        values = {fields.indexOf(name): value for name, value in edit.attributes.items() if fields.indexOf(name) >= 0}
        if edit.method == "create":
            taken = {reading.plain_key(feature[key]) for feature in layer.dataProvider().getFeatures()}
            if reading.plain_key(values.get(fields.indexOf(key))) in taken:
                values.pop(fields.indexOf(key), None)
            layer.addFeature(QgsVectorLayerUtils.createFeature(layer, edit.shape or QgsGeometry(), values))
        elif edit.tag not in here:
            return "it is not there"
        elif edit.method == "delete":
            layer.deleteFeature(here[edit.tag])
        else:
            for index, value in values.items():
                layer.changeAttributeValue(here[edit.tag], index, value)
            if edit.shape is not None:
                layer.changeGeometry(here[edit.tag], edit.shape)
        if layer.commitChanges():
            return None
        problem = "; ".join(layer.commitErrors())
        layer.rollBack()
        return problem
