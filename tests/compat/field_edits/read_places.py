"""Prints the places of a layer as WKT, by what a column holds. Runs in the QGIS image: FILE LAYER COLUMN."""

import json
import sys

from osgeo import ogr

file, layer, column = sys.argv[1:]
source, places = ogr.Open(file), {}
for feature in source.GetLayer(layer):
    place = feature.GetGeometryRef()
    places[feature[column]] = place and place.ExportToIsoWkt()
print(json.dumps(places))
