"""Requests for which the SDK and the command-line tool have no method."""

import json
import urllib.request

from .server import api


def ask(method: str, path: str, token: str, fields: dict | None = None):
    """Sends `fields` as JSON; answers the JSON that comes back, or None where nothing does."""
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    body = None if fields is None else json.dumps(fields).encode()
    request = urllib.request.Request(api() + path, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        content = answer.read()
    return json.loads(content) if content else None
