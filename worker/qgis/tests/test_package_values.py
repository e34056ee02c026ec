"""Features in a package are exactly those of the source: every value, every geometry, every key."""

import json
import sqlite3
import struct
from contextlib import closing

from osgeo import ogr
from qgis.core import QgsRectangle, QgsVectorLayer

from . import projects
from .packages import PackageCase, property_value, sql_rows, write_table

HUGE = 9_223_372_036_854_775_807

FIELDS = {
    "text": ogr.OFTString, "small": (ogr.OFTInteger, ogr.OFSTInt16), "number": ogr.OFTInteger, "big": ogr.OFTInteger64,
    "real": ogr.OFTReal, "yes": (ogr.OFTInteger, ogr.OFSTBoolean), "day": ogr.OFTDate, "moment": ogr.OFTDateTime,
    "bytes": ogr.OFTBinary, "tags": (ogr.OFTString, ogr.OFSTJSON),
}  # fmt: skip
ROWS = [
    ("POINT (1 2)", "Zürich 'α' \"β\"\n%", -32768, -2147483648, HUGE, 0.1 + 0.2, 1, "2024/02/29",
     "2024/06/11 08:30:59.123+00", b"\x00\xff\x00", '{"a": [1, null, "x"]}'),
    ("POINT (3 4)", "", 0, 0, -HUGE - 1, -1e308, 0, "0001/01/01", "1999/12/31 23:59:59.999+00", b"", "[]"),
    (None, None, None, None, None, None, None, None, None, None, None),
    ("POINT EMPTY", "last", 1, 1, 1, 1.0, 1, "9999/12/31", "2024/01/01 00:00:00+00", b"x", "3"),
]  # fmt: skip

GEOMETRIES = {
    "PointZ": (ogr.wkbPoint25D, ["POINT Z (1 2 3)"]),
    "PointM": (ogr.wkbPointM, ["POINT M (1 2 -4.5)"]),
    "PointZM": (ogr.wkbPointZM, ["POINT ZM (1 2 3 4)"]),
    "Line": (ogr.wkbLineString, ["LINESTRING (0 0,1 1.000000001)", "LINESTRING EMPTY"]),
    "MultiPointZM": (ogr.wkbMultiPointZM, ["MULTIPOINT ZM ((1 2 3 4),(5 6 7 8))"]),
    "Polygon": (ogr.wkbPolygon, ["POLYGON ((0 0,9 0,9 9,0 0),(1 0.5,2 0.5,2 1,1 0.5))"]),
    "MultiPolygonZ": (ogr.wkbMultiPolygon25D, ["MULTIPOLYGON Z (((0 0 1,1 0 2,1 1 3,0 0 1)))"]),
    "Curve": (ogr.wkbCompoundCurve, ["COMPOUNDCURVE (CIRCULARSTRING (0 0,1 1,2 0),(2 0,3 0))"]),
    "Any": (ogr.wkbUnknown, ["POINT (1 1)"]),
}


class InsideSqlite(PackageCase):
    """A table of a GeoPackage, which is copied by SQL."""

    def test_every_value_is_the_same_bit_for_bit(self):
        project = projects.new_project()
        source = write_table(self.files / "survey.gpkg", "samples", ogr.wkbPoint, FIELDS, ROWS)
        layer = self.add(project, source, "Samples")
        self.save(project)
        packaged = self.package()
        columns = ", ".join(f'"{name}", typeof("{name}")' for name in ["fid", "geom", *FIELDS])
        expected = sql_rows(self.files / "survey.gpkg", f"SELECT {columns} FROM samples ORDER BY fid")
        self.assertEqual(len(expected), len(ROWS))
        self.assertEqual(packaged.rows(layer.id(), columns, "fid"), expected)
        self.assertIn("inside SQLite", packaged.log)
        # The numbers of the geometries mean the same system in both files.
        self.assertEqual(packaged.layers[layer.id()]["crs"], "EPSG:3857")

    def test_types_are_those_of_the_source_and_the_key_is_an_ordinary_column(self):
        project = projects.new_project()
        source = write_table(self.files / "survey.gpkg", "samples", ogr.wkbPoint, FIELDS, ROWS)
        layer = self.add(project, source, "Samples")
        types = [(field.name(), field.typeName(), field.subType()) for field in layer.fields()]
        self.save(project)
        packaged = self.package()
        copy = QgsVectorLayer(f"{packaged.export}/data.gpkg|layername={packaged.table(layer.id())}", "copy", "ogr")
        self.assertEqual([(f.name(), f.typeName(), f.subType()) for f in copy.fields()][1:], types)
        self.assertEqual((copy.fields()[0].name(), copy.primaryKeyAttributes()), ("fid_1", [0]))
        self.assertEqual(copy.fields().names().count("fid"), 1)

    def test_keys_of_any_name_and_value_survive(self):
        project = projects.new_project()
        path = self.files / "survey.gpkg"
        source = write_table(path, "wells", ogr.wkbPoint, {"FID": ogr.OFTString, "geom": ogr.OFTReal},
                             [("POINT (1 2)", "a", 1.5), ("POINT (3 4)", "b", None)], fid="number", geometry_name="place")  # fmt: skip
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("DROP TRIGGER IF EXISTS rtree_wells_place_update6")
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{name}"')
            database.execute("UPDATE wells SET number = number * 1000000000000")
        layer = self.add(project, source, "Wells")
        self.save(project)
        packaged = self.package()
        self.assertEqual(
            packaged.sql(f"SELECT name FROM pragma_table_info('{packaged.table(layer.id())}') ORDER BY cid"),
            [("fid_1",), ("geom_1",), ("number",), ("FID",), ("geom",)],
        )
        self.assertEqual(
            packaged.rows(layer.id(), "number, FID, geom", "number"),
            [(1_000_000_000_000, "a", 1.5), (2_000_000_000_000, "b", None)],
        )
        self.assertEqual(packaged.layers[layer.id()]["qfc_source_data_pk_name"], "fid_1")
        properties = packaged.xml().find(f".//maplayer[id='{layer.id()}']/customproperties")
        self.assertEqual(property_value(properties, "QFieldSync/sourceDataPrimaryKeys"), "number")

    def test_geometries_of_every_type_are_the_same_bytes(self):
        project = projects.new_project()
        path, ids = self.files / "survey.gpkg", {}
        for name, (kind, texts) in GEOMETRIES.items():
            rows = [(text,) for text in texts]
            ids[name] = self.add(project, write_table(path, name, kind, {}, rows), name).id()
        self.save(project)
        packaged = self.package()
        for name, id in ids.items():
            with self.subTest(name):
                expected = sql_rows(path, f'SELECT fid, geom FROM "{name}" ORDER BY fid')
                self.assertTrue(expected)
                self.assertEqual(packaged.rows(id, "fid, geom", "fid"), expected)

    def test_there_is_a_spatial_index_and_a_count_and_an_extent(self):
        project = projects.new_project()
        source = write_table(self.files / "survey.gpkg", "samples", ogr.wkbPoint, FIELDS, ROWS)
        layer = self.add(project, source, "Samples")
        self.save(project)
        packaged = self.package()
        table = packaged.table(layer.id())
        # One for each geometry that is somewhere.
        self.assertEqual(packaged.sql(f'SELECT count(*) FROM "rtree_{table}_geom"'), [(2,)])
        self.assertEqual(packaged.sql("SELECT table_name, feature_count FROM gpkg_ogr_contents"), [(table, len(ROWS))])
        self.assertEqual(
            packaged.sql("SELECT identifier, min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents"),
            [(table, 1, 2, 3, 4, 3857)],
        )
        # The index and the count follow later edits.
        with closing(sqlite3.connect(packaged.export / "data.gpkg")) as database, database:
            database.execute(f"DELETE FROM \"{table}\" WHERE text = 'last'")
        self.assertEqual(packaged.sql("SELECT feature_count FROM gpkg_ogr_contents"), [(len(ROWS) - 1,)])

    def test_a_table_with_a_broken_geometry_and_stray_values_is_copied_as_it_is(self):
        project = projects.new_project()
        path = self.files / "survey.gpkg"
        source = write_table(
            path, "samples", ogr.wkbPoint, {"n": ogr.OFTInteger}, [("POINT (1 2)", 1)], spatial_index="NO"
        )
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("INSERT INTO samples (geom, n) VALUES (x'00112233', 'not a number')")
        layer = self.add(project, source, "Samples")
        self.save(project)
        packaged = self.package()
        self.assertEqual(
            packaged.rows(layer.id(), "fid, geom, n", "fid"), sql_rows(path, "SELECT fid, geom, n FROM samples")
        )

    def test_a_coordinate_system_that_is_numbered_otherwise_is_kept(self):
        project = projects.new_project()
        path = self.files / "survey.gpkg"
        source = write_table(path, "samples", ogr.wkbPoint, {"n": ogr.OFTInteger}, [("POINT (1 2)", 7)], epsg=25832)
        with closing(sqlite3.connect(path)) as database, database:
            # As an old or foreign program may have written it.
            database.execute("UPDATE gpkg_spatial_ref_sys SET srs_id = 4711 WHERE srs_id = 25832")
            database.execute("UPDATE gpkg_geometry_columns SET srs_id = 4711")
            database.execute("UPDATE gpkg_contents SET srs_id = 4711")
        layer = self.add(project, source, "Samples")
        self.assertEqual(layer.crs().authid(), "EPSG:25832")
        self.save(project)
        packaged = self.package()
        self.assertEqual(packaged.layers[layer.id()]["crs"], "EPSG:25832")
        ((geometry, number),) = packaged.rows(layer.id(), "geom, n")
        self.assertEqual(
            (struct.unpack("<i", geometry[4:8])[0], geometry[-16:], number), (25832, struct.pack("<dd", 1, 2), 7)
        )

    def test_a_database_with_an_unmerged_log_is_copied_with_what_is_in_the_log(self):
        project = projects.new_project()
        path = self.files / "survey.gpkg"
        source = write_table(path, "samples", ogr.wkbPoint, {"n": ogr.OFTInteger}, [("POINT (1 2)", 1)])
        layer = self.add(project, source, "Samples")
        copied = self.add(project, source, "Copied", cloud_action="copy")
        self.save(project)
        database = sqlite3.connect(path)
        self.addCleanup(database.close)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA wal_autocheckpoint = 0")
        with database:
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{name}"')
            database.execute("INSERT INTO samples (n) VALUES (2)")
        self.assertTrue((self.files / "survey.gpkg-wal").stat().st_size)
        packaged = self.package()
        self.assertEqual(packaged.rows(layer.id(), "n"), [(1,), (2,)])
        self.assertEqual(packaged.layers[copied.id()]["filename"], "survey.gpkg")
        self.assertEqual(sql_rows(packaged.export / "survey.gpkg", "SELECT n FROM samples"), [(1,), (2,)])

    def test_a_log_of_an_earlier_state_is_left_out_and_told(self):
        project = projects.new_project()
        path = self.files / "survey.gpkg"
        source = write_table(path, "samples", ogr.wkbPoint, {"n": ogr.OFTInteger}, [("POINT (1 2)", 1)])
        layer = self.add(project, source, "Samples")
        self.save(project)
        closed = path.read_bytes()
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE other (n INTEGER)")
            log = (self.files / "survey.gpkg-wal").read_bytes()
        path.write_bytes(closed)
        (self.files / "survey.gpkg-wal").write_bytes(log)
        packaged = self.package()
        self.assertEqual(packaged.rows(layer.id(), "n"), [(1,)])
        [problem] = [found for found in packaged.problems if found["code"] == "log_left_out"]
        self.assertEqual(problem["layer_id"], layer.id())
        self.assertIn("the database is written without such a log", problem["message"])

    def test_a_view_is_not_taken_for_a_table(self):
        project = projects.new_project()
        path = self.files / "survey.gpkg"
        write_table(path, "samples", ogr.wkbPoint, {"n": ogr.OFTInteger}, [("POINT (1 2)", 1), ("POINT (2 2)", 5)])
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("CREATE VIEW high AS SELECT fid AS OGC_FID, geom, n, fid FROM samples WHERE n > 2")
            database.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('high', 'features', 'high', 3857)"
            )
            database.execute("INSERT INTO gpkg_geometry_columns VALUES ('high', 'geom', 'POINT', 3857, 0, 0)")
        layer = self.add(project, f"{path}|layername=high", "High", cloud_action="offline")
        self.save(project)
        packaged = self.package()
        self.assertEqual(packaged.rows(layer.id(), "n, fid"), [(5, 2)])
        self.assertNotIn("inside SQLite", packaged.log)


class ThroughQgis(PackageCase):
    """Sources of other kinds, which are copied feature by feature."""

    def test_a_geojson_with_a_fid_field_keeps_every_value(self):
        features = [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [8.5, 47.25, 400]},
             "properties": {"fid": 10, "big": HUGE, "real": 0.30000000000000004, "yes": True, "text": "ö", "list": ["a", "b"],
                            "numbers": [1, 2], "day": "2024-02-29", "moment": "2024-06-11T08:30:59.123Z", "map": {"k": [None]}}},
            {"type": "Feature", "geometry": None,
             "properties": {"fid": 11, "big": None, "real": None, "yes": None, "text": "", "list": None,
                            "numbers": None, "day": None, "moment": None, "map": None}},
        ]  # fmt: skip
        (self.files / "points.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        project = projects.new_project()
        layer = self.add(project, str(self.files / "points.geojson"), "Points")
        self.save(project)
        packaged = self.package()
        first, second = packaged.rows(
            layer.id(), "fid, big, real, yes, text, list, numbers, day, moment, map, geom", "fid"
        )
        self.assertEqual(first[:5], (10, HUGE, 0.30000000000000004, 1, "ö"))
        self.assertEqual([json.loads(value) for value in first[5:7]], [["a", "b"], [1, 2]])
        self.assertEqual(first[7:9], ("2024-02-29", "2024-06-11T08:30:59.123Z"))
        self.assertEqual(json.loads(first[9]), {"k": [None]})
        self.assertEqual(ogr.CreateGeometryFromWkb(first[10][-29:]).ExportToIsoWkt(), "POINT Z (8.5 47.25 400)")
        self.assertEqual(second, (11, None, None, None, "", None, None, None, None, None, None))
        types = dict(packaged.sql(f"SELECT name, type FROM pragma_table_info('{packaged.table(layer.id())}')"))
        self.assertEqual(
            {name: types[name] for name in ("big", "real", "yes", "day", "moment")},
            {"big": "INTEGER", "real": "REAL", "yes": "BOOLEAN", "day": "DATE", "moment": "DATETIME"},
        )

    def test_a_shapefile_with_a_fid_field_keeps_every_value(self):
        project = projects.new_project()
        memory = QgsVectorLayer(
            "Polygon?crs=EPSG:25832&field=fid:int&field=name:string(20)&field=area:double(10,3)&field=day:date",
            "m",
            "memory",
        )
        rows = [(5, "Fluß", 1.125, "2024-01-31", "Polygon ((0 0, 1 0, 1 1, 0 0))"), (7, None, None, None, None)]
        fill(memory, rows)
        source = projects.write_file(memory, self.files / "areas.shp", "ESRI Shapefile")
        layer = self.add(project, source, "Areas", cloud_action="offline")
        self.save(project)
        packaged = self.package()
        self.assertEqual(
            packaged.rows(layer.id(), "fid, name, area, day", "fid"),
            [(5, "Fluß", 1.125, "2024-01-31"), (7, None, None, None)],
        )
        geometries = [row[0] for row in packaged.rows(layer.id(), "geom", "fid")]
        self.assertEqual(
            ogr.CreateGeometryFromWkb(geometries[0][40:]).ExportToWkt(), "MULTIPOLYGON (((0 0,1 1,1 0,0 0)))"
        )
        self.assertIsNone(geometries[1])
        self.assertEqual(packaged.files, ["data.gpkg", "survey_qfield.qgz"])

    def test_a_delimited_text_with_a_fid_column_keeps_text_numbers_and_times(self):
        (self.files / "visits.csv").write_text(
            "fid,name,count,at,when,x,y\n1,Aare,12345678901,10:05:00,2024-06-11T08:00:00.250,8.5,47\n2,,,,,,\n"
        )
        uri = f"file://{self.files}/visits.csv?type=csv&detectTypes=yes&xField=x&yField=y&crs=EPSG:4326"
        project = projects.new_project()
        layer = self.add(project, uri, "Visits", "delimitedtext")
        self.assertEqual(
            [f.typeName() for f in layer.fields()][:5], ["integer", "text", "longlong", "time", "datetime"]
        )
        self.save(project)
        packaged = self.package()
        self.assertEqual(
            packaged.rows(layer.id(), 'fid, name, count, at, "when", x'),
            [(1, "Aare", 12345678901, "10:05:00", "2024-06-11T08:00:00.250Z", 8.5), (2, *[None] * 5)],
        )
        self.assertEqual(packaged.layers[layer.id()]["crs"], "EPSG:4326")

    def test_values_that_do_not_fit_are_counted_and_said_and_the_feature_stays(self):
        from fieldlog_qgis.packaging import feature_copy
        from fieldlog_qgis.packaging.geopackage import GeoPackageWriter

        provider = Provider([(None, "good", 1), (b"\x01\x02", "broken geometry", 2), (None, "zero \0", 2**63)])
        writer = GeoPackageWriter(self.io / "data.gpkg")
        table = feature_copy.create(writer, "samples", provider)
        copied = feature_copy.copy(writer, table, provider, None)
        writer.finish(table)
        writer.close()
        self.assertEqual((copied.features, copied.geometries_refused), (2, 1))
        self.assertEqual(copied.values_refused, {"name": 1, "count": 1})
        self.assertEqual(
            sql_rows(self.io / "data.gpkg", "SELECT name, count FROM samples"), [("good", 1), (None, None)]
        )


class SharedSources(PackageCase):
    """Layers with filters, and layers on one source."""

    def setUp(self):
        super().setUp()
        self.source = write_table(
            self.files / "survey.gpkg", "samples", ogr.wkbPoint, {"kind": ogr.OFTString, "n": ogr.OFTInteger},
            [(f"POINT ({n} {n})", "odd" if n % 2 else "even", n) for n in range(1, 11)],
        )  # fmt: skip

    def layers(self, *filters: str) -> list[QgsVectorLayer]:
        project = projects.new_project()
        layers = [self.add(project, self.source + (f"|subset={f}" if f else ""), f or "All") for f in filters]
        self.save(project)
        return layers

    def numbers(self, packaged, layer) -> list[int]:
        return [n for (n,) in packaged.rows(layer.id(), "n", "n")]

    def test_two_layers_with_filters_share_a_table_of_the_union(self):
        odd, small = self.layers("kind = 'odd'", '"n" < 4')
        packaged = self.package()
        self.assertEqual(packaged.table(odd.id()), packaged.table(small.id()))
        self.assertRegex(packaged.table(odd.id()), "^[0-9a-f]{64}$")
        self.assertEqual(self.numbers(packaged, odd), [1, 2, 3, 5, 7, 9])
        reopened = {
            id: QgsVectorLayer(str(packaged.export / layer["datasource"]), "", "ogr")
            for id, layer in packaged.layers.items()
        }
        self.assertEqual(sorted(f["n"] for f in reopened[odd.id()].getFeatures()), [1, 3, 5, 7, 9])
        self.assertEqual(sorted(f["n"] for f in reopened[small.id()].getFeatures()), [1, 2, 3])

    def test_a_layer_without_a_filter_brings_everything(self):
        odd, everything = self.layers("kind = 'odd'", "")
        packaged = self.package()
        self.assertEqual(packaged.table(odd.id()), packaged.table(everything.id()))
        self.assertEqual(self.numbers(packaged, odd), list(range(1, 11)))

    def test_the_tables_have_the_same_names_each_time(self):
        (layer,) = self.layers("")
        first = self.package().table(layer.id())
        (self.io / "export").rename(self.io / "first")
        self.assertEqual(self.package().table(layer.id()), first)

    def test_a_filter_that_is_a_whole_query_is_applied_once_and_shares_no_table(self):
        query, everything = self.layers("SELECT * FROM samples WHERE n > 8", "")
        packaged = self.package()
        self.assertNotEqual(packaged.table(query.id()), packaged.table(everything.id()))
        self.assertEqual(self.numbers(packaged, query), [9, 10])
        self.assertEqual(self.numbers(packaged, everything), list(range(1, 11)))

    def test_a_filter_that_only_its_provider_reads_gives_a_table_of_its_own_and_is_reported(self):
        (self.files / "visits.csv").write_text("fid,name,n\n1,Aare,1\n2,Rhein,2\n3,Reuss,3\n")
        uri = f"file://{self.files}/visits.csv?type=csv&detectTypes=yes&geomType=none"
        project = projects.new_project()
        filtered_uri = uri + "&subset=regexp_match(%22name%22,'^R')>0"
        plain, also_plain = (self.add(project, uri, name, "delimitedtext") for name in ("Aaa", "Zzz"))
        filtered = self.add(project, filtered_uri, "Rivers", "delimitedtext")
        self.assertEqual(filtered.featureCount(), 2)
        self.save(project)
        packaged = self.package()
        self.assertEqual(packaged.table(plain.id()), packaged.table(also_plain.id()))
        self.assertEqual([name for (name,) in packaged.rows(plain.id(), "name", "name")], ["Aare", "Reuss", "Rhein"])
        self.assertEqual([name for (name,) in packaged.rows(filtered.id(), "name", "name")], ["Reuss", "Rhein"])
        self.assertEqual(packaged.problem_codes(), [("Rivers", "filter_applied_once")])

    def test_the_own_filter_of_one_layer_is_not_taken_for_that_of_its_group(self):
        (self.files / "visits.csv").write_text("fid,name\n1,Aare\n2,Rhein\n")
        uri = f"file://{self.files}/visits.csv?type=csv&detectTypes=yes&geomType=none"
        project = projects.new_project()
        # Layers are looked at in the order of their ids.
        filtered = self.add(project, uri + "&subset=regexp_match(%22name%22,'^R')>0", "A filtered", "delimitedtext")
        plain = self.add(project, uri, "Z plain", "delimitedtext")
        self.assertLess(filtered.id(), plain.id())
        self.save(project)
        packaged = self.package()
        self.assertEqual(packaged.rows(plain.id(), "name", "name"), [("Aare",), ("Rhein",)])
        self.assertEqual(packaged.rows(filtered.id(), "name"), [("Rhein",)])

    def test_layers_of_one_file_by_geometry_are_copied_apart(self):
        features = [
            {"type": "Feature", "properties": {"fid": 1}, "geometry": {"type": "Point", "coordinates": [1, 2]}},
            {
                "type": "Feature",
                "properties": {"fid": 2},
                "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
            },
        ]
        (self.files / "mixed.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        project = projects.new_project()
        points = self.add(project, f"{self.files}/mixed.geojson|geometrytype=Point", "Points")
        lines = self.add(project, f"{self.files}/mixed.geojson|geometrytype=LineString", "Lines")
        self.save(project)
        packaged = self.package()
        self.assertEqual([packaged.rows(points.id(), "fid"), packaged.rows(lines.id(), "fid")], [[(1,)], [(2,)]])
        self.assertEqual(packaged.layers[lines.id()]["wkb_type_name"], "LineString")


class AreaOfInterest(PackageCase):
    def make(
        self, wkt: str | None = "Polygon ((0 0, 35 0, 35 35, 0 35, 0 0))", crs: str = "EPSG:3857", only: bool = True
    ):
        project = projects.new_project()
        path = self.files / "survey.gpkg"
        rows = [(f"POINT ({n} {n})", n) for n in range(10, 101, 10)] + [(None, 0)]
        self.points = self.add(
            project, write_table(path, "points", ogr.wkbPoint, {"n": ogr.OFTInteger}, rows), "Points"
        )
        self.table = self.add(
            project,
            write_table(path, "codes", ogr.wkbNone, {"n": ogr.OFTInteger}, [(None, n) for n in (1, 2)]),
            "Codes",
        )
        # A diagonal whose box touches the area where the line itself does not.
        line = [("LINESTRING (30 100,100 30)", 1), ("LINESTRING (40 100,100 40)", 2)]
        self.lines = self.add(
            project, write_table(path, "lines", ogr.wkbLineString, {"n": ogr.OFTInteger}, line), "Lines"
        )
        (self.files / "p.csv").write_text("fid,x,y\n1,20,20\n2,50,50\n")
        self.csv = self.add(
            project,
            f"file://{self.files}/p.csv?type=csv&detectTypes=yes&xField=x&yField=y&crs=EPSG:3857",
            "Csv",
            "delimitedtext",
        )
        if wkt is not None:
            project.writeEntry("qfieldsync", "areaOfInterest", wkt)
            project.writeEntry("qfieldsync", "areaOfInterestCrs", crs)
        project.writeEntry("qfieldsync", "offlineCopyOnlyAoi", only)
        self.save(project)

    def numbers(self, packaged, layer, column="n") -> list[int]:
        return [n for (n,) in packaged.rows(layer.id(), column, column)]

    def assert_only_area(self, packaged) -> None:
        self.assertEqual(self.numbers(packaged, self.points), [10, 20, 30])
        self.assertEqual(self.numbers(packaged, self.lines), [1])
        self.assertEqual(self.numbers(packaged, self.table), [1, 2])
        self.assertEqual(self.numbers(packaged, self.csv, "fid"), [1])
        left_out = {p["layer_name"]: p["message"] for p in packaged.problems if p["code"] == "features_outside"}
        counts = {"Points": (7, 1), "Lines": (1, 0), "Csv": (1, 0)}
        self.assertEqual(left_out, {name: self.said(name, *counts[name]) for name in counts})

    @staticmethod
    def said(layer: str, outside: int, without_place: int) -> str:
        return (
            f"Layer '{layer}' has {outside} features outside of the area of interest and "
            f"{without_place} without a place in its data; they are left out."
        )

    def test_only_features_whose_box_touches_the_area_are_copied(self):
        self.make()
        self.assert_only_area(self.package())

    def test_qgis_itself_copies_the_same(self):
        self.make()
        self.assert_only_area(self.package(converter="qgiscore"))

    def test_the_area_may_be_in_another_coordinate_system(self):
        self.make("Polygon ((0 0, 0.000315 0, 0.000315 0.000315, 0 0.000315, 0 0))", "EPSG:4326")
        self.assert_only_area(self.package())

    def test_without_the_switch_everything_is_copied(self):
        self.make(only=False)
        packaged = self.package()
        self.assertEqual(self.numbers(packaged, self.points), list(range(0, 101, 10)))
        self.assertEqual(packaged.problems, [])

    def test_an_area_where_nothing_is_gives_empty_tables_with_either_converter(self):
        for converter in ("pythonmini", "qgiscore"):
            with self.subTest(converter):
                self.make("Polygon ((500 500, 600 500, 600 600, 500 500))")
                packaged = self.package(converter=converter)
                self.assertEqual(self.numbers(packaged, self.points), [])
                self.assertEqual(self.numbers(packaged, self.table), [1, 2])
                self.assertTrue(packaged.layers[self.points.id()]["is_valid"])
                self.tearDownFolders()

    def tearDownFolders(self):
        for path in (self.io / "export").iterdir():
            path.unlink()
        (self.io / "export").rmdir()
        for path in self.files.iterdir():
            path.unlink()

    def test_without_an_area_the_extent_of_all_layers_takes_its_place(self):
        self.make(wkt=None)
        packaged = self.package()
        self.assertEqual(self.numbers(packaged, self.points), list(range(10, 101, 10)))

    def test_with_nothing_to_take_its_place_the_job_fails_and_says_why(self):
        project = projects.new_project()
        self.add(project, write_table(self.files / "t.gpkg", "codes", ogr.wkbNone, {"n": ogr.OFTInteger}, []), "Codes")
        project.writeEntry("qfieldsync", "offlineCopyOnlyAoi", True)
        self.save(project)
        feedback = self.try_to_package().feedback
        self.assertIn("no such area, no layer with an extent and no map view", feedback["error"])
        self.assertEqual(feedback["error_class"], "LayerNotPackaged")

    def test_the_map_view_takes_its_place_where_layers_have_no_extent(self):
        project = projects.new_project()
        layer = self.add(
            project,
            write_table(self.files / "t.gpkg", "codes", ogr.wkbNone, {"n": ogr.OFTInteger}, [(None, 1)]),
            "Codes",
        )
        project.writeEntry("qfieldsync", "offlineCopyOnlyAoi", True)
        self.save(project, view=QgsRectangle(0, 0, 10, 10))
        self.assertEqual(self.numbers(self.package(), layer), [1])


class Provider:
    """A provider of rows (WKB or None, name, count) with values that no real one would hand out."""

    def __init__(self, rows):
        self._layer = QgsVectorLayer("Point?crs=EPSG:3857&field=name:string&field=count:int8", "m", "memory")
        self._rows = rows

    def fields(self):
        return self._layer.fields()

    def wkbType(self):
        return self._layer.wkbType()

    def crs(self):
        return self._layer.crs()

    def getFeatures(self, _request):
        return [Row(*row) for row in self._rows]


class Row:
    def __init__(self, wkb, name, count):
        self._wkb, self._values = wkb, [name, count]

    def attributes(self):
        return self._values

    def geometry(self):
        return self

    def isNull(self):
        return self._wkb is None

    def asWkb(self):
        return self

    def data(self):
        return self._wkb


def fill(layer: QgsVectorLayer, rows: list[tuple]) -> None:
    """Adds features to a memory layer: the values of its fields, then the geometry as WKT."""
    from qgis.core import QgsFeature, QgsGeometry

    for *values, wkt in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(values)
        if wkt is not None:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        assert layer.dataProvider().addFeatures([feature])[0]
