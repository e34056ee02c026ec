"""Organizations are made over GraphQL: the API under test has no request for it."""

import json
import urllib.request

from .server import address, fresh

CREATE = "mutation($i: CreateOrganizationInput!) { createOrganization(input: $i) { __typename } }"


def new_organization(token: str) -> str:
    """Makes an organization owned by the token's person; answers its name."""
    name = fresh("org")
    body = json.dumps({"query": CREATE, "variables": {"i": {"name": name}}}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Token {token}"}
    request = urllib.request.Request(address() + "/graphql", body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        outcome = json.load(answer)
    if outcome.get("errors") or outcome["data"]["createOrganization"]["__typename"] != "OrganizationCreated":
        raise AssertionError(f"no organization was made: {outcome}")
    return name
