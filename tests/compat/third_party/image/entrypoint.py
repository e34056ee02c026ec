"""A worker image of somebody else: the container contract of QFieldCloud (section 8 of its reference), with its own SDK.

Nothing is read from /io but the edits, and nothing is left there but the feedback.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from qfieldcloud_sdk.sdk import Client, FileTransferType

SHARED = Path("/io")


def fetch(client: Client, workflow: str, project: str, place: Path) -> None:
    """What the job works on."""
    assert client.get_project(project)["id"] == project
    (place / "files").mkdir()
    client.download_project(project, str(place / "files"), throw_on_error=True)
    if workflow == "create_project":
        seed = client.get_project_seed(project)
        if seed["xlsform_file"]:
            seed["xlsform_file"] = Path(client.get_project_seed_xlsform(project, str(place))).name
        (place / "seed.json").write_text(json.dumps(seed))
    if workflow == "apply_deltas":
        shutil.copy(SHARED / "deltafile.json", place)


def bring(client: Client, workflow: str, project: str, place: Path) -> None:
    """What the job made."""
    if workflow == "package":
        job = os.environ["JOB_ID"]
        client.upload_files(project, FileTransferType.PACKAGE, str(place / "export"), "*", True, job_id=job)
    elif workflow == "process_projectfile" and (place / "thumbnail.png").exists():
        client.upload_project_thumbnail(project, str(place / "thumbnail.png"))
    elif workflow in ("apply_deltas", "create_project"):
        client.upload_files(project, FileTransferType.PROJECT, str(place / "files"), "*", True)


def main(arguments: list[str]) -> int:
    workflow = arguments[0]
    project = next(argument for argument in arguments[1:] if not argument.startswith("-"))
    client = Client(os.environ["QFIELDCLOUD_URL"], token=os.environ["QFIELDCLOUD_TOKEN"])
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        fetch(client, workflow, project, place)
        own = {**os.environ, "FIELDLOG_IO_DIR": name}
        subprocess.run([sys.executable, "workflow.py", *arguments], env=own, check=True)
        feedback = json.loads((place / "feedback.json").read_text())
        if not feedback.get("error"):
            bring(client, workflow, project, place)
        shutil.copy(place / "feedback.json", SHARED)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
