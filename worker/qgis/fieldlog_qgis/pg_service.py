"""How a job connects to PostgreSQL: with the services, and in the name of the role, from the secrets of its project."""

import os
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path

VARIABLE = "PGSERVICE_FILE_CONTENTS"
FILE_NAME = ".pg_service.conf"
ROLE_VARIABLE = "QFC_PG_EFFECTIVE_USER"

_OPTIONS_VARIABLE = "PGOPTIONS"
_OPTIONS = re.compile(r"^options=.*$", re.MULTILINE)


def write(environment: Mapping[str, str], home: Path) -> None:
    """Puts the services where every program looks for them; nobody else may read them."""
    services = environment.get(VARIABLE)
    if not services:
        return
    if role := effective_role(environment):
        # The options of a service hide those of the environment.
        services = _OPTIONS.sub(lambda match: f"{match[0].rstrip()} {_option(role)}", services)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with open(os.open(home / FILE_NAME, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(services)


def take_role(environment: MutableMapping[str, str]) -> None:
    """Lets each connection begin in the name of the role, if there is one, whoever makes it.

    Not left to QGIS: it sets the role of a source (`session_role`) on one of its connections and reads with others.
    """
    if role := effective_role(environment):
        environment[_OPTIONS_VARIABLE] = f"{environment.get(_OPTIONS_VARIABLE, '')} {_option(role)}".strip()


def effective_role(environment: Mapping[str, str]) -> str:
    """The role, or nothing where people connect as who they are."""
    return environment.get(ROLE_VARIABLE, "")


def _option(role: str) -> str:
    return "-c role=" + re.sub(r"([\\\s])", r"\\\1", role)
