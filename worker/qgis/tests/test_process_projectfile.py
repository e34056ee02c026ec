"""The whole job, in a process of its own, as the worker starts it."""

import math
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from qgis.core import QgsGeometry, QgsRasterLayer, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtGui import QColor, QImage

from fieldlog_qgis import qgis_app

from . import projects

STEPS = [
    "start_qgis_app", "project_validity_check", "opening_check", "project_details", "generate_thumbnail_image",
    "edits_still_there", "stop_qgis_app",
]  # fmt: skip
# Twice as wide as high, around the square.
VIEW = QgsRectangle(999_800, 5_999_900, 1_000_200, 6_000_100)


def setUpModule():
    # Layers made before QGIS runs would find no data provider.
    qgis_app.start()


class JobCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.io = Path(folder.name)
        self.files = self.io / "files"
        self.files.mkdir()

    def run_job(self, name: str) -> projects.Result:
        return projects.run_job(self.io, name)

    def assert_finished(self, result: projects.Result) -> None:
        self.assertEqual(result.exit_code, 0, result.log)
        self.assertNotIn("error", result.feedback)
        self.assertEqual([step["stage"] for step in result.feedback["steps"]], [2] * len(STEPS))

    def assert_failed(self, result: projects.Result, error_type: str, at: str) -> None:
        self.assertEqual(result.exit_code, 0, result.log)
        self.assertEqual(result.feedback["error_type"], error_type, result.feedback["error"])
        self.assertEqual([step["id"] for step in result.feedback["steps"] if step["stage"] == 1], [at])
        self.assertEqual(result.feedback["outputs"], {})
        self.assertFalse(result.thumbnail.exists())


class SoundProjects(JobCase):
    def make(self, name="survey.qgs", view=VIEW, **entries) -> None:
        project = projects.new_project("Survey of squares")
        project.setBackgroundColor(QColor("#ddeeff"))
        for key, value in entries.items():
            project.writeEntry("QFieldSync", key, value)
        projects.add_square(project, self.files)
        projects.save(project, self.files / name, view)

    def test_a_qgs_is_described_and_drawn(self):
        self.make()
        result = self.run_job("survey.qgs")
        self.assert_finished(result)
        feedback = result.feedback
        self.assertEqual([step["id"] for step in feedback["steps"]], STEPS)
        self.assertEqual(feedback["workflow_id"], "process_projectfile")
        self.assertEqual(feedback["workflow_version"], "2.0")
        self.assertTrue(feedback["steps"][0]["returns"]["qgis_version"].startswith("3.40."))
        self.assertGreater(feedback["steps"][0]["seconds"], 0)
        self.assertEqual(list(feedback["outputs"]), ["edits_still_there", "project_details"])
        self.assertEqual(feedback["outputs"]["edits_still_there"], {"edits": None})

    def test_a_qgz_gives_the_same_as_its_qgs(self):
        self.make()
        plain = self.run_job("survey.qgs")
        thumbnail = plain.thumbnail.read_bytes()
        projects.pack(self.files / "survey.qgs", self.files / "survey.qgz")
        packed = self.run_job("survey.qgz")
        self.assert_finished(packed)
        self.assertEqual(packed.details, plain.details)
        self.assertEqual(packed.thumbnail.read_bytes(), thumbnail)

    def test_the_details_hold_what_the_contract_names(self):
        self.make()
        details = self.run_job("survey.qgs").details
        self.assertEqual(
            sorted(details),
            ["area_of_interest", "attachment_dirs", "background_color", "crs", "data_dirs", "extent", "layers_by_id",
             "ordered_layer_ids", "problems", "project_name", "qgis_version"],
        )  # fmt: skip
        self.assertEqual(details["project_name"], "Survey of squares")
        self.assertEqual(details["crs"], "EPSG:3857")
        self.assertEqual(details["background_color"], "#ddeeff")
        self.assertRegex(details["qgis_version"], r"^3\.40\.\d+$")
        self.assertEqual((details["attachment_dirs"], details["data_dirs"]), (["DCIM"], []))
        self.assertEqual(details["ordered_layer_ids"], list(details["layers_by_id"]))

    def test_a_vector_layer_is_described(self):
        self.make()
        result = self.run_job("survey.qgs")
        layer = result.layer("Squares")
        expected = {
            "name": "Squares", "crs": "EPSG:3857", "type": 0, "type_name": "Vector", "wkb_type_name": "Polygon",
            "wkb_type": 3, "geom_type": 2, "geom_type_name": "Polygon", "is_valid": True, "is_localized": False,
            "datasource": "./squares.gpkg|layername=squares", "filename": "squares.gpkg", "provider_name": "ogr",
            "qfc_source_data_pk_name": "fid", "error_code": "no_error", "error_summary": "", "error_message": "",
            "provider_error_summary": None, "provider_error_message": None, "qfs_action": None,
        }  # fmt: skip
        self.assertEqual({key: layer[key] for key in expected}, expected)
        self.assertNotIn("fields", layer)
        self.assertIn("kind (String)", result.log)

    def test_the_extent_is_the_saved_view_in_degrees(self):
        self.make()
        box = QgsGeometry.fromWkt(self.run_job("survey.qgs").details["extent"]).boundingBox()
        corners = (*_degrees(VIEW.xMinimum(), VIEW.yMinimum()), *_degrees(VIEW.xMaximum(), VIEW.yMaximum()))
        found = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
        for expected, value in zip(corners, found, strict=True):
            self.assertAlmostEqual(value, expected, 6)

    def test_without_a_saved_view_the_extent_is_that_of_the_layers(self):
        self.make(view=None)
        result = self.run_job("survey.qgs")
        self.assert_finished(result)
        box = QgsGeometry.fromWkt(result.details["extent"]).boundingBox()
        self.assertTrue(box.contains(QgsRectangle(*_degrees(999_951, 5_999_951), *_degrees(1_000_049, 6_000_049))))
        self.assertLess(box.width(), 0.002)

    def test_without_layers_and_view_there_is_no_extent_and_no_thumbnail_and_no_failure(self):
        projects.save(projects.new_project(), self.files / "empty.qgs")
        result = self.run_job("empty.qgs")
        self.assert_finished(result)
        self.assertEqual(result.details["extent"], "")
        self.assertFalse(result.thumbnail.exists())

    def test_area_of_interest_and_folders_come_from_qfieldsync(self):
        self.make(
            areaOfInterest="Polygon ((8 47, 9 47, 9 48, 8.5 49, 8 48, 8 47))", areaOfInterestCrs="EPSG:4326",
            attachmentDirs=["DCIM", "audio"], dataDirs=["base"],
        )  # fmt: skip
        details = self.run_job("survey.qgs").details
        self.assertEqual(details["area_of_interest"], "Polygon ((8 47, 9 47, 9 48, 8.5 49, 8 48, 8 47))")
        self.assertEqual((details["attachment_dirs"], details["data_dirs"]), (["DCIM", "audio"], ["base"]))

    def test_the_thumbnail_is_a_picture_of_100_by_100_with_the_square_as_a_square(self):
        self.make()
        image = QImage(str(self.run_job("survey.qgs").thumbnail), "PNG")
        self.assertEqual((image.width(), image.height()), (100, 100))
        red = [(x, y) for x in range(100) for y in range(100) if image.pixelColor(x, y) == QColor("#ff0000")]
        width = max(x for x, _ in red) - min(x for x, _ in red) + 1
        height = max(y for _, y in red) - min(y for _, y in red) + 1
        # The square takes a quarter of the view's width, and is no wider than high.
        self.assertAlmostEqual(width, 25, delta=2)
        self.assertAlmostEqual(height, width, delta=1)
        self.assertEqual(image.pixelColor(2, 2), QColor("#ddeeff"))

    def test_the_project_in_a_folder_finds_its_data(self):
        self.make()
        (self.files / "maps").mkdir()
        text = (self.files / "survey.qgs").read_text(encoding="utf-8")
        self.assertIn("./squares.gpkg", text)
        (self.files / "maps/survey.qgs").write_text(text.replace("./squares.gpkg", "../squares.gpkg"), encoding="utf-8")
        (self.files / "survey.qgs").unlink()
        layer = self.run_job("maps/survey.qgs").layer("Squares")
        self.assertEqual((layer["is_valid"], layer["filename"]), (True, "squares.gpkg"))

    def test_the_staged_project_file_is_not_changed(self):
        self.make()
        before = (self.files / "survey.qgs").read_bytes()
        self.run_job("survey.qgs")
        self.assertEqual((self.files / "survey.qgs").read_bytes(), before)

    def test_every_step_is_marked_in_the_log(self):
        self.make()
        result = self.run_job("survey.qgs")
        self.assertEqual(
            re.findall(r"^::<<<::[0-9a-f-]{36} (.+)$", result.log, re.M), [s["name"] for s in result.feedback["steps"]]
        )
        self.assertEqual(re.findall(r"^::>>>::[0-9a-f-]{36} (\d)$", result.log, re.M), ["2"] * len(STEPS))


class BadLayers(JobCase):
    def make(self, *layers) -> projects.Result:
        project = projects.new_project()
        projects.add_square(project, self.files)
        for layer in layers:
            projects.add_layer(project, layer)
        projects.save(project, self.files / "survey.qgs", VIEW)
        return self.run_job("survey.qgs")

    def test_a_layer_without_its_file_is_reported_and_the_job_goes_on(self):
        result = self.make(QgsVectorLayer(str(self.files / "gone.gpkg") + "|layername=wells", "Wells", "ogr"))
        self.assert_finished(result)
        self.assertEqual(result.feedback["steps"][2]["returns"], {"layers": 2, "invalid_layers": 1})
        layer = result.layer("Wells")
        self.assertEqual((layer["is_valid"], layer["error_code"]), (False, "invalid_dataprovider"))
        self.assertEqual(layer["provider_error_summary"], "The file 'gone.gpkg' is not among the project's files.")
        self.assertEqual(layer["fields"], [])
        self.assertTrue(result.layer("Squares")["is_valid"])
        self.assertTrue(result.thumbnail.exists())

    def make_with(self, old: str, new: str) -> projects.Result:
        """Runs over the project of one square with something in its file replaced."""
        project = projects.new_project()
        projects.add_square(project, self.files)
        projects.save(project, self.files / "survey.qgs", VIEW)
        text = (self.files / "survey.qgs").read_text(encoding="utf-8")
        self.assertIn(old, text)
        (self.files / "survey.qgs").write_text(text.replace(old, new), encoding="utf-8")
        return self.run_job("survey.qgs")

    def test_a_layer_of_an_unknown_provider_is_reported(self):
        result = self.make_with(">ogr</provider>", ">no_such_provider</provider>")
        self.assert_finished(result)
        layer = result.layer("Squares")
        self.assertEqual((layer["error_code"], layer["provider_name"]), ("missing_dataprovider", "no_such_provider"))

    def test_a_localized_layer_is_told_apart(self):
        result = self.make_with("./squares.gpkg", "localized:base/squares.gpkg")
        self.assert_finished(result)
        layer = result.layer("Squares")
        self.assertEqual((layer["is_localized"], layer["error_code"]), (True, "localized_dataprovider"))
        self.assertEqual(layer["filename"], "base/squares.gpkg")

    def test_credentials_of_layers_are_in_neither_feedback_nor_log(self):
        result = self.make(
            QgsVectorLayer(
                "dbname='gis' host=127.0.0.1 port=9 user='wilma' password='hunter2' key='id' table=\"wells\" (geom)",
                "Wells", "postgres",
            ),
            QgsRasterLayer("type=xyz&url=http://127.0.0.1:9/%7Bz%7D/%7Bx%7D/%7By%7D.png?token%3Dhunter2", "Tiles", "wms"),
        )  # fmt: skip
        self.assert_finished(result)
        self.assertFalse(result.layer("Wells")["is_valid"])
        self.assertIn("password='***'", result.layer("Wells")["datasource"])
        self.assertIn("127.0.0.1:9", result.layer("Tiles")["datasource"])
        written = (self.io / "feedback.json").read_text(encoding="utf-8") + result.log
        self.assertNotIn("hunter2", written)
        self.assertNotIn("wilma", written)

    def test_a_password_with_spaces_is_not_in_the_log_either(self):
        source = "dbname='gis' host=127.0.0.1 port=9 password='hunter2 and more' key='id' table=\"wells\" (geom)"
        result = self.make(QgsVectorLayer(source, "Wells", "postgres"))
        self.assert_finished(result)
        self.assertNotIn("and more", (self.io / "feedback.json").read_text(encoding="utf-8") + result.log)

    def test_why_a_server_cannot_be_reached_is_said_of_its_layer(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        result = self.make(
            QgsVectorLayer(f"dbname='gis' host=127.0.0.1 port={port} key='id' table=\"wells\" (geom)", "Wells", "postgres"),
            QgsVectorLayer("service='nowhere' key='id' table=\"wells\" (geom)", "Springs", "postgres"),
            QgsRasterLayer(f"crs=EPSG:4326&format=image/png&layers=a&styles&url=http://127.0.0.1:{port}/wms", "Map", "wms"),
        )
        self.assert_finished(result)
        for name, expected in {"Wells": "Connection refused", "Springs": '"nowhere" not found', "Map": "Connection refused"}.items():
            self.assertIn(expected, result.layer(name)["provider_error_summary"], name)
            self.assertRegex(result.log, f"Layer '{name}' is not valid: invalid_dataprovider: .*{expected}")

    def test_layers_of_a_database_that_never_answers_are_told_in_bounded_time(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        place = f"dbname='gis' host=127.0.0.1 port={port}"
        layers = [QgsVectorLayer(f"{place} key='id' table=\"t{n}\" (geom)", f"T{n}", "postgres") for n in range(2)]
        # Accepts connections from here on, and says nothing.
        server = socket.create_server(("127.0.0.1", port), backlog=64)
        self.addCleanup(server.close)
        began = time.monotonic()
        result = self.make(*layers)
        self.assert_finished(result)
        self.assertLess(time.monotonic() - began, 60)
        for n in range(2):
            self.assertIn("timeout expired", result.layer(f"T{n}")["provider_error_summary"])

    def test_servers_that_never_answer_hold_up_neither_the_job_nor_the_picture(self):
        # Accepts connections, says nothing.
        server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.addCleanup(server.close)
        taken = []
        threading.Thread(target=_take_connections, args=(server, taken), daemon=True).start()
        port = server.getsockname()[1]
        began = time.monotonic()
        result = self.make(
            QgsRasterLayer(f"type=xyz&url=http://127.0.0.1:{port}/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmax=19", "Tiles", "wms")
        )
        self.assert_finished(result)
        self.assertLess(time.monotonic() - began, 30)
        self.assertTrue(taken, "the layer was never asked for: this test has tested nothing")
        image = QImage(str(result.thumbnail), "PNG")
        self.assertEqual(image.pixelColor(50, 50), QColor("#ff0000"))


def _degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a point in web mercator, by its definition."""
    radius = 6_378_137
    return math.degrees(x / radius), math.degrees(math.atan(math.sinh(y / radius)))


def _take_connections(server: socket.socket, taken: list) -> None:
    while True:
        try:
            taken.append(server.accept())
        except OSError:
            return


class BadInput(JobCase):
    def write(self, name: str, text: str) -> projects.Result:
        (self.files / name).write_text(text)
        return self.run_job(name)

    def test_broken_xml_is_named_with_its_line(self):
        result = self.write("survey.qgs", '<qgis version="3.40.6">\n<title>A & B</title>\n</qgis>')
        self.assert_failed(result, "INVALID_PROJECT_FILE", "project_validity_check")
        self.assertIn("line 2, column 11", result.feedback["error"])
        self.assertIn("<title>A & B</title>", result.feedback["error"])
        self.assertEqual(result.feedback["error_class"], "InvalidProjectFile")
        self.assertIn("Traceback", result.feedback["error_stack"])
        self.assertIn("line 2, column 11", result.log)

    def test_a_missing_file_is_named(self):
        result = self.run_job("survey.qgs")
        self.assert_failed(result, "FILE_NOT_FOUND", "project_validity_check")
        self.assertIn("survey.qgs", result.feedback["error"])

    def test_an_extension_that_is_not_qgis_is_refused(self):
        self.assert_failed(self.write("survey.txt", "text"), "INVALID_PROJECT_FILE", "project_validity_check")

    def test_an_xml_bomb_is_refused_at_once(self):
        lines = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20)]
        bomb = f'<!DOCTYPE qgis [<!ENTITY e0 "ha">{"".join(lines)}]><qgis version="3.40.6">&e19;</qgis>'
        result = self.write("survey.qgs", bomb)
        self.assert_failed(result, "INVALID_PROJECT_FILE", "project_validity_check")
        self.assertLess(result.feedback["steps"][1]["seconds"], 1)

    def test_a_job_directory_without_files_is_refused_clearly(self):
        self.files.rmdir()
        result = self.run_job("survey.qgs")
        self.assertEqual(result.exit_code, 0)
        self.assertEqual(result.feedback["error_type"], "UNABLE_TO_CONTINUE")
        self.assertIn(str(self.files), result.feedback["error"])

    def test_an_unknown_workflow_is_a_fault_of_the_caller(self):
        done = subprocess.run(
            [sys.executable, "entrypoint.py", "make_coffee"], cwd=projects.APP, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn("process_projectfile", done.stderr)
