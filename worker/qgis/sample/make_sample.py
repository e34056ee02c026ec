"""Makes a small field project, "River restoration survey": `make_sample.py DIR`.

Three layers in two GeoPackages with forms and a style, a DCIM folder with photos, and the project file.
The same bytes on every run of the same image. Run by scripts/make-sample inside the QGIS container.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsSettings,
    QgsSnappingConfig,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime, Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

import forms
import geopackages
import landscape
import photos
import styles

PROJECT = "river_survey.qgs"
TITLE = "River restoration survey"

# From top to bottom: layer name, GeoPackage, table, form, style, whether its geometry may be changed outdoors.
LAYERS = (
    ("Sampling points", geopackages.SURVEY, "sampling_points", forms.set_up_points, styles.style_points, True),
    ("River reaches", geopackages.BASE, "river_reaches", forms.set_up_reaches, styles.style_reaches, False),
    ("Habitat areas", geopackages.BASE, "habitat_areas", forms.set_up_habitats, styles.style_habitats, True),
)


def make(folder: Path) -> Path:
    """Makes the whole project in a folder; returns the project file."""
    folder.mkdir(parents=True, exist_ok=True)
    geopackages.write(folder)
    photos.write(folder / "DCIM")
    # Otherwise the name of the user and the time of saving go into the project.
    QgsSettings().setValue("core/projects/anonymize_saved_projects", True)
    project = QgsProject.instance()
    project.setTitle(TITLE)
    project.setCrs(QgsCoordinateReferenceSystem(f"EPSG:{geopackages.EPSG}"))
    project.setBackgroundColor(QColor(styles.BACKGROUND))
    for name, file, table, set_up_form, style, may_move in reversed(LAYERS):
        layer = QgsVectorLayer(f"{folder / file}|layername={table}", name, "ogr")
        if not layer.isValid():
            raise OSError(f"The layer {table} in {folder / file} cannot be opened: {layer.error().summary()}")
        layer.setId(f"{table}_sample")
        set_up_form(layer)
        style(layer)
        _fix_profile_symbols(layer)
        _set_up_field_work(layer, table, may_move)
        project.addMapLayer(layer)
    _set_up_project(project)
    path = folder / PROJECT
    project.writeProject.connect(_write_canvas)
    if not project.write(str(path)):
        raise OSError(f"The project {path} cannot be written: {project.error()}")
    project.clear()
    _make_repeatable(path)
    return path


def _set_up_field_work(layer: QgsVectorLayer, table: str, may_move: bool) -> None:
    """What QFieldSync would have set."""
    layer.setCustomProperty("QFieldSync/action", "offline")
    layer.setCustomProperty("QFieldSync/cloud_action", "offline")
    layer.setCustomProperty("QFieldSync/is_geometry_locked", not may_move)
    if table == "sampling_points":
        photo = "'DCIM/sampling_points_' || format_date(now(), 'yyyyMMddhhmmsszzz') || '.jpg'"
        layer.setCustomProperty("QFieldSync/photo_naming", f'{{"photo": "{photo}"}}')


def _fix_profile_symbols(layer: QgsVectorLayer) -> None:
    """The symbols of elevation profiles, which get a random colour otherwise."""
    kinds = Qgis.GeometryType
    for geometry, kind in ((kinds.Point, "Marker"), (kinds.Line, "Line"), (kinds.Polygon, "Fill")):
        symbol = QgsSymbol.defaultSymbol(geometry)
        symbol.setColor(QColor("#5aa5d3"))
        getattr(layer.elevationProperties(), f"setProfile{kind}Symbol")(symbol)


def _set_up_project(project: QgsProject) -> None:
    view = QgsRectangle(*landscape.map_view(1.4))
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(view, project.crs()))
    # The order of its layers is that of their addresses in memory.
    project.setSnappingConfig(QgsSnappingConfig())
    metadata = project.metadata()
    metadata.setCreationDateTime(QDateTime.fromString("2024-06-11T08:00:00Z", Qt.DateFormat.ISODate))
    project.setMetadata(metadata)
    project.writeEntry("QFieldSync", "attachmentDirs", ["DCIM"])
    project.writeEntry("QFieldSync", "areaOfInterest", QgsGeometry.fromRect(view.buffered(200)).asWkt(0))
    project.writeEntry("QFieldSync", "areaOfInterestCrs", project.crs().authid())


def _write_canvas(document: QDomDocument) -> None:
    """The map view, which only the desktop's map window would write by itself."""
    def append(parent, name: str, text: str | None = None):
        element = document.createElement(name)
        if text is not None:
            element.appendChild(document.createTextNode(text))
        return parent.appendChild(element).toElement()

    canvas = append(document.documentElement(), "mapcanvas")
    canvas.setAttribute("name", "theMapCanvas")
    canvas.setAttribute("annotationsVisible", "1")
    append(canvas, "units", "meters")
    extent = append(canvas, "extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), landscape.map_view(1.4)):
        append(extent, name, f"{value:.2f}")
    append(canvas, "rotation", "0")
    QgsProject.instance().crs().writeXml(append(canvas, "destinationsrs"), document)


def _make_repeatable(path: Path) -> None:
    """Takes out what is random: identifiers are numbered in order of appearance."""
    numbers: dict[str, str] = {}

    def number(match: re.Match) -> str:
        return numbers.setdefault(match.group(0), f"{len(numbers):08x}-0000-4000-8000-000000000000")

    text = path.read_text(encoding="utf-8")
    text = re.sub(r"[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}", number, text)
    # An empty database of styles, with a random name, is all that QGIS attaches to the project.
    text = re.sub(r'(projectStyleId=")[^"]*', r"\1", text)
    path.with_name(f"{path.stem}_attachments.zip").unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    application = QgsApplication([], False, tempfile.mkdtemp())
    application.initQgis()
    print(make(Path(sys.argv[1])))
    sys.stdout.flush()
    # Taking Qt down in order can crash after all the work is done.
    os._exit(0)
