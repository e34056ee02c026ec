"""When two names are the same although they are written otherwise, and which staged file a name means.

Projects come from disks to which letter case, and how accents are written, do not matter; the staged files lie on one
to which both do. The server has the same rule (`domain/src/shared/spelling.rs`).
"""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath


def key(text: str) -> str:
    """The form that two spellings of the same name share."""
    lower = unicodedata.normalize("NFC", text).lower()
    # A sigma is written in two ways in lower case. Lower case may take a letter and its accent apart.
    return unicodedata.normalize("NFC", lower.replace("ς", "σ"))


def pick(name: str, names: Iterable[str]) -> str | None:
    """Exactly this one of the names, else the only one that is just written otherwise."""
    names = list(names)
    if name in names:
        return name
    wanted = key(name)
    found = [other for other in names if key(other) == wanted]
    return found[0] if len(found) == 1 else None


class StagedNames:
    """The files and folders below a folder, however somebody writes their names; read when they are first needed."""

    def __init__(self, root: Path):
        self._root = root
        self._by_key: dict[str, list[str]] | None = None

    def candidates(self, name: str) -> list[str]:
        """The paths from the folder that are only written otherwise than this one."""
        if self._by_key is None:
            self._by_key = self._read()
        return self._by_key.get(key(name), [])

    def find(self, name: str) -> str | None:
        """The path from the folder that a name means: exactly this one, else the only other spelling of it."""
        if os.path.lexists(self._root / name):
            return name
        found = self.candidates(name)
        return found[0] if len(found) == 1 else None

    def _read(self) -> dict[str, list[str]]:
        by_key: dict[str, list[str]] = {}
        for folder, folders, files in os.walk(self._root):
            for name in sorted([*folders, *files]):
                path = PurePosixPath(Path(folder, name).relative_to(self._root)).as_posix()
                by_key.setdefault(key(path), []).append(path)
        return by_key


def aligned(names: Iterable[str]) -> dict[str, str]:
    """The parts of Shapefiles in a folder that are written otherwise than the `.shp`, with the names GDAL looks for."""
    names = sorted(names)
    mains = {key(stem): stem for stem, end in map(os.path.splitext, names) if end.lower() == ".shp"}
    found = {}
    for name in names:
        stem, _, end = name.partition(".")
        while key(stem) not in mains and "." in end:
            more, _, end = end.partition(".")
            stem = f"{stem}.{more}"
        main = mains.get(key(stem))
        if main is not None and main != stem and f"{main}.{end}" not in names and end.lower() != "shp":
            found[name] = f"{main}.{end}"
    return found
