"""The whole job, in a process of its own as the worker starts it, over real projects and made ones."""

import json
import os
import shutil
import unittest
from pathlib import Path

from osgeo import ogr

from .delta_jobs import APPLIED, CONFLICT, DeltaCase, features, make_file, rows
from .projects import Result

TESTDATA = Path("/testdata")
SAMPLE = Path("/sample")
STEPS = ["start_qgis_app", "apply_deltas", "stop_qgis_app"]


def items(result: Result) -> list[dict]:
    return result.feedback["outputs"]["apply_deltas"]["delta_feedback"]


class Job(DeltaCase):
    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.gpkg"
        make_file(self.path, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})])
        self.make_project("./trees.gpkg|layername=trees")

    def test_the_feedback_has_what_the_contract_names(self):
        project = (self.files / "survey.qgs").read_bytes()
        names = sorted(os.listdir(self.files))
        self.write([self.create({"kind": "ash"}), self.patch(1, {"kind": "elm"}, {"kind": "yew"})])
        result = self.run_job()
        self.assertEqual(result.exit_code, 0, result.log)
        feedback = result.feedback
        self.assertNotIn("error", feedback)
        self.assertEqual(
            (feedback["workflow_id"], feedback["workflow_version"], feedback["workflow_name"]),
            ("apply_changes", "3.0", "Apply Changes"),
        )
        self.assertEqual([(step["id"], step["stage"]) for step in feedback["steps"]], [(step, 2) for step in STEPS])
        self.assertEqual([item["status"] for item in items(result)], [APPLIED, CONFLICT])
        self.assertEqual(
            sorted(items(result)[0]),
            [
                "after",
                "before",
                "conflicts",
                "delta_file_id",
                "delta_id",
                "delta_index",
                "e_type",
                "feature_pk",
                "file",
                "layer_id",
                "method",
                "modified_pk",
                "msg",
                "provider_errors",
                "status",
            ],
        )
        self.assertEqual(items(result)[0]["file"], str(self.path.relative_to(self.files)))
        self.assertEqual((self.files / "survey.qgs").read_bytes(), project)
        self.assertEqual(sorted(os.listdir(self.files)), names)

    def test_options_come_before_the_project(self):
        self.write([self.patch(1, {"kind": "elm"}, {"kind": "yew"})])
        shutil.move(self.io / "deltafile.json", self.io / "other.json")
        result = self.run_job("--overwrite-conflicts", "--delta-file", str(self.io / "other.json"))
        self.assertEqual([item["status"] for item in items(result)], [APPLIED])
        self.assertEqual(rows(self.path, "SELECT kind FROM trees"), [("yew",)])

    def test_a_delta_file_that_is_none_fails_the_job_and_changes_nothing(self):
        before = self.path.read_bytes()
        (self.io / "deltafile.json").write_text("{")
        result = self.run_job()
        self.assertEqual((result.exit_code, result.feedback["error_type"]), (0, "UNABLE_TO_CONTINUE"))
        self.assertIn("is not JSON", result.feedback["error"])
        self.assertEqual([step["stage"] for step in result.feedback["steps"]], [2, 1, 0])
        self.assertEqual(self.path.read_bytes(), before)

    def test_a_project_that_is_none_fails_the_job(self):
        self.write([])
        (self.files / "survey.qgs").write_text("<qgis>")
        self.assertEqual(self.run_job().feedback["error_type"], "INVALID_PROJECT_FILE")

    def test_credentials_in_messages_are_not_written(self):
        self.write([self.patch(1, {"kind": "password='hunter2'"}, {"kind": "x"})])
        result = self.run_job()
        self.assertNotIn("hunter2", result.log + json.dumps(result.feedback))
        self.assertEqual(items(result)[0]["status"], CONFLICT)


@unittest.skipUnless((TESTDATA / "points").is_dir(), "SKIPPED: no folder ../shared/testdata/points")
class Points(DeltaCase):
    LAYER = "points_xy_897d5ed7_b810_4624_abe3_9f7c0a93d6a1"

    def setUp(self):
        super().setUp()
        shutil.copytree(TESTDATA / "points/project", self.files, dirs_exist_ok=True, copy_function=shutil.copyfile)
        self.files.chmod(0o755)

    def push(self, name: str, *options) -> list[dict]:
        shutil.copyfile(TESTDATA / "points/deltas" / name, self.io / "deltafile.json")
        return self.apply_file(*options, name="project.qgs")

    def points(self) -> list[tuple]:
        return rows(self.files / "testdata.gpkg", "SELECT fid, int, dbl, str FROM points_xy ORDER BY fid")

    def test_one_delta(self):
        self.assert_applied(*self.push("singlelayer_singledelta.json"))
        self.assertEqual([row[1] for row in self.points()], [666, 2, 3])

    def test_several_deltas_and_a_file_in_wal_mode(self):
        self.assert_applied(*self.push("singlelayer_multidelta.json"))
        self.assertEqual(self.points()[1:], [(2, 666, 0.666, "str666"), (3, 666, 0.666, "str666")])
        self.assertEqual(
            [wkt for wkt, _ in features(self.files / "testdata.gpkg", "points_xy")][::2], ["POINT (666 0)"] * 2
        )
        self.assertEqual([name for name in os.listdir(self.files) if "gpkg" in name], ["testdata.gpkg"])

    def test_a_feature_is_created(self):
        self.assert_applied(*self.push("singlelayer_multidelta_patch_create.json"))
        self.assertEqual(self.points()[3], (4, 666, 0.666, "str666"))

    def test_a_conflict(self):
        name = "singlelayer_singledelta_conflict.json"
        before = (self.files / "testdata.gpkg").read_bytes()
        self.assertEqual(self.push(name)[0]["conflicts"], ["'int' was 134 on the device and is 1"])
        self.assertEqual((self.files / "testdata.gpkg").read_bytes(), before)
        self.assert_applied(*self.push(name, "--overwrite-conflicts"))
        self.assertEqual(self.points()[0][1], 666)

    def test_what_is_no_delta_file(self):
        shutil.copyfile(TESTDATA / "points/deltas/not_schema_valid.json", self.io / "deltafile.json")
        result = self.run_job(name="project.qgs")
        self.assertIn("has nothing as 'deltas'", result.feedback["error"])


@unittest.skipUnless((TESTDATA / "bee_farming").is_dir(), "SKIPPED: no folder ../shared/testdata/bee_farming")
class Bees(DeltaCase):
    def test_edits_in_both_files_of_the_project(self):
        shutil.copytree(TESTDATA / "bee_farming", self.files, dirs_exist_ok=True, copy_function=shutil.copyfile)
        self.files.chmod(0o755)
        layers = (self.files / "simple_bee_farming.qgs").read_text(encoding="utf-8").split("<id>")[1:]
        ids = [layer.split("<")[0] for layer in layers]
        [apiary], [area] = ([id for id in ids if name in id] for name in ("apiary", "__area__"))
        in_area = {"sourceLayerId": area, "localLayerId": area}
        self.layer_id = apiary
        before = rows(self.files / "bees.gpkg", "SELECT * FROM apiary ORDER BY fid")
        [(fid, boxes, species)] = rows(
            self.files / "bees.gpkg", "SELECT fid, nbr_of_boxes, bee_species FROM apiary LIMIT 1"
        )
        self.write(
            [
                self.create(
                    {"fid": fid, "nbr_of_boxes": 4, "bee_species": "Apis mellifera", "disease": True},
                    "Point (2.5 46.5)",
                    local_pk="900",
                ),
                self.patch("", {"nbr_of_boxes": 4}, {"nbr_of_boxes": 5}, local_pk="900"),
                self.patch(
                    fid,
                    {"nbr_of_boxes": boxes, "bee_species": species},
                    {"nbr_of_boxes": boxes + 1, "bee_species": species},
                ),
                self.create({"nbr_of_boxes": None}),
                self.create(
                    {"proprietor": "Ann", "plant_species": "clover"}, "Polygon ((0 0, 1 0, 1 1, 0 0))", **in_area
                ),
            ]
        )
        result = self.run_job(name="simple_bee_farming.qgs")
        self.assertEqual(
            [item["status"] for item in items(result)], [APPLIED] * 3 + ["status_apply_failed", APPLIED], items(result)
        )
        self.assertEqual(items(result)[3]["provider_errors"], ["NOT NULL constraint failed: apiary.nbr_of_boxes"])
        created = int(items(result)[0]["modified_pk"])
        after = rows(self.files / "bees.gpkg", "SELECT * FROM apiary ORDER BY fid")
        self.assertEqual(len(after), len(before) + 1)
        self.assertEqual(after[1:-1], before[1:])
        stored = rows(
            self.files / "bees.gpkg", f"SELECT nbr_of_boxes, bee_species, disease FROM apiary WHERE fid = {created}"
        )
        self.assertEqual(stored, [(5, "Apis mellifera", 1)])
        newest = rows(
            self.files / "bumblebees.gpkg", "SELECT proprietor, plant_species FROM area ORDER BY fid DESC LIMIT 1"
        )
        self.assertEqual(newest, [("Ann", "clover")])
