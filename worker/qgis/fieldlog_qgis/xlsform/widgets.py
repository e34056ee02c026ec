"""What people answer a question with."""

from qgis.core import QgsEditorWidgetSetup

from .choice_lists import LABEL, NAME, ChoiceTable
from .form import Choice, Question
from .geopackage import is_whole
from .types import Kind

HIDDEN = QgsEditorWidgetSetup("Hidden", {})

# What QGIS calls the viewers of attachments.
_VIEWERS = {"image": 1, "file": 0, "audio": 3, "video": 4}
_MOMENTS = {
    Kind.DATE: ("yyyy-MM-dd", "yyyy-MM-dd"),
    Kind.TIME: ("HH:mm", "HH:mm:ss"),
    Kind.DATETIME: ("yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss"),
}
_AUTOMATIC = ("hidden", "start", "end", "today", "username", "email")
_EXTENSIONS = {"image": "jpg"}


def is_hidden(question: Question) -> bool:
    """Whether nobody is asked, and nothing is shown."""
    return question.type in _AUTOMATIC or (question.type == "calculate" and not question.label)


def widget(question: Question, kind: Kind) -> QgsEditorWidgetSetup:
    """The widget of a question that is not about choices."""
    if is_hidden(question):
        return HIDDEN
    if question.type in _VIEWERS:
        return _attachment(question)
    if question.type in ("integer", "decimal", "range"):
        return _number(question)
    if kind in _MOMENTS:
        shown, stored = _MOMENTS[kind]
        return QgsEditorWidgetSetup("DateTime", {
            "display_format": shown, "field_format": stored, "field_format_overwrite": kind is Kind.TIME,
            "calendar_popup": kind is not Kind.TIME, "allow_null": True, "field_iso_format": False,
        })  # fmt: skip
    if kind is Kind.BOOLEAN:
        return QgsEditorWidgetSetup("CheckBox", {"CheckedState": "", "UncheckedState": "", "AllowNullState": False})
    return QgsEditorWidgetSetup("TextEdit", {"IsMultiline": "multiline" in question.appearance, "UseHtml": False})


def choose_in_form(choices: list[Choice]) -> QgsEditorWidgetSetup:
    """A list within the form."""
    return QgsEditorWidgetSetup("ValueMap", {"map": [{choice.label: choice.name} for choice in choices]})


def choose_from_table(question: Question, made: ChoiceTable, layer_id: str, condition: str) -> QgsEditorWidgetSetup:
    """A list in a table of its own."""
    return QgsEditorWidgetSetup("ValueRelation", {
        "Layer": layer_id, "LayerName": made.name, "LayerProviderName": "ogr", "Key": NAME, "Value": LABEL,
        "AllowMulti": question.type == "select_multiple", "AllowNull": True, "FilterExpression": condition,
        "NofColumns": 1, "OrderByValue": False, "UseCompleter": "autocomplete" in question.appearance,
    })  # fmt: skip


def attachment_name(question: Question, table: str, folder: str) -> str:
    """The expression by which QField names a new attachment."""
    extension = _EXTENSIONS.get(question.type, "{extension}")
    return f"'{folder}/{table}_' || format_date(now(), 'yyyyMMddhhmmsszzz') || '.{extension}'"


def _attachment(question: Question) -> QgsEditorWidgetSetup:
    return QgsEditorWidgetSetup("ExternalResource", {
        "DocumentViewer": _VIEWERS[question.type], "RelativeStorage": 1, "StorageMode": 0, "StorageType": "",
        "FileWidget": True, "FileWidgetButton": True, "FileWidgetFilter": "", "DefaultRoot": "", "UseLink": False,
        "FullUrl": False, "DocumentViewerHeight": 0, "DocumentViewerWidth": 0,
    })  # fmt: skip


def _number(question: Question) -> QgsEditorWidgetSetup:
    config = {"Style": "SpinBox", "AllowNull": True, "Step": 1, "Precision": 0 if is_whole(question) else 6}
    if question.type == "range":
        config["Style"] = "Slider"
        for key, parameter, default in (("Min", "start", 1), ("Max", "end", 10), ("Step", "step", 1)):
            config[key] = _parsed(question.parameters.get(parameter, ""), default)
    return QgsEditorWidgetSetup("Range", config)


def _parsed(text: str, default: float) -> float:
    try:
        value = float(text) if len(text) < 20 else default
    except ValueError:
        return default
    return value if abs(value) < 1e12 else default
