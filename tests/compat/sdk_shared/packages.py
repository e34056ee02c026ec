"""Packages: asked for, made, looked at and downloaded."""

import functools
import hashlib
from pathlib import Path

from qfieldcloud_sdk import sdk
from support.device import Device
from support.server import fresh, sample_or_skip
from support.shapes import JOB, PACKAGE, PACKAGED_FILE, PACKAGED_LAYER
from support.waiting import eventually

from .case import logged_in

PACKAGE_JOB = sdk.JobTypes.PACKAGE
PACKAGE_FILES = sdk.FileTransferType.PACKAGE
SUCCESS = sdk.FileTransferStatus.SUCCESS
LAYERS = {"sampling_points_sample", "river_reaches_sample", "habitat_areas_sample"}
ENDED = ("finished", "failed")


def uploaded(sample: str) -> dict:
    """A new project of ana's with the sample's files, which QGIS has read."""
    client = logged_in("ana")
    project = client.create_project(fresh("river"))
    client.upload_files(project["id"], sdk.FileTransferType.PROJECT, sample, "*", throw_on_error=True)

    def settled():
        found = {one["id"]: one for one in client.list_projects()}[project["id"]]
        return found["status"] != "busy" and found

    return eventually("the project is processed", settled)


def ended(job: dict) -> dict:
    def probe():
        found = logged_in("ana").job_status(job["id"])
        return found["status"] in ENDED and found

    return eventually("the job ends", probe)


@functools.cache
def packaged(sample: str) -> tuple[dict, dict]:
    """One packaged project for all tests that only look at it, and the job that packaged it."""
    project = uploaded(sample)
    return project, ended(logged_in("ana").job_trigger(project["id"], PACKAGE_JOB))


class Packages:
    """Mixed with what is refused before the first package."""

    def packaged(self) -> tuple[dict, dict]:
        project, job = packaged(sample_or_skip(self))
        self.assertEqual("finished", job["status"], job)
        return project, job

    def test_package_latest_after_packaging(self):
        project, job = self.packaged()
        package = self.client().package_latest(project["id"])
        self.assert_shape(PACKAGE, package)
        self.assert_has({"status": "finished", "package_id": job["id"]}, package)
        for file in package["files"]:
            self.assert_shape(PACKAGED_FILE, file)
            self.assertNotIn("versions", file)
        photos = {"DCIM/sampling_points_P01.jpg", "DCIM/sampling_points_P02.jpg"}
        self.assertEqual({"river_survey_qfield.qgz", "data.gpkg"} | photos, {file["name"] for file in package["files"]})
        self.assertEqual(photos, {file["name"] for file in package["files"] if file["is_attachment"]})
        self.assertEqual(LAYERS, package["layers"].keys())
        for layer in package["layers"].values():
            self.assert_shape(PACKAGED_LAYER, layer)
            self.assert_has({"is_valid": True, "error_code": "no_error", "is_localized": False}, layer)

    def test_a_package_job_says_what_it_did(self):
        project, job = self.packaged()
        self.assert_shape(JOB, job)
        self.assert_has({"project_id": project["id"], "type": "package"}, job)
        self.assertLess(job["started_at"], job["finished_at"])
        self.assertEqual(LAYERS, job["feedback"]["outputs"]["qgis_layers_data"]["layers_by_id"].keys())
        self.assertEqual(LAYERS, job["feedback"]["outputs"]["qfield_layer_data"]["layers_by_id"].keys())

    def test_a_project_that_was_packaged(self):
        project, job = self.packaged()
        found = {one["id"]: one for one in self.client().list_projects()}[project["id"]]
        self.assert_has({"status": "ok", "can_repackage": True, "needs_repackaging": False}, found)
        self.assertLessEqual(found["data_last_packaged_at"], job["started_at"], "the time when packaging began")
        self.assertEqual(found["data_last_packaged_at"], self.client().package_latest(project["id"])["packaged_at"])

    def test_package_download_after_packaging(self):
        project, _ = self.packaged()
        package, folder = self.client().package_latest(project["id"]), self.folder()
        files = self.client().package_download(project["id"], str(folder), throw_on_error=True)
        self.assertEqual({SUCCESS}, {file["status"] for file in files})
        found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        announced = {file["name"]: (file["size"], file["md5sum"], file["sha256"]) for file in package["files"]}
        self.assertEqual(announced, {name: (len(content), *digests(content)) for name, content in found.items()})
        self.assertEqual(LAYERS, Device(package, folder).layers.keys())

    def test_package_download_of_some_files(self):
        project, folder = self.packaged()[0], self.folder()
        self.client().package_download(project["id"], str(folder), filter_glob="*.gpkg", throw_on_error=True)
        self.assertEqual(["data.gpkg"], [path.name for path in folder.iterdir()])

    def test_download_file_of_a_package_after_packaging(self):
        project, target = self.packaged()[0], self.folder() / "data.gpkg"
        answer = self.client().download_file(project["id"], PACKAGE_FILES, target, Path("data.gpkg"), False)
        announced = {file["name"]: file for file in self.client().package_latest(project["id"])["files"]}["data.gpkg"]
        self.assertEqual(announced["md5sum"], digests(target.read_bytes())[0])
        self.assert_has({"Content-Length": str(announced["size"]), "ETag": f'"{announced["md5sum"]}"'}, answer.headers)
        with self.refused(404, "object_not_found"):
            self.client().download_file(project["id"], PACKAGE_FILES, target, Path("survey.gpkg"), False)

    def test_job_trigger_package_again(self):
        """Nothing is packaged twice, unless somebody insists."""
        project = uploaded(sample_or_skip(self))
        first = self.client().job_trigger(project["id"], PACKAGE_JOB)
        self.assert_shape(JOB, first)
        self.assertEqual(first["id"], self.client().job_trigger(project["id"], PACKAGE_JOB)["id"], "it is under way")
        insisted = self.client().job_trigger(project["id"], PACKAGE_JOB, force=True)
        self.assertNotEqual(first["id"], insisted["id"])
        self.assertEqual(["finished"] * 2, [ended(job)["status"] for job in (first, insisted)])
        self.assertEqual(insisted["id"], self.client().package_latest(project["id"])["package_id"])

    def test_packages_are_not_for_strangers(self):
        project, _ = self.packaged()
        with self.refused(403, "permission_denied"):
            self.client("ben").package_latest(project["id"])
        with self.refused(403, "permission_denied"):
            self.client("ben").job_trigger(project["id"], PACKAGE_JOB)
        with self.refused(403, "permission_denied"):
            self.client("ben").download_file(project["id"], PACKAGE_FILES, self.folder() / "x", Path("data.gpkg"), False)

    def test_a_reader_has_a_project_packaged(self):
        project = uploaded(sample_or_skip(self))
        self.client().add_project_collaborator(project["id"], "cleo", sdk.ProjectCollaboratorRole.READER)
        job = self.client("cleo").job_trigger(project["id"], PACKAGE_JOB)
        self.assertEqual("finished", ended(job)["status"])
        self.assertEqual(job["id"], self.client("cleo").package_latest(project["id"])["package_id"])

    def test_only_jobs_upload_files_of_a_package_that_is_there(self):
        project, job = self.packaged()
        path = self.folder({"data.gpkg": b"x"}) / "data.gpkg"
        with self.refused(403, "permission_denied"):
            self.client().upload_file(project["id"], PACKAGE_FILES, path, Path(path.name), False, job["id"])


def digests(content: bytes) -> tuple[str, str]:
    """MD5, which is the ETag of a small file, and SHA-256."""
    return hashlib.md5(content).hexdigest(), hashlib.sha256(content).hexdigest()
