"""Runs one job: `python3 entrypoint.py process_projectfile <project uuid> <path of the .qgs or .qgz>`.

With `--wait` it starts QGIS, gets warm, and then runs the one job that `order.json` in the job directory asks for.

The job directory is /io (FIELDLOG_IO_DIR says otherwise in tests). The exit code is 0 also for a
workflow that failed: feedback.json says what happened. Any other code means that this program did.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from fieldlog_qgis import log, pg_service, waiting
from fieldlog_qgis.job_directory import JobDirectory
from fieldlog_qgis.workflow import run
from fieldlog_qgis.workflows import WORKFLOWS

WAIT = "--wait"


def parse(arguments: list[str]) -> argparse.Namespace:
    """Reads a job from its command line."""
    parser = argparse.ArgumentParser(
        prog="entrypoint.py",
        description="Runs one Fieldlog job in QGIS.",
        epilog=f"With '{WAIT} [SECONDS]' as the only arguments, gets warm and waits that long for the job.",
    )
    commands = parser.add_subparsers(required=True, metavar="workflow")
    for workflow in WORKFLOWS:
        command = commands.add_parser(workflow.command, help=workflow.name)
        workflow.add_arguments(command)
        command.set_defaults(workflow=workflow)
    return parser.parse_args(arguments)


def wait_for_job(directory: JobDirectory, seconds: float = waiting.PATIENCE_SECONDS) -> list[str]:
    """Gets warm, waits for the order, puts its variables in place and returns its command line."""
    waiting.require_wake(directory)
    with log.only_errors():
        from fieldlog_qgis import warm_up

        warm_up.warm_up()
        order = waiting.wait(directory, seconds)
    os.environ.update(order.environment)
    # The C library reads this one only once.
    time.tzset()
    return order.arguments


def run_job(arguments: list[str], directory: JobDirectory) -> None:
    """Runs one job and leaves its feedback in the job directory."""
    job = parse(arguments)
    run(job.workflow, job, directory).write(directory.feedback)


def main(arguments: list[str]) -> int:
    """Does what the command line asks for; returns the exit code."""
    directory = JobDirectory(Path(os.environ.get("FIELDLOG_IO_DIR", "/io")))
    try:
        if arguments[:1] == [WAIT] and len(arguments) <= 2:
            arguments = wait_for_job(directory, *map(float, arguments[1:]))
        pg_service.write(os.environ, Path.home())
        pg_service.take_role(os.environ)
        run_job(arguments, directory)
    except waiting.NoOrder:
        return os.EX_TEMPFAIL
    except waiting.MalformedOrder as problem:
        print(problem, file=sys.stderr)
        return os.EX_USAGE
    except SystemExit as ending:  # that is how argparse refuses a command line
        return ending.code
    return 0


if __name__ == "__main__":
    log.configure()
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking Qt down in order can crash after all the work is done.
    os._exit(code)
