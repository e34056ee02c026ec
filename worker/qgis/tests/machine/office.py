"""What the office does with the data behind everybody's back: edits through GDAL, files made anew."""

from osgeo import ogr

from .tables import Data, add_rows, fill


def edit(data: Data, op: dict) -> None:
    """One edit of one feature; nothing when the feature is not there, or is there already."""
    table = data.tables[op["table"]]
    opened = data.open(table)
    layer = opened.GetLayerByName(table["name"])
    layer.SetAttributeFilter(f"tag = '{op['tag']}'")
    feature = layer.GetNextFeature()
    try:
        if op["op"] == "patch" and feature is not None:
            fill(feature, table, {name: value for name, value in op.get("values", {}).items() if name != "parent"})
            if op.get("wkt"):
                feature.SetGeometry(ogr.CreateGeometryFromWkt(op["wkt"]))
            layer.SetFeature(feature)
        elif op["op"] == "delete" and feature is not None:
            layer.DeleteFeature(feature.GetFID())
            if data.format == "shp":
                opened.ExecuteSQL(f"REPACK {table['name']}")
    except RuntimeError:
        pass  # The table's own constraints refuse it.
    is_new = feature is None and op["op"] == "create"
    feature = layer = None
    opened.Close()
    if is_new:
        try:
            add_rows(data, table, [{**op, "values": {k: v for k, v in op["values"].items() if k != "parent"}}])
        except RuntimeError:
            pass  # The table's own constraints refuse it.


def remake(data: Data) -> None:
    """Writes all features of the tables anew, the last one first: keys that the source makes are others then."""
    for table in data.tables:
        if data.format == "postgres" or any(other.get("parent") for other in data.tables):
            return
        opened = data.open(table)
        layer = opened.GetLayerByName(table["name"])
        features = [feature.Clone() for feature in layer]
        for feature in features:
            layer.DeleteFeature(feature.GetFID())
        if data.format == "shp":
            opened.ExecuteSQL(f"REPACK {table['name']}")
        key = table["key"]
        numbered = key["kind"] == "plain" and layer.FindFieldIndex(key["name"], True) >= 0
        for number, feature in enumerate(reversed(features), 1):
            feature.SetFID(number if data.format in ("gpkg", "spatialite") else ogr.NullFID)
            if numbered:
                feature[key["name"]] = number
            layer.CreateFeature(feature)
        layer = feature = features = None
        opened.Close()
