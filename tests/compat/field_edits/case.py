"""A test case with the project of a case, its devices, and what came of their edits."""

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from exchanges.apps import QField, qfield, segments, token
from exchanges.field import FieldCase, is_project_file
from support.deltas import delta_file
from support.graphql import graphql
from support.server import sample_or_skip
from support.waiting import eventually

from .workshop import QgisDevice, workshop_or_skip

EDITS = """query($id: ID!) { resource(id: $id) { ... on Project { takenBackEdits deltas(first: 100) { nodes {
    uuid status feedback before after missingColumns takenBack { file why by { name } } conflict { old mine theirs }
} } } } }"""


@dataclass(frozen=True)
class Came:
    """What came of an edit: its status, then why not, or what else was told."""

    status: str
    reason: str | None
    message: str

    @property
    def brief(self) -> str:
        return f"{self.status} {self.reason}" if self.reason else self.status


class FieldEditsCase(FieldCase):
    def setUp(self):
        sample_or_skip(self)
        self.workshop = workshop_or_skip(self)

    def project_of(self, folder: Path, **settings) -> str:
        """A project of ana's with the files of a folder, the project file last, once it was looked at."""
        project = self.project(**settings)["id"]
        paths = [path for path in folder.rglob("*") if path.is_file()]
        for path in sorted(paths, key=lambda path: (is_project_file(path.name), path.name)):
            self.uploaded(project, str(path.relative_to(folder)), path.read_bytes())
        self.assert_has({"status": "ok"}, self.not_busy(project))
        return project

    def packaged(self, project: str) -> dict[str, bytes]:
        """The files of a new package."""
        job = self.packaging_ended(project)
        self.assertEqual("finished", job["status"], job)
        names = [file["name"] for file in self.ok(qfield().get(f"packages/{project}/latest/"))["files"]]
        return {name: self.transferred(project, name) for name in names}

    def device(self, project: str, zone: str = "UTC") -> QgisDevice:
        return self.workshop.device(self.packaged(project), zone)

    def devices(self, project: str, count: int) -> list[QgisDevice]:
        """Devices with the same package."""
        package = self.packaged(project)
        return [self.workshop.device(package) for _ in range(count)]

    def came(self, project: str, deltas: list[dict]) -> list[Came]:
        """Pushes edits of one device, and tells what came of each."""
        self.pushed(project, delta_file(project, *deltas))
        edits = self.edits(project)
        return [edits[delta["uuid"]] for delta in deltas]

    def comes(self, expected: list[str], project: str, deltas: list[dict]) -> list[str]:
        """Pushes edits of one device, of which these statuses and reasons come; gives the messages."""
        came = self.came(project, deltas)
        self.assertEqual(expected, [one.brief for one in came], came)
        return [one.message for one in came]

    def settled_edit(self, project: str, edit: str) -> str:
        """The status of an edit that is tried again, once that is done."""

        def probe():
            found = self.edits(project)[edit]
            return found.status not in ("PENDING", "STARTED") and found.brief

        return eventually("the edit is tried again", probe)

    def places(self, project: str, name: str, layer: str, column: str) -> dict[str, str | None]:
        """The places in a layer as GDAL reads them, by what a column holds."""
        return self.workshop.places(self.file(project, name), layer, column)

    def nodes(self, project: str) -> dict[str, dict]:
        """What GraphQL tells of each edit of a project."""
        found = graphql(token(QField, "ana"), EDITS, id=project)["resource"]
        return {node["uuid"]: node for node in found["deltas"]["nodes"]}

    def edits(self, project: str) -> dict[str, Came]:
        return {name: _came(node) for name, node in self.nodes(project).items()}

    def files(self, project: str) -> Path:
        """What somebody gets who downloads the project's files."""
        names = [file["name"] for file in self.ok(qfield().get(f"files/{project}/"))]
        return self.folder({name: self.file(project, name) for name in names})

    def file(self, project: str, name: str) -> bytes:
        answer = qfield().get(f"files/{project}/{segments(name)}/")
        self.assertEqual(200, answer.status, answer)
        return answer.body

    def stored(self, project: str, name: str, query: str) -> list[tuple]:
        """Rows of a GeoPackage of the project, with the files that belong to it."""
        return selected(self.files(project) / name, query)


def selected(database: Path, query: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def _came(node: dict) -> Came:
    feedback = node["feedback"] or {}
    return Came(node["status"], feedback.get("reason"), feedback.get("msg", ""))
