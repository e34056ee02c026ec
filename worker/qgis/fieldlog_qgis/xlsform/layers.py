"""Makes the layers of a form: fields with widgets and rules, laid out as the form is, and related to each other."""

import json
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsDefaultValue,
    QgsFieldConstraints,
    QgsMapLayer,
    QgsProject,
    QgsRelation,
    QgsVectorLayer,
)

from ..errors import LayerNotCreated
from ..log import step_is_at
from . import expressions, widgets
from .choice_lists import MAX_IN_FORM, ChoiceTable
from .form import Form, Group, Question, Repeat
from .form_layout import Layout
from .problems import FormProblems
from .rules import Rules
from .scope import FilterScope, Names, Scope
from .tables import KEY, PARENT_KEY, Table
from .types import ATTACHMENTS, GEOMETRIES, SELECTS
from .xpath import NotUnderstood

ATTACHMENT_FOLDER = "DCIM"
LISTS_GROUP = "Choices"

_HARD = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard
_NOT_NULL = QgsFieldConstraints.Constraint.ConstraintNotNull
_EXPRESSION = QgsFieldConstraints.Constraint.ConstraintExpression


class FormLayers:
    """Adds the layers of a form to a project."""

    def __init__(
        self,
        project: QgsProject,
        path: Path,
        form: Form,
        tables: list[Table],
        lists: dict[str, ChoiceTable],
        names: Names,
        problems: FormProblems,
    ):
        self._project, self._path, self._form = project, path, form
        self._tables, self._lists, self._names, self._problems = tables, lists, names, problems
        self._list_ids: dict[str, str] = {}
        # What an item's own condition has become: nothing where there is none, None where it was not understood.
        self._relevance: dict[Question | Group, str | None] = {}
        self._questions_done, self._questions = 0, sum(len(table.columns) for table in tables)

    def add(self, show_groups_as_tabs: bool) -> None:
        """Adds all layers, the survey on top and the lists at the bottom."""
        layers = {table: self._open(table.name, table.title) for table in self._tables}
        for table, layer in layers.items():
            layer.setId(self._names.layer_id(table))
            self._add_layer(layer, self._project.layerTreeRoot())
        self._add_lists()
        for table in self._tables:
            if table.parent:
                self._relate(table, layers)
        for table, layer in layers.items():
            self._set_up(table, layer)
            Layout(
                layer, table, lambda item: self._relevance.get(item) or "",
                lambda question, source, table=table: self._shown_text(table, question, source),
                self._names.relation_id,
            ).build(show_groups_as_tabs)  # fmt: skip
        self._project.writeEntry("QFieldSync", "attachmentDirs", [ATTACHMENT_FOLDER])

    def _open(self, table: str, title: str) -> QgsVectorLayer:
        layer = QgsVectorLayer(f"{self._path}|layername={table}", title, "ogr")
        if not layer.isValid():
            raise LayerNotCreated(f"Layer '{title}' cannot be opened: {layer.error().summary()}")
        layer.setCustomProperty("QFieldSync/action", "offline")
        layer.setCustomProperty("QFieldSync/cloud_action", "offline")
        return layer

    def _add_layer(self, layer: QgsVectorLayer, group) -> None:
        self._project.addMapLayer(layer, False)
        group.addLayer(layer)

    def _add_lists(self) -> None:
        if not self._lists:
            return
        group = self._project.layerTreeRoot().addGroup(LISTS_GROUP)
        group.setExpanded(False)
        for name, made in self._lists.items():
            layer = self._open(made.name, name)
            layer.setReadOnly(True)
            layer.setFlags(layer.flags() | QgsMapLayer.LayerFlag.Private)
            layer.setDisplayExpression('"label"')
            self._add_layer(layer, group)
            self._list_ids[name] = layer.id()

    def _relate(self, table: Table, layers: dict[Table, QgsVectorLayer]) -> None:
        relation = QgsRelation()
        relation.setId(self._names.relation_id(table))
        relation.setName(table.title)
        relation.setReferencingLayer(layers[table].id())
        relation.setReferencedLayer(layers[table.parent].id())
        relation.addFieldPair(PARENT_KEY, KEY)
        relation.setStrength(Qgis.RelationshipStrength.Composition)
        if not relation.isValid():
            raise LayerNotCreated(f"Layer '{table.title}' cannot be related: {relation.validationError()}")
        self._project.relationManager().addRelation(relation)

    def _set_up(self, table: Table, layer: QgsVectorLayer) -> None:
        self._set_up_key(layer)
        self._set_up_items(table, layer, table.group, [])
        self._set_attachment_names(table, layer)
        if table.geometry:
            self._note_rules_of_geometry(table.geometry)
        if table.parent is None and self._form.instance_name:
            try:
                value = expressions.calculation(self._form.instance_name, Scope(self._names, table, None))
                layer.setDisplayExpression(value.sql)
            except NotUnderstood as error:
                self._problems.add(
                    "instance_name_left_out", f"instance_name was not understood: {error}.", sheet="settings"
                )

    def _set_up_key(self, layer: QgsVectorLayer) -> None:
        for column in ("fid", KEY, PARENT_KEY):
            index = layer.fields().lookupField(column)
            if index >= 0:
                layer.setEditorWidgetSetup(index, widgets.HIDDEN)
        layer.setDefaultValueDefinition(layer.fields().lookupField(KEY), QgsDefaultValue("uuid('WithoutBraces')"))

    def _set_up_items(self, table: Table, layer: QgsVectorLayer, group: Group, relevance: list[str] | None) -> None:
        """Sets up all questions below a group; `relevance` is when the group itself is asked for."""
        for item in group.children:
            own = self._find_relevance(table, item)
            whole = None if relevance is None or own is None else [*relevance, *([own] if own else [])]
            if isinstance(item, Repeat):
                continue
            if isinstance(item, Group):
                self._set_up_items(table, layer, item, whole)
            elif item in table.columns:
                self._set_up_question(table, layer, item, whole)

    def _find_relevance(self, table: Table, item: Question | Group) -> str | None:
        is_place = isinstance(item, Question) and item.type in GEOMETRIES
        if not item.relevant or is_place:
            self._relevance[item] = ""
            return ""
        question = item if isinstance(item, Question) else Question("group", item.name, item.row)
        rules = Rules(question, None, Scope(self._names, table, None), self._problems)
        self._relevance[item] = rules.relevant(item.relevant) or None
        return self._relevance[item]

    def _set_up_question(
        self, table: Table, layer: QgsVectorLayer, question: Question, relevance: list[str] | None
    ) -> None:
        index = layer.fields().lookupField(table.columns[question])
        scope = Scope(self._names, table, question)
        rules = Rules(question, self._names.kind(question), scope, self._problems)
        if question.label:
            layer.setFieldAlias(index, self._alias(question))
        layer.setEditorWidgetSetup(index, self._widget(table, question))
        expression, on_update = rules.default()
        if expression:
            layer.setDefaultValueDefinition(index, QgsDefaultValue(expression, on_update))
        constraint = rules.constraint(relevance)
        if constraint.is_required:
            layer.setFieldConstraint(index, _NOT_NULL, _HARD)
        if constraint.expression:
            layer.setConstraintExpression(index, constraint.expression, constraint.message)
            layer.setFieldConstraint(index, _EXPRESSION, _HARD)
        if question.read_only or question.type == "calculate":
            config = layer.editFormConfig()
            config.setReadOnly(index, True)
            layer.setEditFormConfig(config)
        self._questions_done += 1
        # This is what takes long in large forms: QGIS goes through all fields for each change of one.
        step_is_at(self._questions_done / self._questions)

    def _alias(self, question: Question) -> str:
        if expressions.has_references(question.label):
            self._problems.add("label_shortened", "answers are not shown in labels.", question.row, question.name)
        return expressions.without_references(question.label)

    def _widget(self, table: Table, question: Question):
        if question.type not in SELECTS:
            return widgets.widget(question, self._names.kind(question))
        name = question.list_name
        if name not in self._lists:
            return widgets.choose_in_form(self._form.lists[name])
        if question.type == "select_one" and not question.choice_filter and not self._is_long(name):
            return widgets.choose_in_form(self._form.lists[name])
        made, condition = self._lists[name], ""
        if question.choice_filter:
            scope = FilterScope(self._names, table, question, made.columns)
            try:
                condition = expressions.condition(question.choice_filter, scope)
            except NotUnderstood as error:
                self._problems.add(
                    "choice_filter_left_out", f"choice_filter was not understood: {error}; all choices are shown.",
                    question.row, question.name,
                )  # fmt: skip
        return widgets.choose_from_table(question, made, self._list_ids[name], condition)

    def _is_long(self, list_name: str) -> bool:
        return len(self._form.lists[list_name]) > MAX_IN_FORM

    def _set_attachment_names(self, table: Table, layer: QgsVectorLayer) -> None:
        found = {
            column: widgets.attachment_name(question, table.name, ATTACHMENT_FOLDER)
            for question, column in table.columns.items()
            if question.type in ATTACHMENTS
        }
        if found:
            for key in ("photo_naming", "attachment_naming"):
                layer.setCustomProperty(f"QFieldSync/{key}", json.dumps(found))

    def _note_rules_of_geometry(self, question: Question) -> None:
        for rule in ("relevant", "constraint", "calculation", "default"):
            if getattr(question, rule):
                self._problems.add(
                    f"{rule}_left_out", f"{rule} of a geometry has no counterpart.", question.row, question.name
                )

    def _shown_text(self, table: Table, question: Question, source: str) -> str:
        try:
            return expressions.interpolated(source, Scope(self._names, table, question))
        except NotUnderstood as error:
            self._problems.add("label_shortened", f"its text was not understood: {error}.", question.row, question.name)
            return expressions.interpolated(expressions.without_references(source), Scope(self._names, table, question))
