"""The register of workflows: one line per kind of job."""

from ..workflow import Workflow
from . import process_projectfile

WORKFLOWS: tuple[Workflow, ...] = (process_projectfile.WORKFLOW,)
