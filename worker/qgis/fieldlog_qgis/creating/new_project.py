"""A project that starts empty, and how it is saved."""

from pathlib import Path

from qgis.core import Qgis, QgsCoordinateReferenceSystem, QgsProject, QgsReferencedRectangle, QgsSettings

from ..errors import InvalidProjectFile, InvalidSeed
from . import extents
from .seed import Seed

FILE = "project.qgz"


def begin(seed: Seed) -> QgsProject:
    """An empty project with the seed's name, coordinate system and view."""
    crs = QgsCoordinateReferenceSystem(seed.crs)
    if not crs.isValid():
        raise InvalidSeed(f"The seed has '{seed.crs}' as 'crs', which QGIS does not know.")
    project = QgsProject.instance()
    project.clear()
    project.setTitle(seed.name)
    project.setCrs(crs, True)
    project.setFilePathStorage(Qgis.FilePathType.Relative)
    project.viewSettings().setDefaultViewExtent(extents.view(seed.extent, crs))
    return project


def save(project: QgsProject, files: Path) -> str:
    """Writes the project among the files; returns its name."""
    # Otherwise the name of this container's user goes into the project.
    QgsSettings().setValue("core/projects/anonymize_saved_projects", True)
    view: QgsReferencedRectangle = project.viewSettings().defaultViewExtent()

    def write_canvas(document) -> None:
        document.documentElement().appendChild(extents.canvas(document, view))

    project.writeProject.connect(write_canvas)
    try:
        if not project.write(str(files / FILE)):
            raise InvalidProjectFile(f"QGIS cannot save the new project: {project.error() or 'no reason given'}")
    finally:
        project.writeProject.disconnect(write_canvas)
        project.clear()
    return FILE
