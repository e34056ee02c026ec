"""A test case that reads answers as the apps do."""

from support.case import QGIS_FILE, CompatCase
from support.server import fresh

from .apps import qfield, segments
from .wire import Answer


class ExchangeCase(CompatCase):
    def ok(self, answer: Answer, status: int = 200):
        """The JSON of an answer with this status."""
        self.assertEqual(status, answer.status, answer)
        self.assertTrue(answer.headers["Content-Type"].startswith("application/json"), answer.headers)
        return answer.json()

    def assert_refused(self, status: int, code: str, answer: Answer) -> None:
        self.assertEqual(status, answer.status, answer)
        self.assertEqual(code, answer.json().get("code"), answer)
        self.assertIsInstance(answer.json().get("message"), str)
        self.assertEqual(str(len(answer.body)), answer.headers["Content-Length"], "the plugin cuts the body there")
        self.assertNotIn("Content-Encoding", answer.headers, "the plugin cuts the body after it was unpacked")
        self.assertNotIn("WWW-Authenticate", answer.headers)

    def project(self, who: str = "ana", **fields) -> dict:
        body = {"name": fresh("project"), "owner": who, "description": "", "private": True, **fields}
        return self.ok(qfield(who).post("projects/", body), 201)

    def project_with(self, files: dict[str, bytes]) -> str:
        project = self.project()["id"]
        for name, content in files.items():
            answer = qfield().post_file(f"files/{project}/{segments(name)}/", name, content)
            self.assertEqual(201, answer.status, answer)
        return project

    def project_with_qgis_file(self) -> str:
        return self.project_with({"survey.qgs": QGIS_FILE})

    def share(self, project: str, who: str, role: str) -> None:
        self.ok(qfield().post(f"collaborators/{project}/", {"collaborator": who, "role": role}), 201)
