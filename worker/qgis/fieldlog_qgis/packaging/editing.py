"""What people may do to a layer of a package: what could be applied to the project's data later, and nothing else."""

import re

from qgis.core import QgsVectorLayer

from ..deltas.delta import Method
from ..deltas.refusal import Refused, TakesNoEdits
from ..deltas.writable import Looking
from ..project_opening import OpenProject
from .problems import Problems

NOTHING: frozenset[Method] = frozenset()

_EDITABLE = re.compile(r'(<maplayer\b[^>]*\sreadOnly=")0')
# QGIS only reads through these, so nobody expects to edit such a layer unless it becomes a table.
_NEVER_EDITED = ("virtual", "delimitedtext")
# By what QField keeps people from one kind of edit, and how that is said.
_LOCKS = {
    Method.CREATE: ("new features", ("is_feature_addition_locked",)),
    Method.PATCH: ("changes of features", ("is_attribute_editing_locked", "is_geometry_editing_locked")),
    Method.DELETE: ("deletions", ("is_feature_deletion_locked",)),
}


def methods(
    layer: QgsVectorLayer, becomes_table: bool, opened: OpenProject, looking: Looking, problems: Problems
) -> frozenset[Method]:
    """What may be done to a layer's features; what may not is noted, but for what people decided themselves."""
    if not layer.isValid() or layer.id() in opened.protected:
        return NOTHING
    try:
        found = looking.methods(layer)
    except Refused as refusal:
        if becomes_table or layer.providerType() not in _NEVER_EDITED:
            problems.add(layer, "cannot_be_written", f"is read-only: {_reason(refusal)}")
        return NOTHING
    if missing := [words for method, (words, _) in _LOCKS.items() if method not in found]:
        problems.add(
            layer,
            "cannot_be_written",
            f"takes no {' and no '.join(missing)}: its source does not let them be made. "
            "Give a view the triggers for them, or the database's user the right to make them.",
        )
    return found


def make_read_only(layer: QgsVectorLayer) -> None:
    """Keeps people from all edits; QGIS saves a layer that it cannot open as the project had it."""
    layer.setReadOnly(True)
    layer.setOriginalXmlProperties(_EDITABLE.sub(r"\g<1>1", layer.originalXmlProperties(), count=1))


def locks(allowed: frozenset[Method]) -> dict[str, bool]:
    """The properties that keep people from all else, in a layer that is not read-only."""
    names = [name for method, (_, names) in _LOCKS.items() if method not in allowed for name in names]
    # An expression of the project would otherwise decide instead.
    return {f"QFieldSync/{name}": True for name in names} | {
        f"QFieldSync/{name}_expression_active": False for name in names
    }


def _reason(refusal: Refused) -> str:
    if isinstance(refusal, TakesNoEdits):
        return f"it {refusal.why}. {refusal.advice}."
    return f"edits of it could not be applied. {refusal}"
