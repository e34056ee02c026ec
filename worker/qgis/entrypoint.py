"""Runs one job: `python3 entrypoint.py process_projectfile <project uuid> <path of the .qgs or .qgz>`.

The job directory is /io (FIELDLOG_IO_DIR says otherwise in tests). The exit code is 0 also for a
workflow that failed: feedback.json says what happened. Any other code means that this program did.
"""

import argparse
import os
import sys
from pathlib import Path

from fieldlog_qgis import log, pg_service
from fieldlog_qgis.job_directory import JobDirectory
from fieldlog_qgis.workflow import run
from fieldlog_qgis.workflows import WORKFLOWS


def parse(arguments: list[str]) -> argparse.Namespace:
    """Reads a job from its command line."""
    parser = argparse.ArgumentParser(prog="entrypoint.py", description="Runs one Fieldlog job in QGIS.")
    commands = parser.add_subparsers(required=True, metavar="workflow")
    for workflow in WORKFLOWS:
        command = commands.add_parser(workflow.command, help=workflow.name)
        workflow.add_arguments(command)
        command.set_defaults(workflow=workflow)
    return parser.parse_args(arguments)


def run_job(arguments: list[str], directory: JobDirectory) -> None:
    """Runs one job and leaves its feedback in the job directory."""
    job = parse(arguments)
    run(job.workflow, job, directory).write(directory.feedback)


if __name__ == "__main__":
    log.configure()
    pg_service.write(os.environ, Path.home())
    run_job(sys.argv[1:], JobDirectory(Path(os.environ.get("FIELDLOG_IO_DIR", "/io"))))
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking Qt down in order can crash after all the work is done.
    os._exit(0)
