"""Grids of datum shifts that are mounted are used, and those that are missing are named."""

import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from osgeo import ogr
from qgis.core import QgsCoordinateReferenceSystem, QgsDatumTransform, QgsRectangle

from fieldlog_qgis import grids

from . import projects
from .packages import PackageCase, run_in_process, write_table

# What PROJ would like to have from the British OSGB36 to WGS 84, by the names of today and of yesterday.
GRID, OLD_NAME = "uk_os_OSTN15_NTv2_OSGBtoETRS.tif", "OSTN15_NTv2_OSGBtoETRS.gsb"
OSGB36, WGS84 = "EPSG:4277", "EPSG:4326"
SHIFT_SECONDS = 36.0

_MEASURE = f"""
from qgis.core import QgsCoordinateReferenceSystem as Crs, QgsCoordinateTransform, QgsPointXY, QgsProject
from fieldlog_qgis import log, qgis_app
log.configure()
qgis_app.start()
point = QgsCoordinateTransform(Crs("{OSGB36}"), Crs("{WGS84}"), QgsProject.instance()).transform(QgsPointXY(-1, 52))
print(point.x(), point.y())
"""


def write_grid(path: Path, seconds: float) -> None:
    """An NTv2 grid over Great Britain that moves everything north by as many seconds of arc."""
    west, south, east, north, step = -10.0, 48.0, 4.0, 62.0, 1.0
    rows, columns = round((north - south) / step) + 1, round((east - west) / step) + 1

    def text(name, value):
        return name.ljust(8).encode() + value.ljust(8).encode()

    def number(name, value):
        return name.ljust(8).encode() + struct.pack("<d", value)

    def whole(name, value):
        return name.ljust(8).encode() + struct.pack("<ii", value, 0)

    records = [
        whole("NUM_OREC", 11), whole("NUM_SREC", 11), whole("NUM_FILE", 1), text("GS_TYPE", "SECONDS"),
        text("VERSION", "TEST"), text("SYSTEM_F", "OSGB36"), text("SYSTEM_T", "WGS84"),
        number("MAJOR_F", 6377563.396), number("MINOR_F", 6356256.909), number("MAJOR_T", 6378137.0),
        number("MINOR_T", 6356752.314),
        text("SUB_NAME", "BRITAIN"), text("PARENT", "NONE"), text("CREATED", "20240101"), text("UPDATED", "20240101"),
        # Longitudes count to the west.
        number("S_LAT", south * 3600), number("N_LAT", north * 3600), number("E_LONG", -east * 3600),
        number("W_LONG", -west * 3600), number("LAT_INC", step * 3600), number("LONG_INC", step * 3600),
        whole("GS_COUNT", rows * columns),
        *[struct.pack("<ffff", seconds, 0, 0, 0)] * (rows * columns),
        text("END", ""),
    ]  # fmt: skip
    path.write_bytes(b"".join(records))


class Grids(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def measure(self, folder: Path) -> tuple[float, float]:
        """Where OSGB36 52° N, 1° W lies in WGS 84."""
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE], cwd=projects.APP, capture_output=True, text=True, check=True,
            env={**os.environ, "PROJ_DOWNLOAD_DIR": str(folder)},
        )  # fmt: skip
        x, y = map(float, done.stdout.split())
        return x, y

    def test_a_mounted_grid_is_used(self):
        for name in (GRID, OLD_NAME):
            write_grid(self.folder / name, SHIFT_SECONDS)
            x, y = self.measure(self.folder)
            self.assertAlmostEqual(x, -1, 9)
            self.assertAlmostEqual(y, 52 + SHIFT_SECONDS / 3600, 9)
            (self.folder / name).unlink()

    def test_without_it_the_transformation_is_another(self):
        for folder in (self.folder, self.folder / "missing"):
            x, y = self.measure(folder)
            self.assertLess(abs(y - 52), 0.003)
            self.assertNotAlmostEqual(x, -1, 5)

    def test_a_database_among_the_grids_is_not_taken_for_that_of_proj(self):
        write_grid(self.folder / GRID, SHIFT_SECONDS)
        (self.folder / "proj.db").write_bytes(b"no database")
        self.assertAlmostEqual(self.measure(self.folder)[1], 52 + SHIFT_SECONDS / 3600, 9)

    def test_where_there_is_no_folder_nothing_changes(self):
        environment = {"PROJ_DOWNLOAD_DIR": str(self.folder / "missing")}
        grids.use(environment)
        self.assertNotIn("PROJ_DATA", environment)

    def test_what_was_searched_before_is_searched_first(self):
        environment = {"PROJ_DOWNLOAD_DIR": str(self.folder), "PROJ_DATA": "/opt/proj"}
        grids.use(environment)
        self.assertEqual(environment["PROJ_DATA"], f"/opt/proj:{self.folder}")


class Missing(PackageCase):
    def setUp(self):
        super().setUp()
        self.project = projects.new_project()
        self.project.setCrs(QgsCoordinateReferenceSystem(WGS84))

    def table(self, name="wells", point="POINT (-1 52)", epsg=4277, **properties):
        source = write_table(self.files / f"{name}.gpkg", name, ogr.wkbPoint, {}, [(point,)], epsg=epsg)
        return self.add(self.project, source, name, **properties)

    def pack(self):
        self.save(self.project, view=QgsRectangle(-2, 51, 0, 53))
        return self.package()

    def test_a_missing_grid_is_a_problem_of_the_layer(self):
        layer = self.table()
        packaged = self.pack()
        [problem] = packaged.problems
        self.assertEqual((problem["layer_id"], problem["code"]), (layer.id(), "grid_missing"))
        self.assertIn(f"'{GRID}'", problem["message"])
        self.assertIn(f"{OSGB36} is transformed to {WGS84} with", problem["message"])
        self.assertIn(problem["message"], packaged.log)

    def test_it_is_none_where_the_data_are_elsewhere(self):
        self.table(point="POINT (100 10)")
        self.assertEqual(self.pack().problems, [])

    def test_layers_in_the_system_of_the_project_need_none(self):
        self.table(epsg=4326)
        self.table("plain", epsg=3857)
        self.table("removed", cloud_action="remove")
        self.assertEqual(self.pack().problems, [])

    def test_what_people_have_chosen_and_can_be_done_is_fine(self):
        self.table()
        source, target = QgsCoordinateReferenceSystem(OSGB36), QgsCoordinateReferenceSystem(WGS84)
        usable = next(found for found in QgsDatumTransform.operations(source, target) if found.isAvailable)
        wanted = next(found for found in QgsDatumTransform.operations(source, target) if not found.isAvailable)
        for operation, problems in ((usable, []), (wanted, ["grid_missing"])):
            context = self.project.transformContext()
            context.addCoordinateOperation(source, target, operation.proj)
            self.project.setTransformContext(context)
            self.assertEqual([problem["code"] for problem in self.pack().problems], problems)

    def test_processing_says_it_in_the_log_once(self):
        self.table()
        self.table("springs")
        self.save(self.project, view=QgsRectangle(-2, 51, 0, 53))
        self.project.clear()
        result = projects.run_job(self.io, "survey.qgs")
        self.assertEqual(result.exit_code, 0)
        self.assertEqual(result.log.count(f"'{GRID}'"), 1, result.log)

    def test_with_the_grid_there_is_no_problem(self):
        self.table()
        self.save(self.project, view=QgsRectangle(-2, 51, 0, 53))
        folder = self.io / "grids"
        folder.mkdir()
        for name in (GRID, OLD_NAME):
            write_grid(folder / name, 0)
            with mock.patch.dict(os.environ, {"PROJ_DOWNLOAD_DIR": str(folder)}):
                _, packaged = run_in_process(self.io, "survey.qgs")
            self.assertEqual(packaged.problems, [])
            (folder / name).unlink()


if __name__ == "__main__":
    unittest.main()
