"""One rule for "is the same file": names that differ in letter case, or in how accents are written."""

import json
import tempfile
import unittest
from pathlib import Path

from osgeo import ogr
from qgis.core import QgsMarkerSymbol, QgsSingleSymbolRenderer, QgsSvgMarkerSymbolLayer

from fieldlog_qgis import same_file

from . import projects
from .delta_jobs import DeltaCase, features, make_file
from .packages import PackageCase, write_raster, write_table

TABLE = Path(__file__).with_name("same_file.tsv")
COLUMNS, OAK = {"fid": ogr.OFTInteger, "kind": ogr.OFTString}, {"fid": 1, "kind": "oak"}
ELM = [("POINT (1 1)", "elm")]
NFC, NFD = "B\u00e4ume \u00dcbersicht \u00e9", "Ba\u0308ume U\u0308bersicht e\u0301"


def table() -> list[tuple[str, str, str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(json.loads(f'"{one}"'), json.loads(f'"{other}"'), verdict) for one, other, verdict in rows]


class TheRule(unittest.TestCase):
    def test_the_table(self):
        for one, other, verdict in table():
            with self.subTest(one=one, other=other):
                self.assertEqual(same_file.key(one) == same_file.key(other), verdict == "same")

    def test_the_exact_name_first_then_the_only_other_one(self):
        for name, names, expected in [
            ("a.shp", ["A.shp", "a.shp"], "a.shp"),
            ("a.SHP", ["a.shp"], "a.shp"),
            (NFD, [NFC], NFC),
            (NFC.upper(), [NFD], NFD),
            ("a.shp", ["A.shp", "a.SHP"], None),
            ("a.shp", ["b.shp"], None),
        ]:
            with self.subTest(name=name, names=names):
                self.assertEqual(same_file.pick(name, names), expected)

    def test_staged_files_and_folders_are_found(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "Daten" / NFC).mkdir(parents=True)
            (root / "Daten" / NFC / "Rehe.gpkg").touch()
            names = same_file.StagedNames(root)
            self.assertEqual(names.find(f"daten/{NFD}/REHE.gpkg"), f"Daten/{NFC}/Rehe.gpkg")
            self.assertEqual(names.find("DATEN"), "Daten")
            self.assertIsNone(names.find("rehe.gpkg"))

    def test_parts_of_shapefiles_take_the_name_of_the_shp(self):
        names = ["Roads.SHP", "roads.dbf", "Roads.shx", "ROADS.shp.xml", "rails.dbf", f"{NFC}.shp", f"{NFD}.dbf"]
        expected = {"roads.dbf": "Roads.dbf", "ROADS.shp.xml": "Roads.shp.xml", f"{NFD}.dbf": f"{NFC}.dbf"}
        self.assertEqual(same_file.aligned(names), expected)


# What the project names, and what the file is called.
SPELLINGS = [
    (f"{NFD}.gpkg", f"{NFC}.gpkg"),
    (f"{NFC}.gpkg", f"{NFD}.gpkg"),
    ("TREES.GPKG", "trees.gpkg"),
    (f"Daten/{NFD.upper()}.gpkg", f"daten/{NFC}.gpkg"),
]


class Projects(PackageCase):
    """Projects that write the name of a file otherwise than the file is written."""

    def write(self, named: str, called: str, make) -> str:
        """Makes data as `called` and a project that names them `named`; returns the id of the layer."""
        place = self.files / called
        place.parent.mkdir(parents=True, exist_ok=True)
        project = projects.new_project()
        layer = make(project, place)
        id = layer.id()
        self.save(project)
        project.clear()
        path = self.files / "survey.qgs"
        text = path.read_text(encoding="utf-8")
        self.assertIn(f"./{called}", text)
        path.write_text(text.replace(f"./{called}", f"./{named}"), encoding="utf-8")
        return id

    def points(self, project, place: Path, name="trees"):
        source = write_table(place, name, ogr.wkbPoint, {"kind": ogr.OFTString}, [("POINT (1 1)", "oak")])
        return self.add(project, source, "Trees", cloud_action="offline")

    def test_the_layer_is_packaged(self):
        for number, (named, called) in enumerate(SPELLINGS):
            with self.subTest(named=named, called=called):
                self.setUp()
                id = self.write(named, called, self.points)
                packaged = self.package()
                self.assertEqual(packaged.problems, [])
                self.assertEqual(packaged.rows(id, "kind"), [("oak",)])
                before = packaged.feedback["outputs"]["qgis_layers_data"]["layers_by_id"][id]
                self.assertEqual(before["filename"], called)

    def test_the_layer_is_described(self):
        for named, called in SPELLINGS:
            with self.subTest(named=named, called=called):
                self.setUp()
                self.write(named, called, self.points)
                layer = projects.run_job(self.io, "survey.qgs").layer("Trees")
                self.assertEqual((layer["is_valid"], layer["filename"]), (True, called))

    def test_the_exact_name_comes_first(self):
        self.write("Trees.gpkg", "trees.gpkg", self.points)
        write_table(self.files / "Trees.gpkg", "trees", ogr.wkbPoint, {"kind": ogr.OFTString}, ELM)
        layer = projects.run_job(self.io, "survey.qgs").layer("Trees")
        self.assertEqual((layer["is_valid"], layer["filename"]), (True, "Trees.gpkg"))

    def test_two_that_differ_only_so_are_a_problem(self):
        self.write("TREES.gpkg", "trees.gpkg", self.points)
        write_table(self.files / "Trees.gpkg", "trees", ogr.wkbPoint, {"kind": ogr.OFTString}, [])
        packaged = self.package()
        self.assertEqual(packaged.problem_codes(), [("Trees", "removed_invalid")])
        self.assertIn("'Trees.gpkg' and 'trees.gpkg'", packaged.problems[0]["message"])

    def test_the_table_in_another_form(self):
        composed, apart = "b\u00e4ume", "ba\u0308ume"
        for named, called in [(apart, composed), (composed, apart), (composed.upper(), composed)]:
            with self.subTest(named=named):
                self.setUp()
                place = self.files / "trees.gpkg"
                id = self.write("trees.gpkg", "trees.gpkg", lambda project, _: self.points(project, place, called))
                path = self.files / "survey.qgs"
                text = path.read_text(encoding="utf-8")
                path.write_text(text.replace(f"layername={called}", f"layername={named}"), encoding="utf-8")
                packaged = self.package()
                self.assertEqual(packaged.problems, [])
                self.assertEqual(packaged.rows(id, "kind"), [("oak",)])

    def test_other_formats(self):
        formats = {"shp": "ESRI Shapefile", "geojson": "GeoJSON", "fgb": "FlatGeobuf", "sqlite": "SQLite"}
        for end, driver in formats.items():
            with self.subTest(driver=driver):
                self.setUp()

                def make(project, place, driver=driver):
                    columns = COLUMNS if driver != "SQLite" else {"kind": ogr.OFTString}
                    values = {name: OAK[name] for name in columns}
                    make_file(place, driver, columns, rows=[("POINT (1 1)", values)], name=place.stem)
                    return self.add(project, str(place), "Trees", cloud_action="no_action")

                self.write(f"TR\u00c4ES.{end.upper()}", f"tra\u0308es.{end}", make)
                packaged = self.package()
                # Not all of them can be written, which is another matter.
                self.assertEqual({code for _, code in packaged.problem_codes()} - {"cannot_be_written"}, set())
                self.assertIn(f"tra\u0308es.{end}", packaged.files)

    def test_parts_of_a_shapefile_in_another_case(self):
        def make(project, place):
            make_file(place, "ESRI Shapefile", COLUMNS, rows=[("POINT (1 1)", OAK)], name="trees")
            return self.add(project, str(place), "Trees", cloud_action="offline")

        id = self.write("TREES.SHP", "trees.shp", make)
        (self.files / "trees.dbf").rename(self.files / "Trees.DBF")
        (self.files / "trees.shp").rename(self.files / "trees.SHP")
        packaged = self.package()
        self.assertEqual(packaged.problems, [])
        self.assertEqual(packaged.rows(id, "kind"), [("oak",)])

    def test_a_raster_and_a_picture(self):
        from qgis.core import QgsRasterLayer

        from .packages import add_to

        project = projects.new_project()
        write_raster(self.files / "relief.tif")
        layer = QgsRasterLayer(str(self.files / "relief.tif"), "Relief")
        add_to(project, layer)
        (self.files / "tree.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
        points = self.points(project, self.files / "trees.gpkg")
        symbol = QgsMarkerSymbol()
        symbol.changeSymbolLayer(0, QgsSvgMarkerSymbolLayer(str(self.files / "tree.svg")))
        points.setRenderer(QgsSingleSymbolRenderer(symbol))
        self.save(project)
        path = self.files / "survey.qgs"
        text = path.read_text(encoding="utf-8").replace("./relief.tif", "./Relief.TIF")
        path.write_text(text.replace("tree.svg", "Tree.SVG"), encoding="utf-8")
        packaged = self.package()
        self.assertEqual(packaged.problems, [])
        self.assertLessEqual({"relief.tif", "tree.svg"}, set(packaged.files))


class Edits(DeltaCase):
    """Edits of layers whose file is written otherwise."""

    def test_they_are_stored_in_the_file_that_there_is(self):
        for driver, named, called in [
            ("GPKG", f"{NFD}.gpkg", f"{NFC}.gpkg"),
            ("GPKG", "TREES.GPKG", "trees.gpkg"),
            ("ESRI Shapefile", "Tr\u00c4es.SHP", "tra\u0308es.shp"),
            ("GeoJSON", "Trees.GeoJSON", "trees.geojson"),
        ]:
            with self.subTest(driver=driver, named=named):
                self.setUp()
                columns = COLUMNS if driver != "GPKG" else {"kind": ogr.OFTString}
                values = {name: OAK[name] for name in columns}
                make_file(self.files / called, driver, columns, rows=[("POINT (0 0)", values)])
                self.make_project(f"./{called}")
                self.rename_in_project(called, named)
                self.assert_applied(self.apply_one(self.patch(1, {"kind": "oak"}, {"kind": "elm"})))
                self.assertEqual([values["kind"] for _, values in features(self.files / called)], ["elm"])
                self.assertFalse((self.files / named).exists())

    def test_parts_of_a_shapefile_keep_their_own_names(self):
        make_file(self.files / "trees.shp", "ESRI Shapefile", COLUMNS, rows=[("POINT (0 0)", OAK)])
        self.make_project("./trees.shp")
        (self.files / "trees.dbf").rename(self.files / "Trees.DBF")
        names = sorted(file.name for file in self.files.iterdir())
        self.assert_applied(self.apply_one(self.patch(1, {"kind": "oak"}, {"kind": "elm"})))
        self.assertLessEqual(set(names), {file.name for file in self.files.iterdir()})
        self.assertNotIn("trees.dbf", {file.name for file in self.files.iterdir()})
        (self.files / "Trees.DBF").rename(self.files / "trees.dbf")
        self.assertEqual([values["kind"] for _, values in features(self.files / "trees.shp")], ["elm"])

    def rename_in_project(self, called: str, named: str) -> None:
        path = self.files / "survey.qgs"
        text = path.read_text(encoding="utf-8")
        self.assertIn(f"./{called}", text)
        path.write_text(text.replace(f"./{called}", f"./{named}"), encoding="utf-8")
