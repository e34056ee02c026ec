"""Projects made to do harm: nothing from outside of the project's files gets into a package, and nothing is run."""

import os
import sqlite3
import unittest
from contextlib import closing
from pathlib import Path

from osgeo import gdal, ogr
from qgis.core import (
    QgsMarkerSymbol,
    QgsRasterLayer,
    QgsSingleSymbolRenderer,
    QgsSvgMarkerSymbolLayer,
    QgsVectorLayer,
    QgsVirtualLayerDefinition,
)

from fieldlog_qgis import qgis_app
from fieldlog_qgis.packaging.filters import asks_elsewhere, is_one_condition
from fieldlog_qgis.packaging.sources import is_inside, locate_source
from fieldlog_qgis.redaction import redact_all

from . import projects
from .packages import PackageCase, add_to, write_raster, write_table

SECRET = "fid,secret\n1,hunter2\n"


class HostileCase(PackageCase):
    """A secret lies beside the project's files, as those of the container do."""

    def setUp(self):
        super().setUp()
        self.project = projects.new_project("Hostile")
        self.secret = self.io / "secret.csv"
        self.secret.write_text(SECRET)

    def pack(self):
        self.save(self.project)
        return self.package()

    def assert_no_secret(self, packaged) -> None:
        for name in packaged.files:
            content = (packaged.export / name).read_bytes()
            self.assertNotIn(b"hunter2", content, name)
        self.assertNotIn("hunter2", packaged.text())

    def assert_removed(self, packaged, layer) -> None:
        self.assert_no_secret(packaged)
        self.assertEqual(packaged.actions[layer.id()], {"action": "remove", "reason": "outside_project"})
        self.assertIn("its data lie outside of the project's files", packaged.problems[-1]["message"])
        self.assertNotIn(layer.id(), packaged.layers)


class Sources(HostileCase):
    def test_an_absolute_path_out_of_the_project(self):
        layer = self.add(self.project, str(self.secret), "Csv")
        self.project.setFilePathStorage(self.project.filePathStorage().Absolute)
        self.assert_removed(self.pack(), layer)

    def test_a_relative_path_out_of_the_project(self):
        layer = self.add(self.project, str(self.secret), "Csv")
        self.save(self.project)
        text = (self.files / "survey.qgs").read_text()
        self.assertIn("../secret.csv", text)
        self.assert_removed(self.package(), layer)

    def test_a_path_that_climbs_to_the_root(self):
        layer = self.add(
            self.project,
            f"file://{self.files}/../../../etc/passwd?type=csv&delimiter=:&useHeader=no&geomType=none",
            "Users",
            "delimitedtext",
        )
        self.assertEqual(self.package_layers(), [])
        self.assertGreater(layer.featureCount(), 0)

    def package_layers(self) -> list[str]:
        packaged = self.pack()
        self.assert_no_secret(packaged)
        self.assertEqual([problem["code"] for problem in packaged.problems], ["removed_outside_project"])
        self.assertEqual(packaged.files, ["survey_qfield.qgz"])
        self.assertNotIn("root:", packaged.text())
        return list(packaged.layers)

    def test_a_link_among_the_files(self):
        (self.files / "data.csv").symlink_to(self.secret)
        (self.files / "folder").symlink_to(self.io)
        self.add(self.project, str(self.files / "data.csv"), "Link")
        self.add(self.project, str(self.files / "folder/secret.csv"), "Folder")
        packaged = self.pack()
        self.assert_no_secret(packaged)
        self.assertEqual(packaged.layers, {})
        self.assertEqual(packaged.files, ["survey_qfield.qgz"])
        self.assertIn("'data.csv' is not a plain file", packaged.log)

    def test_links_and_pipes_in_data_folders(self):
        for folder in ("DCIM", "base"):
            (self.files / folder).mkdir()
        (self.files / "DCIM/link.jpg").symlink_to(self.secret)
        (self.files / "DCIM/up").symlink_to("..")
        os.mkfifo(self.files / "base/pipe")
        (self.files / "base/good.txt").write_text("good")
        self.project.writeEntry("QFieldSync", "dataDirs", ["base", "/etc", "../", "DCIM/up"])
        packaged = self.pack()
        self.assertEqual(packaged.files, ["base/good.txt", "survey_qfield.qgz"])

    def test_a_virtual_format_that_names_a_file_outside(self):
        vrt = self.files / "points.vrt"
        (self.files / "good.csv").write_text("fid,a\n1,2\n")
        sources = [
            f'<SrcDataSource relativeToVRT="1">{source}</SrcDataSource><SrcLayer>secret</SrcLayer>'
            for source in (str(self.secret), "../secret.csv", f"CSV:{self.secret}", f"/vsisubfile/0_99,{self.secret}")
        ]
        query = f"SELECT s.* FROM good LEFT JOIN '{self.secret}'.secret s ON good.fid = s.fid"
        sources.append(f'<SrcDataSource relativeToVRT="1">good.csv</SrcDataSource><SrcSQL>{query}</SrcSQL>')
        for source in sources:
            with self.subTest(source):
                vrt.write_text(
                    f'<OGRVRTDataSource><OGRVRTLayer name="secret">{source}</OGRVRTLayer></OGRVRTDataSource>'
                )
                project = projects.new_project()
                layer = QgsVectorLayer(str(vrt), "Vrt", "ogr")
                add_to(project, layer)
                self.save(project)
                packaged = self.package()
                self.assert_no_secret(packaged)
                self.assertEqual(packaged.layers, {})

    def test_a_virtual_format_that_names_a_file_outside_in_an_attribute(self):
        (self.files / "points.vrt").write_text(
            f'<OGRVRTDataSource><OGRVRTLayer name="secret" SrcDataSource="{self.secret}"></OGRVRTLayer></OGRVRTDataSource>'
        )
        layer = self.add(self.project, str(self.files / "points.vrt"), "Vrt")
        self.assertGreater(layer.featureCount(), 0)
        self.assert_removed(self.pack(), layer)

    def test_a_filter_that_joins_a_file_outside(self):
        (self.files / "good.csv").write_text("fid,a\n1,2\n")
        query = f"SELECT s.* FROM good LEFT JOIN '{self.secret}'.secret s ON good.fid = s.fid"
        layer = self.add(self.project, f"{self.files}/good.csv|layername=good|subset={query}", "Good")
        self.assertIn("hunter2", [value for feature in layer.getFeatures() for value in feature.attributes()])
        self.assert_removed(self.pack(), layer)

    def test_a_virtual_format_in_the_source_itself(self):
        xml = f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{self.secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
        layer = self.add(self.project, xml, "Inline")
        self.assertGreater(layer.featureCount(), 0)
        self.assert_removed(self.pack(), layer)

    def test_a_raster_mosaic_of_a_file_outside(self):
        write_raster(self.io / "outside.tif")
        gdal.BuildVRT(str(self.files / "all.vrt"), [str(self.io / "outside.tif")]).Close()
        layer = add_to(self.project, QgsRasterLayer(str(self.files / "all.vrt"), "All"))
        self.assertTrue(layer.isValid())
        packaged = self.pack()
        self.assert_removed(packaged, layer)
        self.assertEqual(packaged.files, ["survey_qfield.qgz"])

    def test_a_virtual_layer_over_a_file_outside(self):
        definition = QgsVirtualLayerDefinition()
        definition.addSource("s", str(self.secret), "ogr")
        definition.setQuery("SELECT * FROM s")
        for action in ("offline", "no_action"):
            with self.subTest(action):
                self.project = projects.new_project()
                layer = self.add(self.project, definition.toString(), "Virtual", "virtual", cloud_action=action)
                self.assert_removed(self.pack(), layer)

    def test_gdal_prefixes_for_files_outside(self):
        for prefix in ("CSV:", "/vsisubfile/0_99,"):
            with self.subTest(prefix):
                self.project = projects.new_project()
                layer = add_to(self.project, QgsVectorLayer(f"{prefix}{self.secret}", "Prefix", "ogr"))
                packaged = self.pack()
                self.assert_no_secret(packaged)
                self.assertNotIn(layer.id(), packaged.layers)

    def test_a_filter_that_asks_for_a_database_outside_or_writes(self):
        with closing(sqlite3.connect(self.io / "outside.gpkg")) as database, database:
            database.execute("CREATE TABLE s (x)")
        source = write_table(self.files / "a.gpkg", "a", ogr.wkbPoint, {"n": ogr.OFTInteger}, [("POINT (1 2)", 1)])
        layer = self.add(self.project, source, "A")
        self.save(self.project)
        text = (self.files / "survey.qgs").read_text()
        hostile = f"1=1); ATTACH DATABASE '{self.io}/outside.gpkg' AS o; DROP TABLE o.s; SELECT (1"
        (self.files / "survey.qgs").write_text(text.replace("layername=a<", f"layername=a|subset={hostile}<"))
        self.assertIn("DROP TABLE", (self.files / "survey.qgs").read_text())
        packaged = self.try_to_package()
        with closing(sqlite3.connect(self.io / "outside.gpkg")) as database:
            self.assertEqual(database.execute("SELECT name FROM sqlite_master").fetchall(), [("s",)])
        # As in QGIS: a filter that nobody understands lets nothing through.
        self.assertEqual((packaged.rows(layer.id()), packaged.problem_codes()), ([], [("A", "filter_applied_once")]))


class Pictures(HostileCase):
    def test_a_picture_outside_is_not_taken_along(self):
        (self.io / "secret.svg").write_text("<svg><!-- hunter2 --></svg>")
        (self.files / "link.svg").symlink_to(self.io / "secret.svg")
        layer = self.add(self.project, write_table(self.files / "a.gpkg", "a", ogr.wkbPoint, {}, []), "A")
        symbol = QgsMarkerSymbol.createSimple({})
        for name in (str(self.io / "secret.svg"), str(self.files / "link.svg"), "../../secret.svg"):
            symbol.appendSymbolLayer(QgsSvgMarkerSymbolLayer(name))
        layer.setRenderer(QgsSingleSymbolRenderer(symbol))
        self.project.writeEntry("Image", "/ImagePath", "../secret.svg")
        packaged = self.pack()
        self.assert_no_secret(packaged)
        self.assertEqual(packaged.files, ["data.gpkg", "survey_qfield.qgz"])


class Code(HostileCase):
    def test_macros_functions_and_form_code_are_kept_and_not_run(self):
        witness = self.io / "witness"
        leave_it = f"open({str(witness)!r}, 'w')"
        functions = [f"def {name}():\n    {leave_it}" for name in ("openProject", "saveProject", "closeProject")]
        code = "\n".join([leave_it, *functions])
        self.project.writeEntry("Macros", "/pythonCode", code)
        self.project.writeEntry("ExpressionFunctions", "/pythonCode", code)
        layer = self.add(
            self.project, write_table(self.files / "a.gpkg", "a", ogr.wkbPoint, {}, [("POINT (1 2)",)]), "A"
        )
        config = layer.editFormConfig()
        config.setInitCode(code)
        config.setInitCodeSource(config.PythonInitCodeSource.CodeSourceDialog)
        config.setInitFunction("openProject")
        layer.setEditFormConfig(config)
        packaged = self.pack()
        self.assertFalse(witness.exists())
        self.assertIn("openProject", packaged.xml().find("properties/Macros/pythonCode").text)


class Names(HostileCase):
    def test_layers_named_as_paths_write_nowhere_else(self):
        for converter in ("pythonmini", "qgiscore"):
            with self.subTest(converter):
                project = projects.new_project()
                (self.files / "a.gpkg").unlink(missing_ok=True)
                source = write_table(
                    self.files / "a.gpkg", "t\"x'%;drop", ogr.wkbPoint, {"n": ogr.OFTInteger}, [("POINT (1 2)", 1)]
                )
                layer = self.add(project, source, "../../etc/passwd\n<&>'\"/x")
                self.save(project)
                packaged = self.package(converter=converter)
                self.assertEqual(packaged.rows(layer.id(), "n"), [(1,)])
                self.assertEqual(packaged.files, ["data.gpkg", "survey_qfield.qgz"])
                self.assertEqual(
                    sorted(path.name for path in self.io.iterdir() if "project" not in path.name),
                    ["export", "files", "secret.csv"],
                )

    def test_a_folder_named_as_a_database_of_the_package(self):
        (self.files / "data.gpkg").mkdir()
        (self.files / "data.gpkg/x.txt").write_text("x")
        self.add(self.project, write_table(self.files / "a.gpkg", "a", ogr.wkbPoint, {}, [("POINT (1 2)",)]), "A")
        self.project.writeEntry("QFieldSync", "dataDirs", ["data.gpkg"])
        packaged = self.pack()
        self.assertEqual(packaged.files, ["data.gpkg", "survey_qfield.qgz"])
        self.assertIn("'data.gpkg' is left out", packaged.log)
        self.assertEqual(packaged.sql("SELECT count(*) FROM gpkg_contents"), [(1,)])

    def test_credentials_in_sources_are_not_in_feedback_nor_log(self):
        uri = "dbname='gis' host=127.0.0.1 port=9 user='wilma' password='hunter2' key='id' table=\"wells\" (geom)"
        add_to(self.project, QgsVectorLayer(uri, "Wells", "postgres"))
        packaged = self.pack()
        self.assertNotIn("hunter2", str(redact_all(packaged.feedback)))
        self.assertEqual(packaged.problem_codes(), [("Wells", "removed_invalid")])


class Filters(unittest.TestCase):
    def test_conditions_of_all_kinds_are_one_condition(self):
        for condition in (
            "n = 1",
            "(a OR b) AND (c)",
            't = \'x;y--z (\' AND "od""d)" = 1',
            "n IN (SELECT m FROM o)",
            "[a;b] = `c;d`",
            "",
        ):
            self.assertTrue(is_one_condition(condition), condition)

    def test_what_leaves_its_parentheses_is_not(self):
        for condition in (
            "1); DROP TABLE t; SELECT (1",
            "1) OR (1",
            "1 -- x",
            "1 /* x",
            "'",
            "t = 'a''",
            "a ]",
            "(1",
            "1)(",
            ";",
        ):
            self.assertFalse(is_one_condition(condition), condition)

    def test_queries_over_tables_of_their_own_source_ask_nowhere_else(self):
        for query in (
            "SELECT * FROM a",
            'SELECT "a"."b" FROM "a" WHERE a.b = 1.5',
            "SELECT * FROM a JOIN b ON a.x = b.x",
        ):
            self.assertFalse(asks_elsewhere(query), query)
        for query in (
            "SELECT * FROM 'x.csv'.x",
            'SELECT * FROM a LEFT JOIN"CSV:/x" . x ON 1=1',
            "select * from other.x",
        ):
            self.assertTrue(asks_elsewhere(query), query)


class Places(unittest.TestCase):
    """What counts as inside, without opening anything."""

    def setUp(self):
        qgis_app.start()

    def test_roots_themselves_missing_files_and_odd_names_are_not_inside(self):
        root = Path("/usr/src/app")
        self.assertTrue(is_inside(root / "entrypoint.py", (root,)))
        for path in (
            root,
            root / "gone",
            root / "../app2",
            Path("/etc/passwd"),
            root / "a\0b",
            Path("entrypoint.py/.."),
        ):
            self.assertFalse(is_inside(path, (root,)), path)

    def test_servers_are_online_and_everything_else_that_is_no_file_of_ours_is_outside(self):
        roots = (Path("/usr/src/app"),)
        for provider, source in (
            ("ogr", "https://example.org/x.geojson"), ("ogr", "PG:dbname=gis"), ("gdal", "/vsicurl/https://example.org/x.tif"),
            ("ogr", "/vsizip//vsicurl/https://example.org/x.zip"), ("postgres", "service='x' table=\"a\""), ("wms", "url=https://x&type=xyz"),
            ("memory", "Point"), ("WFS", "url='https://example.org'"),
        ):  # fmt: skip
            self.assertEqual(
                (locate_source(provider, source, roots).path, locate_source(provider, source, roots).is_outside),
                (None, False),
                source,
            )
        for provider, source in (
            ("ogr", "/etc/passwd"), ("gdal", "vrt:///etc/x.tif"), ("gdal", "<VRTDataset/>"), ("ogr", '{"type": "Point"}'), ("ogr", ""),
            ("delimitedtext", "file:///etc/passwd?type=csv"), ("spatialite", "dbname='/etc/x' table=\"t\" (g)"), ("wms", "type=mbtiles&url=file:///etc/x"),
            ("gdal", "/vsizip//etc/x.zip/a.tif"), ("vectortile", "type=mbtiles&url=/etc/x"), ("mdal", 'Ugrid:"/etc/x.nc":m'), ("gpx", "/etc/x.gpx?type=waypoint"),
        ):  # fmt: skip
            self.assertTrue(locate_source(provider, source, roots).is_outside, source)
