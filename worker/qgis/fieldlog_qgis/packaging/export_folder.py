"""The folder that becomes the package: plain files, none of which overwrites another."""

import os
import shutil
from pathlib import Path, PurePosixPath

from ..log import logger
from ..progress import Progress, Told
from . import workload

_PROJECTS = (".qgs", ".qgz")
# Larger files tell on the way how far they are.
_CHUNK = 64 * 2**20


class ExportFolder:
    """Copies files into the package, each source once. Devices may ignore case, so names differ in more than case."""

    def __init__(self, root: Path, progress: Progress):
        self.root = root
        self._progress = progress
        self._sources: dict[str, Path | None] = {}
        self._folders: set[str] = set()
        root.mkdir(exist_ok=True)
        for entry in root.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()

    def reserve(self, name: str) -> Path:
        """Keeps a name for a file that is written later."""
        self._sources[name.lower()] = None
        return self.root / name

    def has_room(self, source: Path, name: PurePosixPath) -> bool:
        """Whether the name is free, or taken by this very source."""
        if str(name).lower() in self._folders or self._is_below_a_file(name):
            return False
        return self._sources.get(str(name).lower(), source.resolve()) == source.resolve()

    def copy(self, source: Path, name: PurePosixPath) -> Path:
        """Copies a file under a name, or under a numbered one when that is taken; returns where it is."""
        if self._is_below_a_file(name):
            name = PurePosixPath(name.name)
        wanted, number = name, 1
        while not self.has_room(source, name):
            number += 1
            name = wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}")
        if name != wanted:
            logger.warning("'%s' is packaged as '%s': another file has that name", source.name, name)
        target = self.root / name
        if str(name).lower() not in self._sources:
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._progress.part(workload.of_file(source)) as told:
                _copy(source, target, told)
            self._sources[str(name).lower()] = source.resolve()
            self._folders.update(str(folder).lower() for folder in name.parents)
        return target

    def copy_folder(self, source: Path, name: PurePosixPath) -> None:
        """Copies a folder with all below it, except project files: a package has exactly one."""
        if self._is_below_a_file(name / source.name):
            logger.warning("The folder '%s' is left out: a file of the package has its name", name)
            return
        for file in sorted(source.rglob("*")):
            if file.is_file() and file.suffix.lower() not in _PROJECTS:
                self.copy(file, name / file.relative_to(source).as_posix())

    def _is_below_a_file(self, name: PurePosixPath) -> bool:
        return any(str(folder).lower() in self._sources for folder in name.parents)


def _copy(source: Path, target: Path, told: Told) -> None:
    size = source.stat().st_size
    if size <= _CHUNK:
        shutil.copyfile(source, target)
        return
    with open(source, "rb") as read, open(target, "wb") as written:
        done = 0
        while sent := os.sendfile(written.fileno(), read.fileno(), done, _CHUNK):
            done += sent
            told(done / size)
