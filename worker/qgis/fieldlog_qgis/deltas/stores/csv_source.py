"""How QGIS is told to read a CSV file: by GDAL ('ogr'), or by its own provider ('delimitedtext')."""

import codecs
from dataclasses import dataclass

from qgis.core import QgsProviderRegistry
from qgis.PyQt.QtCore import QUrl, QUrlQuery

from ..refusal import TakesNoEdits
from .store import Source

_DELIMITERS = ",;\t|"
_DELIMITEDTEXT = "delimitedtext"
# What a source may say without it making a difference to what is stored, and what only with this one value.
_HARMLESS = {
    "crs",
    "spatialIndex",
    "subsetIndex",
    "watchFile",
    "detectTypes",
    "maxFields",
    "geomType",
    "subset",
    "field",
}
_FIXED = {
    "type": ("csv",), "quote": ('"',), "escape": ('"',), "useHeader": ("yes",), "skipLines": ("0",),
    "trimFields": ("no",), "skipEmptyFields": ("no",), "decimalPoint": (".",), "xyDms": ("no",),
}  # fmt: skip
_USED = {"delimiter", "encoding", "xField", "yField", "zField", "mField", "wktField"}
_OPTIONS = {"SEPARATOR", "X_POSSIBLE_NAMES", "Y_POSSIBLE_NAMES", "Z_POSSIBLE_NAMES", "GEOM_POSSIBLE_NAMES"}
_HARMLESS_OPTIONS = {"AUTODETECT_TYPE", "AUTODETECT_SIZE_LIMIT", "AUTODETECT_WIDTH", "KEEP_GEOM_COLUMNS", "HEADERS"}
_SEPARATORS = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|"}


@dataclass(frozen=True)
class CsvSource:
    """The characters of a file, and which columns may hold a place: names for x, y, z and m, or one for WKT."""

    encoding: str
    delimiter: str
    ordinates: tuple[str, ...]
    wkt: str


def read(source: Source, header: bytes, types: list[str]) -> CsvSource:
    """What a source says; `header` is the file's first line, `types` what the `.csvt` beside it says of columns."""
    if source.provider == _DELIMITEDTEXT:
        return _of_delimitedtext(source)
    return _of_gdal(source, header, types)


def _of_delimitedtext(source: Source) -> CsvSource:
    query = QUrlQuery(QUrl.fromEncoded(source.uri.encode()))
    said = dict(query.queryItems(QUrl.ComponentFormattingOption.FullyDecoded))
    for name, value in said.items():
        if name not in _HARMLESS | _USED and value not in _FIXED.get(name, ()):
            raise _unclear(source, f"is read with '{name}={value}', which a job cannot write exactly")
    delimiter = said.get("delimiter", ",").replace("\\t", "\t")
    if len(delimiter) != 1:
        raise _unclear(source, f"has the delimiter '{delimiter}'; expected one character")
    ordinates = tuple(said[name] for name in ("xField", "yField", "zField", "mField") if said.get(name))
    has_z_or_m = bool(said.get("zField")) + bool(said.get("mField"))
    if has_z_or_m == 1 and said.get("mField"):
        raise _unclear(source, "has M values and no Z values in columns, which a job cannot write exactly")
    return CsvSource(_encoding(source, said.get("encoding", "UTF-8")), delimiter, ordinates, said.get("wktField", ""))


def _of_gdal(source: Source, header: bytes, types: list[str]) -> CsvSource:
    parts = QgsProviderRegistry.instance().decodeUri("ogr", source.uri)
    options = dict(option.partition("=")[::2] for option in parts.get("openOptions") or [])
    if unknown := sorted(set(options) - _OPTIONS - _HARMLESS_OPTIONS):
        raise _unclear(source, f"is read with the option {', '.join(unknown)}, which a job cannot write exactly")
    counts = {mark: header.count(mark.encode()) for mark in _DELIMITERS}
    delimiter = _SEPARATORS.get(options.get("SEPARATOR", "")) or max(counts, key=counts.get)
    names = [options.get(f"{axis}_POSSIBLE_NAMES", "") for axis in "XYZ"]
    wkt = options.get("GEOM_POSSIBLE_NAMES", "WKT")
    if not any(names) and types:
        # Numbers of columns, from one on, which `CsvStore` looks up.
        places = [next((f"#{n}" for n, type in enumerate(types, 1) if kind in type), "") for kind in _PLACES]
        names = places[:3] if any(places[:2]) else names
        wkt = places[3] or wkt
    return CsvSource(_encoding(source, source.encoding or "UTF-8"), delimiter, tuple(filter(None, names)), wkt)


_PLACES = ("coordx", "coordy", "coordz", "wkt")


def _encoding(source: Source, name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise _unclear(source, f"has the encoding '{name}', which is not known here") from None


def _unclear(source: Source, why: str) -> TakesNoEdits:
    return TakesNoEdits(source.layer, why)
