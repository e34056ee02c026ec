"""What schemathesis cannot know from the document."""

import json
import os

import schemathesis
from support.deltas import delta, delta_file


def setting(name: str) -> str:
    return os.environ[f"FUZZ_{name}"]


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Another person logs out, so that the session of all others goes on; staff creates users; the project of all others stays."""
    operation = (case.method, case.path)
    instead = {
        ("GET", "/api/v1/auth/logout/"): "TOKEN_TO_END",
        ("POST", "/api/v1/auth/logout/"): "TOKEN_TO_END",
        ("POST", "/api/v1/users/"): "TOKEN_OF_STAFF",
    }.get(operation)
    if instead and (case.headers or {}).get("Authorization") == f"Token {setting('TOKEN')}":
        case.headers["Authorization"] = f"Token {setting(instead)}"
    if operation == ("DELETE", "/api/v1/projects/{project}/") and case.path_parameters.get("project") == setting("PROJECT"):
        case.path_parameters["project"] = setting("SPARE_0")


@schemathesis.hook
def filter_body(ctx, body):
    """The name of a part stands in its head, where control characters cannot be."""
    return not isinstance(body, dict) or all(name.isprintable() for name in body)


@schemathesis.hook
def map_body(ctx, body):
    """Every other delta file can be read: no random bytes ever can."""
    pushes = ctx.operation is not None and ctx.operation.path == "/api/v1/deltas/{project}/"
    if pushes and isinstance(body, dict) and isinstance(body.get("file"), (bytes, str)) and len(body["file"]) % 2 == 0:
        return {**body, "file": json.dumps(delta_file(setting("PROJECT"), delta())).encode()}
    return body


@schemathesis.hook
def filter_headers(ctx, headers):
    """What is no HTTP is refused before any of the server's own code sees it."""
    return all(value.isprintable() for value in (headers or {}).values() if isinstance(value, str))
