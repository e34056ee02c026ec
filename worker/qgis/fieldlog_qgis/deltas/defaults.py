"""What a layer puts into the fields that a new feature comes without."""

from typing import Any

from qgis.core import NULL, QgsExpression, QgsFeature, QgsGeometry, QgsVectorLayer
from qgis.PyQt.QtCore import QByteArray, QDate, QDateTime, Qt, QTime

from . import values
from .binary import Writing
from .columns import Column
from .refusal import Refused

# They reach beyond the project's data: to secrets in the environment, and to files of any path.
_FORBIDDEN = {"env", "eval", "eval_template", "load_layer"}


class Defaults:
    """The default expressions of a layer; those of the data source are the data source's own business."""

    def __init__(self, layer: QgsVectorLayer):
        fields = layer.dataProvider().fields()
        definitions = {field.name(): layer.defaultValueDefinition(index) for index, field in enumerate(fields)}
        self._expressions = {name: d.expression() for name, d in definitions.items() if d.isValid()}
        self._layer = layer if self._expressions else None

    def missing(self, named: dict[str, Any]) -> list[str]:
        """The fields with a default that a delta does not name."""
        return [name for name in self._expressions if name not in named]

    def evaluate(self, column: Column, attributes: dict[str, Any], wkb: bytes | None) -> Any:
        """The default of one field for a new feature with these attributes."""
        expression = QgsExpression(self._expressions[column.name])
        forbidden = _FORBIDDEN & {name.lower() for name in expression.referencedFunctions()}
        if forbidden:
            raise Refused(
                f"The default of field '{column.name}' calls {', '.join(sorted(forbidden))}, which no job evaluates."
            )
        context = self._layer.createExpressionContext()
        context.setFeature(self._feature(attributes, wkb))
        value = expression.evaluate(context)
        if expression.hasEvalError():
            raise Refused(f"The default of field '{column.name}' cannot be evaluated: {expression.evalErrorString()}.")
        return values.convert(_to_json(self._compatible(column.name, value)), column, Writing.BASE64)

    def _compatible(self, name: str, value: Any) -> Any:
        """The value in the type of the field, as QGIS's forms take `now()` for a date too."""
        fields = self._layer.fields()
        try:
            return fields.at(fields.indexOf(name)).convertCompatible(value)
        except ValueError as error:
            raise Refused(
                f"The default of field '{name}' is {value!r}, which the field cannot hold: {error}."
            ) from error

    def _feature(self, attributes: dict[str, Any], wkb: bytes | None) -> QgsFeature:
        feature = QgsFeature(self._layer.fields())
        for name, value in attributes.items():
            feature.setAttribute(name, values.to_json(value))
        if wkb is not None:
            geometry = QgsGeometry()
            geometry.fromWkb(wkb)
            feature.setGeometry(geometry)
        return feature


def _to_json(value: Any) -> Any:
    """What an expression returned, as a device would have written it."""
    if value is None or value == NULL:
        return None
    if isinstance(value, QDateTime):
        return value.toString(Qt.DateFormat.ISODateWithMs)
    if isinstance(value, QDate):
        return value.toString(Qt.DateFormat.ISODate)
    if isinstance(value, QTime):
        return value.toString(Qt.DateFormat.ISODateWithMs)
    if isinstance(value, QByteArray):
        return values.to_json(bytes(value))
    return value
