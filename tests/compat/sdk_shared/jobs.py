"""Jobs: start one, list them, watch one; and what is refused before the first package."""

import uuid
from pathlib import Path

from qfieldcloud_sdk import sdk
from support.shapes import JOB, LISTED_JOB, PROJECT
from support.server import sample_or_skip

from .packages import ended, uploaded

PROCESS = sdk.JobTypes.PROCESS_PROJECTFILE


class Jobs:
    def test_job_trigger(self):
        project = self.project_with_qgis_file()
        job = self.client().job_trigger(project["id"], PROCESS)
        self.assert_shape(JOB, job)
        self.assert_has({"project_id": project["id"], "type": "process_projectfile"}, job)

    def test_job_status(self):
        job = self.client().job_trigger(self.project_with_qgis_file()["id"], PROCESS)
        status = self.client().job_status(job["id"])
        self.assert_shape(JOB, status)
        self.assert_has({key: job[key] for key in ("id", "project_id", "type", "created_at")}, status)

    def test_job_status_unknown(self):
        with self.refused(403, "permission_denied"):
            self.client().job_status(str(uuid.uuid4()))

    def test_job_trigger_package_without_a_project_file(self):
        with self.refused(400, "no_qgis_project"):
            self.client().job_trigger(self.project()["id"], sdk.JobTypes.PACKAGE)

    def test_job_trigger_by_a_stranger(self):
        with self.refused(403, "permission_denied"):
            self.client("ben").job_trigger(self.project()["id"], PROCESS)

    def test_an_uploaded_project_is_processed(self):
        found = uploaded(sample_or_skip(self))
        self.assert_shape(PROJECT, found)
        self.assert_has({"status": "ok", "the_qgis_file_name": "river_survey.qgs"}, found)

    def test_job_status_until_it_ends(self):
        sample, project = sample_or_skip(self), self.project()
        self.client().upload_files(project["id"], sdk.FileTransferType.PROJECT, sample, "*", throw_on_error=True)
        status = ended(self.client().job_trigger(project["id"], PROCESS))
        self.assert_shape(JOB, status)
        self.assertEqual("finished", status["status"], status)
        self.assertIsNotNone(status["started_at"])
        self.assertIsNotNone(status["finished_at"])
        self.assertIn("outputs", status["feedback"])


class ListedJobs:
    """Not for 0.9.0, which sends the project's id where no server reads it."""

    def test_list_jobs(self):
        project = self.project_with_qgis_file()
        job = self.client().job_trigger(project["id"], PROCESS)
        listed = self.client().list_jobs(project["id"])
        for one in listed:
            self.assert_shape(LISTED_JOB, one)
            self.assertEqual(project["id"], one["project_id"])
            self.assertFalse({"feedback", "output"} & one.keys(), "the list is short")
        self.assertIn(job["id"], {one["id"] for one in listed})
        created = [one["created_at"] for one in listed]
        self.assertEqual(sorted(created), created, "oldest first")

    def test_list_jobs_of_a_type(self):
        project = self.project_with_qgis_file()
        self.client().job_trigger(project["id"], PROCESS)
        self.assertEqual({"process_projectfile"}, {job["type"] for job in self.client().list_jobs(project["id"], PROCESS)})
        self.assertEqual([], self.client().list_jobs(project["id"], sdk.JobTypes.PACKAGE))

    def test_list_jobs_of_an_unknown_project(self):
        with self.refused(404, "object_not_found"):
            self.client().list_jobs(str(uuid.uuid4()))


class NoPackageYet:
    def test_package_latest(self):
        with self.refused(400, "invalid_job"):
            self.client().package_latest(self.project()["id"])

    def test_package_download(self):
        with self.refused(400, "invalid_job"):
            self.client().package_download(self.project()["id"], str(self.folder()))

    def test_download_file_of_a_package(self):
        with self.refused(400, "invalid_job"):
            self.client().download_file(
                self.project()["id"], sdk.FileTransferType.PACKAGE, self.folder() / "x", Path("survey_qfield.qgz"), False
            )

    def test_only_jobs_upload_package_files(self):
        path = self.folder({"survey_qfield.qgz": b"x"}) / "survey_qfield.qgz"
        with self.refused(403, "permission_denied"):
            self.client().upload_file(
                self.project()["id"], sdk.FileTransferType.PACKAGE, path, Path(path.name), False, str(uuid.uuid4())
            )
