"""Collaborators of a project."""

from qfieldcloud_sdk import sdk
from support.server import fresh
from support.shapes import COLLABORATOR

Role = sdk.ProjectCollaboratorRole


class Collaborators:
    def test_add_project_collaborator(self):
        project = self.project()
        added = self.client().add_project_collaborator(project["id"], "ben", Role.EDITOR)
        self.assert_shape(COLLABORATOR, added)
        self.assert_has(
            {
                "project_id": project["id"],
                "collaborator": "ben",
                "role": "editor",
                "created_by": "ana",
                "updated_by": "ana",
            },
            added,
        )
        seen = {one["id"]: one for one in self.client("ben").list_projects()}[project["id"]]
        self.assert_has({"user_role": "editor", "user_role_origin": "collaborator"}, seen)

    def test_get_project_collaborators(self):
        project = self.project()
        self.assertEqual([], self.client().get_project_collaborators(project["id"]))
        for who, role in (("ben", Role.READER), ("cleo", Role.REPORTER)):
            self.client().add_project_collaborator(project["id"], who, role)
        listed = self.client().get_project_collaborators(project["id"])
        for one in listed:
            self.assert_shape(COLLABORATOR, one)
        self.assertEqual(
            {"ben": "reader", "cleo": "reporter"}, {one["collaborator"]: one["role"] for one in listed}
        )

    def test_get_project_collaborators_as_an_editor(self):
        project = self.project()
        self.client().add_project_collaborator(project["id"], "ben", Role.EDITOR)
        with self.refused(403, "permission_denied"):
            self.client("ben").get_project_collaborators(project["id"])

    def test_patch_project_collaborators(self):
        project = self.project()
        self.client().add_project_collaborator(project["id"], "ben", Role.READER)
        changed = self.client().patch_project_collaborators(project["id"], "ben", Role.MANAGER)
        self.assert_shape(COLLABORATOR, changed)
        self.assert_has({"collaborator": "ben", "role": "manager"}, changed)

    def test_patch_project_collaborators_unknown(self):
        with self.refused(404, "object_not_found"):
            self.client().patch_project_collaborators(self.project()["id"], "ben", Role.READER)

    def test_remove_project_collaborator(self):
        project = self.project()
        self.client().add_project_collaborator(project["id"], "ben", Role.READER)
        self.client().remove_project_collaborator(project["id"], "ben")
        self.assertEqual([], self.client().get_project_collaborators(project["id"]))
        with self.refused(404, "object_not_found"):
            self.client().remove_project_collaborator(project["id"], "ben")

    def test_who_cannot_be_added(self):
        project = self.project()
        self.client().add_project_collaborator(project["id"], "ben", Role.READER)
        for username, code in (
            (fresh("nobody"), "api_error"),
            ("ana", "validation_error"),
            ("ben", "validation_error"),
        ):
            with self.subTest(username), self.refused(400, code):
                self.client().add_project_collaborator(project["id"], username, Role.READER)
