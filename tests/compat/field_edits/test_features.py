"""A feature is more than its number."""

import json

from exchanges.apps import QField, token
from support.geopackage import changed
from support.graphql import graphql
from support.waiting import eventually

from .case import FieldEditsCase
from .workshop import create, delete, patch

APPLY_TAKEN_BACK = """mutation($i: ApplyTakenBackInput!) { applyTakenBack(input: $i) {
    ... on TakenBackReopened { edits } ... on Refusal { message } } }"""
TREES = "SELECT species, height, health FROM trees ORDER BY fid"


class Features(FieldEditsCase):
    def test_02_finds_of_plots_whose_key_was_taken(self):
        project = self.project_of(self.workshop.inputs("02") / "in", overwrite_conflicts=True)
        for name, device in zip("AB", self.devices(project, 2)):
            deltas = device.does(
                create("Plots", f"Point (8 {46 + ord(name) - ord('A')})", name=f"plot of {name}"),
                create("Finds", plot=2, what=f"find of {name}"),
            )
            self.assertEqual(2, deltas[0]["new"]["attributes"]["fid"], "both devices count on from 1")
            self.comes(["APPLIED", "APPLIED"], project, deltas)
        finds = "SELECT what, name FROM finds JOIN plots ON plots.fid = finds.plot ORDER BY finds.fid"
        self.assertEqual(
            [("old find", "plot of the office"), ("find of A", "plot of A"), ("find of B", "plot of B")],
            self.stored(project, "survey.gpkg", finds),
        )

    def test_25_a_key_that_is_given_out_again(self):
        for overwrites in (True, False):
            with self.subTest(overwrites=overwrites):
                project = self.project_of(self.workshop.inputs("25") / "in", overwrite_conflicts=overwrites)
                deleting, adding, late = self.devices(project, 3)
                elm, layers = {"species": "elm"}, ("trees", "sites")
                beech = {"species": "beech", "health": "good"}
                self.comes(["APPLIED"] * 2, project, deleting.does(*[delete(layer, elm) for layer in layers]))
                self.comes(
                    ["APPLIED"] * 2, project, adding.does(*[create(layer, "Point (8 46)", **beech) for layer in layers])
                )
                edits = late.does(*[patch(layer, elm, health="dead") for layer in layers])
                messages = self.comes(["CONFLICT another_feature"] * 2, project, edits)
                for message in messages:
                    self.assertIn("another feature", message)

                rows = [("oak", "good"), ("ash", "good"), ("beech", "good")]
                self.assertEqual(rows, self.stored(project, "t.gpkg", "SELECT species, health FROM trees ORDER BY fid"))
                sites = json.loads(self.file(project, "sites.geojson"))["features"]
                self.assertEqual(rows, [(one["properties"]["species"], one["properties"]["health"]) for one in sites])

    def taken_back(self):
        """A device's two edits are applied, and then the office uploads the copy that it had before."""
        before = self.workshop.inputs("05") / "in"
        project = self.project_of(before)
        device = self.device(project)
        deltas = device.does(
            create("Trees", "Point (8 46)", species="field tree"), patch("Trees", {"species": "oak"}, health="dead")
        )
        self.comes(["APPLIED", "APPLIED"], project, deltas)
        copy = self.folder({"trees.gpkg": (before / "trees.gpkg").read_bytes()}) / "trees.gpkg"
        self.uploaded(project, "trees.gpkg", changed(copy, "UPDATE trees SET height = 99"))
        self.not_busy(project)
        edits = [delta["uuid"] for delta in deltas]

        def is_told():
            return all(self.edits(project)[edit].status == "TAKEN_BACK" for edit in edits)

        eventually("the edits are taken back", is_told)
        return project, device, edits

    def test_31_edits_that_an_upload_took_back(self):
        project, device, edits = self.taken_back()
        self.assertEqual([("oak", 99, "good")], self.stored(project, "trees.gpkg", TREES))
        told = self.nodes(project)
        for edit in edits:
            self.assertEqual("TAKEN_BACK", told[edit]["status"])
            self.assert_has({"file": "trees.gpkg", "by": {"name": "ana"}}, told[edit]["takenBack"])

        done = graphql(token(QField, "ana"), APPLY_TAKEN_BACK, i={"project": project})["applyTakenBack"]
        self.assertEqual({"edits": 2}, done)
        self.assertEqual(["APPLIED", "APPLIED"], [self.settled_edit(project, edit) for edit in edits])
        self.assertEqual([("oak", 99, "dead"), ("field tree", None, None)], self.stored(project, "trees.gpkg", TREES))
        self.comes(["APPLIED"], project, device.does(patch("Trees", {"species": "field tree"}, health="dying")))
        self.assertEqual(
            [("oak", 99, "dead"), ("field tree", None, "dying")], self.stored(project, "trees.gpkg", TREES)
        )

    def test_31_a_key_of_a_file_that_is_no_more(self):
        project, device, _ = self.taken_back()
        other = self.device(project)
        self.comes(["APPLIED"], project, other.does(create("Trees", "Point (9 46)", species="tree of another device")))
        late = device.does(patch("Trees", {"species": "field tree"}, health="dying"))
        self.comes(["NOT_APPLIED lost_key"], project, late)
        trees = [("oak", 99, "good"), ("tree of another device", None, None)]
        self.assertEqual(trees, self.stored(project, "trees.gpkg", TREES))
