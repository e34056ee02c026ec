"""Decides what happens to each layer, by what QFieldSync has set and by what is possible."""

from dataclasses import dataclass, replace
from functools import partial

from qgis.core import QgsMapLayer, QgsProject, QgsVectorLayer

from ..deltas.delta import Method
from ..deltas.writable import Looking
from ..layers import is_localized, why_invalid
from ..log import logger
from ..primary_key import primary_key
from ..project_opening import OpenProject
from . import editing
from .layer_styles import StyleChanges
from .problems import Problems
from .sources import Location, locate

OFFLINE, NO_ACTION, COPY, KEEP_EXISTENT, REMOVE = "offline", "no_action", "copy", "keep_existent", "remove"
ACTIONS = (OFFLINE, NO_ACTION, COPY, KEEP_EXISTENT, REMOVE)

_PROPERTY = "QFieldSync/cloud_action"
_NO_KEY = "no_usable_key"


@dataclass(frozen=True)
class Decision:
    """What happens to a layer, why, where its data were found, and what edits of it could be applied.

    `methods` is None for what is no vector layer of the package: nothing, where it is empty, so it is read-only.
    """

    action: str
    reason: str
    location: Location
    methods: frozenset[Method] | None = None

    def as_dict(self) -> dict:
        """The decision as the feedback shows it."""
        return {"action": self.action, "reason": self.reason}


def decide(opened: OpenProject, roots: tuple, problems: Problems) -> dict[str, Decision]:
    """Decides for all layers of a project; `roots` are the folders that hold its files."""
    looking = Looking(opened)
    try:
        return {
            id: _decide_edits(layer, _decide(layer, opened, roots, problems), opened, looking, problems)
            for id, layer in opened.project.mapLayers().items()
        }
    finally:
        looking.close()


def apply(project: QgsProject, decisions: dict[str, Decision], changes: StyleChanges) -> None:
    """Removes what is removed, and sets the properties by which edits find their way back."""
    for id, decision in decisions.items():
        layer = project.mapLayer(id)
        if decision.action == REMOVE:
            project.removeMapLayer(id)
            continue
        properties: dict[str, str | bool | None] = {"QFieldSync/remoteLayerId": id}
        if layer.isValid() and isinstance(layer, QgsVectorLayer):
            key = primary_key(layer)
            properties["QFieldSync/sourceDataPrimaryKeys"] = key or None
            properties["QFieldSync/unsupported_source_pk"] = None if key else "1"
        if decision.methods:
            properties |= editing.locks(decision.methods)
        elif decision.methods is not None:
            editing.make_read_only(layer)
        changes.add(layer, partial(_set_properties, properties))
    project.layerTreeRoot().removeChildrenGroupWithoutLayers()


def _set_properties(properties: dict[str, str | bool | None], layer: QgsMapLayer) -> None:
    for name, value in properties.items():
        if value is None:
            layer.removeCustomProperty(name)
        else:
            layer.setCustomProperty(name, value)


def _decide(layer: QgsMapLayer, opened: OpenProject, roots: tuple, problems: Problems) -> Decision:
    location = locate(layer, roots)
    wanted = _wanted(layer, opened)
    if layer.source().split("|")[0].lower().endswith("ecw"):
        problems.add(layer, "removed_ecw", "is removed: devices cannot read the format ECW.")
        return Decision(REMOVE, "ecw", location)
    if not layer.isValid():
        return _decide_invalid(layer, opened, wanted, location, problems)
    if location.is_outside:
        problems.add(layer, "removed_outside_project", "is removed: its data lie outside of the project's files.")
        return Decision(REMOVE, "outside_project", location)
    if wanted.action == REMOVE or not isinstance(layer, QgsVectorLayer):
        return Decision(wanted.action, wanted.reason, location)
    if not primary_key(layer):
        cause = "its source has no single key column and no field 'fid' by which edits would find their feature."
        problems.add(layer, _NO_KEY, f"is read-only: {cause}")
        return Decision(NO_ACTION, _NO_KEY, location)
    return Decision(wanted.action, wanted.reason, location)


def _decide_edits(layer, decision: Decision, opened: OpenProject, looking: Looking, problems: Problems) -> Decision:
    if decision.action == REMOVE or not isinstance(layer, QgsVectorLayer):
        return decision
    if decision.reason == _NO_KEY:
        return replace(decision, methods=editing.NOTHING)
    becomes_table = decision.action == OFFLINE
    return replace(decision, methods=editing.methods(layer, becomes_table, opened, looking, problems))


def _decide_invalid(layer, opened: OpenProject, wanted, location: Location, problems: Problems) -> Decision:
    if wanted.action == REMOVE:
        return Decision(REMOVE, wanted.reason, location)
    if is_localized(layer, opened):
        return Decision(NO_ACTION, "localized", location)
    if layer.providerType() == "wms":
        return Decision(NO_ACTION, "online_and_not_reachable", location)
    problems.add(layer, "removed_invalid", f"is removed: {why_invalid(layer, opened)}")
    return Decision(REMOVE, "invalid", location)


@dataclass(frozen=True)
class _Wanted:
    action: str
    reason: str


def _wanted(layer: QgsMapLayer, opened: OpenProject) -> _Wanted:
    value = layer.customProperty(_PROPERTY)
    if value in ACTIONS:
        if value == OFFLINE and not isinstance(layer, QgsVectorLayer):
            return _Wanted(NO_ACTION, "not_a_vector_layer")
        return _Wanted(value, "configured")
    if value:
        logger.warning(
            "Layer '%s' has the cloud action '%s'; expected one of %s", layer.name(), value, ", ".join(ACTIONS)
        )
    return _Wanted(_default_action(layer, opened), "default")


def _default_action(layer: QgsMapLayer, opened: OpenProject) -> str:
    if not isinstance(layer, QgsVectorLayer) or layer.providerType() == "virtual" or is_localized(layer, opened):
        return NO_ACTION
    return OFFLINE
