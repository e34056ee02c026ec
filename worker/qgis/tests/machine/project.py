"""The project over the data of a case."""

from pathlib import Path

from qgis.core import QgsDefaultValue, QgsFieldConstraints, QgsRelation, QgsRelationContext, QgsVectorLayer

from .. import projects
from .tables import Data

NAME = "survey.qgs"


def layers(data: Data) -> list[QgsVectorLayer]:
    """The layers of the tables, opened anew."""
    made = [QgsVectorLayer(data.source(table)[0], table["label"], data.source(table)[1]) for table in data.tables]
    for layer in made:
        assert layer.isValid(), f"{layer.source()}: {layer.error().summary()}"
    return made


def make(data: Data, folder: Path) -> list[str]:
    """Saves the project; returns the ids of its layers."""
    project = projects.new_project()
    made = layers(data)
    for table, layer in zip(data.tables, made):
        key = layer.fields().indexOf(table["key"]["name"])
        if not layer.primaryKeyAttributes():
            # A format without keys: the makers of the project say which column is one.
            for constraint in (QgsFieldConstraints.ConstraintUnique, QgsFieldConstraints.ConstraintNotNull):
                layer.setFieldConstraint(key, constraint)
        if table.get("numbered"):
            layer.setDefaultValueDefinition(key, QgsDefaultValue(f'coalesce(maximum("{table["key"]["name"]}"), 0) + 1'))
        project.addMapLayer(layer)
    for table, layer in zip(data.tables, made):
        if table.get("parent"):
            relation = QgsRelation(QgsRelationContext(project))
            relation.setId("children")
            relation.setReferencedLayer(made[0].id())
            relation.setReferencingLayer(layer.id())
            relation.addFieldPair("parent", data.tables[0]["key"]["name"])
            relation.setStrength(QgsRelation.RelationStrength.Composition)
            assert relation.isValid(), relation.validationError()
            project.relationManager().addRelation(relation)
    ids = [layer.id() for layer in made]
    projects.save(project, folder / NAME)
    project.clear()
    return ids
