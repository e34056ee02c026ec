"""Files on their way up, and the list of files."""

import hashlib
from pathlib import Path

from qfieldcloud_sdk import sdk
from support.case import QGIS_FILE
from support.shapes import FILE, FILE_VERSION

PROJECT = sdk.FileTransferType.PROJECT
HELLO_ETAG = "952d2c56d0485958336747bcdd98590d"
HELLO_SHA256 = "334d016f755cd6dc58c53a86e183882f8ec14f52fb05345887c8a5edd42c87b7"
MANY_X = b"x" * 10_000_000
MANY_X_ETAG = "1e762c1c6ca960a51ce95942752cf1f6-2"
MANY_X_SHA256 = "0c9a42b3d065a64063eca67e98c932fa2e9a077bc7973a421a964a11304c998c"


class Uploads:
    def listed(self, project: dict, who: str = "ana") -> dict[str, dict]:
        return {file["name"]: file for file in self.client(who).list_remote_files(project["id"])}

    def test_upload_file(self):
        project, path = self.project(), self.folder({"note.txt": b"Hello!"}) / "note.txt"
        answer = self.client().upload_file(project["id"], PROJECT, path, Path("notes/note.txt"), False)
        self.assertEqual((201, {}), (answer.status_code, answer.json()))
        self.assertTrue(answer.headers["Location"].endswith(f"/api/v1/files/{project['id']}/notes/note.txt/"), answer.headers)

    def test_list_remote_files(self):
        project = self.project()
        self.assertEqual([], self.client().list_remote_files(project["id"]))
        self.upload(project, "notes/note.txt", b"Hello!")
        (file,) = self.client().list_remote_files(project["id"])
        self.assert_shape(FILE, file)
        self.assert_has(
            {"name": "notes/note.txt", "size": 6, "md5sum": HELLO_ETAG, "sha256": HELLO_SHA256, "is_attachment": False}, file
        )
        self.assertEqual(file["md5sum"], file["etag"])
        (version,) = file["versions"]
        self.assert_shape(FILE_VERSION, version)
        self.assert_has({"size": 6, "md5sum": HELLO_ETAG, "sha256": HELLO_SHA256, "is_latest": True}, version)

    def test_a_new_version(self):
        project = self.project()
        self.upload(project, "note.txt", b"first")
        self.upload(project, "note.txt", b"Hello!")
        file = self.listed(project)["note.txt"]
        self.assertEqual(HELLO_ETAG, file["md5sum"])
        self.assertEqual([6, 5], [version["size"] for version in file["versions"]], "newest first")
        self.assertEqual([True, False], [version["is_latest"] for version in file["versions"]])
        self.assertEqual(file["uploaded_at"], file["versions"][-1]["uploaded_at"], "the first upload's time")

    def test_a_photo_is_an_attachment(self):
        project = self.project()
        self.upload(project, "DCIM/sub/photo.jpg", b"\xff\xd8\xff")
        self.assertTrue(self.listed(project)["DCIM/sub/photo.jpg"]["is_attachment"])

    def test_an_empty_file(self):
        project = self.project()
        self.upload(project, "empty.txt", b"")
        empty = hashlib.md5(b"").hexdigest()
        self.assert_has({"size": 0, "md5sum": empty}, self.listed(project)["empty.txt"])

    def test_names_with_spaces_and_letters_of_all_kinds(self):
        project = self.project()
        names = {"Bäume im Wald.txt", "données/été 1.txt", "数据/树.txt", "a+b & c=d.txt", "100%.txt", "it's (1).txt"}
        for name in names:
            self.upload(project, name, name.encode())
        self.assertEqual(names, self.listed(project).keys())

    def test_a_name_that_windows_refuses(self):
        with self.refused(400, "validation_error"):
            self.upload(self.project(), "sub/CON", b"x")

    def test_a_large_file_has_an_etag_of_parts(self):
        project, folder = self.project(), self.folder({"large.bin": MANY_X})
        self.client().upload_files(project["id"], PROJECT, str(folder), "*", throw_on_error=True)
        self.assert_has({"size": len(MANY_X), "md5sum": MANY_X_ETAG, "sha256": MANY_X_SHA256}, self.listed(project)["large.bin"])
        again = self.client().upload_files(project["id"], PROJECT, str(folder), "*", throw_on_error=True)
        self.assertEqual([], again, "the client computes the same ETag, so nothing is sent")

    def test_a_file_of_exactly_one_part(self):
        project, content = self.project(), b"y" * 8_388_608
        self.upload(project, "part.bin", content)
        self.assertEqual(hashlib.md5(content).hexdigest(), self.listed(project)["part.bin"]["md5sum"])

    def test_upload_files(self):
        project = self.project()
        folder = self.folder(
            {"a.qgs": QGIS_FILE, "data/trees.csv": b"id\n1\n", "DCIM/p.jpg": b"\xff\xd8\xff", ".hidden": b"no", "a.qgs~": b"no"}
        )
        wanted = {"a.qgs", "data/trees.csv", "DCIM/p.jpg"}
        sent = self.client().upload_files(project["id"], PROJECT, str(folder), "*", throw_on_error=True)
        self.assertEqual({name: sdk.FileTransferStatus.SUCCESS for name in wanted}, {file["name"]: file["status"] for file in sent})
        self.assertEqual(wanted, self.listed(project).keys())

        (folder / "data/trees.csv").write_bytes(b"id\n1\n2\n")
        self.client().upload_files(project["id"], PROJECT, str(folder), "*", throw_on_error=True)
        self.assertEqual(
            {"a.qgs": 1, "data/trees.csv": 2, "DCIM/p.jpg": 1},
            {name: len(file["versions"]) for name, file in self.listed(project).items()},
            "only the changed file has a new version",
        )

    def test_upload_files_when_forced(self):
        project, folder = self.project(), self.folder({"note.txt": b"same"})
        for _ in range(2):
            self.client().upload_files(project["id"], PROJECT, str(folder), "*", throw_on_error=True, force=True)
        self.assertEqual(2, len(self.listed(project)["note.txt"]["versions"]))

    def test_list_local_files(self):
        folder = self.folder({"b.qgz": b"", "z.txt": b"", "sub/a.txt": b""})
        names = [file["name"] for file in self.client().list_local_files(str(folder), "*")]
        self.assertEqual({"b.qgz", "z.txt", "sub/a.txt"}, set(names))
        self.assertEqual("b.qgz", names[-1], "the project file goes last")

    def test_a_second_project_file(self):
        project = self.project_with_qgis_file()
        with self.refused(400, "multiple_projects"):
            self.upload(project, "other.qgz", QGIS_FILE)

    def test_a_project_file_nobody_can_read(self):
        with self.refused(400, "invalid_qgis_project_file"):
            self.upload(self.project(), "survey.qgs", b"<html/>")

    def test_a_stranger_neither_lists_nor_uploads(self):
        project = self.project()
        with self.refused(403, "permission_denied"):
            self.client("ben").list_remote_files(project["id"])
        with self.refused(403, "permission_denied"):
            self.upload(project, "note.txt", b"x", who="ben")
