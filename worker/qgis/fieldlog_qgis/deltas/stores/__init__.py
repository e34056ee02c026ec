"""The data sources that a job can write, each in a way that stores exactly what it is told.

A new format is a `Store` with its `Table` here and a line in `open_store`.
"""

from ..refusal import TakesNoEdits
from .store import Source, Store

_FORMATS = "GeoPackage, SpatiaLite, PostgreSQL, GeoJSON, Shapefile and CSV"
_POSTGRES = "postgres"


def identity(source: Source) -> str:
    """What two layers have in common when they are in the same store."""
    return str(source.path) if source.path is not None else source.provider + _connection(source)


def open_store(source: Source, looking: bool = False) -> Store:
    """Opens the store of a layer: for writing, or to look whether that could be done, which changes nothing."""
    # Each brings libraries that a job of another format need not load.
    if source.provider == _POSTGRES:
        from qgis.core import QgsDataSourceUri

        from .postgres import PostgresStore

        return PostgresStore(QgsDataSourceUri(source.uri))
    match source.format:
        case "GPKG":
            from .geopackage import GeopackageStore

            return GeopackageStore(source.path, looking)
        case "SQLite" | "SQLite database with SpatiaLite extension":
            from .spatialite import SpatialiteStore

            return SpatialiteStore(source.path, looking)
        case "GeoJSON":
            from .geojson import GeojsonStore

            return GeojsonStore(source.path)
        case "ESRI Shapefile":
            from .shapefile import ShapefileStore

            return ShapefileStore(source, looking)
        case "CSV" | "Delimited text file":
            from .csv_file import CsvStore

            return CsvStore(source)
    raise TakesNoEdits(source.layer, f"has data of the format '{source.format}'; a job can write {_FORMATS}")


def _connection(source: Source) -> str:
    from qgis.core import QgsDataSourceUri

    return QgsDataSourceUri(source.uri).connectionInfo(False)
