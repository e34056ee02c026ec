"""The column by which a feature of a layer is found again."""

from qgis.core import QgsFieldConstraints, QgsVectorLayer


class NoPrimaryKey(ValueError):
    """A layer has no column that could be its key; the message says what was found instead."""


def find(layer: QgsVectorLayer) -> str:
    """The one key column of a layer: its primary key, else `fid`, else the first column that is unique and not null."""
    fields, keys = layer.fields(), layer.primaryKeyAttributes()
    if len(keys) > 1:
        names = ", ".join(f"'{fields[key].name()}'" for key in keys)
        raise NoPrimaryKey(f"Layer '{layer.name()}' has a primary key of {len(keys)} columns ({names}); expected one.")
    if keys:
        name = fields[keys[0]].name()
    else:
        wanted = QgsFieldConstraints.Constraint.ConstraintNotNull | QgsFieldConstraints.Constraint.ConstraintUnique
        candidates = [field.name() for field in fields if field.name().lower() == "fid"]
        candidates += [field.name() for field in fields if field.constraints().constraints() & wanted == wanted]
        if not candidates:
            raise NoPrimaryKey(
                f"Layer '{layer.name()}' has no primary key; "
                "expected one, or a column 'fid', or one that is unique and not null."
            )
        name = candidates[0]
    if "," in name:
        # A comma separates columns where keys are listed as text.
        raise NoPrimaryKey(f"Layer '{layer.name()}' has the primary key '{name}'; a name with a comma cannot be used.")
    return name


def primary_key(layer: QgsVectorLayer) -> str:
    """What `find` finds, or nothing."""
    try:
        return find(layer)
    except NoPrimaryKey:
        return ""
