"""Makes the package of a project: what a device downloads to work with, offline where that is wanted."""

import argparse
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import LayerNotPackaged
from ..job_directory import JobDirectory
from ..log import logger
from ..project_file import read
from ..workflow import Step, Workflow

# Modules that import QGIS are imported by the steps that need them: the import takes a second, and a
# container that waits warm has it behind it.

CONVERTERS = ("pythonmini", "qgiscore")


@dataclass
class _State:
    """What one step leaves for the next."""

    name: str
    converter: str
    files: Path
    directory: JobDirectory
    opened: "OpenProject | None" = None  # noqa: F821
    work: Path | None = None
    project_path: Path | None = None
    packaged: Path | None = None
    expected_valid: dict[str, str] | None = None
    problems: list["Problem"] = field(default_factory=list)  # noqa: F821
    left_out: dict[Path, list[str]] = field(default_factory=dict)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project_id", help="UUID of the project (for the log)")
    parser.add_argument("project_file", help="path of the .qgs or .qgz file inside the project's files")
    parser.add_argument("converter", choices=CONVERTERS, help="what copies the layers that are worked on offline")


def _begin(arguments: argparse.Namespace, directory: JobDirectory) -> _State:
    logger.info("Packaging %s of project %s with %s", arguments.project_file, arguments.project_id, arguments.converter)
    return _State(arguments.project_file, arguments.converter, directory.require_files(), directory)


def _start_qgis_app(_state: _State) -> dict:
    from osgeo import gdal

    from .. import qgis_app

    version = qgis_app.start()
    # QGIS would switch every GeoPackage it opens to a write-ahead log, which leaves files beside it.
    gdal.SetConfigOption("OGR_SQLITE_JOURNAL", "DELETE")
    return {"qgis_version": version}


def _qgis_layers_data(state: _State) -> dict:
    from .. import newer_qgis, working_copy
    from ..layers import describe_layer
    from ..project_opening import WHOLE, open_project

    project_file = read(state.files, state.name, keep_feature_counts=True)
    state.work, state.project_path = working_copy.make(
        state.files, project_file, copies_below=state.directory.root, left_out=state.left_out
    )
    state.opened = open_project(state.project_path, (state.work, state.files.resolve()), WHOLE)
    state.problems = newer_qgis.problems(project_file.xml, state.opened)
    layers = state.opened.project.mapLayers()
    return {"layers_by_id": {id: describe_layer(layer, state.opened) for id, layer in layers.items()}}


def _package_project(state: _State) -> dict:
    from ..packaging.converting import make_package

    made = make_package(
        state.opened,
        state.work,
        state.project_path,
        state.directory.export,
        state.name,
        state.converter,
        state.left_out,
        state.problems,
    )
    state.packaged, state.expected_valid = made.path, made.valid_layers
    return {
        "layer_actions": {id: decision.as_dict() for id, decision in made.decisions.items()},
        "problems": made.problems.as_list(),
    }


def _qfield_layer_data(state: _State) -> dict:
    from ..layers import describe_layer, why_invalid
    from ..project_opening import open_project

    opened = open_project(state.packaged, (state.directory.export,))
    layers = opened.project.mapLayers()
    for id, name in state.expected_valid.items():
        if id not in layers:
            raise LayerNotPackaged(f"Layer '{name}' is missing from the package: QGIS has not saved it.")
        if not layers[id].isValid():
            raise LayerNotPackaged(f"Layer '{name}' cannot be opened in the package: {why_invalid(layers[id], opened)}")
    return {"layers_by_id": {id: describe_layer(layer, opened) for id, layer in layers.items()}}


def _stop_qgis_app(state: _State) -> dict:
    from .. import qgis_app

    qgis_app.stop()
    shutil.rmtree(state.work)
    return {}


WORKFLOW = Workflow(
    command="package",
    id="package_project",
    name="Package Project",
    version="2.0",
    add_arguments=_add_arguments,
    begin=_begin,
    steps=(
        Step("start_qgis_app", "Start QGIS Application", _start_qgis_app),
        Step("qgis_layers_data", "QGIS Layers Data", _qgis_layers_data, outputs=("layers_by_id",)),
        Step("package_project", "Package Project", _package_project, outputs=("layer_actions", "problems")),
        Step("qfield_layer_data", "Packaged Layers Data", _qfield_layer_data, outputs=("layers_by_id",)),
        Step("stop_qgis_app", "Stop QGIS Application", _stop_qgis_app),
    ),
)
