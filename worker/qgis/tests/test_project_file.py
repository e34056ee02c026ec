"""The project file is found among the staged files, and an archive cannot do harm."""

import tempfile
import unittest
import zipfile
from pathlib import Path

from fieldlog_qgis import project_file, working_copy
from fieldlog_qgis.errors import FileNotFound, InvalidProjectFile

XML = b'<qgis version="3.40.6"/>'


class ProjectFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.files = Path(folder.name)

    def write(self, name: str, content: bytes = XML) -> None:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def write_archive(self, name: str, entries: dict[str, bytes]) -> None:
        with zipfile.ZipFile(self.files / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in entries.items():
                archive.writestr(entry, content)

    def refusal(self, name: str, kind: type[Exception] = InvalidProjectFile) -> str:
        with self.assertRaises(kind) as caught:
            project_file.read(self.files, name)
        return str(caught.exception)

    def test_a_missing_file_is_named_together_with_those_that_are_there(self):
        self.write("maps/river.qgs")
        message = self.refusal("survey.qgs", FileNotFound)
        self.assertIn("'survey.qgs'", message)
        self.assertIn("maps/river.qgs", message)

    def test_a_folder_is_not_a_project_file(self):
        (self.files / "survey.qgs").mkdir()
        self.refusal("survey.qgs", FileNotFound)

    def test_another_extension_is_refused(self):
        self.write("survey.xml")
        self.assertIn("'.xml'; expected .qgs or .qgz", self.refusal("survey.xml"))

    def test_extensions_may_be_written_in_capitals(self):
        self.write("SURVEY.QGS")
        self.assertEqual(project_file.read(self.files, "SURVEY.QGS").xml.qgis_version, "3.40.6")

    def test_a_path_out_of_the_files_is_refused(self):
        for name in ("../../etc/passwd.qgs", "/etc/passwd.qgs"):
            self.assertIn("outside", self.refusal(name))

    def test_a_link_out_of_the_files_is_refused(self):
        (self.files / "survey.qgs").symlink_to("/etc/passwd")
        self.assertIn("outside", self.refusal("survey.qgs"))

    def test_an_archive_opens_the_project_of_its_own_name(self):
        self.write_archive("survey.qgz", {"a.qgs": b"<svg/>", "survey.qgs": XML, "survey.qgd": b"x"})
        self.assertEqual(project_file.read(self.files, "survey.qgz").entry, "survey.qgs")

    def test_an_archive_without_a_project_of_its_name_opens_the_alphabetically_first(self):
        self.write_archive("renamed.qgz", {"z.qgs": b"<svg/>", "b.qgs": XML})
        self.assertEqual(project_file.read(self.files, "renamed.qgz").entry, "b.qgs")

    def test_an_archive_without_a_project_is_refused(self):
        self.write_archive("survey.qgz", {"readme.txt": b"no project"})
        self.assertIn("holds no .qgs file", self.refusal("survey.qgz"))

    def test_a_fault_inside_an_archive_names_the_entry_and_the_line(self):
        self.write_archive("survey.qgz", {"survey.qgs": b'<qgis version="3.40.6">\n<a></qgis>'})
        message = self.refusal("survey.qgz")
        self.assertIn("survey.qgz/survey.qgs", message)
        self.assertIn("line 2", message)

    def test_a_file_that_is_no_archive_is_refused(self):
        self.write("survey.qgz", XML)
        self.assertIn("cannot be unpacked", self.refusal("survey.qgz"))

    def test_a_damaged_archive_is_refused(self):
        self.write_archive("survey.qgz", {"survey.qgs": XML + b" " * 5000})
        content = bytearray((self.files / "survey.qgz").read_bytes())
        content[45] ^= 0xFF
        self.write("survey.qgz", bytes(content))
        self.assertIn("cannot be unpacked", self.refusal("survey.qgz"))

    def test_an_archive_that_unpacks_to_far_too_much_is_refused(self):
        with zipfile.ZipFile(self.files / "survey.qgz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("survey.qgs", XML)
            with archive.open("zeros.bin", "w") as entry:
                for _ in range(project_file.MAX_ARCHIVE_BYTES // 2**20 + 1):
                    entry.write(bytes(2**20))
        self.assertLess((self.files / "survey.qgz").stat().st_size, 2**20)
        self.assertIn("unpacks to more than", self.refusal("survey.qgz"))

    def test_an_archive_of_too_many_entries_is_refused(self):
        self.write_archive("survey.qgz", {f"{n}.txt": b"" for n in range(project_file.MAX_ARCHIVE_ENTRIES + 1)})
        self.assertIn("entries; at most", self.refusal("survey.qgz"))

    def test_an_archive_with_an_entry_that_leaves_its_folder_is_refused(self):
        for entry in ("../evil.qgs", "/etc/evil.qgs", "a\\..\\..\\evil.qgs"):
            self.write_archive("survey.qgz", {"survey.qgs": XML, entry: XML})
            self.assertIn("would leave its folder", self.refusal("survey.qgz"))


class WorkingCopies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.files = Path(folder.name)
        (self.files / "maps/photos").mkdir(parents=True)
        (self.files / "data").mkdir()
        (self.files / "data/wells.csv").write_text("a,b\n")
        (self.files / "maps/photos/1.jpg").write_text("jpg")
        self.counting = b'<qgis version="3.40.6"><property key="showFeatureCount" value="1"/></qgis>'
        (self.files / "maps/survey.qgs").write_bytes(self.counting)

    def test_relative_paths_lead_to_the_same_files_from_the_copy(self):
        project = project_file.read(self.files, "maps/survey.qgs")
        root, copy = working_copy.make(self.files, project)
        self.assertEqual(copy.relative_to(root), Path("maps/survey.qgs"))
        self.assertEqual((copy.parent / "photos/1.jpg").read_text(), "jpg")
        self.assertEqual((copy.parent / "../data/wells.csv").read_text(), "a,b\n")

    def test_only_the_copy_is_changed(self):
        project = project_file.read(self.files, "maps/survey.qgs")
        _, copy = working_copy.make(self.files, project)
        self.assertIn(b'value="0"', copy.read_bytes())
        self.assertEqual((self.files / "maps/survey.qgs").read_bytes(), self.counting)

    def test_an_archive_is_copied_with_all_it_holds(self):
        with zipfile.ZipFile(self.files / "maps/survey.qgz", "w") as archive:
            archive.writestr("survey.qgs", self.counting)
            archive.writestr("survey.qgd", b"auxiliary")
        _, copy = working_copy.make(self.files, project_file.read(self.files, "maps/survey.qgz"))
        with zipfile.ZipFile(copy) as archive:
            self.assertEqual(archive.read("survey.qgd"), b"auxiliary")
            self.assertIn(b'value="0"', archive.read("survey.qgs"))
