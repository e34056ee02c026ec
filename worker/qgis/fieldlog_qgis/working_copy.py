"""A copy of the project file for QGIS to open, with everything around it reachable by the same paths.

The staged files stay untouched. Only the project file is copied; folders on the way to it are made
anew, and all their other entries are links, so relative paths lead to the same data.
"""

import tempfile
from pathlib import Path

from .project_file import ProjectFile, write_archive


def make(files: Path, project: ProjectFile) -> tuple[Path, Path]:
    """Makes the copy in a temporary folder; returns the folder and the copied project file in it."""
    root = Path(tempfile.mkdtemp(prefix="fieldlog-project-"))
    source, copy = files.resolve(), root
    for part in [*project.path.relative_to(source).parts[:-1], None]:
        for entry in source.iterdir():
            if entry.name != part and entry != project.path:
                (copy / entry.name).symlink_to(entry)
        if part is not None:
            source, copy = source / part, copy / part
            copy.mkdir()
    target = copy / project.path.name
    if project.entry is None:
        target.write_bytes(project.xml.content)
    else:
        write_archive(project, target)
    return root, target
