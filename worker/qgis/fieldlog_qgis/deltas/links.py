"""Which fields of a project's layers name features of other layers: its relations, and its value relations by a key."""

from dataclasses import dataclass

from qgis.core import QgsProject, QgsVectorLayer

_VALUE_RELATION, _RELATION_REFERENCE = "ValueRelation", "RelationReference"


@dataclass(frozen=True)
class Link:
    """Fields of a child layer that hold the values of fields of a parent layer, pair by pair."""

    child: str
    child_fields: tuple[str, ...]
    parent: str
    parent_fields: tuple[str, ...]


def find(project: QgsProject) -> list[Link]:
    """The links of a project, each once."""
    links: dict[Link, None] = {}
    for relation in project.relationManager().relations().values():
        pairs = sorted(relation.fieldPairs().items())
        if relation.isValid() and pairs:
            child, parent = relation.referencingLayerId(), relation.referencedLayerId()
            links[Link(child, tuple(a for a, _ in pairs), parent, tuple(b for _, b in pairs))] = None
    for layer in project.mapLayers().values():
        if isinstance(layer, QgsVectorLayer):
            links |= dict.fromkeys(_of_widgets(project, layer))
    return list(links)


def _of_widgets(project: QgsProject, layer: QgsVectorLayer) -> list[Link]:
    found = []
    for field in layer.fields():
        widget = field.editorWidgetSetup()
        config = widget.config()
        if widget.type() == _VALUE_RELATION:
            parent, key = config.get("Layer"), config.get("Key")
        elif widget.type() == _RELATION_REFERENCE and not config.get("Relation"):
            parent, key = config.get("ReferencedLayerId"), None
        else:
            continue
        target = project.mapLayer(str(parent or ""))
        if isinstance(target, QgsVectorLayer):
            keys = [key] if key else [target.fields().at(index).name() for index in target.primaryKeyAttributes()]
            if len(keys) == 1 and target.fields().indexOf(keys[0]) >= 0:
                found.append(Link(layer.id(), (field.name(),), target.id(), (keys[0],)))
    return found
