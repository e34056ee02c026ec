"""What pyxform says of a form, and what we say of it."""

import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

from fieldlog_qgis.errors import WorkflowError
from fieldlog_qgis.xlsform import choice_lists, reading, tables
from fieldlog_qgis.xlsform.form import Group
from fieldlog_qgis.xlsform.problems import FormProblems
from pyxform.question import Question
from pyxform.xls2xform import convert

logging.getLogger("fieldlog").setLevel(logging.CRITICAL)

# Questions that pyxform makes by itself, for what it writes.
_MADE = re.compile(r"instanceID|instanceName|generated_.*|reserved_name_for_.*|.*_count")
_ROW = re.compile(r"\[row : (\d+)\]|^Row (\d+) ")


@dataclass
class Verdict:
    """`refusal` says why a form is not taken; `rows` are those that something is told about."""

    refusal: str = ""
    questions: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)

    @property
    def refused_row(self) -> int | None:
        """The row that the refusal names, if it names one."""
        match = _ROW.search(self.refusal)
        return int(match.group(1) or match.group(2)) if match else None


def of_pyxform(path: Path) -> Verdict:
    """Whether pyxform takes a form; it names questions when it does."""
    try:
        survey = convert(path)._survey
    except Exception as error:  # noqa: BLE001 - some refusals are no errors of its own
        return Verdict(refusal=str(error) or type(error).__name__)
    names = {item.name for item in survey.iter_descendants(lambda item: isinstance(item, Question))}
    return Verdict(questions={name for name in names if not _MADE.fullmatch(name)})


def of_ours(path: Path) -> Verdict:
    """Whether we take a form, up to where QGIS is needed."""
    problems = FormProblems()
    try:
        form = reading.read(path, problems)
        planned = tables.plan(form, "title", problems)
        choice_lists.plan(form, planned, problems)
    except WorkflowError as error:
        return Verdict(refusal=str(error))
    found = problems.as_list()
    named = {problem["question"] for problem in found if problem["question"]}
    return Verdict(
        questions=set(_names(form.root)) | named,
        told=[f"{problem['code']}: {problem['message']}" for problem in found],
        rows={problem["row"] for problem in found if problem["row"]},
    )


def _names(group: Group):
    for child in group.children:
        if isinstance(child, Group):
            yield from _names(child)
        else:
            yield child.name


def difference(pyxform: Verdict, ours: Verdict) -> str:
    """What people would miss: a refusal that others do not share, or something that nobody told; else nothing."""
    if ours.refusal:
        return "" if pyxform.refusal else f"we refuse: {ours.refusal}"
    if not pyxform.refusal:
        missing = pyxform.questions - ours.questions
        return f"missing without a word: {', '.join(sorted(missing))}" if missing else ""
    if not ours.told:
        return f"not told: {pyxform.refusal}"
    if pyxform.refused_row and pyxform.refused_row not in ours.rows:
        return f"told of other rows: {pyxform.refusal}"
    return ""
