"""A test case with a project that QGIS reads, and devices that download it and push to it."""

import hashlib
import json
from pathlib import Path

from support.device import Device
from support.geopackage import changed, is_sound, rows
from support.server import sample_or_skip
from support.waiting import eventually

from .apps import qfield, segments
from .case import ExchangeCase

POINTS = "sampling_points_sample"
AREAS = "habitat_areas_sample"
UNDER_WAY = ("STATUS_PENDING", "STATUS_BUSY")


def is_project_file(name: str) -> bool:
    return name.endswith((".qgs", ".qgz"))


class FieldCase(ExchangeCase):
    def sample_files(self) -> dict[str, bytes]:
        """The project file comes last."""
        folder = Path(sample_or_skip(self))
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return {name: files[name] for name in sorted(files, key=lambda name: (is_project_file(name), name))}

    def survey_with(self, code: str, instead_of: str) -> bytes:
        """The sample's survey.gpkg, with another code for one of its points."""
        file = self.folder({"survey.gpkg": self.sample_files()["survey.gpkg"]}) / "survey.gpkg"
        return changed(file, "UPDATE sampling_points SET code = ? WHERE code = ?", code, instead_of)

    def sample_project(self, **settings) -> str:
        """A project of ana's that is ready for the field."""
        files = self.sample_files()
        project = self.project(**settings)["id"]
        for name, content in files.items():
            self.uploaded(project, name, content)
        self.assert_has({"status": "ok"}, self.not_busy(project))
        return project

    def uploaded(self, project: str, name: str, content: bytes, who: str = "ana") -> None:
        self.ok(qfield(who).post_file(f"files/{project}/{segments(name)}/", name, content), 201)

    def refreshed(self, project: str, who: str = "ana") -> dict:
        return self.ok(qfield(who).get(f"projects/{project}/"))

    def not_busy(self, project: str) -> dict:
        def probe():
            found = self.refreshed(project)
            return found["status"] != "busy" and found

        return eventually("the project is not busy", probe)

    def package(self, project: str, who: str = "ana") -> dict:
        """What QField does before a download: have it packaged where that is needed, then ask what there is."""
        found = self.refreshed(project, who)
        if found["can_repackage"] and found["needs_repackaging"]:
            self.assertEqual("finished", self.packaging_ended(project, who)["status"])
        return self.ok(qfield(who).get(f"packages/{project}/latest/?skip_metadata=1"))

    def packaging_ended(self, project: str, who: str = "ana") -> dict:
        """Asks for a package and polls its job to the end."""
        asked = qfield(who).post("jobs/", {"project_id": project, "type": "package"})
        self.assertIn(asked.status, (200, 201), asked)
        job = asked.json()["id"]

        def probe():
            found = self.ok(qfield(who).get(f"jobs/{job}/"))
            return found["status"] in ("finished", "failed") and found

        return eventually("the packaging ends", probe)

    def transferred(self, project: str, name: str, who: str = "ana") -> bytes:
        answer = qfield(who).get(f"packages/{project}/latest/files/{segments(name)}/")
        self.assertEqual(200, answer.status, answer)
        return answer.body

    def device(self, project: str, who: str = "ana") -> Device:
        """A device with the last package, every file of which is as it was announced."""
        package, folder = self.package(project, who), self.folder()
        for file in package["files"]:
            content = self.transferred(project, file["name"], who)
            self.assertEqual((file["size"], file["md5sum"]), (len(content), hashlib.md5(content).hexdigest()), file["name"])
            target = folder / file["name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return Device(package, folder)

    def push(self, project: str, deltas: dict, who: str = "ana") -> None:
        answer = qfield(who).post_file(f"deltas/{project}/", "deltafile_push.json", json.dumps(deltas).encode())
        self.assertEqual((200, b""), (answer.status, answer.body))

    def settled(self, project: str, deltas: dict, who: str = "ana") -> list[dict]:
        """What came of each edit of a file that was pushed, in its order."""

        def probe():
            found = self.ok(qfield(who).get(f"deltas/{project}/{deltas['id']}/"))
            self.assertEqual([one["uuid"] for one in deltas["deltas"]], [one["id"] for one in found])
            return not any(one["status"] in UNDER_WAY for one in found) and found

        return eventually("no edit is pending", probe)

    def pushed(self, project: str, deltas: dict, who: str = "ana") -> list[dict]:
        self.push(project, deltas, who)
        return self.settled(project, deltas, who)

    def pushed_and_applied(self, project: str, deltas: dict, who: str = "ana") -> None:
        found = self.pushed(project, deltas, who)
        self.assertEqual({"STATUS_APPLIED"}, {one["status"] for one in found}, found)

    def rows(self, project: str, file: str, table: str) -> list[dict]:
        """A table of the project's data, as it is now."""
        answer = qfield().get(f"files/{project}/{file}/")
        self.assertEqual(200, answer.status, answer)
        local = self.folder({file: answer.body}) / file
        self.assertTrue(is_sound(local))
        return rows(local, table)

    def points(self, project: str) -> dict[str, dict]:
        """The sampling points in the project's data by their codes, which are all different."""
        found = self.rows(project, "survey.gpkg", "sampling_points")
        by_code = {row["code"]: row for row in found}
        self.assertEqual(len(found), len(by_code))
        return by_code
