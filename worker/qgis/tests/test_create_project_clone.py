"""Copies of projects: they get their own title, and nothing else in them changes."""

import re
import shutil
import unittest
import zipfile
from pathlib import Path

from qgis.core import QgsRectangle

from fieldlog_qgis.creating.project_edit import edit
from fieldlog_qgis.errors import InvalidProjectFile

from . import projects
from .created import CreateCase, canvas, project_bytes, run_in_process
from .packages import contents
from .test_real_projects import SAMPLE, TESTDATA

EXTENT = [9.5, 46.8, 9.6, 46.9]
TITLE = "Kopie & <mehr>"


class CloneCase(CreateCase):
    def stage(self, folder: Path) -> None:
        shutil.copytree(folder, self.files, copy_function=shutil.copyfile, dirs_exist_ok=True)
        for path in [self.files, *self.files.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)

    def clone(self, **values):
        self.seed(clone_from_project=projects.PROJECT_ID, name=TITLE, **values)
        before = contents(self.files)
        created = self.create()
        after = contents(self.files)
        self.assertEqual(after.keys(), before.keys())
        self.changed = [name for name in before if after[name] != before[name]]
        return created

    def make(self, name="survey.qgs", **more) -> None:
        project = projects.new_project("Original")
        projects.add_square(project, self.files)
        projects.save(project, self.files / name, **more)

    def assert_only_titles_differ(self, before: bytes, after: bytes) -> None:
        """Compares all bytes but those of the titles."""
        title = re.compile(rb"<title>[^<]*</title>|<title/>|(?<= )projectname=\"[^\"]*\"")
        self.assertNotEqual(before, after)
        self.assertEqual(title.split(before), title.split(after))


class Clones(CloneCase):
    def test_the_sample(self):
        self.stage(SAMPLE)
        before = (SAMPLE / "river_survey.qgs").read_bytes()
        created = self.clone()
        self.assertEqual(self.changed, ["river_survey.qgs"])
        self.assert_only_titles_differ(before, (self.files / "river_survey.qgs").read_bytes())
        self.assertTrue(all(layer["is_valid"] for layer in created.layers.values()))
        self.assertEqual(len(created.layers), 3)

    @unittest.skipUnless((TESTDATA / "bee_farming").is_dir(), "SKIPPED: no folder ../shared/testdata/bee_farming")
    def test_the_bee_project_in_a_process_of_its_own(self):
        self.stage(TESTDATA / "bee_farming")
        self.seed(clone_from_project=projects.PROJECT_ID, name=TITLE)
        before, bytes_before = contents(self.files), (self.files / "simple_bee_farming.qgs").read_bytes()
        done, created = run_in_process(self.io)
        self.assertNotIn("error", created.feedback, done.stderr)
        after = contents(self.files)
        self.assertEqual([name for name in after if after[name] != before.get(name)], ["simple_bee_farming.qgs"])
        self.assertEqual(after.keys(), before.keys())
        self.assert_only_titles_differ(bytes_before, (self.files / "simple_bee_farming.qgs").read_bytes())
        valid = {layer["name"]: layer["is_valid"] for layer in created.layers.values()}
        self.assertEqual({valid[name] for name in ("Apiary", "Fields")}, {True})
        self.assertEqual(projects.run_job(self.io, "simple_bee_farming.qgs").details["project_name"], TITLE)

    def test_of_an_archive_only_the_project_in_it_changes(self):
        self.make()
        projects.pack(self.files / "survey.qgs", self.files / "survey.qgz")
        with zipfile.ZipFile(self.files / "survey.qgz", "a") as archive:
            archive.comment = b"made by hand"
            archive.writestr("notes.txt", "keep me", zipfile.ZIP_STORED)
        before = project_bytes(self.files / "survey.qgz")
        self.clone()
        self.assertEqual(self.changed, ["survey.qgz"])
        self.assert_only_titles_differ(before, project_bytes(self.files / "survey.qgz"))
        with zipfile.ZipFile(self.files / "survey.qgz") as archive:
            self.assertEqual(archive.namelist(), ["survey.qgs", "notes.txt"])
            self.assertEqual(archive.read("notes.txt"), b"keep me")
            self.assertEqual(archive.comment, b"made by hand")
            self.assertEqual(archive.getinfo("notes.txt").compress_type, zipfile.ZIP_STORED)

    def test_an_extent_replaces_the_saved_view_in_the_projects_own_coordinates(self):
        self.make(view=QgsRectangle(0, 0, 10, 10))
        before = (self.files / "survey.qgs").read_bytes()
        xml = self.clone(extent=EXTENT).xml("survey.qgs")
        for found, expected in zip(canvas(xml), [1057535.16, 5909489.86, 1068667.11, 5925766.77]):
            self.assertAlmostEqual(found, expected, delta=1)
        drop = re.compile(rb"<extent>.*?</extent>(?=\s*<destinationsrs>)", re.S)
        self.assert_only_titles_differ(drop.sub(b"", before), drop.sub(b"", (self.files / "survey.qgs").read_bytes()))

    def test_an_extent_is_also_the_default_view_where_there_is_one(self):
        self.stage(SAMPLE)
        xml = self.clone(extent=EXTENT).xml("river_survey.qgs")
        default = xml.find("ProjectViewSettings/DefaultViewExtent")
        self.assertEqual([float(default.get(name)) for name in ("xmin", "ymin", "xmax", "ymax")], canvas(xml))
        self.assertTrue(500_000 < canvas(xml)[0] < 600_000, canvas(xml))

    def test_an_extent_makes_a_view_where_there_is_none(self):
        self.make()
        xml = self.clone(extent=EXTENT).xml("survey.qgs")
        self.assertAlmostEqual(canvas(xml)[0], 1057535.16, delta=1)

    def test_a_layer_that_could_not_be_opened_before_is_copied_all_the_same(self):
        self.make()
        (self.files / "squares.gpkg").unlink()
        created = self.clone()
        self.assertEqual([layer["is_valid"] for layer in created.layers.values()], [False])

    def test_databases_with_journals_stay_as_they_are(self):
        self.make()
        before = contents(self.files)
        self.clone()
        self.assertEqual(self.changed, ["survey.qgs"])
        self.assertEqual(set(contents(self.files)), set(before))


class RefusedClones(CloneCase):
    def assert_clone_refused(self, *arguments) -> None:
        self.seed(clone_from_project=projects.PROJECT_ID)
        self.assert_refused(*arguments)

    def test_no_project_file(self):
        (self.files / "data.txt").write_text("data")
        self.assert_clone_refused("no project file", "prepare_project_files", "FileNotFound")

    def test_two_project_files_are_named(self):
        self.make()
        shutil.copy(self.files / "survey.qgs", self.files / "other.qgs")
        self.assert_clone_refused("2 project files (other.qgs, survey.qgs)", "prepare_project_files")

    def test_a_link_is_no_project_file(self):
        (self.files / "survey.qgs").symlink_to("/etc/passwd")
        self.assert_clone_refused("no project file", "prepare_project_files", "FileNotFound")

    def test_an_xml_bomb(self):
        (self.files / "survey.qgs").write_text('<!DOCTYPE qgis [<!ENTITY a "a">]><qgis version="3.40.6">&a;</qgis>')
        self.assert_clone_refused("declarations inside", "configure_qgis_project", "InvalidProjectFile")


class Edits(unittest.TestCase):
    """What is changed in the XML, byte for byte."""

    def test_titles_are_replaced_wherever_they_are_the_projects(self):
        content = (
            b"<!-- <title>no</title> --><qgis a='>' projectname='x' version='3.40.6'><title/><projectMetadata>"
            b"<title>old</title></projectMetadata><maplayer><title>layer</title></maplayer></qgis>"
        )
        self.assertEqual(
            edit(content, "a.qgs", 'N "1"', None),
            b"<!-- <title>no</title> --><qgis a='>' projectname='N \"1\"' version='3.40.6'><title>N \"1\"</title>"
            b'<projectMetadata><title>N "1"</title></projectMetadata><maplayer><title>layer</title></maplayer></qgis>',
        )

    def test_a_project_without_a_title_gets_one(self):
        self.assertEqual(
            edit(b"<qgis version='3.40.6'></qgis>", "a.qgs", "N", None),
            b"<qgis version='3.40.6'><title>N</title></qgis>",
        )

    def test_other_encodings_keep_theirs(self):
        content = '<?xml version="1.0" encoding="iso-8859-1"?><qgis><title>Flüsse</title></qgis>'.encode("latin-1")
        self.assertEqual(
            edit(content, "a.qgs", "Größe 漢", None).decode("latin-1"),
            '<?xml version="1.0" encoding="iso-8859-1"?><qgis><title>Größe &#28450;</title></qgis>',
        )
        with self.assertRaisesRegex(InvalidProjectFile, "UTF-16"):
            edit("<qgis/>".encode("utf-16"), "a.qgs", "N", None)

    def test_a_title_cannot_bring_elements(self):
        edited = edit(b"<qgis projectname=''><title>x</title></qgis>", "a.qgs", "</title><evil/>\"'", None)
        self.assertNotIn(b"<evil", edited)
