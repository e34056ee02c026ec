"""Organizations are made over GraphQL: the API under test has no request for it."""

from .graphql import graphql
from .server import fresh

CREATE = "mutation($i: CreateOrganizationInput!) { createOrganization(input: $i) { __typename } }"


def new_organization(token: str) -> str:
    """Makes an organization owned by the token's person; answers its name."""
    name = fresh("org")
    made = graphql(token, CREATE, i={"name": name})["createOrganization"]["__typename"]
    if made != "OrganizationCreated":
        raise AssertionError(f"no organization was made: {made}")
    return name
