"""Plans the tables of a form: one for the survey, one for each repeat, and which question goes where."""

import re
from dataclasses import dataclass, field

from ..errors import InvalidXlsForm
from .form import Form, Group, Question, Repeat
from .problems import FormProblems
from .types import GEOMETRIES

# SQLite has room for 2000.
MAX_COLUMNS = 1_500
MAX_TABLES = 200
MAX_NAME = 60
KEY, PARENT_KEY, FID, GEOMETRY = "uuid", "parent_uuid", "fid", "geom"

_WORD = re.compile(r"[^\W\d][\w.-]*")


@dataclass(eq=False)
class Table:
    """A table with its questions; `columns` has the name of a column by its question."""

    name: str
    title: str
    group: Group
    parent: "Table | None" = None
    geometry: Question | None = None
    columns: dict[Question, str] = field(default_factory=dict)
    repeats: "dict[Repeat, Table]" = field(default_factory=dict)

    @property
    def geometry_type(self) -> str:
        """The kind of geometry as QGIS names it, or nothing."""
        return GEOMETRIES[self.geometry.type] if self.geometry else ""


def plan(form: Form, title: str, problems: FormProblems) -> list[Table]:
    """The tables of a form, the survey first and each parent before its repeats."""
    return _Planner(problems).plan(form, title)


class Names:
    """Gives out names that differ in more than case, as SQLite wants it."""

    def __init__(self, *taken: str):
        self._taken = {name.lower() for name in taken}

    def give(self, wanted: str) -> str:
        """The name, or one with a number when that is taken."""
        name, number = wanted, 1
        while name.lower() in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name.lower())
        return name


def clean(name: str, fallback: str) -> str:
    """A name that needs no care: letters, digits, and marks within."""
    if len(name) <= MAX_NAME and _WORD.fullmatch(name):
        return name
    cleaned = re.sub(r"[^\w.-]+", "_", name).strip("_")[:MAX_NAME]
    return cleaned if _WORD.fullmatch(cleaned) else fallback


class _Planner:
    def __init__(self, problems: FormProblems):
        self._problems = problems
        self._tables: list[Table] = []
        self._names = Names()

    def plan(self, form: Form, title: str) -> list[Table]:
        self._add(Table(self._table_name(form.id, "survey"), title, form.root))
        return self._tables

    def _table_name(self, wanted: str, fallback: str) -> str:
        # Both prefixes have a meaning to SQLite and GDAL.
        name = clean(wanted, fallback)
        return self._names.give(fallback if name.lower().startswith(("sqlite_", "gpkg_", "rtree_")) else name)

    def _add(self, table: Table) -> None:
        self._tables.append(table)
        if len(self._tables) > MAX_TABLES:
            raise InvalidXlsForm(f"The form has more than {MAX_TABLES - 1} repeats, which is refused.")
        self._fill(table, table.group, Names(FID, GEOMETRY, KEY, PARENT_KEY))
        if len(table.columns) > MAX_COLUMNS:
            raise InvalidXlsForm(
                f"'{table.title}' asks {len(table.columns)} questions; at most {MAX_COLUMNS} are allowed."
            )

    def _fill(self, table: Table, group: Group, names: Names) -> None:
        for child in group.children:
            if isinstance(child, Repeat):
                name = self._table_name(child.name, "repeat")
                table.repeats[child] = Table(name, child.label or child.name, child, table)
                self._add(table.repeats[child])
            elif isinstance(child, Group):
                self._fill(table, child, names)
            elif child.type in GEOMETRIES:
                self._set_geometry(table, child)
            elif child.type != "note":
                name = table.columns[child] = names.give(clean(child.name, "question"))
                if name != child.name:
                    self._problems.add("name_changed", f"its column is called '{name}'.", child.row, child.name)

    def _set_geometry(self, table: Table, question: Question) -> None:
        if table.geometry is None:
            table.geometry = question
        elif table.geometry.type == "start-geopoint":
            # Asking beats guessing.
            self._problems.add(
                "geometry_left_out", "another question has the place.", table.geometry.row, table.geometry.name
            )
            table.geometry = question
        else:
            self._problems.add(
                "geometry_left_out",
                f"a layer has one geometry, which is '{table.geometry.name}'.",
                question.row,
                question.name,
            )
