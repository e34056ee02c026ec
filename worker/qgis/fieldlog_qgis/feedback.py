"""``feedback.json``: how far a job came, what it found, and why it failed."""

import json
import os
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, TextIO

from .redaction import redact_all

FEEDBACK_VERSION = "2.0"


class Stage(IntEnum):
    """How far a step came."""

    NOT_STARTED = 0
    IN_PROGRESS = 1
    DONE = 2


@dataclass
class StepFeedback:
    """One step's part of the feedback."""

    id: str
    name: str
    stage: Stage = Stage.NOT_STARTED
    seconds: float = 0.0
    returns: dict = field(default_factory=dict)

    def as_dict(self) -> dict:
        """The step as the feedback shows it: returned values only when it is done."""
        shown = {"id": self.id, "name": self.name, "stage": int(self.stage), "seconds": round(self.seconds, 3)}
        if self.stage is Stage.DONE:
            shown["returns"] = self.returns
        return shown


@dataclass
class Feedback:
    """What the worker reads after the container has ended."""

    workflow_id: str
    workflow_name: str
    workflow_version: str
    steps: list[StepFeedback] = field(default_factory=list)
    outputs: dict = field(default_factory=dict)
    failure: dict = field(default_factory=dict)

    def as_dict(self) -> dict:
        """The whole feedback; the ``error`` keys are there only after a failure."""
        return {
            "feedback_version": FEEDBACK_VERSION,
            "workflow_id": self.workflow_id,
            "workflow_name": self.workflow_name,
            "workflow_version": self.workflow_version,
            "steps": [step.as_dict() for step in self.steps],
            "outputs": self.outputs,
            **self.failure,
        }

    def write(self, path: Path) -> None:
        """Writes the feedback without credentials; a reader sees all of it or nothing."""
        unfinished = path.with_name(f".{path.name}.tmp")
        # Lone surrogates come from undecodable file names; they must not cost us the feedback.
        with open(unfinished, "w", encoding="utf-8", errors="backslashreplace") as file:
            # Piece by piece: the feedback on many deltas is large.
            dump(redact_all(self.as_dict()), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)


def dump(document: Any, file: TextIO, indent: int | None = None) -> None:
    """Writes JSON as the feedback has it, whatever is in it."""
    json.dump(
        document,
        file,
        sort_keys=True,
        indent=indent,
        ensure_ascii=False,
        default=lambda value: f"<non-serializable: {type(value).__qualname__}>",
    )
