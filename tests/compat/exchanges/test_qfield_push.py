"""QField: pushing what was done in the field. What comes of it is in `test_qfield_edits`."""

import json
import uuid

from support.deltas import delta, delta_file
from support.shapes import DELTA

from .apps import qfield
from .case import ExchangeCase
from .wire import Answer


class Push(ExchangeCase):
    def push(self, project: str, content, who: str = "ana") -> Answer:
        return qfield(who).post_file(f"deltas/{project}/", "deltafile_push.json", json.dumps(content).encode())

    def pushed(self, project: str, content: dict, who: str = "ana") -> list[dict]:
        answer = self.push(project, content, who)
        self.assertEqual((200, b"", "0"), (answer.status, answer.body, answer.headers["Content-Length"]))
        return self.ok(qfield(who).get(f"deltas/{project}/{content['id']}/"))

    def test_deltas_are_listed_at_once(self):
        project = self.project_with_qgis_file()
        content = delta_file(project, delta(), delta("delete"))
        listed = self.pushed(project, content)
        self.assertEqual([one["uuid"] for one in content["deltas"]], [one["id"] for one in listed])
        for sent, one in zip(content["deltas"], listed):
            self.assert_shape(DELTA, one)
            self.assert_has({"deltafile_id": content["id"], "created_by": "ana", "content": sent}, one)

    def test_a_push_repeated_after_a_lost_answer(self):
        project = self.project_with_qgis_file()
        content = delta_file(project, delta())
        self.pushed(project, content)
        self.assertEqual(1, len(self.pushed(project, content)))
        self.assertEqual(1, len(self.ok(qfield().get(f"deltas/{project}/"))))

    def test_the_history_of_pushes(self):
        project = self.project_with_qgis_file()
        files = [delta_file(project, delta()) for _ in range(2)]
        for content in files:
            self.pushed(project, content)
        history = self.ok(qfield().get(f"deltas/{project}/?ordering=created_at"))
        self.assertEqual([content["id"] for content in files], [one["deltafile_id"] for one in history])
        latest_first = self.ok(qfield().get(f"deltas/{project}/?ordering=-created_at"))
        self.assertEqual([one["id"] for one in reversed(history)], [one["id"] for one in latest_first])

    def test_a_delta_file_nobody_knows(self):
        project = self.project_with_qgis_file()
        self.assertEqual([], self.ok(qfield().get(f"deltas/{project}/{uuid.uuid4()}/")))

    def test_a_reporter_only_adds(self):
        project = self.project_with_qgis_file()
        self.share(project, "ben", "reporter")
        added, patched = self.pushed(project, delta_file(project, delta(), delta("patch")), who="ben")
        self.assertNotEqual("STATUS_UNPERMITTED", added["status"])
        self.assert_has({"status": "STATUS_UNPERMITTED", "last_status": "unpermitted"}, patched)
        self.assertIn("msg", patched["last_feedback"])

    def test_a_reader_pushes_nothing(self):
        project = self.project_with_qgis_file()
        self.share(project, "ben", "reader")
        self.assert_refused(403, "permission_denied", self.push(project, delta_file(project, delta()), "ben"))
        self.assert_refused(403, "permission_denied", qfield("ben").get(f"deltas/{project}/"))

    def test_no_file(self):
        project = self.project_with_qgis_file()
        self.assert_refused(400, "empty_content", qfield().post(f"deltas/{project}/", {}))

    def test_no_project_file(self):
        project = self.project()["id"]
        self.assert_refused(400, "no_qgis_project", self.push(project, delta_file(project, delta())))

    def test_another_project(self):
        project = self.project_with_qgis_file()
        self.assert_refused(400, "invalid_deltafile", self.push(project, delta_file(str(uuid.uuid4()), delta())))

    def test_files_that_are_no_delta_files(self):
        """The original answers 500; QField treats all errors alike, and 400 says whose mistake it is."""
        project = self.project_with_qgis_file()
        without_client = delta_file(project, {key: value for key, value in delta().items() if key != "clientId"})
        for content in ("not an object", {**delta_file(project), "version": "2.0"}, without_client):
            with self.subTest(str(content)[:40]):
                self.assert_refused(400, "invalid_deltafile", self.push(project, content))
        self.assertEqual([], self.ok(qfield().get(f"deltas/{project}/")))

    def test_an_unknown_project(self):
        project = str(uuid.uuid4())
        self.assert_refused(404, "object_not_found", self.push(project, delta_file(project, delta())))
