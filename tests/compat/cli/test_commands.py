"""Each command once, without waiting for jobs."""

import json
import uuid

from support.case import QGIS_FILE
from support.deltas import delta, delta_file
from support.organizations import new_organization
from support.people import person
from support.server import fresh
from support.shapes import COLLABORATOR, FILE, JOB, LOGIN, MEMBER, PROJECT, STATUS, SUBSCRIPTION, TEAM

from .tool import ToolCase


class Account(ToolCase):
    def test_login(self):
        cleo = person("cleo")
        self.assert_shape(LOGIN, self.json("login", cleo.name, cleo.password, who=None))
        self.assert_refused(401, "authentication_failed", "login", cleo.name, "wrong", who=None)

    def test_logout(self):
        self.token("leaver")
        self.assertIn("Successfully logged out.", self.said("logout", who="leaver"))
        self.assert_refused(401, "token_authentication_failed", "list-projects", who="leaver")

    def test_create_user(self):
        name = fresh("newcomer")
        created = self.json("create-user", name, "a field full of clover", f"{name}@example.org", who="staff")
        self.assert_has({"username": name, "type": 1}, created)

    def test_status(self):
        self.assert_shape(STATUS, self.json("status", who=None))

    def test_current_subscription(self):
        self.assert_shape(SUBSCRIPTION, self.json("current-subscription", "ana"))
        self.assertIn("Used storage", self.said("current-subscription", "ana"))


class Projects(ToolCase):
    def test_create_list_get_patch_delete(self):
        name = fresh("river")
        project = self.json("create-project", name, "--description", "by the tool", "--is-private")
        self.assert_shape(PROJECT, project)
        self.assertIn(project["id"], {one["id"] for one in self.json("list-projects")})
        self.assertIn(f"ana/{name}", self.said("list-projects"))
        self.assert_has({"name": name}, self.json("get-project", project["id"]))
        self.assert_has({"description": "changed"}, self.json("patch-project", project["id"], "--description", "changed"))
        self.assertIn("Deleted project", self.said("delete-project", project["id"]))
        self.assert_refused(404, "object_not_found", "get-project", project["id"])

    def test_what_is_not_there_yet(self):
        project = self.json("create-project", fresh("river"))["id"]
        self.assert_refused(404, "object_not_found", "get-project-seed", project)
        self.assert_refused(400, "invalid_job", "package-latest", project)
        self.assert_refused(400, "invalid_job", "package-download", project, str(self.folder()))


class Files(ToolCase):
    def test_upload_list_download_delete(self):
        project = self.json("create-project", fresh("river"))["id"]
        files = {"note.txt": b"Hello!", "DCIM/photo 1.jpg": b"\xff\xd8\xff"}
        self.json("upload-files", project, str(self.folder(files)), "--throw-on-error")
        listed = self.json("list-files", project)
        for file in listed:
            self.assert_shape(FILE, file)
        self.assertEqual(files.keys(), {file["name"] for file in listed})
        self.assertIn("note.txt", self.said("list-files", project))
        target = self.folder()
        self.json("download-files", project, str(target), "--throw-on-error")
        self.assertEqual(files, {name: (target / name).read_bytes() for name in files})
        self.json("delete-files", project, "DCIM/*")
        self.assertIn("Successfully deleted", self.said("delete-file", project, "note.txt"))
        self.assertEqual([], self.json("list-files", project))


class Jobs(ToolCase):
    def test_trigger_status_list(self):
        project = self.json("create-project", fresh("river"))["id"]
        self.json("upload-files", project, str(self.folder({"survey.qgs": QGIS_FILE})), "--throw-on-error")
        job = self.json("job-trigger", project, "process_projectfile")
        self.assert_shape(JOB, job)
        self.assert_shape(JOB, self.json("job-status", job["id"]))
        self.assertIn(job["id"], {one["id"] for one in self.json("list-jobs", project, "--type", "process_projectfile")})

    def test_delta_push(self):
        project = self.json("create-project", fresh("river"))["id"]
        self.json("upload-files", project, str(self.folder({"survey.qgs": QGIS_FILE})), "--throw-on-error")
        pushed = self.folder({"deltas.json": json.dumps(delta_file(project, delta())).encode()}) / "deltas.json"
        # Without --json: the tool cannot print the answer as JSON.
        self.assertIn("pushed to project", self.said("delta-push", project, str(pushed)))
        wrong = self.folder({"deltas.json": json.dumps(delta_file(str(uuid.uuid4()), delta())).encode()}) / "deltas.json"
        self.assert_refused(400, "invalid_deltafile", "delta-push", project, str(wrong))


class People(ToolCase):
    def test_collaborators(self):
        project = self.json("create-project", fresh("river"))["id"]
        self.assert_shape(COLLABORATOR, self.json("collaborators-add", project, "ben", "editor"))
        self.assert_has({"role": "manager"}, self.json("collaborators-patch", project, "ben", "manager"))
        (ben,) = self.json("collaborators-get", project)
        self.assert_has({"collaborator": "ben", "role": "manager"}, ben)
        self.said("collaborators-remove", project, "ben")
        self.assertEqual([], self.json("collaborators-get", project))

    def test_members_and_teams(self):
        organization = new_organization(self.token("ana"))
        self.assert_shape(MEMBER, self.json("members-add", organization, "ben", "member", "--public"))
        self.assert_has({"role": "admin"}, self.json("members-patch", organization, "ben", "admin"))
        self.assert_shape(TEAM, self.json("teams-create", organization, "surveyors"))
        self.assert_has({"member": "ben"}, self.json("team-members-add", organization, "surveyors", "ben"))
        self.assert_has({"members": ["ben"]}, self.json("teams-get", organization, "surveyors"))
        self.assert_has({"team": "divers"}, self.json("teams-patch", organization, "surveyors", "--name", "divers"))
        self.assertEqual([{"member": "ben"}], self.json("team-members-list", organization, "divers"))
        self.said("team-members-remove", organization, "divers", "ben")
        self.said("teams-delete", organization, "divers")
        self.assertEqual([], self.json("teams-list", organization))
        self.said("members-remove", organization, "ben")
        self.assertEqual([], self.json("members-get", organization))
