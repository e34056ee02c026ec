"""A field day with the command-line tool, as far as it goes without packages."""

import json

from support.deltas import delta, delta_file
from support.server import fresh, sample_or_skip
from support.waiting import eventually

from .tool import ToolCase


class FieldDay(ToolCase):
    def test_a_field_day(self):
        sample = sample_or_skip(self)

        # In the office: a project with its files, which QGIS reads.
        project = self.json("create-project", fresh("river"), "--description", "River restoration survey")["id"]
        self.json("upload-files", project, sample, "--throw-on-error")
        names = {file["name"] for file in self.json("list-files", project)}
        self.assertLessEqual({"river_survey.qgs", "river.gpkg", "survey.gpkg", "DCIM/sampling_points_P01.jpg"}, names)
        settled = eventually("the project is processed", lambda: self.settled(project))
        self.assertEqual("ok", settled["status"], self.json("list-jobs", project))
        jobs = self.json("list-jobs", project)
        self.assertEqual({("process_projectfile", "finished")}, {(job["type"], job["status"]) for job in jobs})

        # The people who go out.
        self.json("collaborators-add", project, "ben", "reporter")
        self.assert_has({"user_role": "reporter"}, self.json("get-project", project, who="ben"))

        # In the field: a photo and an observation.
        photo = self.folder({"DCIM/willow.jpg": b"\xff\xd8\xff"})
        self.json("upload-files", project, str(photo), "--throw-on-error", who="ben")
        pushed = self.folder({"deltas.json": json.dumps(delta_file(project, delta())).encode()}) / "deltas.json"
        self.assertIn("pushed to project", self.said("delta-push", project, str(pushed), who="ben"))

        # Back in the office.
        self.assertIn("DCIM/willow.jpg", {file["name"] for file in self.json("list-files", project)})
        self.assert_refused(403, "permission_denied", "delete-project", project, who="ben")
        self.said("delete-project", project)
        self.assertNotIn(project, {one["id"] for one in self.json("list-projects")})

    def settled(self, project: str):
        found = self.json("get-project", project)
        return found["status"] != "busy" and found
