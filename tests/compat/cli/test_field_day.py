"""A field day with the command-line tool: from the office to the field, and back."""

import hashlib
import json
from pathlib import Path

from support.api import ask
from support.deltas import delta_file
from support.device import Device
from support.geopackage import is_sound, rows
from support.server import fresh, sample_or_skip
from support.waiting import eventually

from .tool import ToolCase

POINTS = "sampling_points_sample"
UNDER_WAY = ("STATUS_PENDING", "STATUS_BUSY")
ENDED = ("finished", "failed")


class FieldDay(ToolCase):
    def test_a_field_day(self):
        # In the office: a project with its files, which QGIS reads; and the people who go out.
        project = self.sample_project()
        self.said("collaborators-add", project, "ben", "editor")
        self.assert_has({"user_role": "editor"}, self.json("get-project", project, who="ben"))

        # On ben's device: the packaged project.
        self.packaged(project, who="ben")
        device, folder = self.downloaded(project, who="ben")
        self.assertEqual({POINTS, "river_reaches_sample", "habitat_areas_sample"}, device.layers.keys())
        before = self.points_by_code(project)
        self.assertEqual(before.keys(), {point.attributes["code"] for point in device.features(POINTS)})

        # In the field: an observation with a photo, a correction, and one point that is no more.
        self.json("upload-files", project, str(self.folder({"DCIM/willow.jpg": b"\xff\xd8\xff"})), "--throw-on-error", who="ben")
        deltas = delta_file(
            project,
            device.create(POINTS, "Point (691000.5 5291000.25)", code="W01", quality_class=2, photo="DCIM/willow.jpg"),
            device.patch(device.feature(POINTS, code="P02"), remarks="Hochwasser – überspült", ph=7.25),
            device.delete(device.feature(POINTS, code="P03")),
        )
        applied = self.pushed(project, deltas, who="ben")
        self.assertEqual(["STATUS_APPLIED"] * 3, [one["status"] for one in applied], applied)

        # Back in the office: exactly these edits are in the data.
        after = self.points_by_code(project)
        self.assertEqual(before.keys() - {"P03"} | {"W01"}, after.keys())
        self.assertEqual(before["P02"] | {"remarks": "Hochwasser – überspült", "ph": 7.25}, after["P02"])
        untouched = before.keys() - {"P02", "P03"}
        self.assertEqual({code: before[code] for code in untouched}, {code: after[code] for code in untouched})
        expected = {"geom": "Point (691000.5 5291000.25)", "quality_class": 2, "photo": "DCIM/willow.jpg", "remarks": None}
        self.assert_has(expected, after["W01"])

        # The tool pushes the same file again, and nothing changes.
        versions = self.versions(project)
        self.assertEqual(applied, self.pushed(project, deltas, who="ben"))
        self.assertEqual(versions, self.versions(project))

        # The next package has the edits, and the photo beside it.
        self.packaged(project, who="ben")
        device, folder = self.downloaded(project, who="ben")
        self.assertEqual(after.keys(), {point.attributes["code"] for point in device.features(POINTS)})
        self.assertEqual("Hochwasser – überspült", device.feature(POINTS, code="P02").attributes["remarks"])
        self.assertEqual(b"\xff\xd8\xff", (folder / "DCIM/willow.jpg").read_bytes())

        self.assert_refused(403, "permission_denied", "delete-project", project, who="ben")
        self.said("delete-project", project)
        self.assertNotIn(project, {one["id"] for one in self.json("list-projects")})
        self.assert_refused(404, "object_not_found", "package-latest", project)

    def test_a_conflict_and_edits_that_cannot_be_applied(self):
        project = self.sample_project()
        ask("PATCH", f"projects/{project}/", self.token("ana"), {"overwrite_conflicts": False})
        self.packaged(project)
        (early, _), (late, _) = self.downloaded(project), self.downloaded(project)
        self.pushed(project, delta_file(project, early.patch(early.feature(POINTS, code="P04"), remarks="first")))
        gone = early.feature(POINTS, code="P05")
        self.pushed(project, delta_file(project, early.delete(gone)))
        before = self.points_by_code(project)

        conflict, missing, shapeless, fine = self.pushed(
            project,
            delta_file(
                project,
                late.patch(late.feature(POINTS, code="P04"), remarks="second"),
                late.patch(gone, remarks="nobody is here"),
                late.create(POINTS, "Point (a b)", code="N01", quality_class=1),
                late.patch(late.feature(POINTS, code="P06"), remarks="spoilt by no other"),
            ),
        )
        self.assert_has({"status": "STATUS_CONFLICT", "last_status": "conflict"}, conflict)
        (told,) = conflict["last_feedback"]["conflicts"]
        for word in ("remarks", "first"):
            self.assertIn(word, told)
        for refused in (missing, shapeless):
            self.assert_has({"status": "STATUS_NOT_APPLIED", "last_status": "not_applied"}, refused)
            self.assertTrue(refused["last_feedback"]["msg"], refused)
            self.assertIsInstance(refused["output"], str)
        self.assertEqual("STATUS_APPLIED", fine["status"], fine)
        after = self.points_by_code(project)
        self.assertEqual(before | {"P06": before["P06"] | {"remarks": "spoilt by no other"}}, after)

    def sample_project(self) -> str:
        """A project with the sample's files, which QGIS has read."""
        sample = sample_or_skip(self)
        project = self.json("create-project", fresh("river"), "--description", "River restoration survey")["id"]
        self.json("upload-files", project, sample, "--throw-on-error")
        names = {file["name"] for file in self.json("list-files", project)}
        self.assertEqual({str(path.relative_to(sample)) for path in Path(sample).rglob("*") if path.is_file()}, names)

        def settled():
            found = self.json("get-project", project)
            return found["status"] != "busy" and found

        self.assert_has({"status": "ok"}, eventually("the project is processed", settled))
        jobs = {(job["type"], job["status"]) for job in self.json("list-jobs", project)}
        self.assertEqual({("process_projectfile", "finished")}, jobs)
        return project

    def packaged(self, project: str, who: str = "ana") -> None:
        job = self.json("job-trigger", project, "package", who=who)

        def ended():
            found = self.json("job-status", job["id"], who=who)
            return found["status"] in ENDED and found

        self.assert_has({"status": "finished"}, eventually("the package is made", ended))
        self.assertEqual(job["id"], self.json("package-latest", project, who=who)["package_id"])

    def downloaded(self, project: str, who: str = "ana") -> tuple[Device, Path]:
        """The last package on a device of its own, every file as it was announced."""
        package, folder = self.json("package-latest", project, who=who), self.folder()
        self.json("package-download", project, str(folder), "--throw-on-error", who=who)
        announced = {file["name"]: (file["size"], file["md5sum"]) for file in package["files"]}
        found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self.assertEqual(announced, {name: (len(content), hashlib.md5(content).hexdigest()) for name, content in found.items()})
        self.assertLessEqual({"river_survey_qfield.qgz", "data.gpkg", "DCIM/sampling_points_P01.jpg"}, found.keys())
        device = Device(package, folder)
        self.assertEqual(package["layers"].keys(), {layer.source_id for layer in device.layers.values()})
        return device, folder

    def pushed(self, project: str, deltas: dict, who: str = "ana") -> list[dict]:
        """What came of each edit, in the order of the file. The tool has no command for it."""
        file = self.folder({"deltas.json": json.dumps(deltas).encode()}) / "deltas.json"
        self.assertIn("pushed to project", self.said("delta-push", project, str(file), who=who))

        def settled():
            found = ask("GET", f"deltas/{project}/{deltas['id']}/", self.token(who))
            return not any(one["status"] in UNDER_WAY for one in found) and found

        found = eventually("no edit is pending", settled)
        self.assertEqual([one["uuid"] for one in deltas["deltas"]], [one["id"] for one in found])
        return found

    def points_by_code(self, project: str) -> dict[str, dict]:
        """The sampling points in the project's data, as they are now."""
        folder = self.folder()
        self.json("download-files", project, str(folder), "--filter", "survey.gpkg", "--throw-on-error")
        self.assertTrue(is_sound(folder / "survey.gpkg"))
        return {row["code"]: row for row in rows(folder / "survey.gpkg", "sampling_points")}

    def versions(self, project: str) -> dict[str, list[str]]:
        return {file["name"]: [one["version_id"] for one in file["versions"]] for file in self.json("list-files", project)}
