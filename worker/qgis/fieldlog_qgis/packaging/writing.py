"""Saves the converted project as the one project file of the package."""

import zipfile
from pathlib import Path

from qgis.core import Qgis, QgsProject, QgsSettings

from ..errors import InvalidProjectFile
from .embedded import with_layers
from .package import DATABASE, Package
from .project_files import pictures_taken_along

_ORIGINAL_PATH = "originalProjectPath"


def prepare(project: QgsProject) -> None:
    """Switches off what only works on the original sources."""
    project.setTransactionMode(Qgis.TransactionMode.Disabled)
    project.setFlag(Qgis.ProjectFlag.EvaluateDefaultValuesOnProviderSide, False)


def write(package: Package) -> Path:
    """Writes `<stem>_qfield.qgz` and returns its path."""
    project = package.opened.project
    if not project.title():
        project.setTitle(Path(package.project_name).stem)
    project.writeEntry("qfieldsync", _ORIGINAL_PATH, package.project_name)
    if package.database.exists():
        project.writeEntry("OfflineEditingPlugin", "/OfflineDbPath", f"./{DATABASE}")
    project.setFilePathStorage(Qgis.FilePathType.Relative)
    # Otherwise the name of this container's user goes into the project.
    QgsSettings().setValue("core/projects/anonymize_saved_projects", True)
    path = package.export.root / f"{package.stem}.qgz"

    def write_canvas(document) -> None:
        canvas = package.opened.canvas.documentElement()
        if not canvas.isNull():
            document.documentElement().appendChild(document.importNode(canvas, True))

    project.writeProject.connect(write_canvas)
    try:
        with pictures_taken_along(package):
            if not project.write(str(path)):
                raise InvalidProjectFile(
                    f"QGIS cannot save the packaged project: {project.error() or 'no reason given'}"
                )
            _complete(path, package)
    finally:
        project.writeProject.disconnect(write_canvas)
    return path


def _complete(path: Path, package: Package) -> None:
    """Corrects what QGIS has saved: layers embedded from elsewhere are missing, and some paths are absolute."""
    with zipfile.ZipFile(path) as archive:
        contents = {entry: archive.read(entry) for entry in archive.namelist()}
    content = with_layers(contents[f"{path.stem}.qgs"], package.opened.project)
    for folder in [*package.opened.roots, package.export.root]:
        # Those are paths that nobody follows: QGIS would have made the others relative.
        content = content.replace(str(folder).encode(), b".")
    contents[f"{path.stem}.qgs"] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in contents.items():
            archive.writestr(entry, content)
