"""What is made to do harm does none: not to the job, not to other deltas, not outside of the job's files."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from osgeo import ogr
from qgis.core import Qgis

from fieldlog_qgis.deltas import delta_file
from fieldlog_qgis.errors import FileNotFound, InvalidDeltaFile

from .delta_jobs import APPLIED, FAILED, DeltaCase, features, make_file, rows, sql


class HostileFiles(DeltaCase):
    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.gpkg"
        make_file(self.path, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})])
        self.make_project("./trees.gpkg|layername=trees")

    def raw(self, *texts: str, **root) -> None:
        head = json.dumps({"version": "1.0", "id": "x", "project": "p", "files": []} | root)[1:-1]
        (self.io / "deltafile.json").write_text(f'{{"deltas": [{",".join(texts)}], {head}}}', encoding="utf-8")

    def test_a_delta_that_nests_too_deeply_spoils_itself_only(self):
        good = json.dumps(self.create({"kind": 'a "tricky" ] } \\ text'}))
        deep = '{"method": "create", "new": ' + '{"attributes": ' * 200_000 + "1" + "}" * 200_000 + "}"
        self.raw(good, deep, good)
        items = self.apply_file()
        self.assertEqual([item["status"] for item in items], [APPLIED, FAILED, APPLIED])
        self.assertIn("nests its values too deeply", items[1]["msg"])
        self.assertEqual(rows(self.path, "SELECT count(*) FROM trees"), [(3,)])

    def test_numbers_of_any_length_spoil_their_delta_only(self):
        good, bad = (
            json.dumps(self.create({"kind": "x"})),
            json.dumps(self.create({"fid": "@"})).replace('"@"', "9" * 5000),
        )
        self.raw(good, bad)
        self.assertEqual([item["status"] for item in self.apply_file()], [APPLIED, FAILED])

    def test_a_file_that_cannot_be_read_fails_the_job_with_the_reason(self):
        path = self.io / "deltafile.json"
        for content, words in (
            (b"{", "is not JSON"),
            (b"\xff", "is not UTF-8"),
            (b"[]", "expected an object"),
            (b"[" * 100_000, "nests its values too deeply"),
            (b'{"version": "2.0"}', "has the version '2.0'"),
            (b'{"version": "1.0", "id": "x", "deltas": {}}', "has dict as 'deltas'"),
            (b'{"version": "1.0", "id": 5, "deltas": []}', "has int as 'id'"),
            (b'{"version": "1.0", "id": "x"}', "has nothing as 'deltas'"),
            (b'{"version": "1.0", "id": "x", "deltas": [], "clientPks": []}', "as 'clientPks'"),
            (b'{"a": NaN}', "NaN is not a JSON value"),
        ):
            with self.subTest(words):
                path.write_bytes(content)
                with self.assertRaisesRegex(InvalidDeltaFile, words):
                    delta_file.read(path)
        path.unlink()
        with self.assertRaises(FileNotFound):
            delta_file.read(path)
        path.touch()
        os.truncate(path, delta_file.MAX_BYTES + 1)
        with self.assertRaisesRegex(InvalidDeltaFile, "at most"):
            delta_file.read(path)

    def test_the_schema_may_be_broken_without_breaking_the_job(self):
        self.raw(json.dumps(self.create({"kind": "x"}) | {"extra": 1, "uuid": 7}), clientPks={"a": 5})
        [item] = self.apply_file()
        self.assertEqual((item["status"], item["delta_id"]), (APPLIED, None))


class HostileProjects(DeltaCase):
    def setUp(self):
        super().setUp()
        outside = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(outside.cleanup)
        self.outside = Path(outside.name) / "trees.gpkg"
        make_file(self.outside, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})])
        self.change = self.patch(1, {"kind": "oak"}, {"kind": "ash"})

    def assert_untouched(self, words: str) -> None:
        before = self.outside.read_bytes()
        item = self.apply_one(self.change | {"sourceLayerId": self.layer_id})
        self.assert_failed(item, words)
        self.assertEqual(item["e_type"], "IO")
        self.assertEqual(self.outside.read_bytes(), before)

    def test_a_link_does_not_lead_out_of_the_files(self):
        path = self.files / "trees.gpkg"
        shutil.copyfile(self.outside, path)
        self.make_project("./trees.gpkg|layername=trees")
        path.unlink()
        path.symlink_to(self.outside)
        self.assert_untouched("cannot be opened")

    def test_a_linked_folder_does_not_either(self):
        folder = self.files / "data"
        shutil.copytree(self.outside.parent, folder)
        self.make_project("./data/trees.gpkg|layername=trees")
        shutil.rmtree(folder)
        folder.symlink_to(self.outside.parent)
        self.assert_untouched("cannot be opened")

    def test_a_path_does_not_lead_out_of_the_files(self):
        def prepare(project, _layer):
            project.setFilePathStorage(Qgis.FilePathType.Absolute)

        self.make_project(f"{self.outside}|layername=trees", prepare=prepare)
        self.assert_untouched("outside of the project's files")

    def test_a_virtual_file_that_points_elsewhere_is_not_written_through(self):
        (self.files / "trees.vrt").write_text(
            f'<OGRVRTDataSource><OGRVRTLayer name="trees"><SrcDataSource>{self.outside}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
        )
        self.make_project("./trees.vrt")
        self.assert_untouched("has data of the format 'OGR_VRT'")

    def test_layers_that_are_no_plain_files_are_refused(self):
        make_file(self.files / "trees.gpkg", "GPKG", {"kind": ogr.OFTString})
        self.make_project("Point?field=fid:integer&field=kind:string", provider="memory")
        self.assert_untouched("is read by 'memory'")

    def test_a_layer_that_is_not_there_not_valid_or_protected_is_named(self):
        self.make_project(f"{self.outside}|layername=trees")
        self.assert_failed(
            self.apply_one(self.change | {"sourceLayerId": "nowhere"}), "There is no layer 'nowhere' among the 1 layers"
        )
        make_file(self.files / "trees.gpkg", "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})])
        self.make_project("./trees.gpkg|layername=trees", prepare=lambda _project, layer: layer.setReadOnly(True))
        self.assert_untouched("is read-only in the project")
        (self.files / "trees.gpkg").unlink()
        self.assert_untouched("cannot be opened")

    def test_functions_of_the_database_are_not_there_for_triggers(self):
        path = self.files / "trees.gpkg"
        make_file(path, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})])
        sql(path, "CREATE TRIGGER load AFTER UPDATE ON trees BEGIN SELECT load_extension('/files/evil.so'); END")
        self.make_project("./trees.gpkg|layername=trees")
        item = self.apply_one(self.change | {"sourceLayerId": self.layer_id})
        self.assert_failed(item, "load_extension()")
        self.assertEqual(features(path)[0][1]["kind"], "oak")
