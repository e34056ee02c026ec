"""The accounts that scripts/test-compat makes before the server starts. They all have one password."""

from dataclasses import dataclass

from .server import setting


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    password: str


def person(name: str) -> Person:
    """`name` is one of the people that scripts/test-compat lists."""
    return Person(name, f"{name}@example.org", setting("PASSWORD"))
