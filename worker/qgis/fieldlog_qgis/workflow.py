"""A workflow is a list of named steps; running it always ends in feedback, never in an exception."""

import argparse
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import WorkflowError
from .feedback import Feedback, Stage, StepFeedback
from .job_directory import JobDirectory
from .log import logger, step_begins, step_ends


@dataclass(frozen=True)
class Step:
    """One thing a workflow does, with the names of those of its returned values that are public."""

    id: str
    name: str
    run: Callable[[Any], dict | None]
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflow:
    """A kind of job: the command that starts it, what it is told, and its steps.

    ``begin`` makes the state that the steps share from the arguments and the job directory.
    """

    command: str
    id: str
    name: str
    version: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    begin: Callable[[argparse.Namespace, JobDirectory], Any]
    steps: tuple[Step, ...]


def run(workflow: Workflow, arguments: argparse.Namespace, directory: JobDirectory) -> Feedback:
    """Runs the steps in order up to the first that fails."""
    feedback = Feedback(
        workflow.id, workflow.name, workflow.version, [StepFeedback(step.id, step.name) for step in workflow.steps]
    )
    try:
        state = workflow.begin(arguments, directory)
        for step, progress in zip(workflow.steps, feedback.steps):
            _run_step(step, state, progress, feedback.outputs)
    except Exception as error:  # noqa: BLE001 - whatever went wrong belongs in the feedback
        feedback.failure = _describe_failure(error)
    return feedback


def _run_step(step: Step, state: Any, progress: StepFeedback, outputs: dict) -> None:
    marker = step_begins(step.name)
    began = time.monotonic()
    progress.stage = Stage.IN_PROGRESS
    try:
        progress.returns = step.run(state) or {}
        if step.outputs:
            outputs[step.id] = {name: progress.returns[name] for name in step.outputs}
        progress.stage = Stage.DONE
    finally:
        progress.seconds = time.monotonic() - began
        step_ends(marker, progress.stage)


def _describe_failure(error: Exception) -> dict:
    expected = isinstance(error, WorkflowError)
    # An expected error speaks for itself; the way to an unexpected one is worth a log entry.
    logger.error("%s", error, exc_info=None if expected else error)
    return {
        "error": str(error) or type(error).__name__,
        "error_type": error.error_type if expected else "UNKNOWN",
        "error_class": type(error).__name__,
        "error_stack": "".join(traceback.format_exception(error)),
    }
