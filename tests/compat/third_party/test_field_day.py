"""The field day of the command-line tool, word for word, and projects that are made from something."""

import urllib.request

from cli import test_field_day as tool_field_day
from cli.tool import ToolCase
from support.api import ask
from support.server import api, fresh
from support.waiting import eventually


class FieldDay(tool_field_day.FieldDay):
    """Inherited, so that it is tried here too."""


class NewProjects(ToolCase):
    def made(self, **fields) -> dict:
        """A project, once there is a project file in it."""
        project = ask("POST", "projects/", self.token("ana"), {"name": fresh("made"), "owner": "ana", **fields})["id"]

        def ready():
            found = self.json("get-project", project)
            return found["status"] == "ok" and found["the_qgis_file_name"] and found

        return eventually("the project is made", ready)

    def test_from_a_seed(self):
        made = self.made(seed={"extent": "7.0,46.0,8.0,47.0", "basemap_provider": "osm"})
        self.assertIn(made["the_qgis_file_name"], {file["name"] for file in self.json("list-files", made["id"])})
        jobs = {(job["type"], job["status"]) for job in self.json("list-jobs", made["id"])}
        self.assertLessEqual({("create_project", "finished")}, jobs)

    def test_as_a_copy(self):
        first = self.made(seed={"extent": "7.0,46.0,8.0,47.0"})
        note = self.folder({"note.txt": b"Hello!"})
        self.json("upload-files", first["id"], str(note), "--throw-on-error")
        copy = self.made(clone_from_project=first["id"])
        names = {file["name"] for file in self.json("list-files", copy["id"])}
        self.assertEqual({first["the_qgis_file_name"], "note.txt"}, names)

    def test_the_thumbnail(self):
        made = self.made(seed={"extent": "7.0,46.0,8.0,47.0"})
        request = urllib.request.Request(
            f"{api()}files/thumbnails/{made['id']}/", headers={"Authorization": f"Token {self.token('ana')}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            self.assertEqual(b"\x89PNG", answer.read()[:4])
