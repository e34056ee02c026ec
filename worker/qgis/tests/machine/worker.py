"""What Fieldlog's worker does around the container: packages, delta files with known keys, versions of files."""

import argparse
import contextlib
import dataclasses
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal
from qgis.core import QgsProject

from fieldlog_qgis import workflow
from fieldlog_qgis.job_directory import JobDirectory
from fieldlog_qgis.workflows import apply_deltas, package

from .. import projects
from .device import Edit
from .project import NAME


class JobFailed(Exception):
    """A job came to grief as a whole."""


@dataclass
class _Version:
    """What the files were at some moment, and how they came to be so."""

    files: dict[str, bytes]
    parent: int | None
    is_upload: bool


@dataclass
class _Known:
    """A feature that a device made: its key in the source, the version in which it got it, what it was last."""

    pk: str
    version: int
    after: dict


class Worker:
    """One project on the server, over the folder of a job."""

    def __init__(self, root: Path, overwrites: bool):
        self.root, self.files, self.overwrites = root, root / "files", overwrites
        self._versions: list[_Version] = []
        self._now: int | None = None
        self._known: dict[str, _Known] = {}
        self._made: dict[str, dict] = {}
        self._parents: list[dict] = []
        self._edited: dict[str, dict[str, dict]] = {}
        # By layer and key: the version and the edit that deleted the feature.
        self._deleted: dict[tuple[str, str], tuple[int, str]] = {}
        self._packaged: dict[str, int] = {}
        self._pushed: set[str] = set()

    def keep_version(self, is_upload: bool) -> None:
        """Notes what the files are by now."""
        content = {path.name: path.read_bytes() for path in sorted(self.files.iterdir())}
        self._versions.append(_Version(content, self._now, is_upload))
        self._now = len(self._versions) - 1

    def restore(self, number: int) -> None:
        """Makes an earlier version the present one."""
        wanted = self._versions[number % len(self._versions)]
        shutil.rmtree(self.files)
        self.files.mkdir()
        for name, content in wanted.files.items():
            (self.files / name).write_bytes(content)
        self._versions.append(_Version(wanted.files, number % len(self._versions), False))
        self._now = len(self._versions) - 1

    def package(self, client: str) -> Path:
        """Makes a package for a device."""
        arguments = argparse.Namespace(project_id=projects.PROJECT_ID, project_file=NAME, converter="pythonmini")
        journal = gdal.GetConfigOption("OGR_SQLITE_JOURNAL")
        steps = dataclasses.replace(package.WORKFLOW, steps=package.WORKFLOW.steps[:-1])
        _run(steps, arguments, self.root)
        gdal.SetConfigOption("OGR_SQLITE_JOURNAL", journal)
        QgsProject.instance().clear()
        self._packaged[client] = self._now
        return self.root / "export"

    def push(self, edits: list[Edit]) -> list[dict]:
        """Applies edits; returns what became of each. Those that came before are not given to the container again."""
        edits = [edit for edit in edits if edit.delta["uuid"] not in self._pushed]
        self._pushed |= {edit.delta["uuid"] for edit in edits}
        file = {"version": "1.0", "id": "f1", "project": projects.PROJECT_ID, "files": [], **self._keys(edits)}
        (self.root / "deltafile.json").write_text(json.dumps(file), encoding="utf-8")
        parser = argparse.ArgumentParser()
        apply_deltas.WORKFLOW.add_arguments(parser)
        options = ["--overwrite-conflicts"] if self.overwrites else []
        arguments = parser.parse_args([*options, "--", projects.PROJECT_ID, NAME])
        steps = dataclasses.replace(apply_deltas.WORKFLOW, steps=apply_deltas.WORKFLOW.steps[:-1])
        items = _run(steps, arguments, self.root)["apply_deltas"]["delta_feedback"]
        self.keep_version(is_upload=False)
        self._learn(edits, json.loads(json.dumps(items)))
        return items

    def _keys(self, edits: list[Edit]) -> dict:
        """The deltas, and what is known of their features."""
        line = self._line()
        told = {"deltas": [], "clientPks": {}, "uncertainPks": {}, "lostPks": {}}
        told |= {"madeValues": self._made, "parents": self._parents, "edited": self._edited}
        for name, known in self._known.items():
            if known.version not in line:
                told["lostPks"][name] = {"pk": known.pk, "why": "it was made in a version that was taken back"}
            elif any(self._versions[version].is_upload for version in line[: line.index(known.version)]):
                told["uncertainPks"][name] = {
                    "pk": known.pk,
                    "after": known.after,
                    "why": "the file was uploaded anew",
                }
            else:
                told["clientPks"][name] = known.pk
        for edit in edits:
            told["deltas"].append(edit.delta | self._was_deleted(edit, line))
        return told

    def _was_deleted(self, edit: Edit, line: list[int]) -> dict:
        delta = edit.delta
        known = self._known.get(client_pk(delta))
        key = known.pk if known else delta["sourcePk"]
        version, by = self._deleted.get((delta["sourceLayerId"], key), (-1, ""))
        since = known.version if known else self._packaged.get(delta["clientId"], 0)
        if delta["method"] == "create" or version not in line or version <= since:
            return {}
        return {"featureDeleted": {"delta": by, "by": "ana", "at": "2026-06-02T10:00:00Z"}}

    def _learn(self, edits: list[Edit], items: list[dict]) -> None:
        for edit, item in zip(edits, items):
            if item["status"] != "status_applied":
                continue
            name, delta = client_pk(edit.delta), edit.delta
            if delta["method"] == "patch":
                feature = self._edited.setdefault(delta["sourceLayerId"], {}).setdefault(item["modified_pk"], {})
                attributes = feature.get("attributes", {}) | item["after"]["attributes"]
                feature |= item["after"] | {"attributes": attributes}
            self._learn_made(name, delta, item)
            if delta["method"] == "create":
                self._known[name] = _Known(item["modified_pk"], self._now, item["after"])
            elif delta["method"] == "delete":
                self._deleted[delta["sourceLayerId"], item["modified_pk"]] = (self._now, delta["uuid"])
            elif name in self._known and item["after"]:
                after = self._known[name].after
                attributes = after["attributes"] | item["after"]["attributes"]
                self._known[name].after = after | item["after"] | {"attributes": attributes}

    def _learn_made(self, name: str, delta: dict, item: dict) -> None:
        """What the source stored otherwise than the device said."""
        made = item.get("made") or {}
        said = delta.get("new", {}).get("attributes", {})
        has = delta.get("old", {}).get("attributes", {}) | said
        pairs = {column: {"said": has.get(column), "stored": stored} for column, stored in made.items()}
        self._made.setdefault(name, {}).update(pairs)
        if delta["method"] == "create" and any(said.get(column) is not None for column in made):
            stored = item["after"]["attributes"]
            layer = delta["sourceLayerId"]
            self._parents.append({"client": delta["clientId"], "layer": layer, "said": said, "stored": stored})

    def _line(self) -> list[int]:
        """The present version and its ancestors, the newest first."""
        line, version = [], self._now
        while version is not None:
            line.append(version)
            version = self._versions[version].parent
        return line


def client_pk(delta: dict) -> str:
    """The name by which the worker knows a device's feature."""
    return f"{delta['clientId']}__{delta['localLayerId']}__{delta['localPk']}"


def _run(steps: workflow.Workflow, arguments: argparse.Namespace, root: Path) -> dict:
    with contextlib.redirect_stderr(io.StringIO()):
        feedback = workflow.run(steps, arguments, JobDirectory(root)).as_dict()
    if "error" in feedback:
        raise JobFailed(feedback["error_stack"])
    return feedback["outputs"]
