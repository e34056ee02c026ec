"""Every format keeps what a delta says, and nothing else of the file changes."""

import json
import os

from osgeo import gdal, ogr
from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

from .delta_jobs import APPLIED, CONFLICT, FAILED, DeltaCase, features, make_file, rows, sql

ALL_TYPES = """
    ALTER TABLE trees ADD COLUMN wide INTEGER;
    ALTER TABLE trees ADD COLUMN narrow SMALLINT;
    ALTER TABLE trees ADD COLUMN ratio DOUBLE;
    ALTER TABLE trees ADD COLUMN is_old BOOLEAN DEFAULT 'False';
    ALTER TABLE trees ADD COLUMN planted DATE;
    ALTER TABLE trees ADD COLUMN seen DATETIME;
    ALTER TABLE trees ADD COLUMN data BLOB;
    ALTER TABLE trees ADD COLUMN short TEXT(5);
"""


class Geopackage(DeltaCase):
    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.gpkg"

    def make(self, type=ogr.wkbPoint, script="", wkt="POINT (0 0)") -> None:
        make_file(self.path, "GPKG", {"kind": ogr.OFTString}, type, [(wkt, {"kind": "oak"})])
        sql(self.path, script)
        self.make_project("./trees.gpkg|layername=trees")

    def stored(self, columns: str, fid=2) -> tuple:
        return rows(self.path, f"SELECT {columns} FROM trees WHERE fid = {fid}")[0]

    def test_values_of_all_types_are_stored_as_the_standard_says(self):
        self.make(script=ALL_TYPES)
        values = {
            "wide": 9223372036854775807,
            "narrow": "-32768",
            "ratio": 0.1,
            "is_old": True,
            "planted": "2024-02-29",
            "seen": "2024-02-29T23:59:59.123Z",
            "data": "AP8=",
            "short": "üñïcö",
        }
        item = self.apply_one(self.create(values))
        self.assert_applied(item)
        expected = (9223372036854775807, -32768, 0.1, 1, "2024-02-29", "2024-02-29T23:59:59.123Z", b"\x00\xff", "üñïcö")
        self.assertEqual(self.stored(", ".join(values)), expected)
        self.assertEqual({name: item["after"]["attributes"][name] for name in values}, values | {"narrow": -32768})

    def test_what_was_deleted_is_brought_back_from_what_the_feedback_tells(self):
        self.make(script=ALL_TYPES + "UPDATE trees SET is_old = NULL;")
        values = {"wide": -5, "ratio": 0.1, "is_old": True, "planted": "2024-02-29", "data": "AP8=", "short": ""}
        self.assert_applied(self.apply_one(self.create(values | {"seen": "2024-02-29T23:59:59.123+05:30"})))
        # Not the boxes, which GDAL leaves out of points.
        query = f"SELECT fid, {', '.join(values)}, kind, seen, substr(geom, -21) FROM trees"
        before = rows(self.path, query)
        deleted = self.apply(self.delete(1), self.delete(2))
        back = [self.delta("create", fid, new=deleted[fid - 1]["before"]) | {"strict": True} for fid in (1, 2)]
        self.assert_applied(*self.apply(*back))
        self.assertEqual(rows(self.path, query), before)

    def test_a_time_zone_is_kept_and_none_is_made_up(self):
        self.make(script=ALL_TYPES)
        for fid, moment in enumerate(
            ("2024-02-29T12:00:00.500+05:30", "2024-02-29T12:00:00.500", "2024-02-29T12:00:00.500Z"), 2
        ):
            self.assert_applied(self.apply_one(self.create({"seen": moment})))
            self.assertEqual(self.stored("seen", fid), (moment,))

    def test_the_same_moment_in_another_zone_is_no_conflict(self):
        self.make(
            script=ALL_TYPES + "UPDATE trees SET seen = '2024-02-29T12:00:00.000Z', planted = '2024-02-29', is_old = 0;"
        )
        old = {"seen": "2024-02-29T14:00:00+02:00", "planted": "2024-02-29", "is_old": False}
        self.assert_applied(self.apply_one(self.patch(1, old, {"seen": "2024-03-01T00:00:00.000Z"})))
        self.assertEqual(
            self.apply_one(self.patch(1, {"planted": "2024-02-28"}, {"planted": None}))["status"], CONFLICT
        )

    def test_a_default_of_the_table_that_is_a_text_reads_as_what_it_means(self):
        self.make(script=ALL_TYPES)
        self.assertIs(self.apply_one(self.create({}))["after"]["attributes"]["is_old"], False)
        self.assert_applied(self.apply_one(self.patch(2, {"is_old": False}, {"is_old": True})))

    def test_what_does_not_fit_is_refused(self):
        self.make(script=ALL_TYPES)
        bad = [
            {"wide": 2**63},
            {"narrow": 32768},
            {"ratio": "wide"},
            {"ratio": 2**53 + 1},
            {"is_old": "perhaps"},
            {"planted": "29.2.2024"},
            {"planted": "2024-02-29T12:00:00"},
            {"seen": "2024-02-29T12:00:00.1234"},
            {"data": "\ufffdPNG"},
            {"short": "123456"},
            {"kind": "a\0b"},
            {"kind": "\ud800"},
            {"kind": True},
            {"kind": 0.5},
        ]
        items = self.apply(*map(self.create, bad), self.create({"kind": "good"}))
        self.assertEqual([item["status"] for item in items], [FAILED] * len(bad) + [APPLIED])
        for item, values in zip(items, bad):
            self.assertIn(f"Field '{next(iter(values))}' cannot hold", item["msg"])
        self.assertEqual(rows(self.path, "SELECT kind FROM trees"), [("oak",), ("good",)])

    def test_geometries_of_all_dimensions_keep_every_bit(self):
        for type, wkt in (
            (ogr.wkbPoint25D, "Point Z (0.1 1234567.1 1e-300)"),
            (ogr.wkbPointM, "Point M (1 2 0.3)"),
            (ogr.wkbPointZM, "Point ZM (1 2 3 4)"),
            (ogr.wkbLineString25D, "LineString Z (0 0 1, 1 1 2)"),
            (
                ogr.wkbMultiPolygon,
                "MultiPolygon (((0 0, 4 0, 4 4, 0 0), (1 0.5, 2 0.5, 2 1, 1 0.5)), ((9 9, 10 9, 10 10, 9 9)))",
            ),
            (ogr.wkbCurvePolygon, "CurvePolygon (CompoundCurve ((0 0, 1 1), CircularString (1 1, 2 2, 0 0)))"),
            (ogr.wkbGeometryCollection, "GeometryCollection (Point (1 2), LineString (0 0, 1 1))"),
            (ogr.wkbUnknown, "MultiLineString ((0 0, 1 1), (2 2, 3 3))"),
            (ogr.wkbMultiPoint, "MultiPoint ((1 2), (3 4))"),
        ):
            with self.subTest(wkt):
                self.make(type, wkt=None)
                self.assert_applied(item := self.apply_one(self.create({}, wkt)))
                self.assertEqual(item["after"]["geometry"], wkt)
                # The header of the blob and the box in it come first.
                self.assertEqual(self.stored("substr(geom, 41)"), (bytes(QgsGeometry.fromWkt(wkt).asWkb()),))
                self.assertIsNotNone(features(self.path)[1][0])
                box = QgsGeometry.fromWkt(wkt).boundingBox()
                low, high = rows(self.path, "SELECT minx, maxx FROM rtree_trees_geom WHERE id = 2")[0]
                self.assertTrue(low <= box.xMinimum() and box.xMaximum() <= high)
                self.path.unlink()

    def test_a_geometry_is_brought_into_the_layers_type_where_nothing_is_lost(self):
        for type, wkt, stored in (
            (ogr.wkbMultiPoint, "Point (1 2)", "MultiPoint ((1 2))"),
            (ogr.wkbPoint25D, "Point (1 2)", "Point Z (1 2 0)"),
            (ogr.wkbPoint, "MultiPoint ((1 2))", "Point (1 2)"),
            (ogr.wkbPoint25D, "PointZ (1 2 NaN)", "Point Z (1 2 0)"),
        ):
            with self.subTest(wkt):
                self.make(type, wkt=None)
                self.assertEqual(self.apply_one(self.create({}, wkt))["after"]["geometry"], stored)
                self.path.unlink()

    def test_a_file_in_wal_mode_is_left_complete_in_one_piece(self):
        self.make(script="PRAGMA journal_mode = WAL")
        self.assert_applied(self.apply_one(self.create({"kind": "ash"})))
        self.assertEqual([name for name in os.listdir(self.files) if name.startswith("trees")], ["trees.gpkg"])
        self.path.rename(self.files / "alone.gpkg")
        self.assertEqual(len(features(self.files / "alone.gpkg")), 2)

    def test_the_file_stays_a_sound_geopackage(self):
        self.make()
        self.assert_applied(
            *self.apply(
                *[self.create({}, f"Point ({n} {n})") for n in range(200)],
                self.delete(5),
                self.move(6, "Point (9 9)", "Point (4 4)"),
            )
        )
        self.assertEqual(rows(self.path, "PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(rows(self.path, "SELECT rtreecheck('rtree_trees_geom')"), [("ok",)])
        self.assertEqual(rows(self.path, "SELECT count(*) FROM rtree_trees_geom"), [(200,)])

    def test_a_view_and_a_file_without_write_permission_are_refused(self):
        self.make(
            script="CREATE VIEW shown AS SELECT * FROM trees; INSERT INTO gpkg_contents (table_name, data_type, identifier)"
            " VALUES ('shown', 'attributes', 'shown')"
        )
        trees, shown = self.make_project("./trees.gpkg|layername=trees", "./trees.gpkg|layername=shown")
        item = self.apply_one(self.patch(1, {}, {}, sourceLayerId=shown))
        self.assert_failed(item, "no primary key" if "primary" in item["msg"] else "is a view")
        self.path.chmod(0o444)
        item = self.apply_one(self.patch(1, {"kind": "oak"}, {"kind": "ash"}, sourceLayerId=trees))
        self.assert_failed(item, "trees.gpkg")
        self.assertEqual(item["e_type"], "IO")


class Spatialite(DeltaCase):
    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.sqlite"
        make_file(
            self.path,
            "SQLite",
            {"kind": ogr.OFTString, "wide": ogr.OFTInteger64},
            ogr.wkbPoint25D,
            [("POINT Z (0 0 1)", {"kind": "oak", "wide": 1})],
            options=["SPATIALITE=YES"],
        )

    def check(self) -> None:
        items = self.apply(
            self.create({"kind": "ash", "wide": 2**62}, "PointZ (0.1 0.2 0.3)", local_pk=7),
            self.patch("", {"wide": 2**62}, {"wide": -(2**63)}, local_pk=7),
            self.move(1, "PointZ (5 6 7)"),
            self.patch(1, {"kind": "elm"}, {"kind": "yew"}),
            self.create({}, "LineString (0 0, 1 1)"),
        )
        self.assertEqual([item["status"] for item in items], [*[APPLIED] * 3, CONFLICT, FAILED], items)
        self.assertEqual(items[0]["after"]["geometry"], "Point Z (0.1 0.2 0.3)")
        found = [(wkt, values["kind"], values["wide"]) for wkt, values in features(self.path, "trees")]
        self.assertEqual(found, [("POINT Z (5 6 7)", "oak", 1), ("POINT Z (0.1 0.2 0.3)", "ash", -(2**63))])
        self.assertEqual(rows(self.path, "SELECT xmin FROM idx_trees_GEOMETRY WHERE pkid = 1"), [(5,)])
        self.assert_applied(self.apply_one(self.delete(1, {"kind": "oak"})))
        self.assertEqual(len(features(self.path, "trees")), 1)

    def test_edits_of_a_layer_of_the_spatialite_provider(self):
        self.make_project(f"dbname='{self.path}' table=\"trees\" (GEOMETRY)", provider="spatialite")
        self.check()

    def test_edits_of_a_layer_of_the_ogr_provider(self):
        self.make_project("./trees.sqlite|layername=trees")
        self.check()


class Shapefile(DeltaCase):
    FIELDS = {
        "fid": ogr.OFTInteger64,
        "kind": (ogr.OFTString, 10),
        "age": (ogr.OFTInteger, 4),
        "size": (ogr.OFTReal, 24, 15),
        "cost": (ogr.OFTReal, 8, 2),
        "planted": ogr.OFTDate,
    }

    def make(self, type=ogr.wkbPoint, wkt="POINT (0 0)", count=3) -> None:
        self.path = self.files / "trees.shp"
        values = [(wkt, {"fid": n, "kind": f"oak {n}", "age": n, "size": n / 3}) for n in range(1, count + 1)]
        make_file(self.path, "ESRI Shapefile", self.FIELDS, type, values, options=[])
        self.make_project("./trees.shp")

    def found(self) -> list[tuple]:
        return [(wkt, values["fid"], values["kind"], values["age"]) for wkt, values in features(self.path)]

    def test_all_methods(self):
        self.make()
        items = self.apply(
            self.create(
                {"kind": "ash", "age": 9, "size": 1 / 3, "cost": 12.34, "planted": "2024-02-29"},
                "Point (7 8)",
                local_pk=70,
            ),
            self.patch("", {"age": 9}, {"age": 10}, local_pk=70),
            self.move(1, "Point (5 6)"),
            self.delete(2, {"kind": "oak 2"}),
            self.patch(3, {"kind": "elm"}, {"kind": "yew"}),
            self.create({"fid": 3, "kind": "fir"}),
            self.create({"fid": 50, "kind": "yew"}),
        )
        self.assertEqual([item["status"] for item in items], [*[APPLIED] * 4, CONFLICT, APPLIED, APPLIED], items)
        self.assertEqual([item["modified_pk"] for item in items], ["4", "4", "1", "2", None, "5", "50"])
        self.assertEqual(
            self.found(),
            [
                ("POINT (5 6)", 1, "oak 1", 1),
                ("POINT (0 0)", 3, "oak 3", 3),
                ("POINT (7 8)", 4, "ash", 10),
                ("POINT (1 2)", 5, "fir", None),
                ("POINT (1 2)", 50, "yew", None),
            ],
        )
        self.assertEqual(items[0]["after"]["attributes"]["planted"], "2024-02-29")
        self.assertEqual(features(self.path)[2][1]["cost"], 12.34)
        self.assertEqual({file.suffix for file in self.files.glob("trees*")}, {".shp", ".shx", ".dbf", ".prj"})

    def test_what_was_deleted_is_brought_back_from_what_the_feedback_tells(self):
        self.make()
        self.assert_applied(self.apply_one(self.create({"cost": 12.34, "planted": "2024-02-29"}, "Point (7 8)")))
        before = features(self.path)
        deleted = self.apply(self.delete(3), self.delete(4))
        back = [self.delta("create", item["modified_pk"], new=item["before"]) | {"strict": True} for item in deleted]
        self.assert_applied(*self.apply(*back))
        self.assertEqual(features(self.path), before)

    def test_what_is_too_long_or_too_fine_is_refused_and_undone(self):
        self.make()
        bad = [
            self.create({"kind": "eleven text"}),
            self.create({"kind": "日本"}),
            self.create({"age": 12345}),
            self.create({"cost": 3.14159}),
            self.patch(1, {"cost": None}, {"cost": 0.001}),
            self.patch(1, {"age": 1, "kind": "oak 1"}, {"age": 2, "kind": "eleven text"}),
        ]
        before = self.found()
        items = self.apply(*bad)
        self.assertEqual([item["status"] for item in items], [FAILED] * len(bad), items)
        self.assertIn("holds 10 bytes of text; the value has 11", items[0]["msg"])
        self.assertIn("Field 'cost' was stored as 3.14; wanted 3.14159", items[3]["msg"])
        self.assertEqual(self.found(), before)

    def test_empty_text_and_null_are_one_in_this_format(self):
        self.make()
        self.assert_applied(*self.apply(self.create({"kind": ""}), self.patch(4, {"kind": ""}, {"kind": "x"})))

    def test_polygons_with_holes_are_the_same_though_their_rings_turn(self):
        self.make(ogr.wkbPolygon, "POLYGON ((0 0, 1 0, 1 1, 0 0))")
        wkt = "MultiPolygon (((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 1)), ((9 9, 10 9, 10 10, 9 9)))"
        self.assert_applied(
            *self.apply(
                self.create({}, wkt), self.move(1, "Polygon ((0 0, 2 0, 2 2, 0 0))", "Polygon ((0 0, 1 0, 1 1, 0 0))")
            )
        )
        self.assertTrue(QgsGeometry.fromWkt(features(self.path)[3][0]).isGeosEqual(QgsGeometry.fromWkt(wkt)))

    def test_text_is_kept_in_the_files_own_encoding(self):
        self.make()
        self.path.with_suffix(".cpg").write_text("ISO-8859-1")
        self.make_project("./trees.shp")
        items = self.apply(self.create({"kind": "ümläütüöäü"}), self.create({"kind": "日本"}))
        self.assertEqual([item["status"] for item in items], [APPLIED, FAILED], items)
        self.assertIn("ümläütüöäü".encode("latin-1"), self.path.with_suffix(".dbf").read_bytes())

    def test_a_spatial_index_follows(self):
        self.make()
        dataset = gdal.OpenEx(str(self.path), gdal.OF_VECTOR | gdal.OF_UPDATE)
        dataset.ExecuteSQL("CREATE SPATIAL INDEX ON trees")
        dataset.Close()
        self.assert_applied(*self.apply(self.move(1, "Point (50 50)"), self.delete(2)))
        self.assertTrue(self.path.with_suffix(".qix").exists())
        dataset = gdal.OpenEx(str(self.path), gdal.OF_VECTOR)
        layer = dataset.GetLayer(0)
        layer.SetSpatialFilterRect(49, 49, 51, 51)
        self.assertEqual([feature["fid"] for feature in layer], [1])

    def test_a_folder_of_shapefiles_is_edited(self):
        self.make()
        folder = self.files / "shapes"
        folder.mkdir()
        for part in self.files.glob("trees.*"):
            part.rename(folder / part.name)
        self.make_project("./shapes|layername=trees")
        self.assert_applied(*self.apply(self.delete(1), self.patch(2, {"age": 2}, {"age": 3})))
        self.assertEqual([values["age"] for _, values in features(folder / "trees.shp")], [3, 3])

    def test_without_a_key_column_it_is_refused(self):
        make_file(
            self.files / "stones.shp",
            "ESRI Shapefile",
            {"kind": ogr.OFTString},
            rows=[("POINT (0 0)", {"kind": "a"})],
            name="stones",
        )
        self.make_project("./stones.shp")
        self.assert_failed(self.apply_one(self.patch(0, {"kind": "a"}, {"kind": "b"})), "has no primary key")


class Geojson(DeltaCase):
    TEXT = """{"type": "FeatureCollection", "name": "trees", "author": {"name": "Ann"}, "bbox": [0, 0, 1, 1],
    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
    "features": [
    {"type": "Feature", "id": 1, "properties": {"fid": 1, "kind": "oak", "size": 1.5, "list": [1, 2]}, "geometry": {"type": "Point", "coordinates": [0.12345678901234567, 1]}},
    {"type": "Feature", "id": 2, "note": "rare", "properties": {"fid": 2, "kind": "elm", "size": 2.5, "list": null}, "geometry": null}
    ]}"""

    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.geojson"
        self.path.write_text(self.TEXT)
        self.make_project("./trees.geojson")

    def document(self) -> dict:
        return json.loads(self.path.read_text(encoding="utf-8"))

    def test_all_methods_and_nothing_else_changes(self):
        before = json.loads(self.TEXT)
        items = self.apply(
            self.create({"kind": "日本", "size": 0.1}, "Point (0.1 1234567.123456789)", local_pk=9),
            self.patch("", {"kind": "日本"}, {"kind": "ash"}, local_pk=9),
            self.patch(2, {"kind": "elm"}, {"kind": "yew"}),
            self.patch(2, {"kind": "elm"}, {"kind": "fir"}),
            self.create({"size": "wide"}),
            self.create({"fid": 1, "kind": "new"}),
            self.delete(4, {"kind": "new"}),
            self.move(2, "Point (5 6)", None),
        )
        self.assertEqual([item["status"] for item in items], [*[APPLIED] * 3, CONFLICT, FAILED, *[APPLIED] * 3], items)
        after = self.document()
        self.assertEqual(after["features"][0], before["features"][0])
        self.assertEqual((after["author"], after["crs"]), (before["author"], before["crs"]))
        self.assertNotIn("bbox", after)
        expected = before["features"][1] | {"properties": before["features"][1]["properties"] | {"kind": "yew"}}
        self.assertEqual(after["features"][1], expected | {"geometry": {"type": "Point", "coordinates": [5.0, 6.0]}})
        created = {"fid": 3, "kind": "ash", "size": 0.1, "list": None}
        self.assertEqual(after["features"][2]["properties"], created)
        self.assertEqual(after["features"][2]["geometry"], {"type": "Point", "coordinates": [0.1, 1234567.123456789]})
        self.assertEqual((after["features"][2]["id"], len(after["features"])), (3, 3))
        self.assertEqual(os.listdir(self.files), [name for name in os.listdir(self.files) if "tmp" not in name])
        self.assertTrue(QgsVectorLayer(str(self.path), "again", "ogr").getFeatures().nextFeature(QgsFeature()))

    def test_a_file_that_no_delta_changes_is_not_rewritten(self):
        self.apply(self.patch(1, {"kind": "x"}, {"kind": "y"}), self.create({"size": "wide"}))
        self.assertEqual(self.path.read_text(), self.TEXT)

    def test_a_geometry_that_the_format_does_not_have_is_refused_and_undone(self):
        self.path.write_text(
            self.TEXT.replace('"geometry": null', '"geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}')
        )
        self.make_project("./trees.geojson")
        items = self.apply(
            self.delta("create", new={"attributes": {"kind": "curve"}, "geometry": "CircularString (0 0, 1 1, 2 0)"})
        )
        self.assertEqual(items[0]["status"], FAILED)
        self.assertEqual(len(self.document()["features"]), 2)


class OtherFormats(DeltaCase):
    def test_a_format_that_cannot_be_written_exactly_is_refused(self):
        values = [("POINT (0 0)", {"fid": 1, "kind": "oak"})]
        for driver, name in (("FlatGeobuf", "trees.fgb"), ("MapInfo File", "trees.tab")):
            with self.subTest(driver):
                fields = {"fid": ogr.OFTInteger, "kind": ogr.OFTString}
                make_file(self.files / name, driver, fields, ogr.wkbPoint, values)
                before = (self.files / name).read_bytes()
                self.make_project(f"./{name}")
                item = self.apply_one(self.patch(1, {"kind": "oak"}, {"kind": "ash"}))
                self.assert_failed(item, f"has data of the format '{driver}'; a job can write GeoPackage")
                self.assertEqual(item["e_type"], "IO")
                self.assertEqual((self.files / name).read_bytes(), before)
