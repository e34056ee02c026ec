"""Describes the layers of a project, also those that cannot be opened and why."""

from qgis.core import (
    QgsFieldConstraints,
    QgsMapLayer,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsWkbTypes,
)

from . import session_role
from .causes import cause
from .log import logger
from .primary_key import primary_key
from .project_opening import OpenProject
from .redaction import redact
from .same_file import StagedNames

LOCALIZED = "localized:"
_LOCALIZED_SPELLINGS = (LOCALIZED, "file:localized:", "url=localized:")

_STRENGTHS = {
    QgsFieldConstraints.ConstraintStrength.ConstraintStrengthNotSet: "not_set",
    QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard: "hard",
    QgsFieldConstraints.ConstraintStrength.ConstraintStrengthSoft: "soft",
}

_NO_ERROR = {
    "error_code": "no_error",
    "error_summary": "",
    "error_message": "",
    "provider_error_summary": None,
    "provider_error_message": None,
}


def describe_layer(layer: QgsMapLayer, opened: OpenProject) -> dict:
    """One layer of the worker contract; paths in it start at the project's folder of files."""
    source = _source(layer, opened)
    description = {
        "id": layer.id(),
        "name": layer.name(),
        "crs": layer.crs().authid(),
        "type": int(layer.type().value),
        "type_name": layer.type().name.removesuffix("Layer"),
        "wkb_type": None,
        "wkb_type_name": None,
        "geom_type": None,
        "geom_type_name": None,
        "is_valid": layer.isValid(),
        "is_localized": source.startswith(LOCALIZED),
        "datasource": redact(source),
        "filename": _filename(layer, source),
        "provider_name": layer.providerType(),
        "qfs_action": layer.customProperty("QFieldSync/action"),
        "qfs_cloud_action": layer.customProperty("QFieldSync/cloud_action"),
        "qfs_is_geometry_locked": layer.customProperty("QFieldSync/is_geometry_locked"),
        "qfs_photo_naming": layer.customProperty("QFieldSync/photo_naming"),
        "qfs_unsupported_source_pk": layer.customProperty("QFieldSync/unsupported_source_pk"),
        "qfc_source_data_pk_name": "",
        "fields": None,
        **_error(layer, source, opened),
    }
    if isinstance(layer, QgsVectorLayer):
        description |= _describe_vector(layer)
        if layer.isValid():
            # The contract leaves them out of what is stored; the log is where to look them up.
            fields = ", ".join(f"{field['name']} ({field['type']})" for field in description.pop("fields"))
            logger.info("Layer '%s' has the fields %s", layer.name(), fields or "(none)")
    if not layer.isValid():
        summary = description["provider_error_summary"] or description["error_summary"]
        why = f"{description['error_code']}: {summary}" if summary else description["error_code"]
        logger.warning("Layer '%s' is not valid: %s", layer.name(), why)
    return description


def is_localized(layer: QgsMapLayer, opened: OpenProject) -> bool:
    """Whether the layer's data lie in the shared datasets of the project's owner, and not in the project."""
    return opened.bad_sources.get(layer.id(), "").startswith(_LOCALIZED_SPELLINGS)


def why_invalid(layer: QgsMapLayer, opened: OpenProject) -> str:
    """Why a layer cannot be opened, in one sentence."""
    error = _error(layer, _source(layer, opened), opened)
    text = error["provider_error_summary"] or error["error_summary"] or "its data cannot be read"
    return f"{text.strip().rstrip('.')}."


def _source(layer: QgsMapLayer, opened: OpenProject) -> str:
    """The source with paths as the project's people know them, not as this container sees them."""
    if is_localized(layer, opened):
        original = opened.bad_sources[layer.id()]
        return original[original.index(LOCALIZED) :]
    source = session_role.with_own(layer.source())
    for root in opened.roots:
        source = source.replace(f"{root}/", "./")
    return source


def _filename(layer: QgsMapLayer, source: str) -> str:
    if source.startswith(LOCALIZED):
        return source.removeprefix(LOCALIZED).split("|")[0]
    path = QgsProviderRegistry.instance().decodeUri(layer.providerType(), source).get("path")
    return str(path).removeprefix("./") if path else ""


def _error(layer: QgsMapLayer, source: str, opened: OpenProject) -> dict:
    if layer.isValid():
        return _NO_ERROR
    error = _NO_ERROR | {"error_summary": _summary(layer.error()), "error_message": layer.error().message()}
    provider = layer.dataProvider()
    if source.startswith(LOCALIZED):
        code, summary, message = "localized_dataprovider", "Localized dataset is not available", ""
    elif provider is None:
        code, summary, message = "missing_dataprovider", "No data provider available", ""
    else:
        # With a valid provider it is something else about the layer, for example its geometry.
        code = "invalid_layer" if provider.isValid() else "invalid_dataprovider"
        message = provider.error().message()
        summary = _summary(provider.error()) or message or _missing_file(layer, source, opened) or cause(layer)
    return error | {"error_code": code, "provider_error_summary": summary, "provider_error_message": message}


def _missing_file(layer: QgsMapLayer, source: str, opened: OpenProject) -> str:
    """Says that the layer's file is missing, which the file-based provider leaves unsaid."""
    name = _filename(layer, source)
    if not name or "://" in name or any((root / name).exists() for root in opened.roots):
        return ""
    missing = f"The file '{name}' is not among the project's files"
    others = StagedNames(opened.roots[0]).candidates(name)
    if len(others) < 2:
        return f"{missing}."
    known = " and ".join(f"'{other}'" for other in others)
    return f"{missing}, but {known}, which differ only in how they are written: keep one of them."


def _summary(error) -> str:
    # An empty QgsError has no summary to ask for.
    return error.summary() if error.messageList() else ""


def _describe_vector(layer: QgsVectorLayer) -> dict:
    return {
        "wkb_type": int(layer.wkbType().value),
        "wkb_type_name": QgsWkbTypes.displayString(layer.wkbType()),
        "geom_type": int(layer.geometryType().value),
        "geom_type_name": layer.geometryType().name,
        "qfc_source_data_pk_name": primary_key(layer),
        "fields": [_describe_field(layer, index) for index in range(layer.fields().count())],
    }


def _describe_field(layer: QgsVectorLayer, index: int) -> dict:
    field = layer.fields()[index]
    constraints, default = field.constraints(), field.defaultValueDefinition()
    kinds = QgsFieldConstraints.Constraint
    present, widget = constraints.constraints(), field.editorWidgetSetup()
    return {
        "name": field.name(),
        "alias": field.alias(),
        "comment": field.comment(),
        "type": field.typeName(),
        "length": field.length(),
        "precision": field.precision(),
        "is_not_null": bool(present & kinds.ConstraintNotNull),
        "constraint_strength": _strength(constraints, kinds.ConstraintNotNull),
        "constraint_expression": constraints.constraintExpression(),
        "constraint_expression_description": constraints.constraintDescription(),
        "constraint_expression_strength": _strength(constraints, kinds.ConstraintExpression),
        "is_unique": bool(present & kinds.ConstraintUnique),
        "is_unique_strength": _strength(constraints, kinds.ConstraintUnique),
        "default_value": default.expression(),
        "set_default_value_on_update": default.applyOnUpdate(),
        "widget_type": widget.type(),
        "widget_config": widget.config(),
    }


def _strength(constraints: QgsFieldConstraints, kind: QgsFieldConstraints.Constraint) -> str:
    return _STRENGTHS[constraints.constraintStrength(kind)]
