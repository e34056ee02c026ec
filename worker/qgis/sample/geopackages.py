"""Writes the survey's layers into GeoPackages."""

import os
from pathlib import Path

from osgeo import gdal, ogr, osr

import landscape

EPSG = 25832
SURVEY, BASE = "survey.gpkg", "river.gpkg"

_TEXT, _INTEGER, _REAL, _DATE = ogr.OFTString, ogr.OFTInteger, ogr.OFTReal, ogr.OFTDate


def write(folder: Path) -> None:
    """Writes both GeoPackages; the same bytes on every run."""
    ogr.UseExceptions()
    # Otherwise the time of writing goes into the file.
    gdal.SetConfigOption("OGR_CURRENT_DATE", "2024-06-11T08:00:00.000Z")
    survey, base = _create(folder / SURVEY), _create(folder / BASE)
    _write_points(survey)
    _write_reaches(base)
    _write_habitats(base)
    # Closing writes the file.
    del survey, base


def _create(path: Path):
    if path.exists():
        os.remove(path)
    return ogr.GetDriverByName("GPKG").CreateDataSource(str(path))


def _create_layer(source, name: str, kind: int, fields: list[tuple[str, int]]):
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(EPSG)
    layer = source.CreateLayer(name, crs, kind, ["GEOMETRY_NAME=geom", "FID=fid"])
    for field, field_type in fields:
        layer.CreateField(ogr.FieldDefn(field, field_type))
    return layer


def _add(layer, wkt: str, values: dict) -> None:
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
    for name, value in values.items():
        feature.SetField(name, value)
    layer.CreateFeature(feature)


def _write_points(source) -> None:
    fields = [
        ("code", _TEXT), ("reach", _TEXT), ("sampled_on", _DATE), ("quality_class", _INTEGER), ("substrate", _TEXT),
        ("water_temp", _REAL), ("ph", _REAL), ("photo", _TEXT), ("remarks", _TEXT),
    ]  # fmt: skip
    layer = _create_layer(source, "sampling_points", ogr.wkbPoint, fields)
    for number, point in enumerate(landscape.sampling_points()):
        values = {
            "code": point["code"],
            "reach": point["reach"],
            "sampled_on": point["day"],
            "quality_class": point["quality"],
            "substrate": point["substrate"],
            "water_temp": point["temperature"],
            "ph": point["ph"],
        }
        if number < 2:
            values |= {"photo": f"DCIM/sampling_points_{point['code']}.jpg", "remarks": "Photo looks upstream"}
        _add(layer, "POINT ({} {})".format(*point["point"]), values)


def _write_reaches(source) -> None:
    fields = [("code", _TEXT), ("name", _TEXT), ("condition", _INTEGER), ("measure", _TEXT)]
    layer = _create_layer(source, "river_reaches", ogr.wkbLineString, fields)
    measures = {1: "none", 2: "none", 3: "deadwood", 4: "ramp", 5: "widening"}
    for reach in landscape.reaches():
        line = ", ".join(f"{x} {y}" for x, y in reach["line"])
        values = {key: reach[key] for key in ("code", "name", "condition")}
        _add(layer, f"LINESTRING ({line})", values | {"measure": measures[reach["condition"]]})


def _write_habitats(source) -> None:
    fields = [("habitat", _TEXT), ("bank", _TEXT), ("protected", _INTEGER)]
    layer = _create_layer(source, "habitat_areas", ogr.wkbPolygon, fields)
    for area in landscape.habitats():
        ring = ", ".join(f"{x} {y}" for x, y in area["ring"])
        protected = area["habitat"] in ("gravel_bar", "alluvial_forest", "wet_meadow")
        bank = "left" if area["side"] > 0 else "right"
        _add(layer, f"POLYGON (({ring}))", {"habitat": area["habitat"], "bank": bank, "protected": int(protected)})
