"""Packaging projects that people have made, compared value by value with what they were made from."""

import shutil
import unittest
from pathlib import Path

from osgeo import gdal

from .packages import PackageCase, run_in_process
from .test_real_projects import SAMPLE, TESTDATA


class RealPackages(PackageCase):
    def stage(self, folder: Path) -> None:
        # Without modes: the originals may be read-only, and WAL databases cannot be opened in such a folder.
        shutil.copytree(folder, self.files, copy_function=shutil.copyfile, dirs_exist_ok=True)
        for path in [self.files, *self.files.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)

    def assert_same_features(self, packaged, name: str, source: Path, table: str | None = None) -> int:
        """Compares all features of a packaged layer with those of its source; returns how many there are."""
        (layer,) = [
            layer for layer in packaged.layers.values() if layer["name"] == name and layer["filename"] == "data.gpkg"
        ]
        expected = features(source, table)
        found = features(packaged.export / "data.gpkg", packaged.table(layer["id"]))
        for feature in found:
            # The key of the source is an ordinary field, the table's own key is not compared.
            feature["key"] = feature.pop("fid") if "fid" not in expected[0] else feature["key"]
        if "fid" in expected[0]:
            for feature in [*expected, *found]:
                del feature["key"]
        order = lambda feature: str(sorted(feature.items(), key=str))  # noqa: E731
        self.assertEqual(sorted(found, key=order), sorted(expected, key=order))
        return len(expected)

    def test_the_sample(self):
        self.stage(SAMPLE)
        packaged = self.package("river_survey.qgs")
        self.assertEqual(packaged.problems, [])
        self.assertEqual([action["reason"] for action in packaged.actions.values()], ["configured"] * 3)
        counts = [
            self.assert_same_features(packaged, "Sampling points", SAMPLE / "survey.gpkg", "sampling_points"),
            self.assert_same_features(packaged, "River reaches", SAMPLE / "river.gpkg", "river_reaches"),
            self.assert_same_features(packaged, "Habitat areas", SAMPLE / "river.gpkg", "habitat_areas"),
        ]
        self.assertGreater(min(counts), 3)
        photos = [f"DCIM/{photo.name}" for photo in (SAMPLE / "DCIM").iterdir()]
        self.assertEqual(packaged.files, sorted([*photos, "data.gpkg", "river_survey_qfield.qgz"]))

    @unittest.skipUnless((TESTDATA / "bee_farming").is_dir(), "SKIPPED: no folder ../shared/testdata/bee_farming")
    def test_the_bee_project_in_a_process_of_its_own(self):
        self.stage(TESTDATA / "bee_farming")
        done, packaged = run_in_process(self.io, "simple_bee_farming.qgs")
        self.assertNotIn("error", packaged.feedback, done.stderr)
        self.assertEqual(packaged.files, ["DCIM/1.jpg", "data.gpkg", "simple_bee_farming_qfield.qgz"])
        self.assertEqual(
            self.assert_same_features(packaged, "Apiary", TESTDATA / "bee_farming/bees.gpkg", "apiary"), 35
        )
        self.assertEqual(
            self.assert_same_features(packaged, "Fields", TESTDATA / "bee_farming/bumblebees.gpkg", "area"), 14
        )
        basemap = [layer for layer in packaged.layers.values() if layer["name"] == "Online OpenStreetMap"]
        self.assertEqual([(layer["is_valid"], layer["provider_name"]) for layer in basemap], [(True, "wms")])
        canvas = packaged.xml().find("mapcanvas[@name='theMapCanvas']/extent/xmin")
        self.assertIsNotNone(canvas)

    @unittest.skipUnless((TESTDATA / "points").is_dir(), "SKIPPED: no folder ../shared/testdata/points")
    def test_the_points_project_with_either_converter(self):
        source = TESTDATA / "points/project"
        for converter in ("pythonmini", "qgiscore"):
            with self.subTest(converter):
                self.stage(source)
                packaged = self.package("project.qgs", converter)
                self.assertEqual(len(packaged.layers), 8)
                for table in ("points_xy", "points_xyz", "points_xyzm"):
                    self.assertEqual(self.assert_same_features(packaged, table, self.readable(), table), 3)
                self.assertEqual(self.assert_same_features(packaged, "points", source / "points.geojson"), 3)
                self.assertEqual(self.assert_same_features(packaged, "nonspatial", source / "nonspatial.csv"), 1)

    @unittest.skipUnless((TESTDATA / "points").is_dir(), "SKIPPED: no folder ../shared/testdata/points")
    def test_dates_and_bytes_of_the_points_project(self):
        self.stage(TESTDATA / "points/project")
        packaged = self.package("project.qgs")
        self.assertEqual(
            self.assert_same_features(packaged, "special_data_types", self.readable(), "special_data_types"), 1
        )

    @unittest.skipUnless((TESTDATA / "points").is_dir(), "SKIPPED: no folder ../shared/testdata/points")
    def test_the_damaged_points_project_is_refused_with_the_line(self):
        self.stage(TESTDATA / "points")
        feedback = self.try_to_package("broken.qgs").feedback
        self.assertEqual(feedback["error_type"], "INVALID_PROJECT_FILE")
        self.assertIn("line 4", feedback["error"])

    def readable(self) -> Path:
        """A copy of the GeoPackage in write-ahead mode, which is not to be opened where it is."""
        return Path(shutil.copyfile(TESTDATA / "points/project/testdata.gpkg", self.io / "testdata.gpkg"))


def features(path: Path, table: str | None) -> list[dict]:
    """The features of a table as OGR reads them: key, values as text, geometry as ISO WKB."""
    data = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    found = []
    for feature in data.GetLayerByName(table) if table else data.GetLayer(0):
        values = {"key": str(feature.GetFID())}
        for index in range(feature.GetFieldCount()):
            name = feature.GetFieldDefnRef(index).GetName()
            values[name] = None if feature.IsFieldNull(index) else feature.GetFieldAsString(index)
        geometry = feature.GetGeometryRef()
        values["geometry"] = None if geometry is None else bytes(geometry.ExportToIsoWkb())
        found.append(values)
    return found
