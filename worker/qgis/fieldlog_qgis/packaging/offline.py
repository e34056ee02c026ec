"""Converts layers to tables of `data.gpkg`: layers that share a data source share a table."""

import hashlib
from dataclasses import dataclass

from qgis.core import QgsReferencedRectangle, QgsVectorLayer

from .. import session_role
from ..errors import LayerNotPackaged
from ..log import logger
from ..progress import Told
from ..redaction import redact
from . import feature_copy, sql_copy, workload
from .area_of_interest import LeftOut, box_in
from .constraints import Constraints
from .converted_layer import marks
from .filters import is_one_condition, is_query
from .geopackage import GeoPackageWriter, Table, identifier
from .package import Package


@dataclass
class _Part:
    """A layer on its way into a table. Its filter is "" where the table holds only what the filter lets through."""

    layer: QgsVectorLayer
    source: str
    filter: str
    constraints: Constraints
    table: Table | None = None


def convert(layers: list[QgsVectorLayer], package: Package, area: QgsReferencedRectangle | None) -> None:
    """Copies the layers' features into `data.gpkg` and gives the layers their tables there as source."""
    writer = GeoPackageWriter(package.database)
    groups: dict[str, list[_Part]] = {}
    for layer in layers:
        part = _part(layer, package)
        groups.setdefault(part.source, []).append(part)
    try:
        for parts in groups.values():
            _convert_group(parts, writer, package, area)
    finally:
        writer.close()
    for parts in groups.values():
        for part in parts:
            _repoint(part, package)


def _part(layer: QgsVectorLayer, package: Package) -> _Part:
    """Takes the layer's filter away, unless it is a whole query: then its result is a source of its own."""
    provider, condition = layer.dataProvider(), layer.subsetString()
    if condition and not is_query(condition):
        provider.setSubsetString("", False)
    else:
        condition = ""
    # Without the path of this job's folder and the role of its person, so the same project always has the same tables.
    source = session_role.with_own(provider.dataSourceUri()).replace(f"{package.work}/", "./")
    return _Part(layer, source, condition, Constraints.of(layer))


def _convert_group(
    parts: list[_Part], writer: GeoPackageWriter, package: Package, area: QgsReferencedRectangle | None
) -> None:
    layer = parts[0].layer
    # The rest of its work is the index, which does not tell how far it is.
    copying = workload.share_of_copying(layer)
    try:
        with package.progress.part(workload.of_table(layer)) as told:
            _copy_group(parts, writer, package, area, lambda fraction: told(fraction * copying))
    except RuntimeError as error:
        raise LayerNotPackaged(f"The data of layer {_names(parts)} cannot be copied: {redact(str(error))}") from error


def _copy_group(
    parts: list[_Part], writer: GeoPackageWriter, package: Package, area: QgsReferencedRectangle | None, told: Told
) -> None:
    layer, box = parts[0].layer, None
    if area is not None and layer.isSpatial():
        box = box_in(area, layer.dataProvider().crs(), package.opened.project)
    name = _digest(parts[0].source)
    table, source = _create(layer, name, writer)
    together = [part for part in parts if not part.filter or _accepts(writer, table, part.filter)]
    for part in parts:
        if part not in together:
            _convert_alone(part, writer, package, box, told)
    if not together:
        writer.query(f"DROP TABLE {identifier(name)}")
        return
    condition = _union(together)
    if source is not None:
        count = sql_copy.copy(writer, table, source, condition, box, told)
        left_out = sql_copy.left_out(writer, table, source, condition, box)
    else:
        # Not just any layer of the group: one that was converted alone has its filter on.
        layer = together[0].layer
        if condition:
            layer.dataProvider().setSubsetString(condition, False)
        count, left_out = _copy_features(layer, table, writer, package, box, told)
    _note_left_out(together, left_out, package)
    writer.finish(table)
    for part in together:
        part.table = table
    logger.info("Copied %s features of %s%s", count, _names(together), " inside SQLite" if source else "")


def _convert_alone(part: _Part, writer: GeoPackageWriter, package: Package, box, told: Told) -> None:
    """Gives a layer a table with only its features: its filter is written in what only its own provider reads."""
    provider = part.layer.dataProvider()
    provider.setSubsetString(part.filter, False)
    part.table = feature_copy.create(writer, _digest(f"{part.source}\n{part.filter}"), provider)
    _, left_out = _copy_features(part.layer, part.table, writer, package, box, told)
    _note_left_out([part], left_out, package)
    writer.finish(part.table)
    part.filter = ""
    package.problems.add(
        part.layer,
        "filter_applied_once",
        "has a filter that a GeoPackage cannot read: the package holds what it lets through now, "
        "and features made on a device are shown whether they fit it or not.",
    )


def _create(layer: QgsVectorLayer, name: str, writer: GeoPackageWriter):
    source = None if is_query(layer.subsetString()) else sql_copy.find(layer)
    if source is not None:
        table = sql_copy.create(writer, name, source)
        if sql_copy.has_same_crs(writer, table, source):
            return table, source
        writer.query(f"DROP TABLE {identifier(name)}")
    return feature_copy.create(writer, name, layer.dataProvider()), None


def _copy_features(
    layer: QgsVectorLayer, table: Table, writer: GeoPackageWriter, package: Package, box, told: Told
) -> tuple[int, LeftOut]:
    copied = feature_copy.copy(writer, table, layer.dataProvider(), box, workload.count(layer), told)
    if copied.geometries_refused:
        count = copied.geometries_refused
        message = f"has {count} features whose geometry cannot be stored; they are left out."
        package.problems.add(layer, "features_skipped", message)
    for field, count in copied.values_refused.items():
        message = f"has {count} values in field '{field}' that cannot be stored; they are empty in the package."
        package.problems.add(layer, "value_not_stored", message)
    return copied.features, copied.left_out


def _note_left_out(parts: list[_Part], left_out: LeftOut, package: Package) -> None:
    for part in parts:
        if left_out:
            package.problems.add(part.layer, "features_outside", str(left_out))


def _accepts(writer: GeoPackageWriter, table: Table, condition: str) -> bool:
    if not is_one_condition(condition):
        return False
    try:
        writer.query(f"SELECT 1 FROM {identifier(table.name)} WHERE ({condition}) LIMIT 0")
    except RuntimeError as error:
        logger.info("SQLite does not read the filter %s: %s", redact(condition), error)
        return False
    return True


def _union(parts: list[_Part]) -> str:
    """What at least one of the layers shows; "" for everything."""
    if not all(part.filter for part in parts):
        return ""
    return " OR ".join(f"({condition})" for condition in dict.fromkeys(part.filter for part in parts))


def _repoint(part: _Part, package: Package) -> None:
    layer, provider = part.layer, part.layer.providerType()
    package.repoint(layer, f"{package.database}|layername={part.table.name}", "ogr")
    if part.filter and not layer.setSubsetString(part.filter):
        raise LayerNotPackaged(f"Layer '{layer.name()}' cannot have its filter in the package: {part.filter}")
    package.changes.add(layer, marks(layer, part.source, provider, [part.table.key], part.constraints))


def _names(parts: list[_Part]) -> str:
    return ", ".join(f"'{part.layer.name()}'" for part in parts)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="surrogateescape")).hexdigest()
