"""Plain requests: nothing is added, followed or retried."""

import gzip
import http.client
import json
from urllib.parse import urlsplit

from support.server import address


class Answer:
    def __init__(self, status: int, headers, body: bytes):
        self.status = status
        self.headers = headers
        self.body = body  # as on the wire

    def json(self):
        packed = self.headers["Content-Encoding"] == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:300]!r}"


def send(method: str, target: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
    """`target` as on the wire: percent-encoded path and query. One connection each."""
    connection = http.client.HTTPConnection(urlsplit(address()).netloc, timeout=60)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class Part:
    """One part of a multipart body, its headers in the order Qt writes them."""

    def __init__(self, headers: dict[str, str], body: bytes):
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.bytes = head.encode() + b"\r\n" + body + b"\r\n"


def multipart(boundary: str, *parts: Part) -> bytes:
    edge = b"--" + boundary.encode()
    return b"".join(edge + b"\r\n" + part.bytes for part in parts) + edge + b"--\r\n"
