"""GeoJSON files: read whole, edited in memory, written whole.

Other programs rewrite every number of such a file when one feature changes; here all that no delta names stays.
"""

import copy
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from osgeo import ogr
from qgis.core import QgsGeometry

from ...errors import UnableToContinue
from .. import values as conversions
from .. import wkb as shapes
from ..columns import Column, Kind
from ..refusal import Refused, SaidNo, SourceRefused
from .store import KEEP, Keep, Row, Source, Store, Table

# Ten times that much memory is needed.
MAX_BYTES = 48 * 2**20


class GeojsonTable(Table):
    """The one collection of features in a GeoJSON file."""

    def __init__(self, source: Source, features: list[dict]):
        super().__init__(source, tuple(_as_kept(column, features) for column in source.columns))
        self.changed = False
        self._features = features
        self._gone: set[int] = set()
        self._by_key: dict[str, list[dict]] = {}
        for feature in features:
            self._index(feature)
        self._last_key = max((key for key in map(self._key, features) if isinstance(key, int)), default=0)
        ids = [feature.get("id") for feature in features]
        self._last_id = max(ids) if ids and all(isinstance(id, int) for id in ids) else None
        self._undo: list[Callable[[], None]] = []

    @property
    def makes_keys(self) -> bool:
        """Whole numbers go on after the largest."""
        return self.key.kind is Kind.INTEGER

    @property
    def features(self) -> Iterator[dict]:
        """What is there now, in the order of the file."""
        return (feature for feature in self._features if id(feature) not in self._gone)

    def find(self, key: Any) -> list[Row]:
        """The features with this key."""
        return [self._row(feature) for feature in self._by_key.get(str(key), [])[:2]]

    def insert(self, values: dict[str, Any], wkb: bytes | None) -> Any:
        """Adds a feature at the end, with a member for every field."""
        properties = {name: None for name in self.columns} | values
        if properties[self.key.name] is None and self.makes_keys:
            properties[self.key.name] = self._last_key + 1
        key = properties[self.key.name]
        if isinstance(key, int):
            self._last_key = max(self._last_key, key)
        feature: dict[str, Any] = {"type": "Feature"}
        if self._last_id is not None:
            self._last_id += 1
            feature["id"] = self._last_id
        feature["properties"] = {name: conversions.to_json(value) for name, value in properties.items()}
        feature["geometry"] = None if wkb is None else _to_geojson(wkb)
        self._features.append(feature)
        self._index(feature)
        self._undo.append(lambda: self._remove(feature))
        return key

    def update(self, row: Row, values: dict[str, Any], wkb: bytes | None | Keep) -> None:
        """Changes a feature where it stands."""
        feature, before = row.handle, copy.deepcopy(row.handle)
        properties = (feature.get("properties") or {}) | {
            name: conversions.to_json(value) for name, value in values.items()
        }
        after = feature | {"properties": properties}
        if wkb is not KEEP:
            after["geometry"] = None if wkb is None else _to_geojson(wkb)
            after.pop("bbox", None)
        self._replace(feature, after)
        self._undo.append(lambda: self._replace(feature, before))

    def delete(self, row: Row) -> None:
        """Removes a feature."""
        feature = row.handle
        self._remove(feature)
        self._undo.append(lambda: self._put_back(feature))

    def keep(self) -> None:
        """Forgets how to undo."""
        self.changed = self.changed or bool(self._undo)
        self._undo.clear()

    def undo(self) -> None:
        """Takes back what was done since the last `keep`."""
        while self._undo:
            self._undo.pop()()

    def _key(self, feature: dict) -> Any:
        return self._read(feature, self.key)

    def _row(self, feature: dict) -> Row:
        attributes = {name: self._read(feature, column) for name, column in self.columns.items()}
        return Row(attributes, _from_geojson(feature.get("geometry")), feature)

    def _read(self, feature: dict, column: Column) -> Any:
        properties = feature.get("properties") or {}
        # GDAL shows an identifier outside of the properties as a field, when there is none of this name.
        value = properties.get(column.name, feature.get("id") if column.name == "id" else None)
        try:
            return conversions.convert(value, column)
        except Refused:
            return value

    def _index(self, feature: dict) -> None:
        self._by_key.setdefault(str(self._key(feature)), []).append(feature)

    def _unindex(self, feature: dict) -> None:
        same_key = self._by_key[str(self._key(feature))]
        same_key[:] = [other for other in same_key if other is not feature]

    def _remove(self, feature: dict) -> None:
        self._unindex(feature)
        self._gone.add(id(feature))

    def _put_back(self, feature: dict) -> None:
        self._gone.discard(id(feature))
        self._index(feature)

    def _replace(self, feature: dict, content: dict) -> None:
        self._unindex(feature)
        content = dict(content)
        feature.clear()
        feature.update(content)
        self._index(feature)


class GeojsonStore(Store):
    """A GeoJSON file held in memory."""

    def __init__(self, path: Path):
        self.path = path
        if path.stat().st_size > MAX_BYTES:
            raise SourceRefused(
                f"The file '{path.name}' has {path.stat().st_size} bytes; at most {MAX_BYTES} are edited in GeoJSON. "
                "Save it as GeoPackage, and use that in the project."
            )
        if not os.access(path, os.W_OK):
            raise SourceRefused(f"The file '{path.name}' is read-only.")
        try:
            self._document = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise SourceRefused(f"The file '{path.name}' is not GeoJSON that can be read: {error}.") from error
        features = self._document.get("features") if isinstance(self._document, dict) else None
        if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
            raise SourceRefused(
                f"The file '{path.name}' is not a GeoJSON FeatureCollection. "
                "Save it as GeoPackage, and use that in the project."
            )
        self._features = features
        self._table: GeojsonTable | None = None

    def table(self, source: Source) -> GeojsonTable:
        """The table of a layer; layers of one file share it."""
        if self._table is None:
            self._table = GeojsonTable(source, self._features)
        elif self._table.key.name != source.key:
            raise SourceRefused(
                f"Layer '{source.layer}' has the key '{source.key}'; "
                f"another layer of the file has '{self._table.key.name}'."
            )
        return self._table

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Everything inside counts as a whole."""
        try:
            yield
        except ValueError as error:
            self._table.undo()
            raise SaidNo(f"The file '{self.path.name}' cannot hold it: {error}.", [str(error)]) from error
        except BaseException:
            self._table.undo()
            raise
        self._table.keep()

    def finish(self) -> None:
        """Writes the file when anything has changed, one feature to a line."""
        if self._table is None or not self._table.changed:
            return
        self._document.pop("bbox", None)
        head = {name: value for name, value in self._document.items() if name != "features"}
        unfinished = self.path.with_name(f".{self.path.name}.tmp")
        try:
            with open(unfinished, "w", encoding="utf-8") as file:
                file.write("{\n")
                file.writelines(f"{_dump(name)}: {_dump(value)},\n" for name, value in head.items())
                file.write('"features": [')
                file.writelines(
                    f"{',' if index else ''}\n{_dump(feature)}" for index, feature in enumerate(self._table.features)
                )
                file.write("\n]\n}\n")
            os.replace(unfinished, self.path)
        except (OSError, UnicodeEncodeError) as error:
            unfinished.unlink(missing_ok=True)
            raise UnableToContinue(f"The file '{self.path.name}' cannot be written: {error}.") from error


def _as_kept(column: Column, features: list[dict]) -> Column:
    """GDAL takes texts that look like JSON for JSON; what the file keeps as a text stays one."""
    if column.kind is not Kind.JSON:
        return column
    kept = ((feature.get("properties") or {}).get(column.name) for feature in features)
    return replace(column, kind=Kind.TEXT) if any(isinstance(value, str) for value in kept) else column


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _to_geojson(wkb: bytes) -> dict:
    return shapes.to_geojson(shapes.parse(wkb))


def _from_geojson(geometry: Any) -> bytes | None:
    if geometry is None:
        return None
    parsed = ogr.CreateGeometryFromJson(json.dumps(geometry))
    if parsed is None:
        raise ValueError(f"the stored geometry is no GeoJSON geometry: {_dump(geometry)[:80]}")
    wkb = QgsGeometry()
    wkb.fromWkb(bytes(parsed.ExportToIsoWkb()))
    return bytes(wkb.asWkb())
