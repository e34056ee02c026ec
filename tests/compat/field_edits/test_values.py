"""What a device says, and what the data make of it."""

from exchanges.apps import QField, token
from support.graphql import graphql

from .case import FieldEditsCase
from .workshop import create, patch

REOPEN = "mutation($i: ReopenDeltasInput!) { reopenDeltas(input: $i) { __typename ... on Refusal { message } } }"
TREES = "SELECT species, height, health FROM trees"


class Values(FieldEditsCase):
    def test_03_triggers_of_the_owner(self):
        project = self.project_of(self.workshop.inputs("03") / "in", overwrite_conflicts=True)
        device = self.device(project)
        deltas = device.does(
            create("nests", "Point (2600000 1200000)", observer="cd", note="NEW"),
            patch("nests", {"observer": "ab"}, note="changed in the field"),
            patch("nests", {"observer": "ab"}, observer="xy"),
            create("readings", nest=1, v=42.5),
            create("felle", "Point (2600000 1200000)", id=5),
        )
        self.comes(["APPLIED"] * 5, project, deltas)
        nests = "SELECT observer, nestname, edited IS NOT NULL, note FROM nests ORDER BY fid"
        self.assertEqual(
            [("xy", "ab1", 1, "CHANGED IN THE FIELD"), ("cd", "cd2", 0, "NEW")],
            self.stored(project, "nests.gpkg", nests),
        )
        self.assertEqual([(42.5,)], self.stored(project, "nests.gpkg", "SELECT latest FROM meters"))
        areas = "SELECT id, length(geom) > 100 FROM area"
        self.assertEqual([(5, 1)], self.stored(project, "felle.gpkg", areas), "the trigger's buffer")
        told = self.nodes(project)
        self.assertEqual("cd2", told[deltas[0]["uuid"]]["after"]["attributes"]["nestname"])
        self.assertEqual("CHANGED IN THE FIELD", told[deltas[1]["uuid"]]["after"]["attributes"]["note"])

    def test_04_times_without_a_zone(self):
        project = self.project_of(self.workshop.inputs("04") / "in", overwrite_conflicts=False)
        device = self.device(project, zone="Europe/Athens")

        def edited(seen: str, note: str) -> None:
            self.comes(["APPLIED"], project, device.does(patch("Obs", {"note": seen}, note=note)))

        self.comes(["APPLIED"], project, device.does(create("Obs", "Point (8 46)", note="made in Athens")))
        edited("made in Athens", "edited before the download")
        for kind in ("utc", "offset", "naive"):
            edited(kind, f"{kind} edited")
        device.download(self.packaged(project))
        edited("edited before the download", "edited after it")
        self.comes(["APPLIED"], project, device.does(patch("Obs", {"note": "edited after it"}, seen="@now")))
        edited("edited after it", "once more")

        self.assertEqual(
            [
                ("utc edited", "2026-06-02T17:58:49.749Z"),
                ("offset edited", "2026-06-02T19:58:49.749+02:00"),
                ("naive edited", "2026-06-02T19:58:49.749"),
            ],
            self.stored(project, "obs.gpkg", "SELECT note, seen FROM obs WHERE fid < 4"),
            "what nobody changed",
        )
        self.assertEqual([("once more",)], self.stored(project, "obs.gpkg", "SELECT note FROM obs WHERE fid >= 4"))

    def test_05_two_people_change_different_attributes(self):
        for overwrites in (False, True):
            with self.subTest(overwrites=overwrites):
                project = self.project_of(self.workshop.inputs("05") / "in", overwrite_conflicts=overwrites)
                first, second = self.devices(project, 2)
                self.comes(["APPLIED"], project, first.does(patch("Trees", {"species": "oak"}, height=13.4)))
                (told,) = self.comes(
                    ["APPLIED"], project, second.does(patch("Trees", {"species": "oak"}, health="dead"))
                )
                self.assertEqual("Changed feature '1'.", told, "nothing was overwritten")
                self.assertEqual([("oak", 13.4, "dead")], self.stored(project, "trees.gpkg", TREES))

    def test_05_two_people_change_the_same_attribute(self):
        for overwrites, expected, height in ((False, "CONFLICT same_attribute", 13.4), (True, "APPLIED", 13.6)):
            with self.subTest(overwrites=overwrites):
                project = self.project_of(self.workshop.inputs("05") / "in", overwrite_conflicts=overwrites)
                first, second = self.devices(project, 2)
                self.comes(["APPLIED"], project, first.does(patch("Trees", {"species": "oak"}, height=13.4)))
                (told,) = self.comes([expected], project, second.does(patch("Trees", {"species": "oak"}, height=13.6)))
                self.assertIn("'height' was 12.1 on the device and is 13.4", told)
                self.assertEqual([("oak", height, "good")], self.stored(project, "trees.gpkg", TREES))

    def test_26_a_column_that_was_renamed(self):
        folder = self.workshop.inputs("26")
        project = self.project_of(folder / "old", overwrite_conflicts=False)
        device = self.device(project)
        deltas = device.does(
            patch("Trees", {"species": "oak"}, girth=123.4), create("Trees", "Point (8 46)", species="ash", girth=55.5)
        )
        self.uploaded(project, "trees.gpkg", (folder / "new" / "trees.gpkg").read_bytes())
        self.not_busy(project)
        for message in self.comes(["NOT_APPLIED missing_column"] * 2, project, deltas):
            self.assertIn("girth", message)
        girths = "SELECT species, girth_cm FROM trees ORDER BY fid"
        self.assertEqual([("oak", 100.0)], self.stored(project, "trees.gpkg", girths))
        edits = [one["uuid"] for one in deltas]
        self.assertEqual([["girth"]] * 2, [self.nodes(project)[edit]["missingColumns"] for edit in edits])

        mapped = {"project": project, "deltas": edits, "columns": [{"from": "girth", "to": "girth_cm"}]}
        done = graphql(token(QField, "ana"), REOPEN, i=mapped)["reopenDeltas"]
        self.assertEqual({"__typename": "DeltasReopened"}, done)
        self.assertEqual(["APPLIED", "APPLIED"], [self.settled_edit(project, edit) for edit in edits])
        self.assertEqual([("oak", 123.4), ("ash", 55.5)], self.stored(project, "trees.gpkg", girths))

    def test_29_defaults_of_the_table(self):
        project = self.project_of(self.workshop.inputs("29") / "in", overwrite_conflicts=False)
        device = self.device(project)
        deltas = device.does(*[create(table, "Point (8 46)", a="from the field") for table in ("soft", "hard")])
        self.comes(["APPLIED", "APPLIED"], project, deltas)
        for table in ("soft", "hard"):
            query = f"SELECT a, made IS NOT NULL, code, n FROM {table} ORDER BY fid"
            self.assertEqual(
                [("x", 1, "none", 7), ("from the field", 1, "none", 7)], self.stored(project, "g.gpkg", query), table
            )
