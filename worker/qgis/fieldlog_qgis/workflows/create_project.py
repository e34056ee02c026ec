"""Makes the files of a new project: an empty one, a copy of another, or one that asks the questions of an XLSForm."""

import argparse
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ..creating import seed as seeds
from ..errors import LayerNotCreated, UnableToContinue
from ..job_directory import JobDirectory
from ..log import logger
from ..workflow import Step, Workflow

# Modules that import QGIS are imported by the steps that need them: the import takes a second, and a
# container that waits warm has it behind it.


@dataclass
class _State:
    """What one step leaves for the next."""

    files: Path
    directory: JobDirectory
    seed: seeds.Seed | None = None
    project_name: str = ""
    problems: "FormProblems | None" = None  # noqa: F821
    form: "Form | None" = None  # noqa: F821
    survey: "Survey | None" = None  # noqa: F821
    # By layer id: of a clone, the layers that could not be opened before either.
    invalid_before: set[str] = field(default_factory=set)
    works: list[Path] = field(default_factory=list)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project_id", help="UUID of the new project (for the log)")


def _begin(arguments: argparse.Namespace, directory: JobDirectory) -> _State:
    logger.info("Creating project %s", arguments.project_id)
    return _State(directory.require_files(), directory)


def _start_qgis_app(_state: _State) -> dict:
    from osgeo import gdal

    from .. import qgis_app

    version = qgis_app.start()
    # QGIS would switch every GeoPackage it opens to a write-ahead log, which leaves files beside it.
    gdal.SetConfigOption("OGR_SQLITE_JOURNAL", "DELETE")
    return {"qgis_version": version}


def _get_project_seed(state: _State) -> dict:
    state.seed = seeds.read(state.directory.seed)
    return {"kind": state.seed.kind}


def _get_project_seed_xlsform(state: _State) -> dict:
    if state.seed.xlsform is None:
        return {"xlsform": None}
    from ..xlsform import reading
    from ..xlsform.problems import FormProblems

    state.problems = FormProblems()
    state.form = reading.read(state.seed.xlsform, state.problems)
    return {"xlsform": state.seed.xlsform.name}


def _prepare_project_files(state: _State) -> dict:
    from ..creating import clone

    if state.seed.is_clone:
        state.project_name = clone.find_project(state.files)
        return {"project_file": state.project_name}
    if found := sorted(path.name for path in state.files.iterdir()):
        raise UnableToContinue(f"The new project has files already ({', '.join(found[:5])}); expected none.")
    if state.form is not None:
        from ..xlsform import survey

        state.survey = survey.prepare(state.form, state.seed.name, state.files, state.problems)
    return {}


def _configure_qgis_project(state: _State) -> dict:
    if state.seed.is_clone:
        _rename_clone(state)
        return {"problems": []}
    from ..creating import basemaps, new_project

    project = new_project.begin(state.seed)
    if state.survey is not None:
        state.survey.add_layers(project, state.seed.show_groups_as_tabs)
    basemaps.add(project, state.seed.basemaps)
    state.project_name = new_project.save(project, state.files)
    return {"problems": [] if state.problems is None else state.problems.as_list()}


def _rename_clone(state: _State) -> None:
    from ..creating import clone, extents

    opened = _open(state)
    layers = opened.project.mapLayers()
    state.invalid_before = {id for id, layer in layers.items() if not layer.isValid()}
    view = None if state.seed.extent is None else extents.view(state.seed.extent, opened.view.crs())
    opened.project.clear()
    clone.rename(state.files, state.project_name, state.seed.name, view)


def _qgis_layers_data(state: _State) -> dict:
    from ..layers import describe_layer, why_invalid

    opened = _open(state)
    if opened.project.title() != state.seed.name:
        raise UnableToContinue(
            f"The new project has the title '{opened.project.title()}'; expected '{state.seed.name}'."
        )
    layers = opened.project.mapLayers()
    for id, layer in layers.items():
        if not layer.isValid() and id not in state.invalid_before:
            raise LayerNotCreated(f"Layer '{layer.name()}' cannot be opened: {why_invalid(layer, opened)}")
    return {"layers_by_id": {id: describe_layer(layer, opened) for id, layer in layers.items()}}


def _open(state: _State) -> "OpenProject":  # noqa: F821
    """Opens the project by a working copy, so that its files stay as they are."""
    from .. import working_copy
    from ..project_file import read
    from ..project_opening import open_project

    work, path = working_copy.make(
        state.files, read(state.files, state.project_name), copies_below=state.directory.root
    )
    state.works.append(work)
    return open_project(path, (work, state.files.resolve()))


def _stop_qgis_app(state: _State) -> dict:
    from .. import qgis_app

    qgis_app.stop()
    for work in state.works:
        shutil.rmtree(work)
    return {}


WORKFLOW = Workflow(
    command="create_project",
    id="create_project",
    name="Create Project",
    version="1.0",
    add_arguments=_add_arguments,
    begin=_begin,
    steps=(
        Step("start_qgis_app", "Start QGIS Application", _start_qgis_app),
        Step("get_project_seed", "Get Project Seed", _get_project_seed),
        Step("get_project_seed_xlsform", "Get Project Seed XLSForm", _get_project_seed_xlsform),
        Step("prepare_project_files", "Prepare Project Files", _prepare_project_files),
        Step("configure_qgis_project", "Configure QGIS Project", _configure_qgis_project, outputs=("problems",)),
        Step("qgis_layers_data", "QGIS Layers Data", _qgis_layers_data, outputs=("layers_by_id",)),
        Step("stop_qgis_app", "Stop QGIS Application", _stop_qgis_app),
    ),
)
