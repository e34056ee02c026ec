"""Places as devices write them: none is none and said, and nothing of one is lost."""

import re
import unittest

from osgeo import ogr
from qgis.core import QgsWkbTypes

from fieldlog_qgis.deltas import geometry
from fieldlog_qgis.deltas.refusal import Refused

from .databases import PostgresCase
from .delta_jobs import FAILED, DeltaCase, features, make_file

TYPE = QgsWkbTypes.Type
NOWHERE = (
    "Point (nan nan)", "PointZ (nan nan nan)", "Point Z (7 nan 5)", "PointZM (-nan NaN 1 2)", "Point (inf inf)",
    "", "  \n", "Point EMPTY", "POINT Z EMPTY", "MultiPoint EMPTY", "MultiPoint (EMPTY)", "Polygon EMPTY", "Polygon ()",
    "GeometryCollection EMPTY", "MultiPolygonZ EMPTY", "LineString (0 0, nan nan, 1 1)", "MultiPoint ((nan nan))",
)  # fmt: skip


class Reading(unittest.TestCase):
    def test_no_place_is_no_place_and_said(self):
        for text in NOWHERE:
            with self.subTest(text=text):
                place = geometry.parse(text, TYPE.Point)
                self.assertIsNone(place.wkb)
                self.assertEqual(place.told(), f" The feature has no place: the device sent '{text}'.")
        self.assertEqual(geometry.parse(None, TYPE.Point), geometry.NOWHERE)

    def test_old_names_and_unknown_heights(self):
        for text, type, stored in (
            ("Point25D (7.5 46.5 400)", TYPE.PointZ, "Point Z (7.5 46.5 400)"),
            ("POINT 25D (7.5 46.5 400)", TYPE.PointZ, "Point Z (7.5 46.5 400)"),
            ("LineString25D (0 0 1, 1 1 2)", TYPE.LineStringZ, "LineString Z (0 0 1, 1 1 2)"),
            ("MultiPolygon25D (((0 0 1, 1 0 1, 1 1 1, 0 0 1)))", TYPE.MultiPolygonZ,
             "MultiPolygon Z (((0 0 1, 1 0 1, 1 1 1, 0 0 1)))"),
            ("Point25D (1 2 3)", TYPE.Point25D, "Point Z (1 2 3)"),
            ("Point25D (1 2 3)", TYPE.Unknown, "Point Z (1 2 3)"),
            ("PointZ (1 2 nan)", TYPE.PointZ, "Point Z (1 2 0)"),
            ("LineStringZ (0 0 5, 1 1 -nan)", TYPE.LineStringZ, "LineString Z (0 0 5, 1 1 0)"),
            ("POINTZM(1 2 3 4)", TYPE.PointZM, "Point ZM (1 2 3 4)"),
        ):  # fmt: skip
            with self.subTest(text=text, type=type):
                self.assertEqual(geometry.to_wkt(geometry.parse(text, type).wkb), stored)

    def test_z_and_m_that_say_nothing_are_left_out_and_said(self):
        for text, type, stored, axis in (
            ("PointZ (7.5 46.5 nan)", TYPE.Point, "Point (7.5 46.5)", "Z"),
            ("Point25D (7.5 46.5 nan)", TYPE.Point, "Point (7.5 46.5)", "Z"),
            ("PointM (7.5 46.5 NaN)", TYPE.Point, "Point (7.5 46.5)", "M"),
            ("PointZM (7.5 46.5 400 nan)", TYPE.PointZ, "Point Z (7.5 46.5 400)", "M"),
            ("PointZM (7.5 46.5 nan 3)", TYPE.PointM, "Point M (7.5 46.5 3)", "Z"),
            ("PolygonZ ((7 46 nan, 7.5 46 nan, 7.5 46.5 nan, 7 46 nan))", TYPE.Polygon,
             "Polygon ((7 46, 7.5 46, 7.5 46.5, 7 46))", "Z"),
            ("PointZ (7.5 46.5 nan)", TYPE.MultiPoint, "MultiPoint ((7.5 46.5))", "Z"),
        ):  # fmt: skip
            with self.subTest(text=text, type=type):
                place = geometry.parse(text, type)
                self.assertEqual(geometry.to_wkt(place.wkb), stored)
                self.assertIn(f"The {axis} values are left out", place.told())

    def test_what_would_be_lost_is_refused(self):
        for text, type, words in (
            ("PointZ (7.5 46.5 400)", TYPE.Point, "has Z values"),
            ("PointZ (7.5 46.5 0)", TYPE.Point, "has Z values"),
            ("Point25D (7.5 46.5 400)", TYPE.Point, "has Z values"),
            ("PointZM (7.5 46.5 400 5)", TYPE.PointZ, "has M values"),
            ("LineStringZ (0 0 nan, 1 1 2)", TYPE.LineString, "has Z values"),
            ("PointZ (1 2 inf)", TYPE.PointZ, "is not WKT"),
            ("Point (1e999 2)", TYPE.Point, "larger than any number"),
            ("MultiPoint ((1 2), EMPTY)", TYPE.MultiPoint, "has 2 coordinates"),
            ("MultiPolygon (((0 0, 1 0, 1 1, 0 0)), EMPTY)", TYPE.MultiPolygon, "has 8 coordinates"),
            ("SRID=4326;Point (1 2)", TYPE.Point, "is not WKT"),
        ):
            with self.subTest(text=text, type=type), self.assertRaises(Refused) as caught:
                geometry.parse(text, type)
            self.assertIn(words, str(caught.exception))
            self.assertIn(f"'{text}'", str(caught.exception))


class Storing(DeltaCase):
    """The same edits in files of several formats."""

    FORMATS = (("trees.gpkg", "GPKG", ()), ("trees.shp", "ESRI Shapefile", ()), ("trees.geojson", "GeoJSON", ()),
               ("trees.sqlite", "SQLite", ("SPATIALITE=YES",)))  # fmt: skip

    def make(self, name, driver, options, type=ogr.wkbPoint, wkt="POINT (0 0)"):
        has_key = driver in ("GPKG", "SQLite")
        fields = {"kind": ogr.OFTString} | ({} if has_key else {"fid": ogr.OFTInteger})
        row = {"kind": "oak"} | ({} if has_key else {"fid": 1})
        make_file(self.files / name, driver, fields, type, [(wkt, row)], options=options)
        self.make_project(f"./{name}")
        return self.files / name

    def test_a_feature_without_a_place_is_stored_without_one(self):
        for format in self.FORMATS:
            path = self.make(*format)
            items = self.apply(*(self.create({"kind": "ash"}, text) for text in NOWHERE))
            self.assert_applied(*items)
            for item, text in zip(items, NOWHERE, strict=True):
                self.assertIn(f"The feature has no place: the device sent '{text}'.", item["msg"])
                self.assertIsNone(item["after"]["geometry"])
            self.assertEqual([wkt for wkt, _ in features(path)], ["POINT (0 0)"] + [None] * len(NOWHERE))

    def test_a_place_is_taken_away_and_given_back(self):
        for format in self.FORMATS:
            path = self.make(*format)
            items = self.apply(
                self.move(1, ""),
                self.move(1, "Point EMPTY", old=""),
                self.delta("patch", 1, {"geometry": "", "attributes": {"kind": "oak"}},
                           {"geometry": "", "attributes": {"kind": "ash"}}),
                self.move(1, "Point (3 4)", old="Point (nan nan)"),
                self.move(1, None, old="Point (3 4)"),
            )  # fmt: skip
            self.assert_applied(*items)
            told = ["has no place: the device sent" in item["msg"] for item in items]
            self.assertEqual(told, [True, True, False, False, False])
            self.assertEqual([item["after"].get("geometry", "kept") for item in items],
                             [None, None, "kept", items[3]["after"]["geometry"], None])  # fmt: skip
            self.assertIn("(3 4)", items[3]["after"]["geometry"].replace("((", "(").replace("))", ")"))
            ((wkt, values),) = features(path)
            self.assertEqual((wkt, values["kind"]), (None, "ash"))

    def test_heights_are_stored_or_refused(self):
        for format in self.FORMATS:
            path = self.make(*format)
            items = self.apply(
                self.create({}, "PointZ (7.5 46.5 nan)"),
                self.create({}, "PointZ (7.5 46.5 400)"),
                self.create({}, "Point25D (7.5 46.5 400)"),
            )
            stored = [wkt for wkt, _ in features(path)]
            if path.suffix == ".geojson":
                # It has no type of its own: what is there does not bind what comes.
                self.assertNotIn(FAILED, [item["status"] for item in items[:1]])
                continue
            self.assert_applied(items[0])
            self.assert_failed(items[1], "has Z values")
            self.assert_failed(items[2], "has Z values")
            self.assertEqual(stored, ["POINT (0 0)", "POINT (7.5 46.5)"])

    def test_rings_that_are_none_are_stored_as_sent_or_refused(self):
        square = "POLYGON ((0 0,1 0,1 1,0 0))"
        for wkt in ("Polygon ((7 46, 7.5 46))", "Polygon ((7 46, 7.5 46, 7.5 46.5))"):
            for format in self.FORMATS:
                path = self.make(*format, ogr.wkbPolygon, square)
                item = self.apply_one(self.create({}, wkt))
                found = [shape for shape, _ in features(path)][1:]
                if item["status"] == FAILED:
                    self.assertEqual(found, [])
                else:
                    self.assert_applied(item)
                    # A Shapefile turns rings its own way.
                    points = [sorted(re.findall(r"[\d.]+ [\d.]+", text)) for text in (item["after"]["geometry"], wkt)]
                    self.assertEqual(points[0], points[1])
                for file in self.files.iterdir():
                    file.unlink()

    def test_a_table_without_geometries_leaves_a_place_out_and_says_so(self):
        make_file(self.files / "notes.gpkg", "GPKG", {"kind": ogr.OFTString}, ogr.wkbNone, [(None, {"kind": "a"})])
        self.make_project("./notes.gpkg")
        sent = ("Point (1 2)", "", None, "Point EMPTY")
        items = self.apply(*(self.create({"kind": "b"}, wkt) for wkt in sent), self.move(1, "Point (1 2)"))
        self.assert_applied(*items)
        told = "The geometry 'Point (1 2)' is left out: the table has no geometries."
        self.assertEqual([told in item["msg"] for item in items], [True, False, False, False, True])

    def test_a_table_that_needs_a_place_refuses_one_that_is_none(self):
        path = self.files / "trees.gpkg"
        make_file(path, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})],
                  layer_options=("GEOMETRY_NULLABLE=NO",))  # fmt: skip
        self.make_project("./trees.gpkg")
        for item in self.apply(self.create({}, "Point (nan nan)"), self.move(1, "")):
            self.assert_failed(item, "NOT NULL")
        self.assertEqual(features(path), [("POINT (0 0)", {"kind": "oak"})])


class Postgres(PostgresCase):
    def test_places_as_devices_write_them(self):
        sent = (
            ("Point (nan nan)", None),
            ("PointZ EMPTY", None),
            ("", None),
            ("Point25D (7 8 9)", "POINT Z (7 8 9)"),
            ("PointZM (7 8 9 nan)", "POINT Z (7 8 9)"),
            ("PointZ (7 8 nan)", "POINT Z (7 8 0)"),
        )
        items = self.apply(*(self.create({"kind": "ash", "age": 1}, wkt) for wkt, _ in sent))
        self.assert_applied(*items)
        self.assertEqual([wkt for (wkt,) in self.trees("ST_AsText(geom)")[1:]], [stored for _, stored in sent])
        self.query(f"DELETE FROM {self.name} WHERE geom IS NULL")
        self.query(f"ALTER TABLE {self.name} ALTER geom SET NOT NULL")
        self.assert_failed(self.apply_one(self.create({"kind": "ash"}, "Point EMPTY")), "not-null")
