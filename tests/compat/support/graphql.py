"""Requests for which only GraphQL has an operation."""

import json
import urllib.request

from .server import address


def graphql(token: str, document: str, **variables) -> dict:
    """The data of an answer without errors."""
    body = json.dumps({"query": document, "variables": variables}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Token {token}"}
    request = urllib.request.Request(address() + "/graphql", body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        found = json.load(answer)
    if found.get("errors"):
        raise AssertionError(f"GraphQL says no: {found}")
    return found["data"]
