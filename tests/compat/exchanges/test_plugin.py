"""The QGIS plugin: it indexes answers without looking, so keys must be there."""

from datetime import datetime

from support.organizations import new_organization
from support.server import fresh
from support.shapes import FILE, LOGIN, PROJECT, SUBSCRIPTION, USER

from .apps import Plugin, plugin
from .case import ExchangeCase
from .wire import send

INDEXED = (
    "id",
    "name",
    "owner",
    "description",
    "is_public",
    "created_at",
    "updated_at",
    "user_role",
    "user_role_origin",
)


class Account(ExchangeCase):
    def test_providers(self):
        self.assertIn("credentials", [one["id"] for one in self.ok(Plugin().send("GET", "auth/providers/"))])

    def test_log_in(self):
        self.assert_shape(LOGIN, self.ok(Plugin().log_in("cleo")))

    def test_a_wrong_password(self):
        answer = Plugin().send("POST", "auth/login/", {"username": "cleo", "password": "no"})
        self.assert_refused(401, "authentication_failed", answer)

    def test_user(self):
        user = self.ok(plugin().send("GET", "auth/user/"))
        self.assert_shape(USER, user)
        self.assert_has({"username": "ana"}, user)

    def test_log_out_without_a_body(self):
        app = Plugin(self.ok(Plugin().log_in("leaver"))["token"])
        self.assertEqual({"detail": "Successfully logged out."}, self.ok(app.send("POST", "auth/logout/")))

    def test_organizations_and_subscription(self):
        name = new_organization(plugin().token)
        self.assertIn(name, {one["username"] for one in self.ok(plugin().send("GET", "users/ana/organizations/"))})
        self.assert_shape(SUBSCRIPTION, self.ok(plugin().send("GET", "subscriptions/ana/current/")))


class Projects(ExchangeCase):
    def created(self, **fields) -> dict:
        body = {"name": fresh("plugin"), "owner": "ana", "description": "", "is_public": False, "project_type": "regular", **fields}
        return self.ok(plugin().send("POST", "projects/", body), 201)

    def test_create(self):
        made = self.created(description="at the desk")
        self.assert_shape(PROJECT, made)
        self.assert_has({"description": "at the desk", "is_public": False, "overwrite_conflicts": True}, made)

    def test_create_as_older_plugins_do(self):
        body = {"name": fresh("plugin"), "owner": "ana", "description": "", "private": False}
        self.assert_has({"private": False, "is_public": True}, self.ok(plugin().send("POST", "projects/", body), 201))

    def test_list(self):
        made = self.created()
        for path in ("projects/", "projects/?include-public=1"):
            listed = self.ok(plugin().send("GET", path))
            self.assertIn(made["id"], {one["id"] for one in listed})
            for one in listed:
                self.assertLessEqual(set(INDEXED), one.keys())

    def test_list_with_a_token_in_lower_case(self):
        headers = {"Authorization": f"token {plugin().token}", "User-Agent": "python-requests/2.32.3", "Accept": "*/*"}
        self.assertIsInstance(self.ok(send("GET", "/api/v1/projects/", headers)), list)

    def test_change(self):
        made = self.created()
        changed = self.ok(plugin().send("PATCH", f"projects/{made['id']}/", {"name": made["name"], "description": "changed"}))
        self.assert_has({"id": made["id"], "description": "changed", "is_public": False}, changed)

    def test_delete(self):
        made = self.created()
        answer = plugin().send("DELETE", f"projects/{made['id']}/")
        self.assertEqual((204, b""), (answer.status, answer.body))

    def test_shared_datasets(self):
        """One per owner, so the owner is an organization of its own."""
        owner = new_organization(plugin().token)
        made = self.created(name="shared_datasets", owner=owner)
        self.assert_has({"project_type": "shared_datasets", "is_shared_datasets_project": True}, made)
        other = self.created(owner=owner)
        self.assertEqual(made["id"], other["shared_datasets_project_id"])


class Files(ExchangeCase):
    def upload(self, project: str, content: bytes):
        return plugin().post_file(f"files/{project}/data/B%C3%A4ume.csv/", "data/Bäume.csv", content)

    def two_versions(self) -> tuple[str, dict]:
        project = self.project()["id"]
        for content in (b"one", b"two!"):
            self.assertEqual({}, self.ok(self.upload(project, content), 201))
        (file,) = self.ok(plugin().send("GET", f"files/{project}/?client=qgis&skip_metadata=1"))
        return project, file

    def test_upload_and_list(self):
        _, file = self.two_versions()
        self.assert_shape(FILE, file)
        self.assertEqual([4, 3], [version["size"] for version in file["versions"]])
        for version in file["versions"]:
            self.assertTrue(version["version_id"] and version["display"])
            datetime.fromisoformat(version["uploaded_at"].removesuffix("Z") + "+00:00")

    def test_download_versions(self):
        project, file = self.two_versions()
        target = f"files/{project}/data/B%C3%A4ume.csv/"
        self.assertEqual(b"two!", plugin().send("GET", target).body)
        for version, content in zip(file["versions"], (b"two!", b"one")):
            answer = plugin().send("GET", f"{target}?version={version['version_id']}")
            self.assertEqual((200, content), (answer.status, answer.body))

    def test_download_a_version_that_is_none(self):
        project, _ = self.two_versions()
        answer = plugin().send("GET", f"files/{project}/data/B%C3%A4ume.csv/?version=not-an-id")
        self.assertEqual(400, answer.status, answer)

    def test_delete(self):
        project, _ = self.two_versions()
        answer = plugin().send("DELETE", f"files/{project}/data/B%C3%A4ume.csv/")
        self.assertEqual((204, b""), (answer.status, answer.body))
        self.assert_refused(404, "api_error", plugin().send("DELETE", f"files/{project}/data/B%C3%A4ume.csv/"))

    def test_delete_a_version(self):
        project, file = self.two_versions()
        oldest = file["versions"][-1]["version_id"]
        target = f"files/{project}/data/B%C3%A4ume.csv/?version={oldest}"
        self.assertEqual(204, plugin().send("DELETE", target).status)

    def test_a_reader_is_told_why(self):
        project = self.project()["id"]
        self.share(project, "ben", "reader")
        answer = plugin("ben").post_file(f"files/{project}/a.txt/", "a.txt", b"x")
        self.assert_refused(403, "permission_denied", answer)
