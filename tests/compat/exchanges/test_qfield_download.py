"""QField: having a project packaged, and taking the package to the device."""

import hashlib

from support.deltas import delta_file
from support.geopackage import damaged
from support.shapes import JOB, PACKAGE, PACKAGED_FILE, PACKAGED_LAYER
from support.waiting import eventually

from .apps import qfield
from .field import POINTS, FieldCase

PHOTO = "DCIM/sampling_points_P01.jpg"


class Package(FieldCase):
    def test_packaging(self):
        project = self.sample_project()
        self.assert_has({"can_repackage": True, "needs_repackaging": True, "data_last_packaged_at": None}, self.refreshed(project))
        asked = qfield().post("jobs/", {"project_id": project, "type": "package"})
        job = self.ok(asked, 201)
        self.assert_shape(JOB, job)
        self.assert_has({"project_id": project, "type": "package"}, job)

        ended = self.packaging_ended(project)
        self.assert_has({"id": job["id"], "status": "finished"}, ended)
        package = self.ok(qfield().get(f"packages/{project}/latest/?skip_metadata=1"))
        self.assert_shape(PACKAGE, package)
        self.assertEqual(job["id"], package["package_id"])
        for file in package["files"]:
            self.assert_shape(PACKAGED_FILE, file)
        self.assertEqual({PHOTO, PHOTO.replace("P01", "P02")}, {one["name"] for one in package["files"] if one["is_attachment"]})
        self.assertEqual({POINTS, "river_reaches_sample", "habitat_areas_sample"}, package["layers"].keys())
        for layer in package["layers"].values():
            self.assert_shape(PACKAGED_LAYER, layer)

        refreshed = self.refreshed(project)
        self.assert_has({"needs_repackaging": False, "data_last_packaged_at": package["packaged_at"]}, refreshed)
        self.assertEqual(refreshed["data_last_updated_at"], package["data_last_updated_at"])

    def test_data_that_changes_makes_another_package_necessary(self):
        project = self.sample_project()
        first = self.package(project)
        self.assertFalse(self.refreshed(project)["needs_repackaging"])
        self.assertEqual(first, self.package(project), "nothing is packaged again")

        self.uploaded(project, "survey.gpkg", self.survey_with("P99", instead_of="P01"))
        self.assertTrue(self.refreshed(project)["needs_repackaging"], "a file was uploaded")
        device = self.device(project)
        self.assertNotEqual(first["package_id"], device.export)
        self.assertEqual("R01", device.feature(POINTS, code="P99").attributes["reach"])
        self.assertFalse(self.refreshed(project)["needs_repackaging"])

        self.pushed_and_applied(project, delta_file(project, device.patch(device.feature(POINTS, code="P99"), reach="R02")))
        self.assertTrue(self.refreshed(project)["needs_repackaging"], "an edit was applied")
        self.assertEqual("R02", self.device(project).feature(POINTS, code="P99").attributes["reach"])
        self.assertFalse(self.refreshed(project)["needs_repackaging"])

    def test_photos_on_demand(self):
        project = self.sample_project(is_attachment_download_on_demand=True)
        self.package(project)
        self.assertTrue(self.refreshed(project)["is_attachment_download_on_demand"])
        self.uploaded(project, "DCIM/willow.jpg", b"\xff\xd8\xff\xe0")
        files = {file["name"]: file for file in self.package(project)["files"]}
        self.assert_has({"is_attachment": True, "size": 4}, files["DCIM/willow.jpg"])
        self.assertTrue(files[PHOTO]["is_attachment"])
        self.assertFalse(files["data.gpkg"]["is_attachment"])
        self.assertEqual(b"\xff\xd8\xff\xe0", self.transferred(project, "DCIM/willow.jpg"))

    def test_a_package_that_cannot_be_made_does_not_hide_the_last_one(self):
        project, files = self.sample_project(), self.sample_files()
        good = self.package(project)
        folder = self.folder({"river.gpkg": files["river.gpkg"]})
        self.uploaded(project, "river.gpkg", damaged(folder / "river.gpkg", "habitat_areas"))
        self.assertTrue(self.refreshed(project)["needs_repackaging"])
        failed = self.packaging_ended(project)
        self.assertEqual("failed", failed["status"], failed)
        self.assertTrue(failed["feedback"]["error"], failed)
        self.assertIsNotNone(failed["finished_at"])

        latest = self.ok(qfield().get(f"packages/{project}/latest/?skip_metadata=1"))
        for key in ("package_id", "packaged_at", "status", "files", "layers"):
            self.assertEqual(good[key], latest[key], key)
        announced = {file["name"]: file["md5sum"] for file in good["files"]}
        self.assertEqual(announced["data.gpkg"], hashlib.md5(self.transferred(project, "data.gpkg")).hexdigest())
        self.assertTrue(self.refreshed(project)["needs_repackaging"], "what was uploaded is in no package yet")

        self.uploaded(project, "river.gpkg", files["river.gpkg"])
        self.assertEqual("finished", self.packaging_ended(project)["status"])

    def test_a_project_file_nobody_can_read_does_not_hide_the_last_package(self):
        project = self.sample_project()
        good = self.package(project)
        self.uploaded(project, "river_survey.qgs", b'<qgis version="3.40.6-Bratislava"><title>River</titel></qgis>\n')
        eventually("it is found that QGIS cannot read it", lambda: self.refreshed(project)["status"] == "failed")
        self.assertEqual(good["package_id"], self.ok(qfield().get(f"packages/{project}/latest/"))["package_id"])
        self.assertTrue(self.transferred(project, "river_survey_qfield.qgz").startswith(b"PK"))

    def test_a_template_is_not_packaged(self):
        project = self.project(project_type="template")["id"]
        self.uploaded(project, "river_survey.qgs", self.sample_files()["river_survey.qgs"])
        self.assertFalse(self.refreshed(project)["can_repackage"])
        self.assert_refused(403, "permission_denied", qfield().post("jobs/", {"project_id": project, "type": "package"}))


class Transfer(FieldCase):
    """The files of one package, which no test changes."""

    @classmethod
    def setUpClass(cls):
        test = cls("test_the_whole_file")
        cls.project = test.sample_project()
        cls.files = {file["name"]: file for file in test.package(cls.project)["files"]}
        cls.size, cls.etag = cls.files["data.gpkg"]["size"], cls.files["data.gpkg"]["md5sum"]
        cls.path = f"packages/{cls.project}/latest/files/data.gpkg/"

    def test_the_whole_file(self):
        answer = qfield().get(self.path)
        self.assertEqual((200, self.size), (answer.status, len(answer.body)))
        self.assert_has({"Content-Length": str(self.size), "ETag": f'"{self.etag}"', "Accept-Ranges": "bytes"}, answer.headers)
        self.assertIn('filename="data.gpkg"', answer.headers["Content-Disposition"])
        self.assertNotIn("Content-Encoding", answer.headers)

    def test_resume(self):
        whole = qfield().get(self.path).body
        for begin, end in ((100_000, self.size), (10, 20)):
            piece = f"bytes={begin}-" if end == self.size else f"bytes={begin}-{end - 1}"
            answer = qfield().get(self.path, Range=piece)
            self.assertEqual((206, whole[begin:end]), (answer.status, answer.body))
            expected = {"Content-Range": f"bytes {begin}-{end - 1}/{self.size}", "Content-Length": str(end - begin)}
            self.assert_has(expected, answer.headers)

    def test_ranges_that_are_refused(self):
        for header in (f"bytes={self.size}-", f"bytes=0-{self.size}", "bytes=9-3", "bytes=-5", "bytes=0-1,4-5", "lines=0-5"):
            with self.subTest(header):
                self.assert_refused(416, "invalid_http_range", qfield().get(self.path, Range=header))

    def test_what_has_not_changed(self):
        for header in (self.etag, f'"{self.etag}"'):
            answer = qfield().get(self.path, **{"If-None-Match": header})
            self.assertEqual((304, b""), (answer.status, answer.body))

    def test_a_photo(self):
        answer = qfield().get(f"packages/{self.project}/latest/files/{PHOTO}/")
        self.assertEqual((200, self.sample_files()[PHOTO]), (answer.status, answer.body))
        self.assertEqual(f'"{self.files[PHOTO]["md5sum"]}"', answer.headers["ETag"])

    def test_what_is_not_in_the_package(self):
        for name in ("river.gpkg", "river_survey.qgs", "DCIM/none.jpg", "none"):
            with self.subTest(name):
                answer = qfield().get(f"packages/{self.project}/latest/files/{name}/")
                self.assert_refused(404, "object_not_found", answer)

    def test_not_for_strangers(self):
        self.assert_refused(403, "permission_denied", qfield("ben").get(self.path))
        self.assert_refused(403, "permission_denied", qfield("ben").get(f"packages/{self.project}/latest/"))
