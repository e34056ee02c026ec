"""Shapefiles, written by GDAL feature by feature, for they know no transactions.

The format keeps values as text of a fixed width, so what was stored is compared as closely as it can tell.
"""

import codecs
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from osgeo import gdal, ogr
from qgis.core import QgsGeometry

from ...errors import UnableToContinue
from .. import geometry as geometries
from .. import shapefile_parts
from ..columns import Column, Kind, Precision
from ..refusal import Refused, SaidNo, SourceRefused, TakesNoEdits, Torn
from .store import KEEP, Keep, Row, Source, Store, Table

_DRIVER = "ESRI Shapefile"
_INDEX = ".qix"
_SUFFIXES = (".shp", ".dbf", ".shx")
_FALLBACK_ENCODING = "UTF-8"


class ShapefileTable(Table):
    """A shapefile as GDAL sees it."""

    def __init__(self, source: Source, layer: ogr.Layer, encoding: str, looking: bool):
        super().__init__(source, tuple(_as_text(column) for column in source.columns))
        self.changed = self.has_deleted = False
        self._layer = layer
        self._is_spatial = source.is_spatial
        self._encoding = encoding
        definition = layer.GetLayerDefn()
        self._indices = {name: definition.GetFieldIndex(name) for name in self.columns}
        self._widths = {
            name: definition.GetFieldDefn(index).GetWidth() for name, index in self._indices.items() if index >= 0
        }
        self._ids = {} if looking else self._read_ids()
        self._last_key = max((key for key in self._ids if isinstance(key, int)), default=0)
        self._undo: list[Callable[[], None]] = []

    @property
    def makes_keys(self) -> bool:
        """Whole numbers go on after the largest."""
        return self.key.kind is Kind.INTEGER

    def find(self, key: Any) -> list[Row]:
        """The features with this key."""
        return [self._row(self._layer.GetFeature(id)) for id in self._ids.get(key, [])[:2]]

    def insert(self, values: dict[str, Any], wkb: bytes | None) -> Any:
        """Adds a feature."""
        key = values.get(self.key.name)
        if key is None and self.makes_keys:
            key = self._last_key + 1
        feature = ogr.Feature(self._layer.GetLayerDefn())
        self._set(feature, values | {self.key.name: key}, wkb)
        self._create(feature, key)
        self._undo.append(lambda: self._delete(feature.GetFID(), key))
        return key

    def update(self, row: Row, values: dict[str, Any], wkb: bytes | None | Keep) -> None:
        """Changes a feature."""
        before = row.handle
        after = before.Clone()
        self._set(after, values, wkb)
        self._layer.SetFeature(after)
        old, new = row.attributes[self.key.name], values.get(self.key.name, row.attributes[self.key.name])
        self._rename(before.GetFID(), old, new)

        def undo() -> None:
            self._layer.SetFeature(before)
            self._rename(before.GetFID(), new, old)

        self._undo.append(undo)

    def delete(self, row: Row) -> None:
        """Removes a feature."""
        key = row.attributes[self.key.name]
        self._delete(row.handle.GetFID(), key)
        again = row.handle.Clone()
        again.SetFID(ogr.NullFID)
        self._undo.append(lambda: self._create(again, key))

    def same_geometry(self, wanted: bytes | None, found: bytes | None) -> bool:
        """Shapefiles know no single parts, turn rings in their own direction and sort them."""
        if geometries.same(wanted, found):
            return True
        return None not in (wanted, found) and _normal(wanted) == _normal(found)

    def keep(self) -> None:
        """Forgets how to undo."""
        self.changed = self.changed or bool(self._undo)
        self._undo.clear()

    def undo(self) -> None:
        """Takes back what was done since the last `keep`."""
        while self._undo:
            self._undo.pop()()

    def _read_ids(self) -> dict[Any, list[int]]:
        ids: dict[Any, list[int]] = {}
        index = self._indices[self.key.name]
        definition = self._layer.GetLayerDefn()
        others = [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount()) if i != index]
        self._layer.SetIgnoredFields([*others, "OGR_GEOMETRY"])
        for feature in self._layer:
            ids.setdefault(self._read(feature, self.key), []).append(feature.GetFID())
        self._layer.SetIgnoredFields([])
        return ids

    def _create(self, feature: ogr.Feature, key: Any) -> None:
        self._layer.CreateFeature(feature)
        self._ids.setdefault(key, []).append(feature.GetFID())
        if isinstance(key, int):
            self._last_key = max(self._last_key, key)

    def _delete(self, id: int, key: Any) -> None:
        self._layer.DeleteFeature(id)
        self._ids[key].remove(id)
        self.has_deleted = True

    def _rename(self, id: int, old: Any, new: Any) -> None:
        self._ids[old].remove(id)
        self._ids.setdefault(new, []).append(id)

    def _row(self, feature: ogr.Feature) -> Row:
        attributes = {name: self._read(feature, column) for name, column in self.columns.items()}
        shape = feature.GetGeometryRef() if self._is_spatial else None
        return Row(attributes, None if shape is None else bytes(shape.ExportToIsoWkb()), feature)

    def _read(self, feature: ogr.Feature, column: Column) -> Any:
        index = self._indices[column.name]
        if not feature.IsFieldSetAndNotNull(index):
            return None
        match column.kind:
            case Kind.INTEGER:
                return feature.GetFieldAsInteger64(index)
            case Kind.BOOLEAN:
                return bool(feature.GetFieldAsInteger(index))
            case Kind.REAL:
                return feature.GetFieldAsDouble(index)
            case Kind.DATE:
                year, month, day, *_ = feature.GetFieldAsDateTime(index)
                return date(year, month, day)
        return feature.GetFieldAsString(index)

    def _set(self, feature: ogr.Feature, values: dict[str, Any], wkb: bytes | None | Keep) -> None:
        for name, value in values.items():
            self._set_field(feature, name, value)
        if wkb is not KEEP and self._is_spatial:
            feature.SetGeometry(None if wkb is None else ogr.CreateGeometryFromWkb(wkb))

    def _set_field(self, feature: ogr.Feature, name: str, value: Any) -> None:
        index, width = self._indices[name], self._widths.get(name, 0)
        if index < 0:
            raise Refused(f"Field '{name}' is not in the file.")
        if isinstance(value, str):
            self._check_text(name, value, width)
        if isinstance(value, int) and not isinstance(value, bool) and width and len(str(value)) > width:
            raise Refused(f"Field '{name}' holds {width} digits; the value {value} has {len(str(value))}.")
        if value is None:
            feature.SetFieldNull(index)
        elif isinstance(value, bool):
            feature.SetFieldInteger64(index, int(value))
        elif isinstance(value, int):
            feature.SetFieldInteger64(index, value)
        elif isinstance(value, datetime | time):
            feature.SetField(index, value.isoformat())
        elif isinstance(value, date):
            feature.SetField(index, value.year, value.month, value.day, 0, 0, 0, 0)
        else:
            feature.SetField(index, value)

    def _check_text(self, name: str, text: str, width: int) -> None:
        try:
            size = len(text.encode(self._encoding))
        except UnicodeEncodeError as error:
            character = text[error.start]
            raise Refused(f"Field '{name}' is in {self._encoding}, which has no '{character}' to store.") from None
        if width and size > width:
            raise Refused(f"Field '{name}' holds {width} bytes of text; the value has {size}.")


class ShapefileStore(Store):
    """A shapefile, or a folder of them, open in GDAL."""

    def __init__(self, source: Source, looking: bool = False):
        self.path = source.path
        if self.path.is_file() and self.path.suffix.lower() not in _SUFFIXES:
            # GDAL reads archives as if they were Shapefiles.
            raise TakesNoEdits(
                source.layer, f"is in '{self.path.name}', an archive; a job can write to plain files alone"
            )
        self._looking = looking
        self._encoding = _known_encoding(source.encoding)
        if why := shapefile_parts.why_torn(source.path):
            raise Torn(
                f"Layer '{source.layer}': the files of '{source.path.name}' do not fit together: {why}. "
                "Upload all of them, then have the edit tried again."
            )
        # GDAL would stumble over those that do not fit. Where nothing comes to be changed, the worker keeps them.
        if not looking:
            shapefile_parts.remove_indexes(source.path)
        try:
            # QGIS, in this process, has switched off that GDAL looks for the encoding itself.
            self._dataset = gdal.OpenEx(
                str(source.path),
                gdal.OF_VECTOR | (gdal.OF_READONLY if looking else gdal.OF_UPDATE),
                allowed_drivers=[_DRIVER],
                open_options=[f"ENCODING={self._encoding}"],
            )
        except RuntimeError as error:
            raise SourceRefused(
                f"The file '{self.path.name}' cannot be opened for writing: {error}.", [str(error)]
            ) from error
        self._tables: dict[str, ShapefileTable] = {}
        # GDAL drops the spatial index of what it edits.
        self._folder = self.path if self.path.is_dir() else self.path.parent
        self._indices = set(self._folder.glob(f"*{_INDEX}"))

    def table(self, source: Source) -> ShapefileTable:
        """The table of a layer; layers of one file share it."""
        if source.table not in self._tables:
            layer = self._dataset.GetLayerByName(source.table)
            if layer is None:
                raise SourceRefused(f"Layer '{source.layer}': there is no '{source.table}' in '{self.path.name}'.")
            can_write = layer.TestCapability(ogr.OLCRandomWrite) and layer.TestCapability(ogr.OLCSequentialWrite)
            if not (self._looking or can_write):
                raise SourceRefused(f"Layer '{source.layer}': '{self.path.name}' is read-only.")
            self._tables[source.table] = ShapefileTable(source, layer, self._encoding, self._looking)
        table = self._tables[source.table]
        if table.key.name != source.key:
            raise SourceRefused(
                f"Layer '{source.layer}' has the key '{source.key}'; another layer of the file has '{table.key.name}'."
            )
        return table

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Everything inside counts as a whole, undone step by step if need be."""
        try:
            yield
        except RuntimeError as error:
            self._undo()
            raise SaidNo(f"The file '{self.path.name}' refused it: {error}.", [str(error)]) from error
        except BaseException:
            self._undo()
            raise
        for table in self._tables.values():
            table.keep()

    def finish(self) -> None:
        """Takes the marks of deleted features out and writes the files."""
        try:
            for name, table in self._tables.items():
                if table.has_deleted:
                    self._dataset.ExecuteSQL(f"REPACK {name}")
                if table.changed and self._index(name) in self._indices:
                    self._dataset.ExecuteSQL(f'CREATE SPATIAL INDEX ON "{name}"')
            self._dataset.Close()
        except RuntimeError as error:
            raise UnableToContinue(f"The file '{self.path.name}' cannot be written: {error}.") from error

    def abandon(self) -> None:
        """Closes the files."""
        self._tables.clear()
        self._dataset = None

    def _index(self, name: str) -> Path:
        return self._folder / f"{name}{_INDEX}"

    def _undo(self) -> None:
        for table in self._tables.values():
            table.undo()


def _known_encoding(name: str) -> str:
    """The encoding that the project knows of the file, if Python knows it too."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return _FALLBACK_ENCODING


def _as_text(column: Column) -> Column:
    # Lengths are in bytes here; the file itself knows them.
    return replace(column, precision=Precision.DIGITS, empty_is_null=column.kind is Kind.TEXT, max_length=0)


def _normal(wkb: bytes) -> bytes:
    geometry = QgsGeometry()
    geometry.fromWkb(wkb)
    geometry.convertToMultiType()
    geometry.normalize()
    return bytes(geometry.asWkb())
