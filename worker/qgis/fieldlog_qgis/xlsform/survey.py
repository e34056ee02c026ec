"""A form on its way into a project: first its tables are written, then its layers are made."""

from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsProject

from . import choice_lists, geopackage, tables
from .choice_lists import ChoiceTable
from .form import Form
from .layers import FormLayers
from .problems import FormProblems
from .scope import Names
from .tables import Table


@dataclass(frozen=True)
class Survey:
    """A form whose tables are written."""

    path: Path
    form: Form
    tables: list[Table]
    lists: dict[str, ChoiceTable]
    names: Names
    problems: FormProblems

    def add_layers(self, project: QgsProject, show_groups_as_tabs: bool) -> None:
        """Adds the form's layers to a project."""
        layers = FormLayers(project, self.path, self.form, self.tables, self.lists, self.names, self.problems)
        layers.add(show_groups_as_tabs)


def prepare(form: Form, project_name: str, files: Path, problems: FormProblems) -> Survey:
    """Writes the tables of a form into the folder of files."""
    planned = tables.plan(form, form.title or project_name, problems)
    lists = choice_lists.plan(form, planned, problems)
    names = Names(planned)
    path = files / geopackage.FILE
    geopackage.write(path, planned, list(lists.values()), names)
    return Survey(path, form, planned, lists, names, problems)
