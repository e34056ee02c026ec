"""A copy of the project file for QGIS to open, with everything around it reachable by the same paths.

The staged files stay untouched. Folders are made anew and files are links, so relative paths lead to the
same data. Links among the staged files, and what is neither file nor folder, are left out.
"""

import os
import stat
import tempfile
from pathlib import Path

from . import sqlite_files
from .log import logger
from .project_file import ProjectFile, write_archive
from .same_file import aligned


def make(
    files: Path, project: ProjectFile, copies_below: Path | None = None, left_out: dict[Path, list[str]] | None = None
) -> tuple[Path, Path]:
    """Makes the copy in a temporary folder; returns the folder and the copied project file in it.

    With `copies_below` the folder is made there, and databases that cannot even be read without writing
    to them are copied instead of linked. In `left_out` stands of each copy why it lacks what lay beside it.
    """
    root, files = Path(tempfile.mkdtemp(prefix="fieldlog-project-", dir=copies_below)), files.resolve()
    for folder, _, names in os.walk(files):
        copy = root / Path(folder).relative_to(files)
        copy.mkdir(exist_ok=True)
        others = [name for name in names if Path(folder, name) != project.path]
        found = _mirror(Path(folder), copy, others, copies_below is not None)
        if left_out is not None:
            left_out.update(found)
    target = root / project.path.relative_to(files)
    if project.entry is None:
        target.write_bytes(project.xml.content)
    else:
        write_archive(project, target)
    return root, target


def _mirror(folder: Path, copy: Path, names: list[str], copy_databases: bool) -> dict[Path, list[str]]:
    done: set[str] = set()
    parts = aligned(names)
    left_out = {}
    for name in sorted(names):  # a database comes before its journals
        source = folder / name
        if not stat.S_ISREG(source.lstat().st_mode):
            logger.warning("'%s' is not a plain file and is left out", name)
        elif copy_databases and sqlite_files.needs_writing(source):
            done.update(f"{name}{journal}" for journal in sqlite_files.JOURNALS)
            if why := sqlite_files.copy(source, copy / name):
                left_out[copy / name] = why
        elif name not in done:
            (copy / parts.get(name, name)).symlink_to(source)
    return left_out
