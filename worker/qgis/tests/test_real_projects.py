"""Projects that people have made: the sample, and those in the folder beside the checkout when it is there."""

import shutil
import tempfile
import unittest
from pathlib import Path

from qgis.PyQt.QtGui import QImage

from . import projects

SAMPLE = Path("/sample")
TESTDATA = Path("/testdata")


class RealProjects(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.io = Path(folder.name)

    def process(self, folder: Path, name: str) -> projects.Result:
        # Without modes: the originals may be read-only, and WAL databases cannot be opened in such a folder.
        shutil.copytree(folder, self.io / "files", copy_function=shutil.copyfile)
        for path in [self.io / "files", *(self.io / "files").rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        result = projects.run_job(self.io, name)
        self.assertEqual(result.exit_code, 0, result.log)
        return result

    def assert_drawn(self, result: projects.Result) -> None:
        image = QImage(str(result.thumbnail), "PNG")
        self.assertEqual((image.width(), image.height()), (100, 100))
        colours = {image.pixel(x, y) for x in range(100) for y in range(100)}
        self.assertGreater(len(colours), 50, "the thumbnail is nearly blank")

    def test_the_sample_has_three_sound_layers_and_a_picture(self):
        result = self.process(SAMPLE, "river_survey.qgs")
        self.assertNotIn("error", result.feedback)
        self.assertEqual(result.details["project_name"], "River restoration survey")
        self.assertEqual(result.details["crs"], "EPSG:25832")
        layers = result.details["layers_by_id"].values()
        self.assertEqual(
            [(layer["name"], layer["is_valid"], layer["qfs_cloud_action"]) for layer in layers],
            [(name, True, "offline") for name in ("Habitat areas", "River reaches", "Sampling points")],
        )
        self.assertIn("DCIM/sampling_points_", result.layer("Sampling points")["qfs_photo_naming"])
        self.assertTrue(result.details["area_of_interest"].startswith("Polygon (("))
        self.assert_drawn(result)

    @unittest.skipUnless((TESTDATA / "bee_farming").is_dir(), "SKIPPED: no folder ../shared/testdata/bee_farming")
    def test_the_bee_project_with_its_unreachable_basemap_is_described_and_drawn(self):
        result = self.process(TESTDATA / "bee_farming", "simple_bee_farming.qgs")
        self.assertNotIn("error", result.feedback)
        self.assertEqual(result.details["project_name"], "Simple Bee Farming Demo")
        self.assertTrue(all(layer["is_valid"] for layer in result.details["layers_by_id"].values()))
        self.assertEqual(result.layer("Apiary")["filename"], "bees.gpkg")
        self.assertEqual(result.layer("Online OpenStreetMap")["filename"], "")
        self.assert_drawn(result)

    @unittest.skipUnless((TESTDATA / "points").is_dir(), "SKIPPED: no folder ../shared/testdata/points")
    def test_the_points_project_with_its_wal_geopackage_is_described(self):
        result = self.process(TESTDATA / "points/project", "project.qgs")
        self.assertNotIn("error", result.feedback)
        layers = result.details["layers_by_id"].values()
        self.assertEqual(len(layers), 8)
        self.assertEqual([layer["name"] for layer in layers if not layer["is_valid"]], [])
        self.assertEqual(result.layer("points_xyzm")["wkb_type_name"], "PointZM")
        self.assertEqual(result.layer("nonspatial")["geom_type_name"], "Null")

    @unittest.skipUnless((TESTDATA / "points").is_dir(), "SKIPPED: no folder ../shared/testdata/points")
    def test_the_damaged_points_project_is_refused_with_the_line(self):
        result = self.process(TESTDATA / "points", "broken.qgs")
        self.assertEqual(result.feedback["error_type"], "INVALID_PROJECT_FILE")
        self.assertIn("line 4", result.feedback["error"])
        self.assertIn("<ellipsoidacronym>", result.feedback["error"])
