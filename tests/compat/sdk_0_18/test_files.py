from pathlib import Path

from qfieldcloud_sdk import sdk
from sdk_shared.case import SdkCase
from sdk_shared.downloads import Downloads as SharedDownloads
from sdk_shared.uploads import HELLO_ETAG, Uploads as SharedUploads

PROJECT = sdk.FileTransferType.PROJECT


class Uploads(SharedUploads, SdkCase):
    def test_with_a_progress_bar(self):
        project, folder = self.project(), self.folder({"note.txt": b"Hello!"})
        self.client().upload_files(project["id"], PROJECT, str(folder), "*", throw_on_error=True, show_progress=True)
        self.assertEqual(HELLO_ETAG, self.listed(project)["note.txt"]["md5sum"])


class Downloads(SharedDownloads, SdkCase):
    def test_a_file_that_did_not_change_is_not_sent(self):
        """The SDK sends If-None-Match without quotes when it believes that the remote file is another."""
        project, target = self.project_with_files(), self.folder({"note.txt": b"Hello!"}) / "note.txt"
        answer = self.client().download_file(project["id"], PROJECT, target, Path("note.txt"), False, "an ETag of before")
        self.assertIsNone(answer, "304")
        self.assertEqual(b"Hello!", target.read_bytes())

    def test_a_file_that_changed_is_sent(self):
        project, target = self.project_with_files(), self.folder({"note.txt": b"old"}) / "note.txt"
        answer = self.client().download_file(project["id"], PROJECT, target, Path("note.txt"), False, HELLO_ETAG)
        self.assertEqual((200, b"Hello!"), (answer.status_code, target.read_bytes()))

    def test_a_large_file_that_did_not_change_is_not_sent(self):
        project, content = self.project(), b"x" * 8_388_609
        self.upload(project, "large.bin", content)
        target = self.folder({"large.bin": content}) / "large.bin"
        self.assertIsNone(self.client().download_file(project["id"], PROJECT, target, Path("large.bin"), False, "before"))


class Deletions(SdkCase):
    def versions(self, project: dict) -> list[str]:
        (file,) = self.client().list_remote_files(project["id"])
        return [version["version_id"] for version in file["versions"]]

    def test_delete_file(self):
        project = self.project()
        self.upload(project, "sub/Bäume 1.txt", b"one")
        self.upload(project, "sub/Bäume 1.txt", b"two")
        answer = self.client().delete_file(project["id"], "sub/Bäume 1.txt", None)
        self.assertEqual((204, b""), (answer.status_code, answer.content))
        self.assertEqual([], self.client().list_remote_files(project["id"]))

    def test_delete_file_that_is_not_there(self):
        with self.refused(404, "api_error"):
            self.client().delete_file(self.project()["id"], "none.txt", None)

    def test_delete_file_version(self):
        project = self.project()
        self.upload(project, "note.txt", b"one")
        self.upload(project, "note.txt", b"Hello!")
        newest, oldest = self.versions(project)
        self.assertEqual(204, self.client().delete_file(project["id"], "note.txt", oldest).status_code)
        self.assertEqual([newest], self.versions(project))

    def test_delete_file_newest_version(self):
        project = self.project()
        self.upload(project, "note.txt", b"Hello!")
        self.upload(project, "note.txt", b"two")
        newest, oldest = self.versions(project)
        self.client().delete_file(project["id"], "note.txt", newest)
        (file,) = self.client().list_remote_files(project["id"])
        self.assert_has({"size": 6, "md5sum": HELLO_ETAG}, file)
        self.assert_has({"version_id": oldest, "is_latest": True}, file["versions"][0])

    def test_delete_file_last_version(self):
        project = self.project()
        self.upload(project, "note.txt", b"one")
        (only,) = self.versions(project)
        with self.refused(400, "explicit_deletion_of_last_version"):
            self.client().delete_file(project["id"], "note.txt", only)

    def test_delete_file_as_a_reporter(self):
        project = self.project()
        self.upload(project, "note.txt", b"one")
        self.client().add_project_collaborator(project["id"], "ben", sdk.ProjectCollaboratorRole.REPORTER)
        with self.refused(403, "permission_denied"):
            self.client("ben").delete_file(project["id"], "note.txt", None)

    def test_the_project_file_makes_room_for_another(self):
        project = self.project_with_qgis_file()
        self.assertEqual("survey.qgs", self.client().get_project(project["id"])["the_qgis_file_name"])
        self.client().delete_file(project["id"], "survey.qgs", None)
        self.assertIsNone(self.client().get_project(project["id"])["the_qgis_file_name"])
