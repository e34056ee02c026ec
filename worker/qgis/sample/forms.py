"""The forms that people fill in outdoors."""

from qgis.core import QgsDefaultValue, QgsEditorWidgetSetup, QgsFieldConstraints, QgsVectorLayer

QUALITY = {1: "1 High", 2: "2 Good", 3: "3 Moderate", 4: "4 Poor", 5: "5 Bad"}
CONDITION = {1: "1 Natural", 2: "2 Slightly changed", 3: "3 Changed", 4: "4 Heavily changed", 5: "5 Channelised"}
HABITATS = {
    "gravel_bar": "Gravel bar",
    "willow_scrub": "Willow scrub",
    "reed_bed": "Reed bed",
    "alluvial_forest": "Alluvial forest",
    "wet_meadow": "Wet meadow",
    "hay_meadow": "Hay meadow",
    "arable": "Arable land",
    "conifer_forest": "Conifer forest",
    "settlement": "Settlement",
}
_SUBSTRATES = {"silt": "Silt", "sand": "Sand", "gravel": "Gravel", "cobble": "Cobble", "bedrock": "Bedrock"}
_MEASURES = {"none": "None", "deadwood": "Add dead wood", "ramp": "Replace weir by ramp", "widening": "Widen the bed"}

_HARD = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard
_SOFT = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthSoft


def set_up_points(layer: QgsVectorLayer) -> None:
    """The form of a sample: what, when, how good, and a photo."""
    _aliases(
        layer, code="Point", reach="Reach", sampled_on="Sampled on", quality_class="Water quality",
        substrate="Bed material", water_temp="Water temperature (°C)", ph="pH", photo="Photo", remarks="Remarks",
    )  # fmt: skip
    _value_map(layer, "quality_class", QUALITY)
    _value_map(layer, "substrate", _SUBSTRATES)
    _widget(layer, "sampled_on", "DateTime", display_format="yyyy-MM-dd", calendar_popup=True, allow_null=False)
    _widget(layer, "water_temp", "Range", Min=-1.0, Max=35.0, Step=0.1, Precision=1, Style="SpinBox", AllowNull=True)
    _widget(
        layer, "photo", "ExternalResource", DocumentViewer=1, RelativeStorage=1, StorageMode=0, FileWidget=True,
        FileWidgetButton=True, DefaultRoot="", UseLink=False, FullUrl=False,
    )  # fmt: skip
    _widget(layer, "remarks", "TextEdit", IsMultiline=True, UseHtml=False)
    _widget(layer, "fid", "Hidden")
    _default(layer, "sampled_on", "to_date(now())")
    not_null = QgsFieldConstraints.Constraint.ConstraintNotNull
    layer.setFieldConstraint(_index(layer, "quality_class"), not_null, _HARD)
    layer.setFieldConstraint(_index(layer, "code"), not_null, _HARD)
    _expression(layer, "ph", '"ph" IS NULL OR "ph" BETWEEN 0 AND 14', "pH lies between 0 and 14", _HARD)
    _expression(layer, "water_temp", '"water_temp" IS NULL OR "water_temp" < 25', "Unusually warm: measure again", _SOFT)
    layer.setDisplayExpression("\"code\" || ' – ' || represent_value(\"quality_class\")")


def set_up_reaches(layer: QgsVectorLayer) -> None:
    """The form of a reach."""
    _aliases(layer, code="Reach", name="Name", condition="Structural condition", measure="Planned measure")
    _value_map(layer, "condition", CONDITION)
    _value_map(layer, "measure", _MEASURES)
    _widget(layer, "fid", "Hidden")
    layer.setDisplayExpression("\"code\" || ' ' || \"name\"")


def set_up_habitats(layer: QgsVectorLayer) -> None:
    """The form of a habitat area."""
    _aliases(layer, habitat="Habitat", bank="Bank", protected="Protected")
    _value_map(layer, "habitat", HABITATS)
    _value_map(layer, "bank", {"left": "Left", "right": "Right"})
    _widget(layer, "protected", "CheckBox", CheckedState="1", UncheckedState="0")
    _widget(layer, "fid", "Hidden")
    layer.setDisplayExpression('represent_value("habitat")')


def _index(layer: QgsVectorLayer, field: str) -> int:
    index = layer.fields().lookupField(field)
    if index < 0:
        raise LookupError(f"Layer {layer.name()} has no field {field}.")
    return index


def _widget(layer: QgsVectorLayer, field: str, kind: str, **config) -> None:
    layer.setEditorWidgetSetup(_index(layer, field), QgsEditorWidgetSetup(kind, config))


def _value_map(layer: QgsVectorLayer, field: str, values: dict) -> None:
    _widget(layer, field, "ValueMap", map=[{label: value} for value, label in values.items()])


def _aliases(layer: QgsVectorLayer, **aliases: str) -> None:
    for field, alias in aliases.items():
        layer.setFieldAlias(_index(layer, field), alias)


def _default(layer: QgsVectorLayer, field: str, expression: str) -> None:
    layer.setDefaultValueDefinition(_index(layer, field), QgsDefaultValue(expression))


def _expression(layer: QgsVectorLayer, field: str, expression: str, description: str, strength) -> None:
    layer.setConstraintExpression(_index(layer, field), expression, description)
    kind = QgsFieldConstraints.Constraint.ConstraintExpression
    layer.setFieldConstraint(_index(layer, field), kind, strength)
