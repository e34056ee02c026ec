"""Projects made from a plain seed, and seeds that are refused."""

import json

from osgeo import gdal
from qgis.core import QgsRasterLayer, QgsRectangle

from fieldlog_qgis.creating.basemaps import set_style

from . import projects
from .created import OSM, CreateCase, canvas, run_in_process
from .packages import write_raster

STEPS = [
    "start_qgis_app", "get_project_seed", "get_project_seed_xlsform", "prepare_project_files",
    "configure_qgis_project", "qgis_layers_data", "stop_qgis_app",
]  # fmt: skip
# Around Chur, in degrees and in metres of Web Mercator.
EXTENT = [9.5, 46.8, 9.6, 46.9]
METRES = [1057535.16, 5909489.86, 1068667.11, 5925766.77]


class EmptyProjects(CreateCase):
    def test_the_whole_job_in_a_process_of_its_own(self):
        self.seed([OSM], extent=EXTENT, name="Größe <5> & 'mehr'")
        done, created = run_in_process(self.io)
        self.assertEqual(done.returncode, 0, done.stderr)
        feedback = created.feedback
        self.assertNotIn("error", feedback)
        self.assertEqual([(step["id"], step["stage"]) for step in feedback["steps"]], [(id, 2) for id in STEPS])
        self.assertEqual(
            [feedback[key] for key in ("workflow_id", "workflow_name", "workflow_version")],
            ["create_project", "Create Project", "1.0"],
        )
        self.assertEqual(set(feedback["outputs"]), {"configure_qgis_project", "qgis_layers_data"})
        self.assertEqual(created.names(), ["project.qgz"])
        self.assertEqual(sorted(path.name for path in self.io.iterdir()), ["feedback.json", "files", "seed.json"])
        # What looks at every uploaded project finds nothing wrong with it, and draws it.
        result = projects.run_job(self.io, "project.qgz")
        self.assertNotIn("error", result.feedback, result.log)
        self.assertEqual(result.details["project_name"], "Größe <5> & 'mehr'")
        self.assertEqual(result.details["crs"], "EPSG:3857")
        self.assertTrue(result.details["extent"].startswith("Polygon (("), result.details["extent"])
        self.assertTrue(result.thumbnail.exists())

    def test_the_extent_is_the_view_of_the_map_window_and_of_the_project(self):
        self.seed(extent=EXTENT)
        xml = self.create().xml()
        default = xml.find("ProjectViewSettings/DefaultViewExtent")
        for found, expected in zip(canvas(xml), METRES):
            self.assertAlmostEqual(found, expected, delta=1)
        self.assertEqual([float(default.get(name)) for name in ("xmin", "ymin", "xmax", "ymax")], canvas(xml))
        self.assertEqual(xml.find("mapcanvas/destinationsrs/spatialrefsys/authid").text, "EPSG:3857")

    def test_the_whole_world_ends_where_web_mercator_does(self):
        for extent in ([-180, -90, 180, 90], None):
            with self.subTest(extent=extent):
                self.seed(extent=extent)
                west, south, east, north = canvas(self.create().xml())
                (self.files / "project.qgz").unlink()
                self.assertAlmostEqual(east, 20037508, delta=1)
                self.assertAlmostEqual(-west, east, delta=1)
                self.assertLess(north, 20050000)
                self.assertLess(south, -20000000)

    def test_another_coordinate_system(self):
        self.seed(crs="EPSG:2056", extent=EXTENT)
        west, south, east, north = canvas(self.create().xml())
        self.assertTrue(2_755_000 < west < east < 2_770_000 and 1_185_000 < south < north < 1_200_000)

    def test_basemaps_lie_in_order_at_the_bottom_and_keep_their_addresses(self):
        dark = {"url": "http://tiles.example.org/{q}", "style": "grayscale_dark", "name": "Night"}
        self.seed([OSM, dark])
        created = self.create()
        names = [node.get("name") for node in created.xml().findall("layer-tree-group/layer-tree-layer")]
        self.assertEqual(names, ["Streets", "Night"])
        sources = [layer["datasource"] for layer in created.layers.values() if layer["name"] == "Streets"]
        self.assertIn("https%3A%2F%2Ftile.example.org%2F%7Bz%7D%2F%7Bx%7D%2F%7By%7D.png%3Fa%3D1%26b%3D2&", sources[0])
        self.assertTrue(all(layer["is_valid"] for layer in created.layers.values()))

    def test_an_address_cannot_bring_parameters_of_its_own(self):
        self.seed([OSM | {"url": "https://a.example/{z}/{x}/{y}&type=wms&url=file:///etc/passwd"}])
        source = next(iter(self.create().layers.values()))["datasource"]
        self.assertEqual(
            [part.split("=")[0] for part in source.split("&")], ["crs", "format", "type", "url", "zmax", "zmin"]
        )


class BasemapStyles(CreateCase):
    def shade(self, style: str, value: int) -> tuple[int, int, int]:
        """What becomes of a pixel of (value, 0, 0)."""
        path = self.io / f"{style}{value}.tif"
        write_raster(path, value)
        bands = [str(path)]
        for number in (1, 2):
            bands.append(write_raster(self.io / f"{style}{value}_{number}.tif", 0))
        gdal.BuildVRT(str(self.io / "rgb.vrt"), bands, separate=True).FlushCache()
        colour = gdal.Translate(str(self.io / f"{style}{value}_rgb.tif"), str(self.io / "rgb.vrt"))
        for number, interpretation in enumerate((gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand), 1):
            colour.GetRasterBand(number).SetColorInterpretation(interpretation)
        colour.Close()
        layer = QgsRasterLayer(str(self.io / f"{style}{value}_rgb.tif"), "map", "gdal")
        self.assertTrue(layer.isValid())
        layer.setContrastEnhancement(0)
        set_style(layer, style)
        pixel = layer.pipe().last().block(1, QgsRectangle(0, 0, 40, 40), 4, 4)
        colour = pixel.color(1, 1)
        return (colour >> 16) & 255, (colour >> 8) & 255, colour & 255

    def test_colours_stay_or_become_light_or_dark_greys(self):
        self.assertEqual(self.shade("standard", 200), (200, 0, 0))
        light, dark = self.shade("grayscale_light", 200), self.shade("grayscale_dark", 200)
        self.assertEqual(len(set(light)), 1, light)
        self.assertEqual(len(set(dark)), 1, dark)
        # The brighter the map, the darker its dark counterpart.
        self.assertGreater(self.shade("grayscale_light", 255)[0], self.shade("grayscale_light", 100)[0])
        self.assertLess(self.shade("grayscale_dark", 255)[0], self.shade("grayscale_dark", 100)[0])


class RefusedSeeds(CreateCase):
    def assert_seed_refused(self, words: str, *basemaps, **values) -> None:
        self.seed(basemaps, **values)
        self.assert_refused(words, "get_project_seed", "InvalidSeed")

    def test_another_schema_is_named(self):
        self.assert_seed_refused('"https://example.org/2030.json"; expected', schema="https://example.org/2030.json")

    def test_a_missing_seed_is_named(self):
        self.assert_refused("There is no seed", "get_project_seed", "FileNotFound")

    def test_no_json(self):
        for text in ("{", "[" * 100_000, "[]", "\x00"):
            (self.io / "seed.json").write_text(text)
            self.assert_refused("seed", "get_project_seed", "InvalidSeed")

    def test_a_seed_that_is_too_large(self):
        (self.io / "seed.json").write_text(json.dumps("x" * 2**20))
        self.assert_refused("at most 1048576 are read", "get_project_seed")

    def test_extents_that_are_none(self):
        for extent in (
            [1, 2, 3],
            [1, 2, "3", 4],
            [5, 0, 4, 1],
            [0, 0, 181, 1],
            [0, -91, 1, 1],
            [0, 0, 0, 0],
            [True] * 4,
        ):
            with self.subTest(extent=extent):
                self.assert_seed_refused("extent", extent=extent)
        (self.io / "seed.json").write_text((self.io / "seed.json").read_text().replace("true", "NaN"))
        self.assert_refused("expected four numbers", "get_project_seed")

    def test_an_extent_outside_of_the_coordinate_system(self):
        self.seed(crs="EPSG:2056", extent=[100, 10, 110, 20])
        self.assert_refused("outside of the area of EPSG:2056", "configure_qgis_project")

    def test_coordinate_systems_that_are_none(self):
        self.assert_seed_refused("'crs'", crs="+proj=merc +nadgrids=/etc/passwd")
        self.seed(crs="EPSG:99999999")
        self.assert_refused("which QGIS does not know", "configure_qgis_project", "InvalidSeed")

    def test_names_with_control_characters(self):
        for name in ("", "a\x00b", "a\nb", "\ud800", 5, None):
            with self.subTest(name=name):
                self.assert_seed_refused("'name'", name=name)

    def test_basemaps_that_are_none(self):
        self.assert_seed_refused('has the style "sepia"; expected standard', OSM | {"style": "sepia"})
        self.assert_seed_refused("https:// or http://", OSM | {"url": "file:///io/{x}/{y}/{z}"})
        self.assert_seed_refused("places of a tile", OSM | {"url": "https://tile.example.org/5/3/1.png"})
        self.assert_seed_refused("at most 50", *[OSM] * 51)
        self.assert_seed_refused("expected an object", 7)

    def test_forms_outside_of_the_job_directory(self):
        for name in ("../form.xlsx", "/etc/form.xlsx", "a/form.xlsx", "..\\form.xlsx"):
            with self.subTest(name=name):
                self.assert_seed_refused("the name of a file beside it", xlsform_file=name)
        self.assert_seed_refused("no spreadsheet", xlsform_file="form.docx")
        (self.io / "secret.xlsx").write_text("secret")
        (self.io / "link.xlsx").symlink_to(self.io / "secret.xlsx")
        for name in ("link.xlsx", "missing.xlsx"):
            self.seed(xlsform_file=name)
            self.assert_refused("is not beside the seed", "get_project_seed", "FileNotFound")

    def test_a_clone_of_a_form(self):
        self.assert_seed_refused("both", xlsform_file="form.xlsx", clone_from_project=projects.PROJECT_ID)

    def test_a_new_project_with_files(self):
        self.seed()
        (self.files / "old.txt").write_text("old")
        self.assert_refused("old.txt", "prepare_project_files")
