"""Files on their way down, and their end."""

from pathlib import Path

from qfieldcloud_sdk import sdk
from support.server import fresh

from .uploads import HELLO_ETAG

PROJECT = sdk.FileTransferType.PROJECT
SUCCESS = sdk.FileTransferStatus.SUCCESS
FILES = {"note.txt": b"Hello!", "data/Bäume 1.csv": b"id\n1\n", "DCIM/p.jpg": b"\xff\xd8\xff", "empty.txt": b""}


class Downloads:
    def project_with_files(self) -> dict:
        project = self.project()
        for name, content in FILES.items():
            self.upload(project, name, content)
        return project

    def contents(self, folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def test_download_project(self):
        project, folder = self.project_with_files(), self.folder()
        files = self.client().download_project(project["id"], str(folder), throw_on_error=True)
        self.assertEqual({name: SUCCESS for name in FILES}, {file["name"]: file["status"] for file in files})
        self.assertEqual(FILES, self.contents(folder))

    def test_download_project_again_replaces_what_differs(self):
        project, folder = self.project_with_files(), self.folder({"note.txt": b"changed here"})
        for _ in range(2):
            self.client().download_project(project["id"], str(folder), throw_on_error=True)
            self.assertEqual(FILES, self.contents(folder))

    def test_download_files(self):
        project, folder = self.project_with_files(), self.folder()
        listed = self.client().list_remote_files(project["id"])
        self.client().download_files(listed, project["id"], PROJECT, str(folder), filter_glob="*.txt", throw_on_error=True)
        self.assertEqual({"note.txt", "empty.txt"}, self.contents(folder).keys())

    def test_download_file(self):
        project, target = self.project_with_files(), self.folder() / "deep/note.txt"
        answer = self.client().download_file(project["id"], PROJECT, target, Path("note.txt"), False)
        self.assertEqual((200, b"Hello!"), (answer.status_code, target.read_bytes()))
        self.assert_has({"Content-Length": "6", "ETag": f'"{HELLO_ETAG}"', "Accept-Ranges": "bytes"}, answer.headers)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertNotIn("Content-Encoding", answer.headers)

    def test_download_file_that_is_not_there(self):
        with self.refused(404, "object_not_found"):
            self.client().download_file(self.project()["id"], PROJECT, self.folder() / "x", Path(fresh("none")), False)

    def test_delete_files(self):
        project = self.project_with_files()
        deleted = self.client().delete_files(project["id"], ["*.txt", "DCIM/*"])
        self.assertEqual(
            {"*.txt": {"note.txt": SUCCESS, "empty.txt": SUCCESS}, "DCIM/*": {"DCIM/p.jpg": SUCCESS}},
            {glob: {file["name"]: file["status"] for file in files} for glob, files in deleted.items()},
        )
        self.assertEqual(["data/Bäume 1.csv"], [file["name"] for file in self.client().list_remote_files(project["id"])])
