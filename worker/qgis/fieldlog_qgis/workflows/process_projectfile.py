"""Looks at a project file that someone has uploaded: is it sound, what is in it, what does it look like.

And at what was uploaded with it: are the edits still there that had been applied.
"""

import argparse
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..job_directory import JobDirectory
from ..log import logger
from ..project_file import ProjectFile, read, without_contents
from ..workflow import Step, Workflow

# Modules that import QGIS are imported by the steps that need them: the import takes a second, and a
# container that waits warm has it behind it.


@dataclass
class _State:
    """What one step leaves for the next."""

    name: str
    files: Path
    directory: JobDirectory
    project_file: ProjectFile | None = None
    opened: "OpenProject | None" = None  # noqa: F821
    problems: list["Problem"] = field(default_factory=list)  # noqa: F821


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project_id", help="UUID of the project (for the log)")
    parser.add_argument("project_file", help="path of the .qgs or .qgz file inside the project's files")


def _begin(arguments: argparse.Namespace, directory: JobDirectory) -> _State:
    logger.info("Processing %s of project %s", arguments.project_file, arguments.project_id)
    return _State(arguments.project_file, directory.require_files(), directory)


def _start_qgis_app(_state: _State) -> dict:
    from .. import qgis_app

    return {"qgis_version": qgis_app.start()}


def _project_validity_check(state: _State) -> dict:
    state.project_file = read(state.files, state.name)
    xml = state.project_file.xml
    logger.info("The project file is well-formed and was written by QGIS %s", xml.qgis_version)
    if xml.feature_counts:
        logger.info("Switched off the counting of features of %s layers", xml.feature_counts)
    return {"project_file_version": xml.qgis_version}


def _opening_check(state: _State) -> dict:
    from .. import newer_qgis
    from ..project_opening import TO_LOOK_AT, WHOLE, open_staged

    xml = state.project_file.xml
    # What is lost of a newer QGIS can be told only of what was read.
    flags = WHOLE if newer_qgis.is_newer(xml.qgis_version) else TO_LOOK_AT
    # What stands in the log beside a database counts, if it belongs there.
    state.opened = open_staged(state.files, state.project_file, flags, copies_below=state.directory.root)
    state.problems = newer_qgis.problems(xml, state.opened)
    state.project_file = without_contents(state.project_file)
    layers = state.opened.project.mapLayers().values()
    return {"layers": len(layers), "invalid_layers": sum(not layer.isValid() for layer in layers)}


def _project_details(state: _State) -> dict:
    from ..project_details import describe_project
    from ..transformations import Transformations

    Transformations(state.opened.project).warn()
    problems = [asdict(problem) for problem in state.problems]
    return {"project_details": describe_project(state.opened) | {"problems": problems}}


def _generate_thumbnail_image(state: _State) -> dict:
    from ..thumbnail import draw_thumbnail, save_thumbnail

    image = draw_thumbnail(state.opened)
    if image is None:
        logger.warning("The project has no extent: no thumbnail is made")
        return {"thumbnail": None}
    save_thumbnail(image, state.directory.thumbnail)
    return {"thumbnail": state.directory.thumbnail.name}


def _edits_still_there(state: _State) -> dict:
    if not state.directory.edits.is_file():
        return {"edits": None}
    from ..deltas import still_there

    try:
        edits = still_there.read(state.directory.edits)
        found = still_there.look(edits, state.opened, state.files)
    except Exception as error:  # noqa: BLE001 - a project is sound also when nobody can tell what became of edits
        logger.error("Nobody can tell whether edits are still there: %s", error, exc_info=error)
        return {"edits": None}
    gone = sum(not item["is_there"] for item in found)
    logger.info("Looked for %s edits: %s are no longer there, %s are there again", len(edits), gone, len(found) - gone)
    return {"edits": found}


def _stop_qgis_app(state: _State) -> dict:
    from .. import qgis_app

    qgis_app.stop()
    shutil.rmtree(state.opened.roots[0])
    return {}


WORKFLOW = Workflow(
    command="process_projectfile",
    id="process_projectfile",
    name="Process Projectfile",
    version="2.0",
    add_arguments=_add_arguments,
    begin=_begin,
    steps=(
        Step("start_qgis_app", "Start QGIS Application", _start_qgis_app),
        Step("project_validity_check", "Project Validity Check", _project_validity_check),
        Step("opening_check", "Opening Check", _opening_check),
        Step("project_details", "Project Details", _project_details, outputs=("project_details",)),
        Step("generate_thumbnail_image", "Generate Thumbnail Image", _generate_thumbnail_image),
        Step("edits_still_there", "Edits Still There", _edits_still_there, outputs=("edits",)),
        Step("stop_qgis_app", "Stop QGIS Application", _stop_qgis_app),
    ),
)
