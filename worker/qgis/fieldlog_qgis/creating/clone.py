"""Gives a copied project its own title and view; every other byte of its files stays."""

import os
import zipfile
from pathlib import Path

from qgis.core import QgsReferencedRectangle

from ..errors import FileNotFound, InvalidProjectFile
from ..project_file import SUFFIXES, ProjectFile, read
from .project_edit import edit


def find_project(files: Path) -> str:
    """The path of the one project file among the files."""
    found = sorted(
        path.relative_to(files).as_posix()
        for path in files.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink()
    )
    if not found:
        raise FileNotFound(f"The project to clone has no project file; expected one {' or '.join(SUFFIXES)}.")
    if len(found) > 1:
        raise InvalidProjectFile(
            f"The project to clone has {len(found)} project files ({', '.join(found[:5])}); expected one."
        )
    return found[0]


def rename(files: Path, name: str, title: str, view: QgsReferencedRectangle | None) -> None:
    """Writes the title, and the view if there is one, into the project file of a copy."""
    project = read(files, name, keep_feature_counts=True)
    content = edit(project.xml.content, name, title, view)
    unfinished = project.path.with_name(f".{project.path.name}.tmp")
    if project.entry is None:
        unfinished.write_bytes(content)
    else:
        _write_archive(project, content, unfinished)
    os.replace(unfinished, project.path)


def _write_archive(project: ProjectFile, content: bytes, target: Path) -> None:
    with zipfile.ZipFile(project.path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = source.comment
        for entry in source.infolist():
            if entry.is_dir():
                archive.writestr(entry, b"")
            else:
                archive.writestr(
                    entry, content if entry.filename == project.entry else project.other_entries[entry.filename]
                )
