"""The same edits, made in QGIS itself on a copy of the data."""

import re
import shutil
from pathlib import Path

from qgis.core import QgsGeometry, QgsVectorLayer, QgsVectorLayerUtils

from . import project, reading
from .device import Edit
from .tables import Data


def is_explained(format: str, ours, theirs) -> bool:
    """Whether a difference is one of those that README.md explains."""
    # The provider for SpatiaLite writes whole seconds.
    return format == "spatialite" and isinstance(ours, frozenset) and {_whole(moment) for moment in ours} == theirs


def _whole(moment: str) -> str:
    return re.sub(r"\.\d+", ".000", moment)


class InQgis:
    """A copy of the files of a case from before a push."""

    def __init__(self, data: Data, folder: Path):
        self._data = Data(data.case, folder)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(data.folder, folder)

    def make(self, edits: list[Edit], zones: list[str]) -> tuple[reading.Reading, list[str]]:
        """Makes these edits as a person in QGIS would; returns what is there then, and what QGIS refused."""
        refused = []
        for edit in edits:
            with reading.zone(zones[edit.device]):
                layer = project.layers(self._data)[edit.table]
                problem = self._make(edit, layer)
            refused += [f"{edit.method} of {edit.tag}: {problem}"] if problem else []
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
                del values[fields.indexOf(key)]
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
