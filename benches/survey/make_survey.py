"""Makes a survey with many features: `make_survey.py DIR FEATURES CORNERS`.

One layer in a GeoPackage, and the project file. The features are areas with so many corners; with 0, points. What stands in a
feature follows from its number, so that edits of it can be made up (benches/support/edits.rs). Run inside the QGIS container.
"""

import math
import os
import struct
import sys
import tempfile
from pathlib import Path

from osgeo import ogr, osr
from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsProject, QgsSettings, QgsVectorLayer

EPSG = 25832
PROJECT, DATA, TABLE, LAYER_ID = "survey.qgs", "survey.gpkg", "sites", "sites_survey"
FIELDS = (("code", ogr.OFTString), ("quality", ogr.OFTInteger), ("depth", ogr.OFTReal), ("remarks", ogr.OFTString))


def make(folder: Path, features: int, corners: int) -> None:
    """Makes the whole project in a folder."""
    _write_data(folder / DATA, features, corners)
    # Otherwise the name of the user goes into the project.
    QgsSettings().setValue("core/projects/anonymize_saved_projects", True)
    project = QgsProject.instance()
    project.setCrs(QgsCoordinateReferenceSystem(f"EPSG:{EPSG}"))
    layer = QgsVectorLayer(f"{folder / DATA}|layername={TABLE}", "Sites", "ogr")
    layer.setId(LAYER_ID)
    layer.setCustomProperty("QFieldSync/cloud_action", "offline")
    project.addMapLayer(layer)
    project.writeEntry("QFieldSync", "attachmentDirs", ["DCIM"])
    if not project.write(str(folder / PROJECT)):
        raise OSError(f"The project cannot be written: {project.error()}")
    project.clear()
    # An empty database of styles is all that QGIS puts there.
    (folder / "survey_attachments.zip").unlink(missing_ok=True)


def _write_data(path: Path, features: int, corners: int) -> None:
    ogr.UseExceptions()
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(EPSG)
    kind = ogr.wkbPolygon if corners else ogr.wkbPoint
    layer = source.CreateLayer(TABLE, crs, kind, ["GEOMETRY_NAME=geom", "FID=fid"])
    for name, field_type in FIELDS:
        layer.CreateField(ogr.FieldDefn(name, field_type))
    angles = [2 * math.pi * (corner % corners) / corners for corner in range(corners + 1)] if corners else []
    ring = [(4 * math.cos(angle), 4 * math.sin(angle)) for angle in angles]
    # Otherwise each feature is a transaction.
    source.StartTransaction()
    for number in range(1, features + 1):
        x, y = 400_000 + number % 1000 * 10, 5_300_000 + number // 1000 * 10
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetFID(number)
        feature.SetGeometry(ogr.CreateGeometryFromWkb(_area(x, y, ring) if ring else _point(x, y)))
        values = (f"S-{number}", number % 5 + 1, number % 1000 / 8, f"as found on the first visit of site {number}")
        for index, value in enumerate(values):
            feature.SetField(index, value)
        layer.CreateFeature(feature)
    source.CommitTransaction()
    # Closing writes the file.
    del layer, source


def _point(x: float, y: float) -> bytes:
    return struct.pack("<BIdd", 1, ogr.wkbPoint, x, y)


def _area(x: float, y: float, ring: list[tuple[float, float]]) -> bytes:
    head = struct.pack("<BIII", 1, ogr.wkbPolygon, 1, len(ring))
    return head + b"".join(struct.pack("<dd", x + dx, y + dy) for dx, dy in ring)


if __name__ == "__main__":
    application = QgsApplication([], False, tempfile.mkdtemp())
    application.initQgis()
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.flush()
    # Taking Qt down in order can crash after all the work is done.
    os._exit(0)
