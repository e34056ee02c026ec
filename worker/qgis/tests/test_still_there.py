"""Edits that were applied and are no longer in the data, or are there again, in every format that is a file."""

import argparse
import json
import shutil
import sqlite3
import uuid

from osgeo import ogr

from fieldlog_qgis.job_directory import JobDirectory
from fieldlog_qgis.workflows.process_projectfile import WORKFLOW

from . import projects
from .delta_jobs import DeltaCase, make_file

FIELDS = {"species": ogr.OFTString, "height": ogr.OFTReal, "health": ogr.OFTString}
TREES = [
    ("POINT (0 0)", {"species": "oak", "height": 3.5, "health": "good"}),
    ("POINT (1 0)", {"species": "elm", "height": 4.0, "health": "good"}),
    ("POINT (2 0)", {"species": "ash", "height": 5.0, "health": "good"}),
]


class TakenBackCase(DeltaCase):
    """A file of trees, edited by devices and brought again by the office."""

    def setUp(self):
        super().setUp()
        self.edits: list[dict] = []
        self.kept = self.io / "kept"

    def make(self, name: str, driver: str, options=()) -> None:
        self.path = self.files / name
        fields, trees = FIELDS, TREES
        if driver in ("ESRI Shapefile", "GeoJSON"):
            # Formats without keys of their own.
            fields = {"fid": ogr.OFTInteger, **FIELDS}
            trees = [(wkt, {"fid": fid, **values}) for fid, (wkt, values) in enumerate(TREES, 1)]
        make_file(self.path, driver, fields, rows=trees, options=options)
        self.make_project(f"./{name}" if driver not in ("GPKG", "SQLite") else f"./{name}|layername=trees")

    def download(self, name="old") -> None:
        """Somebody takes a copy of the data as it is now."""
        folder = self.kept / name
        folder.mkdir(parents=True)
        for file in self.files.glob(f"{self.path.stem}.*"):
            shutil.copy(file, folder / file.name)

    def bring(self, name="old") -> None:
        """And uploads it."""
        for file in self.files.glob(f"{self.path.stem}.*"):
            file.unlink()
        for file in (self.kept / name).iterdir():
            shutil.copy(file, self.files / file.name)

    def push(self, *deltas: dict) -> list[str]:
        """Applies edits, and keeps of them what the log keeps."""
        items = self.apply(*deltas)
        self.assert_applied(*items)
        for delta, item in zip(deltas, items):
            self.edits.append(
                {
                    "delta": item["delta_id"],
                    "layer": delta["sourceLayerId"],
                    "method": item["method"],
                    "pk": item["modified_pk"],
                    "before": item["before"],
                    "after": item["after"],
                    "takenBack": False,
                }
            )
        return [item["delta_id"] for item in items]

    def look(self) -> dict[str, tuple]:
        """What the job says of edits, by their ids; what it says of them counts from now on."""
        (self.io / "edits.json").write_text(json.dumps({"edits": self.edits}), encoding="utf-8")
        parser = argparse.ArgumentParser()
        WORKFLOW.add_arguments(parser)
        state = WORKFLOW.begin(parser.parse_args([projects.PROJECT_ID, "survey.qgs"]), JobDirectory(self.io))
        steps = {step.id: step.run for step in WORKFLOW.steps}
        steps["project_validity_check"](state)
        steps["opening_check"](state)
        found = json.loads(json.dumps(steps["edits_still_there"](state)["edits"]))
        state.opened.project.clear()
        self.assertEqual({item["file"] for item in found} - {self.path.name}, set())
        for edit in self.edits:
            edit["takenBack"] = next(
                (not item["is_there"] for item in found if item["delta"] == edit["delta"]), edit["takenBack"]
            )
        return {item["delta"]: (item["is_there"], item["why"]) for item in found}

    def assert_gone(self, found: dict, *ids: str) -> None:
        self.assertEqual({id: there for id, (there, _) in found.items()}, dict.fromkeys(ids, False))

    def assert_back(self, found: dict, *ids: str) -> None:
        self.assertEqual({id: there for id, (there, _) in found.items()}, dict.fromkeys(ids, True))

    def office(self, script: str) -> None:
        """The office edits a table of the file in a program of its own."""
        connection = sqlite3.connect(self.path)
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(name, 1, lambda _: None)
        connection.executescript(script)
        connection.close()


class EveryFormat(TakenBackCase):
    FORMATS = (
        ("trees.gpkg", "GPKG", ()),
        ("trees.shp", "ESRI Shapefile", ()),
        ("trees.geojson", "GeoJSON", ()),
        ("trees.sqlite", "SQLite", ("SPATIALITE=YES",)),
    )

    def test_an_older_copy_takes_every_edit_back_and_the_newer_one_brings_them_again(self):
        for name, driver, options in self.FORMATS:
            with self.subTest(name):
                self.make(name, driver, options)
                self.edits, self.kept = [], self.io / f"kept-{name}"
                self.download()
                ids = self.push(
                    self.create({"species": "field tree", "health": "new"}, "Point (8 46)", local_pk=50),
                    self.patch(1, {"health": "good"}, {"health": "dead"}),
                    self.patch(1, {"height": 3.5}, {"height": 7.25}),
                    self.move(2, "Point (5 5)", "Point (1 0)"),
                    self.delete(3, {"species": "ash"}),
                )
                self.assertEqual(self.look(), {})
                self.download("new")
                self.bring()
                found = self.look()
                self.assert_gone(found, *ids)
                self.assertIn("is not there", found[ids[0]][1])
                self.assertIn('"good" to "dead"', found[ids[1]][1])
                self.assertIn("geometry", found[ids[3]][1])
                self.assertIn("there again", found[ids[4]][1])
                self.assertEqual(self.look(), {}, "what is known is not said again")
                self.bring("new")
                self.assert_back(self.look(), *ids)
                self.assertEqual(self.look(), {})


class OneFormat(TakenBackCase):
    def setUp(self):
        super().setUp()
        self.make("trees.gpkg", "GPKG")

    def test_a_copy_with_the_edits_and_other_changes_takes_nothing_back(self):
        self.push(
            self.create({"species": "field tree", "health": "new"}, "Point (8 46)"),
            self.patch(1, {"health": "good"}, {"health": "dead"}),
            self.patch(2, {"height": 4.0}, {"height": 7.25}),
        )
        self.office(
            "UPDATE trees SET height = 9, species = 'lime' WHERE fid = 1; UPDATE trees SET height = 11 WHERE fid = 2;"
            "UPDATE trees SET species = 'field lime' WHERE fid = 4; INSERT INTO trees (species) VALUES ('fir')"
        )
        self.assertEqual(self.look(), {})

    def test_a_value_that_no_edit_knows_was_put_there_by_somebody(self):
        self.download()
        self.push(self.patch(1, {"health": "good"}, {"health": "dead"}))
        self.bring()
        self.office("UPDATE trees SET health = 'ill' WHERE fid = 1")
        self.assertEqual(self.look(), {})

    def test_of_two_edits_of_an_attribute_those_are_gone_that_came_after_the_copy(self):
        self.download("before")
        first = self.push(self.patch(1, {"health": "good"}, {"health": "ill"}))
        self.download("between")
        second = self.push(self.patch(1, {"health": "ill"}, {"health": "dead"}))
        self.assertEqual(self.look(), {})
        self.download("after")
        self.bring("between")
        self.assert_gone(self.look(), *second)
        self.bring("before")
        self.assert_gone(self.look(), *first)
        self.bring("after")
        self.assert_back(self.look(), *first, *second)

    def test_what_a_later_edit_overwrote_is_as_it_should_be(self):
        self.push(self.patch(1, {"health": "good"}, {"health": "ill"}))
        self.push(self.patch(1, {"health": "ill"}, {"health": "good"}))
        self.push(self.create({"species": "fir"}), self.delete(4, {"species": "fir"}))
        self.assertEqual(self.look(), {})

    def test_of_several_attributes_one_is_enough(self):
        ids = self.push(self.patch(1, {"health": "good", "height": 3.5}, {"health": "dead", "height": 8.5}))
        self.office("UPDATE trees SET height = 3.5 WHERE fid = 1")
        self.assert_gone(self.look(), *ids)

    def test_another_feature_has_the_key(self):
        self.download()
        ids = self.push(
            self.create({"species": "field tree", "health": "good"}, "Point (8 46)", local_pk=50),
            self.delta("patch", "", {"attributes": {"health": "good"}}, {"attributes": {"health": "ill"}}, local_pk=50),
        )
        self.bring()
        other = self.push(self.create({"species": "other", "health": "good"}, "Point (9 46)", local_pk=60))
        self.assertEqual(self.edits[0]["pk"], self.edits[2]["pk"])
        found = self.look()
        self.assert_gone(found, *ids)
        self.bring()
        self.assert_gone(self.look(), *other)

    def test_an_office_feature_with_the_key_is_another_one(self):
        self.download()
        ids = self.push(self.create({"species": "field tree", "health": "good"}, "Point (8 46)"))
        self.bring()
        self.office("INSERT INTO trees (fid, species, height, health) VALUES (4, 'office tree', 2, 'good')")
        found = self.look()
        self.assert_gone(found, *ids)
        self.assertIn("another one", found[ids[0]][1])

    def test_a_feature_of_a_patch_that_is_gone_takes_the_patch_along(self):
        ids = self.push(self.patch(1, {"health": "good"}, {"health": "dead"}))
        self.office("DELETE FROM trees WHERE fid = 1")
        self.assert_gone(self.look(), *ids)

    def test_what_cannot_be_told_is_not_said(self):
        self.push(
            self.patch(1, {"health": "good"}, {"health": "dead"}), self.patch(2, {"height": 4.0}, {"height": 6.0})
        )
        self.office("ALTER TABLE trees DROP COLUMN health")
        self.assertEqual(self.look(), {}, "the column is gone")
        self.edits.append(self.edits[0] | {"delta": str(uuid.uuid4()), "layer": "no such layer"})
        self.path.write_bytes(b"no database")
        self.assertEqual(self.look(), {}, "the file cannot be opened")

    def test_the_job_says_it_beside_the_details(self):
        self.download()
        ids = self.push(self.patch(1, {"health": "good"}, {"health": "dead"}))
        self.bring()
        (self.io / "edits.json").write_text(json.dumps({"edits": self.edits}), encoding="utf-8")
        result = projects.run_job(self.io, "survey.qgs")
        found = result.feedback["outputs"]["edits_still_there"]["edits"]
        why = "'health' has a value again that it had before: the edit changed \"good\" to \"dead\"."
        self.assertEqual(found, [{"delta": ids[0], "file": "trees.gpkg", "is_there": False, "why": why}])
        self.assertIn("Looked for 1 edits: 1 are no longer there", result.log)

    def test_a_list_that_cannot_be_read_does_no_harm(self):
        (self.io / "edits.json").write_text("[]", encoding="utf-8")
        result = projects.run_job(self.io, "survey.qgs")
        self.assertNotIn("error", result.feedback)
        self.assertEqual(result.feedback["outputs"]["edits_still_there"], {"edits": None})
