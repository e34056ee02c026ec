import json
import urllib.error
import urllib.request
import uuid

from qfieldcloud_sdk import sdk
from sdk_shared.case import SdkCase
from sdk_shared.projects import Projects as SharedProjects
from support.server import api, fresh, sample_or_skip
from support.shapes import PROJECT
from support.waiting import eventually

# One grey pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000"
    "000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)


class Projects(SharedProjects, SdkCase):
    def test_get_project(self):
        project = self.project(description="Bäume")
        found = self.client().get_project(project["id"])
        self.assert_shape(PROJECT, found)
        self.assert_has({key: project[key] for key in ("id", "name", "owner", "description", "created_at")}, found)

    def test_get_project_that_is_not_for_everybody(self):
        project = self.project()
        with self.refused(403, "permission_denied"):
            self.client("ben").get_project(project["id"])
        with self.refused(404, "object_not_found"):
            self.client().get_project(str(uuid.uuid4()))
        with self.refused(400, "validation_error"):
            self.client().get_project("not-an-id")

    def test_a_project_is_made_private_again(self):
        project = self.project(is_public=True)
        self.assert_has({"is_public": False, "private": True}, self.client().patch_project(project["id"], is_public=False))

    def test_what_everybody_may_do_in_a_public_project(self):
        role = sdk.ProjectCollaboratorRole
        project = self.client().create_project(fresh("open"), is_public=True, public_collaborator_role=role.REPORTER)
        self.assert_has({"public_collaborator_role": "reporter"}, project)
        self.assert_has({"user_role": "reporter", "user_role_origin": "public"}, self.client("ben").get_project(project["id"]))
        patched = self.client().patch_project(project["id"], public_collaborator_role=role.EDITOR)
        self.assert_has({"public_collaborator_role": "editor"}, patched)

    def test_a_template(self):
        project = self.client().create_project(fresh("template"), project_type=sdk.ProjectType.TEMPLATE)
        self.assert_has({"project_type": "template", "can_repackage": False}, project)
        patched = self.client().patch_project(project["id"], project_type=sdk.ProjectType.REGULAR)
        self.assert_has({"project_type": "regular", "can_repackage": True}, patched)

    def test_a_type_that_only_the_server_sets(self):
        with self.refused(400, "api_error"):
            self.client().patch_project(self.project()["id"], project_type=sdk.ProjectType.SHARED_DATASETS)


class Seeds(SdkCase):
    def test_get_project_seed(self):
        with self.refused(404, "object_not_found"):
            self.client().get_project_seed(self.project()["id"])

    def test_get_project_seed_xlsform(self):
        with self.refused(404, "object_not_found"):
            self.client().get_project_seed_xlsform(self.project()["id"], str(self.folder()))

    def test_get_project_seed_json2qgis(self):
        # The route is not in every server; either way the answer is 404.
        with self.assertRaises(sdk.QfcRequestException) as raised:
            self.client().get_project_seed_json2qgis(self.project()["id"], str(self.folder()))
        self.assertEqual(404, raised.exception.response.status_code)


class MadeProjects(SdkCase):
    """Projects that grow from another project, or from a seed; a job makes them."""

    def made(self, project: dict) -> dict:
        """The project once QGIS has made it and looked at it."""

        def probe():
            found = self.client().get_project(project["id"])
            return found["status"] != "busy" and found["the_qgis_file_name"] and found

        found = eventually("the project is made", probe)
        jobs = self.client().list_jobs(project["id"])
        self.assertEqual("ok", found["status"], jobs)
        self.assertIn("create_project", {job["type"] for job in jobs})
        return found

    def test_create_project_as_a_copy(self):
        sample = sample_or_skip(self)
        original = self.project(description="of a river")
        self.client().upload_files(original["id"], sdk.FileTransferType.PROJECT, sample, "*", True)
        copy = self.client().create_project(fresh("copy"), clone_from_project=original["id"])
        self.assert_shape(PROJECT, copy)
        self.made(copy)
        files = lambda project: {file["name"]: file["sha256"] for file in self.client().list_remote_files(project["id"])}
        expected, found = files(original), files(copy)
        self.assertEqual(expected.keys(), found.keys())
        changed = {name for name, digest in expected.items() if found[name] != digest}
        self.assertEqual({"river_survey.qgs"}, changed, "only the title is another one")
        seed = self.client().get_project_seed(copy["id"])
        self.assert_has({"clone_from_project": original["id"], "project": copy["id"], "xlsform_file": None}, seed)
        with self.refused(403, "permission_denied"):
            self.client("ben").create_project(fresh("copy"), clone_from_project=original["id"])

    def test_a_project_from_a_seed(self):
        sample_or_skip(self)
        seed = {"basemap_provider": "osm", "basemap_style": "grayscale_light", "extent": "7,46,8.5,47"}
        project = self.posted({"name": fresh("seeded"), "seed": seed})
        self.made(project)
        self.assertEqual(["project.qgz"], [file["name"] for file in self.client().list_remote_files(project["id"])])
        found = self.client().get_project_seed(project["id"])
        self.assertEqual(([7.0, 46.0, 8.5, 47.0], "EPSG:3857"), (found["extent"], found["crs"]))
        self.assertEqual("grayscale_light", found["settings"]["basemaps"][0]["style"])

    def test_a_seed_that_cannot_be(self):
        for seed in [{"extent": "8,46,7,47"}, {"basemap_provider": "moon"}, {"basemap_provider": "custom"}, [1]]:
            with self.subTest(seed=seed), self.assertRaises(urllib.error.HTTPError) as refused:
                self.posted({"name": fresh("seeded"), "seed": seed})
            self.assertEqual((400, "api_error"), (refused.exception.code, json.load(refused.exception)["code"]))

    def posted(self, body: dict) -> dict:
        """The SDK has no way to send a seed."""
        headers = {"Authorization": f"token {self.client().token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{api()}projects/", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class Thumbnails(SdkCase):
    def thumbnail(self, project: dict) -> bytes:
        request = urllib.request.Request(
            f"{api()}files/thumbnails/{project['id']}/", headers={"Authorization": f"token {self.client().token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertTrue(answer.headers["Content-Type"].startswith("image/"))
            return answer.read()

    def test_upload_project_thumbnail(self):
        project, path = self.project(), self.folder({"thumbnail.png": PNG}) / "thumbnail.png"
        with self.assertRaises(urllib.error.HTTPError) as none:
            self.thumbnail(project)
        self.assertEqual(404, none.exception.code)
        none.exception.close()
        answer = self.client().upload_project_thumbnail(project["id"], str(path))
        self.assertEqual((204, b""), (answer.status_code, answer.content))
        self.assertTrue(self.thumbnail(project).startswith(b"\x89PNG"))

    def test_upload_project_thumbnail_by_a_stranger(self):
        path = self.folder({"thumbnail.png": PNG}) / "thumbnail.png"
        with self.refused(403, "permission_denied"):
            self.client("ben").upload_project_thumbnail(self.project()["id"], str(path))
