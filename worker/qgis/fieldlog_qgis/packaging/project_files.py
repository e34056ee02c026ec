"""Copies what a project has besides layers: folders of data, the project plugin, pictures."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from qgis.core import QgsPathResolver

from .. import session_role
from ..log import logger
from ..project_entries import list_entry
from ..same_file import StagedNames, key
from .package import Package
from .sources import is_inside

_PICTURES = frozenset(".svg .png .jpg .jpeg .gif .bmp .webp .tif .tiff .ico".split())
# Pictures that decorate the map window, by scope and key of the project entry that names them.
_DECORATIONS = (("Image", "/ImagePath"), ("NorthArrow", "/SvgPath"))
_PLUGIN = re.compile(r"(\.qml|_[A-Za-z]{2}\.qm)$", re.I)


def find_folders(package: Package) -> list[Path]:
    """The attachment and data folders, which stand beside the project file."""
    project, found = package.opened.project, []
    names = StagedNames(package.home)
    for name in [*list_entry(project, "attachmentDirs", ["DCIM"]), *list_entry(project, "dataDirs", [])]:
        folder = package.home / (names.find(name) or name)
        if ".." in folder.parts or package.home not in folder.parents:
            logger.warning("The folder '%s' is left out: it does not lie below the project's folder", name)
        elif folder.is_dir():
            found.append(folder)
    return found


def copy_folders(package: Package, folders: list[Path]) -> None:
    """Copies these folders to where they stand beside the project file."""
    for folder in folders:
        package.export.copy_folder(folder, PurePosixPath(folder.relative_to(package.home).as_posix()))


def copy_plugin(package: Package) -> None:
    """Copies the project plugin and its translations, which have the name of the project file."""
    stem = Path(package.project_name).stem
    for file in sorted(package.home.iterdir()):
        end = _PLUGIN.search(file.name)
        if end and file.is_file() and key(file.name[: end.start()]) == key(stem):
            package.export.copy(file, PurePosixPath(package.stem + end.group()))


def copy_decorations(package: Package) -> None:
    """Copies the pictures that decorate the map, and names them as they lie in the package."""
    project, names = package.opened.project, StagedNames(package.home)
    for scope, entry in _DECORATIONS:
        name, found = project.readEntry(scope, entry)
        path = Path(os.path.normpath(package.home / (names.find(os.path.normpath(name)) or name)))
        if found and _is_picture(path, package):
            target = _copy_picture(path, package)
            project.writeEntry(scope, entry, f"./{target.relative_to(package.export.root).as_posix()}")


@contextmanager
def pictures_taken_along(package: Package) -> Iterator[None]:
    """While a project is saved in here, each picture that it names is copied and named as it lies in the package."""

    def rewritten(name: str) -> str:
        path = Path(name)
        if _is_picture(path, package):
            return str(_copy_picture(path, package))
        place = package.inside_package(path)
        return session_role.with_own(name) if place is None else str(package.export.root / place)

    writer = QgsPathResolver.setPathWriter(rewritten)
    try:
        yield
    finally:
        QgsPathResolver.removePathWriter(writer)


def _is_picture(path: Path, package: Package) -> bool:
    is_ours = path.suffix.lower() in _PICTURES and package.inside_package(path) is not None
    return is_ours and is_inside(path, package.opened.roots) and path.is_file()


def _copy_picture(path: Path, package: Package) -> Path:
    return package.export.copy(path, package.inside_package(path))
