"""A package lets people edit a layer exactly when their edits can be applied: asked of each layer, and then tried."""

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from osgeo import ogr
from qgis.core import QgsFieldConstraints, QgsProject, QgsVectorLayer, QgsVectorLayerJoinInfo

from fieldlog_qgis.deltas.stores import geojson

from . import packages
from .delta_jobs import APPLIED, DeltaCase, make_file, sql

VIEW = (
    "CREATE VIEW seen AS SELECT fid AS OGC_FID, kind, geom FROM trees;"
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('seen', 'features', 'seen', 4326);"
    "INSERT INTO gpkg_geometry_columns VALUES ('seen', 'geom', 'POINT', 4326, 0, 0);"
)
TRIGGERS = (
    "CREATE TRIGGER seen_i INSTEAD OF INSERT ON seen BEGIN"
    " INSERT INTO trees (kind, geom) VALUES (NEW.kind, NEW.geom); END;"
    "CREATE TRIGGER seen_u INSTEAD OF UPDATE ON seen BEGIN UPDATE trees SET kind = NEW.kind, geom = NEW.geom"
    " WHERE fid = OLD.OGC_FID; END;"
    "CREATE TRIGGER seen_d INSTEAD OF DELETE ON seen BEGIN DELETE FROM trees WHERE fid = OLD.OGC_FID; END;"
)
_REGISTER = "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('{0}', 'attributes', '{0}');"
ROWS = [("POINT (1 2)", {"fid": n, "kind": "oak"}) for n in (1, 2)]
FIELDS = {"fid": ogr.OFTInteger, "kind": ogr.OFTString}


@dataclass(frozen=True)
class Situation:
    """A source in a folder of files, what makes it, and why it cannot be written ("" where it can)."""

    name: str
    make: Callable[[Path], None]
    source: str
    why_not: str = ""
    provider: str = "ogr"
    prepare: Callable[[QgsProject, QgsVectorLayer], None] | None = None


def file(name: str, driver: str, options=(), fields=FIELDS, type=ogr.wkbPoint) -> Callable[[Path], None]:
    rows = [
        (wkt if type != ogr.wkbNone else None, {field: value for field, value in values.items() if field in fields})
        for wkt, values in ROWS
    ]
    return lambda files: make_file(files / name, driver, fields, type, rows, options=options)


def geopackage(script: str = "", name="trees.gpkg") -> Callable[[Path], None]:
    def make(files: Path) -> None:
        make_file(files / name, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (1 2)", {"kind": "oak"})] * 2)
        sql(files / name, script)

    return make


def text(content: str, name="trees.csv") -> Callable[[Path], None]:
    return lambda files: (files / name).write_text(content, encoding="utf-8")


def joined(project: QgsProject, layer: QgsVectorLayer) -> None:
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(layer)
    join.setJoinFieldName("fid")
    join.setTargetFieldName("fid")
    layer.addJoin(join)


def filtered(_project: QgsProject, layer: QgsVectorLayer) -> None:
    assert layer.setSubsetString("\"kind\" = 'oak'")


def read_only(_project: QgsProject, layer: QgsVectorLayer) -> None:
    layer.setReadOnly(True)


def keyed(_project: QgsProject, layer: QgsVectorLayer) -> None:
    for kind in ("NotNull", "Unique"):
        constraint = getattr(QgsFieldConstraints.Constraint, f"Constraint{kind}")
        layer.setFieldConstraint(layer.fields().indexOf("id"), constraint)


def zipped(files: Path) -> None:
    geopackage()(files)
    with zipfile.ZipFile(files / "trees.zip", "w") as archive:
        archive.write(files / "trees.gpkg", "trees.gpkg")
    (files / "trees.gpkg").unlink()


def zipped_shapes(files: Path) -> None:
    folder = files / "parts"
    folder.mkdir()
    make_file(folder / "trees.shp", "ESRI Shapefile", FIELDS, rows=ROWS)
    with zipfile.ZipFile(files / "trees.shz", "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    shutil.rmtree(folder)


def in_folder(files: Path) -> None:
    (files / "data").mkdir()
    make_file(files / "data/trees.gpkg", "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (1 2)", {"kind": "oak"})])


def with_log(files: Path) -> None:
    """A GeoPackage in WAL mode."""
    geopackage("PRAGMA journal_mode = WAL")(files)


CSV = "fid,kind,x,y\n5,oak,1,2\n6,elm,3,4\n"
DELIMITED = "file://{files}/trees.csv?type=csv&detectTypes=yes"
NO_FORMAT = "has data of the format"
NO_KEY = "no single key column"
OGR, GPKG = "ogr", "./trees.gpkg|layername=trees"
SITUATIONS = [
    Situation("GeoPackage", geopackage(), GPKG),
    Situation("GeoPackage by number", geopackage(), "./trees.gpkg|layerid=0"),
    Situation("GeoPackage by geometry", geopackage(), "./trees.gpkg|layername=trees|geometrytype=Point"),
    Situation("GeoPackage in a folder", in_folder, "./data/trees.gpkg|layername=trees"),
    Situation("GeoPackage with a write-ahead log", with_log, GPKG),
    Situation(
        "GeoPackage in an archive", zipped, "/vsizip/{files}/trees.zip/trees.gpkg|layername=trees", "in an archive"
    ),
    Situation("a filter", geopackage(), GPKG, prepare=filtered),
    Situation("a query", geopackage(), f"{GPKG}|subset=SELECT fid, kind FROM trees", "shows the result of a query"),
    Situation("a join", geopackage(), GPKG, prepare=joined),
    Situation("read-only in the project", geopackage(), GPKG, "said by people", prepare=read_only),
    Situation("a view", geopackage(VIEW), "./trees.gpkg|layername=seen", "a view without INSTEAD OF triggers"),
    Situation("a view with triggers", geopackage(VIEW + TRIGGERS), "./trees.gpkg|layername=seen"),
    Situation(
        "a view without a key",
        geopackage("CREATE VIEW v AS SELECT kind FROM trees;" + _REGISTER.format("v")),
        "./trees.gpkg|layername=v",
        NO_KEY,
    ),
    Situation(
        "no key",
        geopackage("CREATE TABLE bare (a, kind TEXT); INSERT INTO bare VALUES (1, 'oak');" + _REGISTER.format("bare")),
        "./trees.gpkg|layername=bare",
        NO_KEY,
    ),
    Situation(
        "two keys",
        geopackage("CREATE TABLE two (a, b, kind TEXT, PRIMARY KEY (a, b));" + _REGISTER.format("two")),
        "./trees.gpkg|layername=two",
        NO_KEY,
    ),
    Situation(
        "WITHOUT ROWID",
        geopackage("CREATE TABLE w (a TEXT PRIMARY KEY, kind TEXT) WITHOUT ROWID;" + _REGISTER.format("w")),
        "./trees.gpkg|layername=w",
        NO_KEY,
    ),
    Situation(
        "STRICT",
        geopackage(
            "CREATE TABLE s (id INTEGER PRIMARY KEY, kind TEXT) STRICT;"
            "INSERT INTO s VALUES (1, 'oak');" + _REGISTER.format("s")
        ),
        "./trees.gpkg|layername=s",
    ),
    Situation(
        "not registered",
        geopackage("CREATE TABLE u (id INTEGER PRIMARY KEY, kind TEXT);INSERT INTO u VALUES (1, 'oak');"),
        "./trees.gpkg|layername=u",
    ),
    Situation(
        "SpatiaLite",
        file("trees.sqlite", "SQLite", ["SPATIALITE=YES"], {"kind": ogr.OFTString, "fid": ogr.OFTInteger}),
        "./trees.sqlite|layername=trees",
    ),
    Situation("SQLite", file("trees.sqlite", "SQLite", [], FIELDS, ogr.wkbNone), "./trees.sqlite|layername=trees"),
    Situation("Shapefile", file("trees.shp", "ESRI Shapefile"), "./trees.shp"),
    Situation(
        "Shapefile without a key",
        file("trees.shp", "ESRI Shapefile", fields={"kind": ogr.OFTString, "n": ogr.OFTInteger}),
        "./trees.shp",
        NO_KEY,
    ),
    Situation("Shapefile in an archive", zipped_shapes, "./trees.shz", "archive"),
    Situation("GeoJSON", file("trees.geojson", "GeoJSON"), "./trees.geojson"),
    Situation(
        "GeoJSON of one feature",
        text('{"type": "Feature", "properties": {"fid": 1, "kind": "oak"}, "geometry": null}', "trees.geojson"),
        "./trees.geojson",
        "is not a GeoJSON FeatureCollection",
    ),
    Situation("GeoJSON lines", file("trees.geojsonl", "GeoJSONSeq"), "./trees.geojsonl", "Save it as GeoPackage"),
    Situation("CSV by GDAL", text(CSV), "./trees.csv"),
    Situation("CSV", text(CSV), DELIMITED, provider="delimitedtext"),
    Situation("CSV with points", text(CSV), DELIMITED + "&xField=x&yField=y&crs=EPSG:4326", provider="delimitedtext"),
    Situation("CSV without a key", text("id,kind\n5,oak\n"), DELIMITED, NO_KEY, "delimitedtext"),
    Situation("CSV with a key of the project", text("id,kind\n5,oak\n"), DELIMITED, "", "delimitedtext", keyed),
    Situation("CSV without names", text("5,oak\n"), DELIMITED + "&useHeader=no", NO_KEY, "delimitedtext"),
    Situation(
        "CSV with a note above",
        text("note\nfid,kind\n5,oak\n"),
        DELIMITED + "&skipLines=1",
        "skipLines",
        "delimitedtext",
    ),
    Situation(
        "CSV with commas in numbers",
        text("fid;kind;size\n5;oak;1,5\n"),
        DELIMITED + "&delimiter=;&decimalPoint=,",
        "decimalPoint",
        "delimitedtext",
    ),
    Situation(
        "CSV with a pattern",
        text("fid  kind\n5  oak\n"),
        "file://{files}/trees.csv?type=regexp&delimiter=%5Cs%2B",
        "type=regexp",
        "delimitedtext",
    ),
    Situation("FlatGeobuf", file("trees.fgb", "FlatGeobuf"), "./trees.fgb", NO_FORMAT),
    Situation("MapInfo TAB", file("trees.tab", "MapInfo File"), "./trees.tab", NO_FORMAT),
    Situation("MapInfo MIF", file("trees.mif", "MapInfo File"), "./trees.mif", NO_FORMAT),
    Situation("XLSX", file("trees.xlsx", "XLSX", (), FIELDS, ogr.wkbNone), "./trees.xlsx", NO_FORMAT),
    Situation("ODS", file("trees.ods", "ODS", (), FIELDS, ogr.wkbNone), "./trees.ods", NO_FORMAT),
    Situation("GML", file("trees.gml", "GML"), "./trees.gml", "Save it as GeoPackage"),
    Situation("KML", file("trees.kml", "LIBKML"), "./trees.kml", NO_FORMAT),
    Situation(
        "FileGDB",
        file("trees.gdb", "OpenFileGDB", (), {"kind": ogr.OFTString}),
        "./trees.gdb|layername=trees",
        NO_FORMAT,
    ),
    Situation("a virtual layer", lambda _files: None, "?query=SELECT 1 AS fid, 'oak' AS kind", "virtual", "virtual"),
    Situation(
        "a memory layer", lambda _files: None, "Point?crs=EPSG:4326&field=fid:int&field=kind:string", "memory", "memory"
    ),
]

COPIED = (
    "GeoPackage", "a view", "a view with triggers", "Shapefile", "CSV by GDAL", "FlatGeobuf", "MapInfo TAB", "XLSX",
    "GeoJSON lines",
)  # fmt: skip


class CanBeWritten(DeltaCase):
    def package(self, converter: str = "pythonmini") -> packages.Packaged:
        case = packages.PackageCase()
        case.io, case.files, case._open_projects = self.io, self.files, []
        try:
            return case.package(converter=converter)
        finally:
            case.doCleanups()

    def check(self, situation: Situation, action: str) -> None:
        def prepare(project: QgsProject, layer: QgsVectorLayer) -> None:
            layer.setCustomProperty("QFieldSync/cloud_action", action)
            if situation.prepare is not None:
                situation.prepare(project, layer)

        situation.make(self.files)
        source = situation.source.replace("{files}", str(self.files))
        [id] = self.make_project(source, provider=situation.provider, prepare=prepare)
        packaged = self.package()
        problems = [problem["message"] for problem in packaged.problems if problem["layer_id"] == id]
        read_only = packaged.xml().find(f".//maplayer[id='{id}']").get("readOnly") == "1"
        item = self.apply_one(self.first_patch(packaged, id))
        # The property: what the package lets people edit is what is stored.
        self.assertEqual(not read_only, item["status"] == APPLIED, (problems, item["msg"]))
        self.assertEqual(read_only, bool(situation.why_not), (problems, item["msg"]))
        if situation.why_not == "said by people" or (
            situation.provider in ("virtual", "delimitedtext") and not problems
        ):
            return
        self.assertEqual(len(problems), bool(situation.why_not), problems)
        for message in problems:
            self.assertIn(situation.why_not, message)
            self.assertIn("Layer 'Layer of", message)

    def first_patch(self, packaged: packages.Packaged, id: str) -> dict:
        """The change of an attribute of the layer's first feature, as a device would say it that edits all the same."""
        layer = QgsVectorLayer(packaged.layers[id]["datasource"].replace("./", f"{packaged.export}/"), "", "ogr")
        if packaged.layers[id]["provider_name"] != "ogr" or not layer.isValid():
            return self.patch(1, {"kind": "oak"}, {"kind": "ash"})
        feature = next(layer.dataProvider().getFeatures(), None)
        name = packaged.layers[id]["qfc_source_data_pk_name"]
        key = packages.property_value(packaged.xml().find(f".//maplayer[id='{id}']/customproperties"),
                                      "QFieldSync/sourceDataPrimaryKeys") or name  # fmt: skip
        value = feature[key] if feature is not None and key in [field.name() for field in layer.fields()] else 1
        return self.patch(value, {"kind": "oak"}, {"kind": "ash"})

    def test_what_a_package_lets_people_edit_is_what_can_be_applied(self):
        for situation in SITUATIONS:
            with self.subTest(situation.name):
                self.clear()
                self.check(situation, "offline")

    def test_the_same_of_files_that_are_copied(self):
        for situation in SITUATIONS:
            if situation.name in COPIED:
                with self.subTest(situation.name):
                    self.clear()
                    self.check(situation, "copy")

    def test_what_a_view_has_no_trigger_for_is_locked(self):
        geopackage(VIEW + TRIGGERS + "DROP TRIGGER seen_i; DROP TRIGGER seen_d;")(self.files)
        [id] = self.make_project("./trees.gpkg|layername=seen")
        packaged = self.package()
        layer = packaged.xml().find(f".//maplayer[id='{id}']")
        properties = layer.find("customproperties")
        locks = ("feature_addition", "feature_deletion", "attribute_editing", "geometry_editing")
        found = [packages.property_value(properties, f"QFieldSync/is_{lock}_locked") for lock in locks]
        self.assertEqual((layer.get("readOnly"), found), ("0", ["true", "true", None, None]))
        self.assertEqual([problem["code"] for problem in packaged.problems], ["cannot_be_written"])
        self.assertIn("takes no new features and no deletions", packaged.problems[0]["message"])

    def test_a_layer_that_qgis_itself_converts(self):
        geopackage(VIEW)(self.files)
        ids = self.make_project("./trees.gpkg|layername=seen", "./trees.gpkg|layername=trees")
        packaged = self.package("qgiscore")
        found = [packaged.xml().find(f".//maplayer[id='{id}']").get("readOnly") for id in ids]
        self.assertEqual(found, ["1", "0"])
        self.assertEqual([packaged.actions[id]["action"] for id in ids], ["offline"] * 2)

    def test_a_file_above_the_limit(self):
        with mock.patch.object(geojson, "MAX_BYTES", 100):
            self.check(
                Situation("large", file("trees.geojson", "GeoJSON"), "./trees.geojson", "at most 100 are edited"),
                "offline",
            )

    def clear(self) -> None:
        QgsProject.instance().clear()
        shutil.rmtree(self.io / "export", ignore_errors=True)
        for entry in self.files.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
