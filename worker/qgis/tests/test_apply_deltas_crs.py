"""The coordinates of a delta are in the system that it names, and the layer's are in the layer's."""

import re

from osgeo import ogr
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsGeometry, QgsProject

from .databases import PostgresCase
from .delta_jobs import CONFLICT, DeltaCase, features, make_file

SWISS, WGS84 = "EPSG:2056", "EPSG:4326"
BERN, THERE = (7.45, 46.95), (2600865.385, 1199879.681)


def wkt_of(crs: str) -> str:
    return QgsCoordinateReferenceSystem(crs).toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED)


def numbers(wkt: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", wkt)]


class Transforming(DeltaCase):
    """A layer that was moved to another system while a device had it in the old one."""

    def make(self, epsg=2056, driver="GPKG", name="trees.gpkg", options=(), type=ogr.wkbPoint, prepare=None):
        has_key = driver in ("GPKG", "SQLite")
        fields = {"kind": ogr.OFTString} | ({} if has_key else {"fid": ogr.OFTInteger})
        row = {"kind": "oak"} | ({} if has_key else {"fid": 1})
        wkt = "POINT (2600000 1200000)" if epsg == 2056 else "POINT (7 46)"
        rows = [(wkt if type == ogr.wkbPoint else None, row)]
        make_file(self.files / name, driver, fields, type, rows, options=options, epsg=epsg)
        self.make_project(f"./{name}", prepare=prepare)

    def assert_near(self, wkt: str, expected, tolerance=0.002) -> None:
        found = numbers(wkt)
        self.assertEqual(len(found), len(expected), wkt)
        for one, other in zip(found, expected, strict=True):
            self.assertAlmostEqual(one, other, delta=tolerance)

    def test_in_every_format(self):
        for driver, name, options in (
            ("GPKG", "trees.gpkg", ()),
            ("ESRI Shapefile", "trees.shp", ()),
            ("SQLite", "trees.sqlite", ("SPATIALITE=YES",)),
            ("GeoJSON", "trees.geojson", ()),
        ):
            with self.subTest(driver):
                to, sent, there = (2056, "Point (7.45 46.95)", THERE) if driver != "GeoJSON" else (
                    4326, "Point (2600865.385 1199879.681)", BERN)  # fmt: skip
                said = WGS84 if to == 2056 else SWISS
                self.make(to, driver, name, options)
                item = self.apply_one(self.create({"kind": "ash"}, sent, localLayerCrs=said))
                self.assert_applied(item)
                self.assertIn(f"The place was transformed from {said} to EPSG:{to}.", item["msg"])
                self.assert_near(features(self.files / name)[1][0], there, 0.002 if to == 2056 else 1e-7)
                self.assertEqual(item["after"]["crs"], f"EPSG:{to}")

    def test_a_move_and_heights_and_lines(self):
        self.make()
        was = "Point (7.43863242 46.95108277)"
        item = self.apply_one(self.move(1, "Point (7.45 46.95)", old=was, localLayerCrs=WGS84))
        self.assert_applied(item)
        self.assert_near(item["after"]["geometry"], THERE)
        self.make(name="lines.gpkg", type=ogr.wkbMultiLineStringZM)
        item = self.apply_one(self.create({}, "LineStringZM (7.45 46.95 400 1, 7.45 46.95 500 2)", localLayerCrs=WGS84))
        self.assert_applied(item)
        self.assert_near(item["after"]["geometry"], (*THERE, 400, 1, *THERE, 500, 2))

    def test_the_same_system_in_other_words_is_no_transformation(self):
        said_as = (
            (4326, "EPSG:4326"),
            (4326, "OGC:CRS84"),
            (4326, wkt_of("EPSG:4326")),
            (4326, wkt_of("OGC:CRS84")),
            (2056, wkt_of(SWISS)),
            (2056, "PROJ:" + QgsCoordinateReferenceSystem(SWISS).toProj()),
            (2056, ""),
            (2056, None),
        )
        for index, (epsg, said) in enumerate(said_as):
            with self.subTest(epsg=epsg, said=said):
                self.make(epsg, name=f"trees{index}.gpkg")
                item = self.apply_one(self.create({}, "Point (7.1 46.1)", localLayerCrs=said))
                self.assert_applied(item)
                self.assertEqual(item["after"]["geometry"], "Point (7.1 46.1)")
                self.assertNotIn("transformed", item["msg"])
                self.assertNotIn("crs", item["after"])

    def test_a_wkt_of_a_device_is_read(self):
        self.make(4326)
        item = self.apply_one(self.create({}, "Point (2600865.385 1199879.681)", localLayerCrs=wkt_of("EPSG:2056")))
        self.assert_applied(item)
        self.assert_near(item["after"]["geometry"], BERN, 1e-7)

    def test_what_cannot_be_transformed_is_refused_with_what_to_do(self):
        refused = (
            (2056, "USER:100000", "Point (1 2)", "'USER:100000', which is not known here"),
            (2056, "nonsense", "Point (1 2)", "'nonsense', which is not known here"),
            (2056, "/etc/passwd", "Point (1 2)", "'/etc/passwd', which is not known here"),
            (2056, WGS84, "Point (-100 40)", "outside of what the transformation can do"),
            (2056, WGS84, "Point (1000 1000)", "cannot be transformed"),
            (27700, WGS84, "Point (-1 52)", "Put uk_os_OSTN15_NTv2_OSGBtoETRS.tif among the server's"),
            (21781, SWISS, "Point (2600000 1200000)", "ch_swisstopo_CHENyx06a.tif"),
        )
        for index, (epsg, said, wkt, words) in enumerate(refused):
            with self.subTest(epsg=epsg, said=said, wkt=wkt):
                self.make(epsg, name=f"trees{index}.gpkg")
                self.assert_failed(self.apply_one(self.create({}, wkt, localLayerCrs=said)), words)

    def test_a_feature_without_a_place_needs_no_system(self):
        self.make()
        items = self.apply(*(self.create({}, wkt, localLayerCrs="USER:100000") for wkt in (None, "", "Point (nan nan)")))
        self.assert_applied(*items, self.apply_one(self.patch(1, {"kind": "oak"}, {"kind": "ash"}, localLayerCrs="?")))

    def test_the_project_says_the_system_unless_the_data_cannot_be_in_it(self):
        def override(crs):
            return lambda _project, layer: layer.setCrs(QgsCoordinateReferenceSystem(crs))

        for epsg, project, said, wkt, stored in (
            # Only the file was moved: the project still says the old system.
            (2056, WGS84, WGS84, "Point (7.45 46.95)", THERE),
            # The file lies about its system, and the project says the right one.
            (4326, "EPSG:4258", "EPSG:4258", "Point (7.45 46.95)", BERN),
        ):
            with self.subTest(project=project):
                self.make(epsg, name=f"t{epsg}.gpkg", prepare=override(project))
                item = self.apply_one(self.create({}, wkt, localLayerCrs=said))
                self.assert_applied(item)
                self.assert_near(item["after"]["geometry"], stored)

    def test_a_strict_delta_finds_its_feature_where_it_was(self):
        self.make()
        here = QgsGeometry.fromWkt("Point (2600000 1200000)")
        crs = [QgsCoordinateReferenceSystem(name) for name in (SWISS, WGS84)]
        here.transform(QgsCoordinateTransform(*crs, QgsProject()))
        more = {"localLayerCrs": WGS84, "strict": True}
        item = self.apply_one(self.move(1, "Point (7.45 46.95)", old="Point (7.44 46.95)", **more))
        self.assertEqual(item["status"], CONFLICT, item["msg"])
        self.assert_applied(self.apply_one(self.move(1, "Point (7.45 46.95)", old=here.asWkt(), **more)))


class Postgres(PostgresCase):
    def test_a_table_is_written_in_its_own_system(self):
        self.query(f"ALTER TABLE {self.name} ALTER geom TYPE geometry(PointZ, 2056) USING"
                   " ST_SetSRID(ST_MakePoint(2600000, 1200000, 3), 2056)")  # fmt: skip
        self.make_project(self.source.replace("srid=4326", "srid=2056"), provider="postgres")
        item = self.apply_one(self.create({"kind": "ash"}, "PointZ (7.45 46.95 5)", localLayerCrs=WGS84))
        self.assert_applied(item)
        ((srid, x, y, z),) = self.query(
            f"SELECT ST_SRID(geom), ST_X(geom), ST_Y(geom), ST_Z(geom) FROM {self.name} WHERE kind = 'ash'"
        )
        self.assertEqual((srid, z), (2056, 5))
        self.assertAlmostEqual(x, THERE[0], delta=0.002)
        self.assertAlmostEqual(y, THERE[1], delta=0.002)
