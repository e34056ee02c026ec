"""Where PROJ finds the grids of datum shifts that are mounted into the container."""

import os
from collections.abc import MutableMapping

# The contract's name for it; PROJ itself does not know this variable.
VARIABLE = "PROJ_DOWNLOAD_DIR"
FOLDER = "/transformation_grids"

_SEARCHED = "PROJ_DATA"
_DATABASE = "/usr/share/proj"


def use(environment: MutableMapping[str, str]) -> None:
    """Lets PROJ search the mounted folder, if there is one; has to come before PROJ is first used in a process.

    After the folder of its own, which PROJ searches last by itself: its database stays the one that it was made with,
    also when a folder of grids brings another along.
    """
    folder = environment.get(VARIABLE) or FOLDER
    if os.path.isdir(folder):
        environment[_SEARCHED] = os.pathsep.join([environment.get(_SEARCHED) or _DATABASE, folder])
