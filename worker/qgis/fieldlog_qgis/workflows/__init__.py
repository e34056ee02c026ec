"""The register of workflows: one line per kind of job."""

from ..workflow import Workflow
from . import apply_deltas, create_project, package, process_projectfile

WORKFLOWS: tuple[Workflow, ...] = (
    process_projectfile.WORKFLOW,
    package.WORKFLOW,
    apply_deltas.WORKFLOW,
    create_project.WORKFLOW,
)
