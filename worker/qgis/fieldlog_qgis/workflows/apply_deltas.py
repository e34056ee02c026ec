"""Applies the edits that field devices have pushed to the project's data."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from ..job_directory import JobDirectory
from ..log import logger
from ..workflow import Step, Workflow


@dataclass
class _State:
    """What one step leaves for the next."""

    name: str
    files: Path
    delta_file: Path
    commits: Path
    overwrite_conflicts: bool
    inverse: bool


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project_id", help="UUID of the project (for the log)")
    parser.add_argument("project_file", help="path of the .qgs or .qgz file inside the project's files")
    parser.add_argument(
        "--overwrite-conflicts", action="store_true", help="apply a delta also where somebody else was faster"
    )
    parser.add_argument("--inverse", action="store_true", help="undo the deltas, the last one first")
    parser.add_argument(
        "--delta-file", type=Path, help="the delta file, if it is not deltafile.json in the job directory"
    )


def _begin(arguments: argparse.Namespace, directory: JobDirectory) -> _State:
    logger.info("Applying deltas to %s of project %s", arguments.project_file, arguments.project_id)
    return _State(
        arguments.project_file,
        directory.require_files(),
        arguments.delta_file or directory.delta_file,
        directory.commits,
        arguments.overwrite_conflicts,
        arguments.inverse,
    )


def _start_qgis_app(_state: _State) -> dict:
    from .. import qgis_app

    return {"qgis_version": qgis_app.start()}


def _apply_deltas(state: _State) -> dict:
    from ..deltas import delta_file, leftovers, shapefile_spelling
    from ..deltas.applying import Applier
    from ..deltas.commits import Commits
    from ..deltas.feedback_item import count_applied
    from ..deltas.targets import Targets
    from ..project_file import read
    from ..project_opening import open_staged

    file = delta_file.read(state.delta_file)
    commits = Commits(state.commits)
    left = leftovers.Leftovers(state.files)
    leftovers.leave_journals_alone()
    parts = shapefile_spelling.align(state.files)
    opened = open_staged(state.files, read(state.files, state.name))
    targets = Targets(opened, state.files)
    feedback = Applier(targets, state.overwrite_conflicts, state.inverse, commits).apply(file)
    # QGIS keeps the files open that its layers are in.
    opened.project.clear()
    left.remove(targets.written)
    shapefile_spelling.give_back(parts)
    logger.info("Applied %s of %s deltas", count_applied(feedback), len(feedback))
    return {"delta_feedback": feedback, "torn_files": targets.torn}


def _stop_qgis_app(_state: _State) -> dict:
    from .. import qgis_app

    qgis_app.stop()
    return {}


WORKFLOW = Workflow(
    command="apply_deltas",
    id="apply_changes",
    name="Apply Changes",
    version="3.0",
    add_arguments=_add_arguments,
    begin=_begin,
    steps=(
        Step("start_qgis_app", "Start QGIS Application", _start_qgis_app),
        Step("apply_deltas", "Apply Deltas", _apply_deltas, outputs=("delta_feedback", "torn_files")),
        Step("stop_qgis_app", "Stop QGIS Application", _stop_qgis_app),
    ),
)
