"""Files that only mean something together, that have two spellings, or that take no edits."""

import unicodedata

from support.geopackage import is_sound

from .case import FieldEditsCase, selected
from .workshop import create, patch


class Files(FieldEditsCase):
    def test_01_a_geopackage_with_its_write_ahead_log(self):
        project = self.project_of(self.workshop.inputs("01") / "in")
        first, second = self.devices(project, 2)
        tree = "SELECT fid, name FROM trees WHERE fid < 4"

        self.comes(["APPLIED"], project, first.does(patch("Trees", {"fid": 2}, name="from the field")))
        names = [(1, "office edit in the wal"), (2, "from the field"), (3, "base 2")]
        self.assertEqual(names, self.stored(project, "trees.gpkg", tree))

        self.comes(["APPLIED"], project, second.does(patch("Trees", {"fid": 3}, name="from the field too")))
        names[2] = (3, "from the field too")
        self.assertEqual(names, self.stored(project, "trees.gpkg", tree))
        files = self.files(project)
        self.assertEqual({"survey.qgz", "trees.gpkg"}, {path.name for path in files.iterdir()}, "the log was counted")
        self.assertTrue(is_sound(files / "trees.gpkg"))

    def test_01_the_closed_file_comes_alone_later(self):
        inputs = self.workshop.inputs("01", "make_b.py") / "b"
        project = self.project_of(inputs / "first")
        self.uploaded(project, "trees.gpkg", (inputs / "second" / "trees.gpkg").read_bytes())
        self.not_busy(project)
        device = self.device(project)
        self.comes(["APPLIED"], project, device.does(patch("Trees", {"fid": 1}, name="from the field")))

        files = self.files(project)
        self.assertEqual(
            {"survey.qgz", "trees.gpkg"}, {path.name for path in files.iterdir()}, "no log of another file"
        )
        self.assertTrue(is_sound(files / "trees.gpkg"))
        counted = "SELECT count(*), sum(name LIKE 'final %'), sum(name = 'from the field') FROM trees"
        self.assertEqual([(250, 249, 1)], selected(files / "trees.gpkg", counted))

    def test_08_names_that_are_composed_here_and_decomposed_there(self):
        folder = self.workshop.inputs("08")
        data = next((folder / "in").glob("*.gpkg"))
        composed, decomposed = (unicodedata.normalize(form, data.name) for form in ("NFC", "NFD"))
        for source, said in (("in", composed), ("mac", composed), ("in", decomposed)):
            with self.subTest(project=source, file=said):
                project = self.project()["id"]
                self.uploaded(project, said, data.read_bytes())
                self.uploaded(project, "survey.qgs", (folder / source / "survey.qgs").read_bytes())
                self.not_busy(project)
                device = self.device(project)
                self.uploaded(project, decomposed if said == composed else composed, data.read_bytes())
                height = unicodedata.normalize("NFC", "Höhe")
                (delta,) = device.does(patch("Bäume", {"n": "a"}, **{height: 3.5}))
                for state in ("old", "new"):
                    attributes = delta[state]["attributes"]
                    delta[state]["attributes"] = {
                        unicodedata.normalize("NFD", name): attributes[name] for name in attributes
                    }
                self.comes(["APPLIED"], project, [delta])

                files = {path.name for path in self.files(project).iterdir()}
                self.assertEqual({said, "survey.qgs"}, files, "another spelling is another version of that file")
                self.assertEqual([("a", 3.5)], self.stored(project, said, f'SELECT n, "{height}" FROM "bäume"'))

    def test_12_views(self):
        project = self.project_of(self.workshop.inputs("12") / "in")
        job = self.packaging_ended(project)
        (problem,) = job["feedback"]["outputs"]["package_project"]["problems"]
        self.assertEqual("plainview", problem["layer_name"], problem)
        device = self.device(project)
        deltas = device.does(
            patch("plainview", {"n": "a"}, n="nobody can store this"),
            patch("editview", {"n": "b"}, n="b in the view"),
            create("editview", "Point (8 46)", n="new", kind="z"),
        )
        self.assertEqual({"editview"}, {delta["localLayerName"] for delta in deltas}, "the other one is read-only")
        self.comes(["APPLIED", "APPLIED"], project, deltas)
        sites = [("a", "x"), ("b in the view", "y"), ("no place", "x"), ("new", "z")]
        self.assertEqual(sites, self.stored(project, "v.gpkg", "SELECT n, kind FROM sites ORDER BY fid"))
