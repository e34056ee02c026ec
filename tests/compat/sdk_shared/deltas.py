"""Pushing a delta file. Whether it is applied is another matter."""

import json
import uuid

from support.deltas import delta, delta_file


class Deltas:
    def written(self, content) -> str:
        path = self.folder({"deltas.json": json.dumps(content).encode()}) / "deltas.json"
        return str(path)

    def test_push_delta(self):
        project = self.project_with_qgis_file()
        pushed = self.written(delta_file(project["id"], delta(), delta("delete")))
        for _ in range(2):
            answer = self.client().push_delta(project["id"], pushed)
            self.assertEqual((200, b""), (answer.status_code, answer.content))

    def test_push_delta_of_another_project(self):
        project = self.project_with_qgis_file()
        with self.refused(400, "invalid_deltafile"):
            self.client().push_delta(project["id"], self.written(delta_file(str(uuid.uuid4()), delta())))

    def test_push_delta_without_a_project_file(self):
        project = self.project()
        with self.refused(400, "no_qgis_project"):
            self.client().push_delta(project["id"], self.written(delta_file(project["id"], delta())))

    def test_push_delta_by_a_stranger(self):
        project = self.project_with_qgis_file()
        with self.refused(403, "permission_denied"):
            self.client("ben").push_delta(project["id"], self.written(delta_file(project["id"], delta())))
