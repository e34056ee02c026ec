"""The connection service file of PostgreSQL, from the secrets of the job's project."""

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "PGSERVICE_FILE_CONTENTS"
FILE_NAME = ".pg_service.conf"


def write(environment: Mapping[str, str], home: Path) -> None:
    """Puts the services where every program looks for them; nobody else may read them."""
    services = environment.get(VARIABLE)
    if not services:
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with open(os.open(home / FILE_NAME, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(services)
