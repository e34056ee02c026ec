"""The one column by which a feature is found again when a device sends an edit of it."""

from qgis.core import QgsVectorLayer

_FALLBACK = "fid"


def primary_key(layer: QgsVectorLayer) -> str:
    """The layer's only key column, without one its field `fid` (in any case), else nothing.

    Edits cannot be told apart by a key of several columns, and a comma separates columns where keys are
    listed as text.
    """
    fields, keys = layer.fields(), layer.primaryKeyAttributes()
    if keys:
        name = fields[keys[0]].name() if len(keys) == 1 else ""
    else:
        name = next((field.name() for field in fields if field.name().lower() == _FALLBACK), "")
    return "" if "," in name else name
