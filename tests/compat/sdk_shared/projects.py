"""Projects: create, list in pages, change, delete."""

import uuid

from qfieldcloud_sdk import sdk
from support.server import fresh
from support.shapes import PROJECT

MORE_THAN_A_PAGE = 23


class Projects:
    def test_create_project(self):
        name = fresh("trees")
        project = self.client().create_project(name, description="Bäume & more", is_public=False)
        self.assert_shape(PROJECT, project)
        self.assert_has(
            {
                "name": name,
                "owner": "ana",
                "description": "Bäume & more",
                "project_type": "regular",
                "private": True,
                "is_public": False,
                "status": "failed",
                "user_role": "admin",
                "user_role_origin": "project_owner",
                "can_repackage": True,
                "needs_repackaging": True,
                "data_last_packaged_at": None,
                "data_last_updated_at": None,
                "is_shared_datasets_project": False,
                "file_storage_bytes": 0,
                "the_qgis_file_name": None,
            },
            project,
        )

    def test_create_project_of_an_owner(self):
        project = self.client().create_project(fresh("trees"), owner="ana", is_public=True)
        self.assert_has({"owner": "ana", "description": "", "is_public": True, "private": False}, project)

    def test_create_project_for_somebody_else(self):
        with self.refused(403, "permission_denied"):
            self.client().create_project(fresh("trees"), owner="ben")
        with self.refused(404, "object_not_found"):
            self.client().create_project(fresh("trees"), owner=fresh("nobody"))

    def test_a_name_is_given_once(self):
        project = self.project()
        with self.refused(400, "project_already_exists"):
            self.client().create_project(project["name"])

    def test_a_name_has_no_spaces(self):
        with self.refused(400, "api_error"):
            self.client().create_project("two words")

    def test_list_projects_over_more_than_one_page(self):
        made = {self.project("pager")["id"] for _ in range(MORE_THAN_A_PAGE)}
        listed = self.client("pager").list_projects()
        for project in listed:
            self.assert_shape(PROJECT, project)
        self.assertLessEqual(made, {project["id"] for project in listed})

    def test_list_projects_of_one_page(self):
        for _ in range(4):
            self.project("cleo")
        whole = [project["id"] for project in self.client("cleo").list_projects()]
        page = self.client("cleo").list_projects(pagination=sdk.Pagination(limit=2, offset=1))
        self.assertEqual(whole[1:3], [project["id"] for project in page])

    def test_list_projects_with_public_ones(self):
        public, private = self.project(is_public=True), self.project()
        with_public = {project["id"]: project for project in self.client("ben").list_projects(include_public=True)}
        self.assert_has({"user_role": "reader", "user_role_origin": "public"}, with_public[public["id"]])
        self.assertNotIn(private["id"], with_public)
        self.assertNotIn(public["id"], {project["id"] for project in self.client("ben").list_projects()})

    def test_patch_project(self):
        project, name = self.project(), fresh("renamed")
        patched = self.client().patch_project(project["id"], name=name, description="all new", is_public=True)
        self.assert_shape(PROJECT, patched)
        self.assert_has({"id": project["id"], "name": name, "description": "all new", "is_public": True, "private": False}, patched)

    def test_patch_project_changes_only_what_is_sent(self):
        project = self.project(description="stays")
        self.assert_has(
            {"name": project["name"], "description": "stays", "is_public": True},
            self.client().patch_project(project["id"], is_public=True),
        )

    def test_patch_project_owner_unknown(self):
        with self.refused(404, "object_not_found"):
            self.client().patch_project(self.project()["id"], owner=fresh("nobody"))

    def test_patch_project_of_somebody_else(self):
        with self.refused(403, "permission_denied"):
            self.client("ben").patch_project(self.project(is_public=True)["id"], description="mine now")

    def test_delete_project(self):
        project = self.project()
        answer = self.client().delete_project(project["id"])
        self.assertEqual((204, b""), (answer.status_code, answer.content))
        with self.refused(404, "object_not_found"):
            self.client().delete_project(project["id"])
        self.assertNotIn(project["id"], {one["id"] for one in self.client().list_projects()})

    def test_delete_project_unknown(self):
        with self.refused(404, "object_not_found"):
            self.client().delete_project(str(uuid.uuid4()))
