"""Opens the working copy in QGIS, and keeps the map view that the project was saved with."""

from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsMapSettings,
    QgsProject,
    QgsProjectBadLayerHandler,
    QgsRectangle,
    QgsReferencedRectangle,
)
from qgis.PyQt.QtXml import QDomDocument

from . import session_role, spellings, working_copy
from .errors import InvalidProjectFile
from .log import logger
from .project_file import ProjectFile

# Everything that is saved again has to be loaded; the layers' files are not to be written to in any case.
WHOLE = Qgis.ProjectReadFlag.ForceReadOnlyLayers | Qgis.ProjectReadFlag.DontUpgradeAnnotations
# Enough to describe and draw a project.
TO_LOOK_AT = (
    WHOLE
    | Qgis.ProjectReadFlag.DontLoadLayouts
    | Qgis.ProjectReadFlag.DontLoad3DViews
    | Qgis.ProjectReadFlag.DontLoadProjectStyles
)

_CANVAS = "theMapCanvas"


@dataclass(frozen=True)
class OpenProject:
    """A project that QGIS has read, its map view, and the folders that its relative paths lead into.

    `bad_sources` holds the sources of layers that could not be opened, by layer id, as the file has them;
    `canvas` the XML of the map window, which QGIS without a window neither reads nor writes;
    `protected` has the ids of layers that the project's people made read-only.
    """

    project: QgsProject
    roots: tuple[Path, ...]
    view: QgsReferencedRectangle
    bad_sources: dict[str, str]
    canvas: QDomDocument
    protected: frozenset[str]


class _BadLayers(QgsProjectBadLayerHandler):
    """Notes the sources of bad layers: QGIS drops a `localized:` path that it cannot resolve."""

    def __init__(self, sources: dict[str, str]):
        super().__init__()
        self._sources = sources

    def handleBadLayers(self, nodes) -> None:  # noqa: N802 - named by QGIS
        for node in nodes:
            layer = node.toElement()
            id = layer.firstChildElement("id").text()
            self._sources[id] = layer.firstChildElement("datasource").text()


def open_staged(
    files: Path,
    project_file: ProjectFile,
    flags: Qgis.ProjectReadFlag = TO_LOOK_AT,
    copies_below: Path | None = None,
) -> OpenProject:
    """Opens a checked project file by a working copy (see there), so the staged one stays as it is."""
    root, path = working_copy.make(files, project_file, copies_below)
    return open_project(path, (root, files.resolve()), flags)


def open_project(path: Path, roots: tuple[Path, ...], flags: Qgis.ProjectReadFlag = TO_LOOK_AT) -> OpenProject:
    """Opens a project file. Layers that cannot be opened are in the project all the same, as invalid."""
    project = QgsProject.instance()
    canvas, canvas_xml = QgsMapSettings(), QDomDocument()
    bad_sources: dict[str, str] = {}
    project.setBadLayerHandler(_BadLayers(bad_sources))

    protected: set[str] = set()

    def read_document(document) -> None:
        # All layers are opened read-only, so QGIS no longer tells which of them the project has so.
        protected.update(_protected_layers(document))
        nodes = document.elementsByTagName("mapcanvas")
        for index in range(nodes.size()):
            if nodes.item(index).toElement().attribute("name") == _CANVAS:
                canvas.readXml(nodes.item(index))
                canvas_xml.clear()
                canvas_xml.appendChild(canvas_xml.importNode(nodes.item(index), True))

    project.readProject.connect(read_document)
    try:
        with session_role.exchanged(), spellings.files_found(path.parent, roots[0]):
            is_read = project.read(str(path), flags)
        if not is_read:
            raise InvalidProjectFile(
                f"QGIS cannot open project file '{path.name}': {project.error() or 'no reason given'}"
            )
    finally:
        project.readProject.disconnect(read_document)
    spellings.find_tables(project)
    return OpenProject(project, roots, _view(project, canvas), bad_sources, canvas_xml, frozenset(protected))


def _protected_layers(document) -> list[str]:
    nodes = document.elementsByTagName("maplayer")
    layers = [nodes.item(index).toElement() for index in range(nodes.size())]
    return [layer.firstChildElement("id").text() for layer in layers if layer.attribute("readOnly") == "1"]


def _view(project: QgsProject, canvas: QgsMapSettings) -> QgsReferencedRectangle:
    """The saved view, else everything that has a place; empty if there is nothing."""
    crs = canvas.destinationCrs() if canvas.destinationCrs().isValid() else project.crs()
    saved = canvas.extent()
    if _is_usable(saved):
        return QgsReferencedRectangle(saved, crs)
    logger.info("The project has no saved map view; using the extent of all its layers.")
    full = QgsReferencedRectangle(project.viewSettings().fullExtent())
    return full if _is_usable(full) else QgsReferencedRectangle(QgsRectangle(), project.crs())


def _is_usable(extent: QgsRectangle) -> bool:
    # An extent without area (a single point, a new project's 0,0,0,0) shows nothing.
    return extent.isFinite() and not extent.isNull() and extent.width() > 0 and extent.height() > 0
