"""Reads a form from its sheets."""

from pathlib import Path

from ..errors import InvalidXlsForm
from . import choices, references, workbook
from .flags import is_yes
from .form import Form
from .languages import Language
from .naming import Naming, is_name
from .problems import FormProblems
from .questions import Questions
from .workbook import Row, Sheet

# What other programs call a form that has no name of its own.
_FORM_NAME = "data"


def read(path: Path, problems: FormProblems) -> Form:
    """Reads a form; what is wrong with single questions goes to the problems."""
    sheets = workbook.read(path, problems)
    if "type" not in sheets["survey"].columns:
        raise InvalidXlsForm("Sheet 'survey' has no column 'type', in which the types of questions are expected.")
    settings = _first(sheets, "settings")
    _check_settings(settings, sheets, problems)
    language = Language(
        settings.get("default_language"), [row for name in ("survey", "choices") for row in _rows(sheets, name)]
    )
    may_repeat = is_yes(settings.get("allow_choice_duplicates"))
    lists = choices.read(_rows(sheets, "choices"), "choices", language, may_repeat, problems)
    external = choices.read(_rows(sheets, "external_choices"), "external_choices", language, True, problems)
    naming = Naming(settings.get("name") or _FORM_NAME, problems)
    questions = Questions(language, lists, external, naming, problems)
    root = questions.read(sheets["survey"].rows)
    references.check(sheets, naming.count, problems)
    said = settings.cells | questions.settings
    return Form(said.get("form_title", ""), said.get("form_id", ""), settings.get("instance_name"), root, lists)


def _rows(sheets: dict[str, Sheet], name: str) -> list[Row]:
    return sheets[name].rows if name in sheets else []


def _first(sheets: dict[str, Sheet], name: str) -> Row:
    return next(iter(_rows(sheets, name)), Row(0, {}))


def _check_settings(settings: Row, sheets: dict[str, Sheet], problems: FormProblems) -> None:
    def note(code: str, message: str) -> None:
        problems.add(code, message, settings.number, sheet="settings")

    if (name := settings.get("name")) and not is_name(name):
        note("name_not_allowed", f"'{name[:50]}' is no name of a form: it has other marks than letters and digits.")
    if settings.get("public_key"):
        note("setting_left_out", "answers are not encrypted with the public_key.")
    if is_yes(settings.get("add_none_option")):
        note("setting_left_out", "add_none_option has no counterpart: lists have no choice of none by themselves.")
    if entities := _first(sheets, "entities").number:
        problems.add("entities_left_out", "answers are not kept as entities.", entities, sheet="entities")
