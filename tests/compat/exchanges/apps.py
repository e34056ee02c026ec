"""The field app and the QGIS plugin, as their requests look from the server."""

import functools
import json
from urllib.parse import quote

from support.people import person

from .wire import Answer, Part, multipart, send

QFIELD = "qfield|40003|4.0.3 - Example|0123456789| QGIS/34006/Android 14"
PLUGIN = "Mozilla/5.0 QGIS/34006/Debian GNU/Linux 13 (trixie)"
DEVICE = "/storage/emulated/0/Android/data/ch.opengis.qfield/files/cloud_projects/ana/"
DESK = "C:/Users/ana/QField/cloud/Bäume/"


def part_headers(content_type: str | None, disposition: str) -> dict[str, str]:
    return {**({"Content-Type": content_type} if content_type else {}), "Content-Disposition": disposition}


def segments(path: str) -> str:
    return quote(path, safe="/")


class QField:
    """Sends Content-Type on GET too, and a JSON part named `text` before each file."""

    def __init__(self, token: str = ""):
        self.token = token

    def headers(self, content_type: str = "application/json") -> dict[str, str]:
        token = {"Authorization": f"Token {self.token}"} if self.token else {}
        return {
            "Content-Type": content_type,
            **token,
            "Accept-Language": "de-CH",
            "Connection": "Keep-Alive",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": QFIELD,
        }

    def get(self, path: str, **more: str) -> Answer:
        return send("GET", f"/api/v1/{path}", {**self.headers(), **more})

    def post(self, path: str, fields: dict) -> Answer:
        return send("POST", f"/api/v1/{path}", self.headers(), json.dumps(fields, indent=4).encode() + b"\n")

    def post_nothing(self, path: str) -> Answer:
        return send("POST", f"/api/v1/{path}", self.headers(), b"")

    def post_file(self, path: str, local_name: str, content: bytes) -> Answer:
        boundary = "boundary_.oOo._MTY3NzI5NjM5Mw==NTk2NTE2NjQ="
        body = multipart(
            boundary,
            Part(part_headers("application/json", 'form-data; name="text"'), b"{\n}\n"),
            Part(part_headers("application/json", f'form-data; name="file"; filename="{DEVICE}{local_name}"'), content),
        )
        headers = {**self.headers(f'multipart/form-data; boundary="{boundary}"'), "MIME-Version": "1.0"}
        return send("POST", f"/api/v1/{path}", headers, body)

    def log_in(self, who: str) -> Answer:
        one = person(who)
        return self.post("auth/token/", {"password": one.password, "username": one.name})


class Plugin:
    """QFieldSync. It uploads without a `text` part, with a boundary of its own."""

    def __init__(self, token: str = ""):
        self.token = token

    def headers(self, content_type: str = "application/json") -> dict[str, str]:
        token = {"Authorization": f"Token {self.token}"} if self.token else {}
        return {
            "Content-Type": content_type,
            **token,
            "Connection": "Keep-Alive",
            "Accept-Encoding": "gzip, deflate",
            "Accept-Language": "de-CH,*",
            "User-Agent": PLUGIN,
        }

    def send(self, method: str, path: str, fields: dict | None = None) -> Answer:
        empty = b"" if method == "POST" else None
        body = empty if fields is None else json.dumps(fields).encode()
        return send(method, f"/api/v1/{path}", self.headers(), body)

    def post_file(self, path: str, local_name: str, content: bytes) -> Answer:
        boundary = "boundary_.oOo.QFieldRoxAndYouKnowItDXMtCoIPQV84CAX3rDyv83393"
        disposition = f'form-data; name="file"; filename="{DESK}{local_name}"'
        body = multipart(boundary, Part(part_headers(None, disposition), content))
        headers = {**self.headers(f'multipart/form-data; boundary="{boundary}"'), "MIME-Version": "1.0"}
        return send("POST", f"/api/v1/{path}", headers, body)

    def log_in(self, who: str) -> Answer:
        one = person(who)
        return self.send("POST", "auth/login/", {"username": one.name, "password": one.password})


@functools.cache
def token(app: type, who: str) -> str:
    """One log-in per app, person and run: a second one would end the first."""
    return app().log_in(who).json()["token"]


def qfield(who: str = "ana") -> QField:
    return QField(token(QField, who))


def plugin(who: str = "ana") -> Plugin:
    return Plugin(token(Plugin, who))
