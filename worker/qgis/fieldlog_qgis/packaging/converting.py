"""Makes a package from an opened project, from the decisions about its layers to the saved project file."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsMapLayer, QgsProject

from .. import sqlite_files
from ..progress import Progress
from ..project_opening import OpenProject
from ..transformations import Transformations
from . import actions, core_offline, embedded, offline, project_files, workload, writing
from .area_of_interest import area_of_interest
from .export_folder import ExportFolder
from .layer_files import LayerFiles
from .package import DATABASE, Package
from .problems import Problem, Problems
from .references import correct_references

_CONVERTERS = {"pythonmini": offline.convert, "qgiscore": core_offline.convert}


@dataclass(frozen=True)
class MadePackage:
    """A finished package: its project file, what was decided, and the layers (id: name) that have to work in it."""

    path: Path
    decisions: dict[str, actions.Decision]
    problems: Problems
    valid_layers: dict[str, str]


def make_package(
    opened: OpenProject,
    work: Path,
    project_path: Path,
    export: Path,
    project_name: str,
    converter: str,
    left_out: dict[Path, list[str]],
    known: Iterable[Problem] = (),
) -> MadePackage:
    """Makes the package in the folder `export`; the opened project is used up by it.

    `left_out` has, of databases in the working copy, why what lay beside them is not in them. Its problems begin with the
    `known` ones.
    """
    progress = Progress()
    folder = ExportFolder(export, progress)
    package = Package(opened, work, project_path.parent, folder, project_name, Problems(known), progress=progress)
    package.export.reserve(DATABASE)
    package.export.reserve(f"{package.stem}.qgz")
    project = opened.project
    embedded.open_groups(project)
    decisions = actions.decide(opened, opened.roots, package.problems)
    _note_logs(project, decisions, package, left_out)
    area = area_of_interest(opened)
    writing.prepare(project)
    actions.apply(project, decisions, package.changes)
    valid = {id: layer.name() for id, layer in project.mapLayers().items() if layer.isValid()}
    to_convert = [project.mapLayer(id) for id, found in decisions.items() if found.action == actions.OFFLINE]
    to_copy = {id: decision.location for id, decision in decisions.items() if _stays(project.mapLayer(id), decision)}
    _note_missing_grids(project, package)
    folders = project_files.find_folders(package)
    progress.expect(workload.of_paths([*folders, *{found.path for found in to_copy.values() if found.path}]))
    progress.expect(workload.of_tables(to_convert))
    project_files.copy_folders(package, folders)
    project_files.copy_plugin(package)
    project_files.copy_decorations(package)
    if to_convert:
        _CONVERTERS[converter](to_convert, package, area)
    layer_files = LayerFiles(package)
    for id, location in to_copy.items():
        layer_files.take(project.mapLayer(id), location)
    for layer in project.mapLayers().values():
        package.changes.add(layer, correct_references)
    package.changes.apply(project)
    path = writing.write(package)
    # Only a database that is closed everywhere is one file.
    project.clear()
    if to_convert:
        sqlite_files.merge_journals(package.database)
    return MadePackage(path, decisions, package.problems, valid)


def _note_logs(project: QgsProject, decisions: dict[str, actions.Decision], package: Package, left_out: dict) -> None:
    for id, decision in decisions.items():
        for why in left_out.get(decision.location.path, ()):
            package.problems.add(
                project.mapLayer(id), "log_left_out", f"is without what stands in the log beside its file: {why}."
            )


def _note_missing_grids(project: QgsProject, package: Package) -> None:
    transformations = Transformations(project)
    for layer in project.mapLayers().values():
        if missing := transformations.of_layer(layer):
            package.problems.add(layer, "grid_missing", f"is not as exact as it could be: {missing}.")


def _stays(layer: QgsMapLayer | None, decision: actions.Decision) -> bool:
    """Whether a layer goes into the package as what it is."""
    return layer is not None and layer.isValid() and decision.action != actions.OFFLINE
