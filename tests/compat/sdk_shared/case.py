"""A test case with clients that are logged in."""

import contextlib
import functools
import json
from pathlib import Path

from qfieldcloud_sdk import sdk
from support.case import QGIS_FILE, CompatCase
from support.people import person
from support.server import api, fresh


@functools.cache
def logged_in(who: str) -> sdk.Client:
    """One log-in per person and run: log-ins of one address are limited."""
    client = sdk.Client(api())
    one = person(who)
    client.login(one.name, one.password)
    return client


class SdkCase(CompatCase):
    def client(self, who: str = "ana") -> sdk.Client:
        return logged_in(who)

    def anonymous(self) -> sdk.Client:
        return sdk.Client(api())

    def project(self, who: str = "ana", **fields) -> dict:
        return self.client(who).create_project(fresh("project"), **fields)

    def upload(self, project: dict, name: str, content: bytes, who: str = "ana"):
        path = self.folder({"local": content}) / "local"
        return self.client(who).upload_file(project["id"], sdk.FileTransferType.PROJECT, path, Path(name), False)

    def project_with_qgis_file(self) -> dict:
        project = self.project()
        self.upload(project, "survey.qgs", QGIS_FILE)
        return project

    @contextlib.contextmanager
    def refused(self, status: int, code: str):
        """The server answers with this status and this code, in the shape all clients show."""
        with self.assertRaises(sdk.QfcRequestException) as raised:
            yield
        response = raised.exception.response
        try:
            body = json.loads(response.content)
        except ValueError:
            self.fail(f"the error is not JSON: {response.status_code} {response.content[:300]!r}")
        self.assertEqual((status, code), (response.status_code, body.get("code")), body)
        self.assertIsInstance(body.get("message"), str)
        self.assertNotIn("WWW-Authenticate", response.headers)
