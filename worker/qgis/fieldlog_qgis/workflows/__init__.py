"""The register of workflows: one line per kind of job."""

from ..workflow import Workflow
from . import apply_deltas, process_projectfile

WORKFLOWS: tuple[Workflow, ...] = (
    process_projectfile.WORKFLOW,
    apply_deltas.WORKFLOW,
)
