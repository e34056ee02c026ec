"""Pushing delta files, until their edits are in the data."""

import json
import uuid
from pathlib import Path

from qfieldcloud_sdk import sdk
from support.api import ask
from support.deltas import delta, delta_file
from support.device import Device
from support.geopackage import rows
from support.server import sample_or_skip
from support.shapes import DELTA
from support.waiting import eventually

from .packages import PACKAGE_JOB, ended, uploaded

POINTS = "sampling_points_sample"
UNDER_WAY = ("STATUS_PENDING", "STATUS_BUSY")


class Deltas:
    def written(self, content) -> str:
        path = self.folder({"deltas.json": json.dumps(content).encode()}) / "deltas.json"
        return str(path)

    def test_push_delta(self):
        project = self.project_with_qgis_file()
        pushed = self.written(delta_file(project["id"], delta(), delta("delete")))
        for _ in range(2):
            answer = self.client().push_delta(project["id"], pushed)
            self.assertEqual((200, b""), (answer.status_code, answer.content))

    def test_push_delta_of_another_project(self):
        project = self.project_with_qgis_file()
        with self.refused(400, "invalid_deltafile"):
            self.client().push_delta(project["id"], self.written(delta_file(str(uuid.uuid4()), delta())))

    def test_push_delta_without_a_project_file(self):
        project = self.project()
        with self.refused(400, "no_qgis_project"):
            self.client().push_delta(project["id"], self.written(delta_file(project["id"], delta())))

    def test_push_delta_by_a_stranger(self):
        project = self.project_with_qgis_file()
        with self.refused(403, "permission_denied"):
            self.client("ben").push_delta(project["id"], self.written(delta_file(project["id"], delta())))

    def test_push_delta_until_it_is_applied(self):
        project = uploaded(sample_or_skip(self))
        before, device = self.points(project), self.device(project)
        deltas = delta_file(
            project["id"],
            device.create(POINTS, "Point (691000 5291000)", code="W01", quality_class=3),
            device.patch(device.feature(POINTS, code="P01"), substrate="sand"),
            device.delete(device.feature(POINTS, code="P02")),
        )
        applied = self.settled(project, deltas)
        self.assertEqual(["STATUS_APPLIED"] * 3, [one["status"] for one in applied], applied)
        for sent, one in zip(deltas["deltas"], applied):
            self.assert_shape(DELTA, one)
            self.assert_has({"id": sent["uuid"], "content": sent, "last_status": "applied"}, one)

        after = self.points(project)
        self.assertEqual(before.keys() - {"P02"} | {"W01"}, after.keys())
        self.assertEqual(before["P01"] | {"substrate": "sand"}, after["P01"])
        self.assert_has({"geom": "Point (691000.0 5291000.0)", "quality_class": 3}, after["W01"])

        versions = self.versions(project)
        self.assertEqual({"survey.gpkg": 2}, {name: count for name, count in versions.items() if count > 1})
        self.assertEqual(applied, self.settled(project, deltas), "the same file again")
        self.assertEqual((after, versions), (self.points(project), self.versions(project)))

    def test_push_delta_where_the_last_one_wins(self):
        """The default of a project: who comes later overwrites."""
        project = uploaded(sample_or_skip(self))
        device = self.device(project)
        point = device.feature(POINTS, code="P01")
        for remarks in ("first", "second"):
            (applied,) = self.settled(project, delta_file(project["id"], device.patch(point, remarks=remarks)))
            self.assertEqual("STATUS_APPLIED", applied["status"], applied)
        self.assertEqual("second", self.points(project)["P01"]["remarks"])

    def test_job_trigger_apply_deltas(self):
        """Nobody has to: edits are applied when they come. A job that finds none is done."""
        project = uploaded(sample_or_skip(self))
        before = self.versions(project)
        job = ended(self.client().job_trigger(project["id"], sdk.JobTypes.APPLY_DELTAS))
        self.assert_has({"type": "delta_apply", "status": "finished"}, job)
        self.assertEqual(before, self.versions(project))
        self.client().add_project_collaborator(project["id"], "cleo", sdk.ProjectCollaboratorRole.READER)
        with self.refused(403, "permission_denied"):
            self.client("cleo").job_trigger(project["id"], sdk.JobTypes.APPLY_DELTAS)

    def device(self, project: dict) -> Device:
        job, folder = self.client().job_trigger(project["id"], PACKAGE_JOB), self.folder()
        self.assertEqual("finished", ended(job)["status"])
        self.client().package_download(project["id"], str(folder), throw_on_error=True)
        return Device(self.client().package_latest(project["id"]), folder)

    def settled(self, project: dict, deltas: dict) -> list[dict]:
        """Pushes, and waits for what comes of it. The SDK cannot ask for that."""
        self.client().push_delta(project["id"], self.written(deltas))

        def probe():
            found = ask("GET", f"deltas/{project['id']}/{deltas['id']}/", self.client().token)
            return not any(one["status"] in UNDER_WAY for one in found) and found

        return eventually("no edit is pending", probe)

    def points(self, project: dict) -> dict[str, dict]:
        file = self.folder() / "survey.gpkg"
        self.client().download_file(project["id"], sdk.FileTransferType.PROJECT, file, Path("survey.gpkg"), False)
        return {row["code"]: row for row in rows(file, "sampling_points")}

    def versions(self, project: dict) -> dict[str, int]:
        return {file["name"]: len(file["versions"]) for file in self.client().list_remote_files(project["id"])}
