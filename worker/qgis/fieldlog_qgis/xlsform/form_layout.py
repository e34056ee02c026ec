"""Lays a form out: groups as boxes or tabs, conditions around what is only sometimes asked, notes and hints as text."""

from collections.abc import Callable

from qgis.core import (
    Qgis,
    QgsAttributeEditorContainer,
    QgsAttributeEditorElement,
    QgsAttributeEditorField,
    QgsAttributeEditorRelation,
    QgsAttributeEditorTextElement,
    QgsExpression,
    QgsOptionalExpression,
    QgsVectorLayer,
)

from .form import Group, Question, Repeat
from .tables import Table
from .widgets import is_hidden

_TAB, _BOX = Qgis.AttributeEditorContainerType.Tab, Qgis.AttributeEditorContainerType.GroupBox


class Layout:
    """Builds the form of one layer. `relevant` has the condition of an item, `text` the text of a note."""

    def __init__(
        self,
        layer: QgsVectorLayer,
        table: Table,
        relevant: Callable[[Question | Group], str],
        text: Callable[[Question, str], str],
        relation_id: Callable[[Table], str],
    ):
        self._layer, self._table = layer, table
        self._relevant, self._text, self._relation_id = relevant, text, relation_id

    def build(self, tabs: bool) -> None:
        """Sets the form."""
        config = self._layer.editFormConfig()
        config.setLayout(Qgis.AttributeFormLayout.DragAndDrop)
        config.clearTabs()
        root = config.invisibleRootContainer()
        children = self._table.group.children
        if tabs and any(type(child) is Group for child in children):
            self._build_tabs(children, root)
        elif children and (type(children[0]) is Group or self._is_wrapped(children[0])):
            # QField takes a form that begins with a container for one made of tabs, and shows nothing else.
            self._fill(self._container(self._table.title, root, _TAB), children)
        else:
            self._fill(root, children)
        self._layer.setEditFormConfig(config)

    def _build_tabs(self, children: list, root: QgsAttributeEditorContainer) -> None:
        """Makes tabs of the groups, and of what stands between them: outside of tabs QField shows nothing."""
        loose = None
        for child in children:
            if type(child) is Group:
                loose = None
                self._fill(
                    self._container(child.label or child.name, root, _TAB, self._relevant(child)), child.children
                )
            else:
                loose = loose or self._container(self._table.title, root, _TAB)
                self._fill(loose, [child])

    def _fill(self, parent: QgsAttributeEditorContainer, children: list) -> None:
        for child in children:
            if type(child) is Group:
                box = self._container(child.label or child.name, parent, _BOX, self._relevant(child))
                self._fill(box, child.children)
                continue
            if self._is_wrapped(child):
                box = self._container(child.label or child.name, parent, _BOX, self._relevant(child))
                box.setShowLabel(False)
            else:
                box = parent
            for element in self._elements(child, box):
                box.addChildElement(element)

    def _is_wrapped(self, child) -> bool:
        return bool(self._relevant(child)) and (
            isinstance(child, Repeat) or child in self._table.columns or child.type == "note"
        )

    def _elements(
        self, child: Question | Repeat, parent: QgsAttributeEditorContainer
    ) -> list[QgsAttributeEditorElement]:
        if isinstance(child, Repeat):
            relation = QgsAttributeEditorRelation(self._relation_id(self._table.repeats[child]), parent)
            relation.setLabel(child.label or child.name)
            return [relation]
        if child.type == "note":
            return [self._text_element(child, f"{child.name}_note", child.label, parent)]
        if child not in self._table.columns:
            return []
        index = self._layer.fields().lookupField(self._table.columns[child])
        field = QgsAttributeEditorField(self._table.columns[child], index, parent)
        field.setShowLabel(not is_hidden(child))
        if not child.hint or is_hidden(child):
            return [field]
        return [field, self._text_element(child, f"{child.name}_hint", child.hint, parent)]

    def _text_element(self, question: Question, name: str, source: str, parent) -> QgsAttributeEditorTextElement:
        element = QgsAttributeEditorTextElement(name, parent)
        element.setText(self._text(question, source))
        element.setShowLabel(False)
        return element

    def _container(
        self,
        title: str,
        parent: QgsAttributeEditorContainer,
        kind: Qgis.AttributeEditorContainerType,
        relevant: str = "",
    ) -> QgsAttributeEditorContainer:
        container = QgsAttributeEditorContainer(title, parent)
        container.setType(kind)
        container.setColumnCount(1)
        if relevant:
            container.setVisibilityExpression(QgsOptionalExpression(QgsExpression(relevant), True))
        parent.addChildElement(container)
        return container
