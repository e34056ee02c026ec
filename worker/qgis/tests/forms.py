"""XLSForms for the tests, and looking at the layers that were made of them."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import openpyxl
from qgis.core import QgsFeature, QgsProject, QgsVectorLayer

from .created import CreateCase, Created, project_bytes


def write_form(path: Path, survey: list[dict], choices: list[dict] = (), settings: dict | None = None) -> None:
    """Writes a workbook; the columns are those of all rows in the order of appearance."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in (("survey", survey), ("choices", choices), ("settings", [settings] if settings else [])):
        if rows:
            sheet = book.create_sheet(name)
            columns = list(dict.fromkeys(column for row in rows for column in row))
            sheet.append(columns)
            for row in rows:
                sheet.append([row.get(column) for column in columns])
    book.save(path)


def question(type: str, name: str = "", label: str = "", **more) -> dict:
    """A row of the survey; what people are asked has its name as label where none is given."""
    return {"type": type, "name": name, "label": label or ("" if type.startswith(_NOT_ASKED) else name)} | more


def choice(list_name: str, name, label: str = "", **more) -> dict:
    """A row of the choices."""
    return {"list_name": list_name, "name": name, "label": label or str(name)} | more


class FormCase(CreateCase):
    """Makes projects of forms, and opens them as people would."""

    def make(self, *survey: dict, choices=(), settings=None, tabs=None, **seed) -> Created:
        """Makes the project of a form, and opens it."""
        write_form(self.io / "form.xlsx", list(survey), list(choices), settings)
        self.seed(xlsform_file="form.xlsx", xlsform=None if tabs is None else {"show_groups_as_tabs": tabs}, **seed)
        created = self.create()
        self.project = QgsProject.instance()
        self.assertTrue(self.project.read(str(self.files / "project.qgz")))
        return created

    def layer(self, name: str = "River survey") -> QgsVectorLayer:
        (layer,) = self.project.mapLayersByName(name)
        return layer

    def field(self, name: str, layer: str = "River survey"):
        fields = self.layer(layer).fields()
        self.assertGreaterEqual(fields.lookupField(name), 0, fields.names())
        return fields[fields.lookupField(name)]

    def widget(self, name: str, layer: str = "River survey") -> tuple[str, dict]:
        setup = self.field(name, layer).editorWidgetSetup()
        return setup.type(), setup.config()

    def feature(self, layer: str = "River survey", **values) -> QgsFeature:
        made = QgsFeature(self.layer(layer).fields())
        for name, value in values.items():
            made[name] = value
        return made

    def codes(self, created: Created) -> list[tuple[str, str]]:
        return [(problem["question"], problem["code"]) for problem in created.problems]

    def outline(self, layer: str = "River survey") -> list:
        """The saved form: names of fields, texts, relations, and containers as (kind, title, condition, children)."""
        xml = ElementTree.fromstring(project_bytes(self.files / "project.qgz"))
        (form,) = [
            node.find("attributeEditorForm") for node in xml.iter("maplayer") if node.find("layername").text == layer
        ]
        return _outline(form)


def _outline(parent: ElementTree.Element) -> list:
    found = []
    for child in parent:
        kind = child.tag.removeprefix("attributeEditor")
        if kind == "Container":
            condition = child.get("visibilityExpression") if child.get("visibilityExpressionEnabled") == "1" else ""
            found.append((_KINDS[child.get("type")], child.get("name"), condition, _outline(child)))
        elif kind == "TextElement":
            found.append(f"text:{''.join(child.itertext()).strip()}")
        elif kind == "Relation":
            found.append(f"relation:{child.get('label')}")
        elif kind == "Field":
            found.append(child.get("name"))
    return found


_NOT_ASKED = ("begin", "end", "calculate", "hidden", "start", "today", "username", "note")
_KINDS = {"Tab": "tab", "GroupBox": "box"}
