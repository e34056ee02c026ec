"""QField: files up, and down again in pieces."""

import hashlib
import uuid

from support.case import QGIS_FILE

from .apps import Part, QField, multipart, part_headers, qfield, segments
from .case import ExchangeCase
from .wire import send

LONG = bytes(range(256)) * 4000  # 1,024,000 bytes: QField resumes from 1,000,000 on.
ETAG = hashlib.md5(LONG).hexdigest()


class Upload(ExchangeCase):
    def test_upload(self):
        project = self.project()["id"]
        answer = qfield().post_file(f"files/{project}/data/B%C3%A4ume%201.csv/", "data/Bäume 1.csv", b"id\n1\n")
        self.assertEqual({}, self.ok(answer, 201))
        (file,) = self.ok(qfield().get(f"files/{project}/"))
        self.assert_has({"name": "data/Bäume 1.csv", "size": 5, "md5sum": hashlib.md5(b"id\n1\n").hexdigest()}, file)

    def test_upload_a_photo(self):
        project = self.project()["id"]
        self.ok(qfield().post_file(f"files/{project}/DCIM/p.jpg/", "DCIM/p.jpg", b"\xff\xd8\xff"), 201)
        self.assertTrue(self.ok(qfield().get(f"files/{project}/"))[0]["is_attachment"])

    def test_upload_a_project_file(self):
        project = self.project_with_qgis_file()
        self.assert_has({"the_qgis_file_name": "survey.qgs"}, self.ok(qfield().get(f"projects/{project}/")))

    def test_upload_nothing(self):
        project = self.project()["id"]
        self.assert_refused(400, "empty_content", qfield().post(f"files/{project}/a.txt/", {}))

    def test_upload_a_part_that_is_no_file(self):
        project = self.project()["id"]
        body = multipart("edge", Part(part_headers(None, 'form-data; name="file"'), b"text"))
        answer = send("POST", f"/api/v1/files/{project}/a.txt/", qfield().headers("multipart/form-data; boundary=edge"), body)
        self.assert_refused(400, "empty_content", answer)

    def test_upload_two(self):
        project = self.project()["id"]
        part = Part(part_headers("application/json", 'form-data; name="file"; filename="/sdcard/a.txt"'), b"x")
        body = multipart("edge", part, part)
        answer = send("POST", f"/api/v1/files/{project}/a.txt/", qfield().headers("multipart/form-data; boundary=edge"), body)
        self.assert_refused(400, "multiple_contents", answer)
        self.assertEqual([], self.ok(qfield().get(f"files/{project}/")))

    def test_a_photo_of_a_project_that_is_gone_is_dropped(self):
        answer = qfield().post_file(f"files/{uuid.uuid4()}/DCIM/p.jpg/", "DCIM/p.jpg", b"\xff\xd8\xff")
        self.assertEqual(404, answer.status, answer)

    def test_a_reader_uploads_nothing_and_stays_logged_in(self):
        project = self.project()["id"]
        self.share(project, "ben", "reader")
        self.assert_refused(403, "permission_denied", qfield("ben").post_file(f"files/{project}/a.txt/", "a.txt", b"x"))
        self.ok(qfield("ben").get("auth/user/"))

    def test_names_the_server_refuses(self):
        project = self.project()["id"]
        for name in ("a:b.txt", "sub/COM1", "ends in a dot.", "a//b.txt", "%7F.txt"):
            with self.subTest(name):
                target = name if "%" in name else segments(name)
                answer = qfield().post_file(f"files/{project}/{target}/", "a.txt", b"x")
                self.assert_refused(400, "validation_error", answer)

    def test_a_restricted_project_file(self):
        project = self.project(has_restricted_projectfiles=True)["id"]
        self.share(project, "ben", "editor")
        answer = qfield("ben").post_file(f"files/{project}/survey.qgs/", "survey.qgs", QGIS_FILE)
        self.assert_refused(403, "restricted_project_modification", answer)


class Download(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        cls.path = f"files/{cls().project_with({'long.bin': LONG})}/long.bin/"

    def test_the_whole_file(self):
        answer = qfield().get(self.path)
        self.assertEqual((200, LONG), (answer.status, answer.body))
        self.assert_has({"Content-Length": str(len(LONG)), "ETag": f'"{ETAG}"', "Accept-Ranges": "bytes"}, answer.headers)
        self.assertIn('filename="long.bin"', answer.headers["Content-Disposition"])
        self.assertNotIn("Content-Encoding", answer.headers)

    def test_an_empty_file(self):
        answer = qfield().get(f"files/{self.project_with({'empty.txt': b''})}/empty.txt/")
        self.assertEqual((200, "0", b""), (answer.status, answer.headers["Content-Length"], answer.body))

    def test_resume(self):
        answer = qfield().get(self.path, Range="bytes=1000000-")
        self.assertEqual((206, LONG[1_000_000:]), (answer.status, answer.body))
        self.assert_has({"Content-Range": f"bytes 1000000-1023999/{len(LONG)}", "Content-Length": "24000"}, answer.headers)

    def test_a_piece(self):
        answer = qfield().get(self.path, Range="bytes=10-19")
        self.assertEqual((206, LONG[10:20]), (answer.status, answer.body))
        self.assert_has({"Content-Range": f"bytes 10-19/{len(LONG)}", "Content-Length": "10"}, answer.headers)

    def test_ranges_that_are_refused(self):
        for header in ("bytes=1024000-", "bytes=0-1024000", "bytes=5-5", "bytes=9-3", "bytes=-5", "bytes=0-1,4-5", "lines=0-5"):
            with self.subTest(header):
                self.assert_refused(416, "invalid_http_range", qfield().get(self.path, Range=header))

    def test_what_has_not_changed(self):
        for header in (ETAG, f'"{ETAG}"', f'W/"{ETAG}"', f'"another", "{ETAG}"'):
            with self.subTest(header):
                answer = qfield().get(self.path, **{"If-None-Match": header})
                self.assertEqual((304, b""), (answer.status, answer.body))

    def test_what_has_changed(self):
        self.assertEqual(200, qfield().get(self.path, **{"If-None-Match": '"another"'}).status)

    def test_a_file_that_is_not_there(self):
        answer = qfield().get(self.path.replace("long.bin", "none.bin"))
        self.assert_refused(404, "object_not_found", answer)

    def test_a_path_without_its_slash_is_no_redirect(self):
        self.assertEqual(200, qfield().get(self.path.removesuffix("/")).status)

    def test_not_without_a_token(self):
        self.assert_refused(401, "not_authenticated", QField().get(self.path))
