"""Long steps say how far they are; short ones say nothing."""

import contextlib
import io
import re
import unittest
from unittest import mock

from osgeo import ogr

from fieldlog_qgis import log, workflow
from fieldlog_qgis.progress import Progress

from . import projects
from .delta_jobs import DeltaCase, make_file, sql
from .forms import FormCase, question
from .packages import PackageCase, run_in_process, write_table

ROWS = 50_000


def percents(text: str) -> list[int]:
    """What was said of progress; each is said of the step that is open."""
    said, step = [], ""
    for line in text.splitlines():
        if match := re.fullmatch(r"::(<<<|>>>|===)::([0-9a-f-]{36}) (.+)", line):
            kind, id, rest = match.groups()
            if kind == "===":
                assert id == step, text
                said.append(int(rest))
            step = id if kind == "<<<" else step
    return said


class Clock(unittest.TestCase):
    def setUp(self):
        self.now = 100.0
        patch = mock.patch.object(log.time, "monotonic", lambda: self.now)
        patch.start()
        self.addCleanup(patch.stop)

    def said(self, *steps: tuple[float, float]) -> list[int]:
        """What is said when the step is at a fraction after some time."""
        with contextlib.redirect_stderr(io.StringIO()) as text:
            marker = log.step_begins("Count Fish")
            for seconds, fraction in steps:
                self.now += seconds
                log.step_is_at(fraction)
            log.step_ends(marker, 2)
            log.step_is_at(1)
        return percents(text.getvalue())

    def test_a_short_step_says_nothing(self):
        self.assertEqual(self.said((0.1, 0.2), (0.1, 0.9), (0.2, 1)), [])

    def test_it_is_said_twice_a_second_at_most(self):
        self.assertEqual(self.said(*[(0.125, number / 100) for number in range(1, 18)]), [4, 8, 12, 16])

    def test_only_another_whole_number_is_said_and_never_a_smaller_one(self):
        self.assertEqual(self.said((1, 0.1), (1, 0.109), (1, 0.05), (1, 0.11), (1, 3.0), (1, 1.0)), [10, 11, 100])

    def test_parts_add_up_however_wrong_each_is_estimated(self):
        progress, said = Progress(), []
        with mock.patch("fieldlog_qgis.progress.step_is_at", said.append):
            progress.expect(30)
            progress.expect(10)
            with progress.part(30) as told:
                for fraction in (0.5, 1, 7):
                    told(fraction)
            with progress.part(10):
                pass
            with progress.part(10):
                pass
        self.assertEqual(said, [0.375, 0.75, 0.75, 0.75, 1.0, 1.25])

    def test_nothing_expected_is_nothing_to_say(self):
        with mock.patch("fieldlog_qgis.progress.step_is_at") as said, Progress().part(0):
            pass
        said.assert_not_called()


class Packaging(PackageCase):
    def setUp(self):
        super().setUp()
        patch = mock.patch.object(log, "PROGRESS_SECONDS", 0)
        patch.start()
        self.addCleanup(patch.stop)
        self.project = projects.new_project()

    def table(self, rows: int = ROWS) -> str:
        return write_table(
            self.files / "a.gpkg", "a", ogr.wkbPoint, {"n": ogr.OFTInteger}, [("POINT (1 2)", n) for n in range(rows)]
        )

    def said(self, **options) -> list[int]:
        self.save(self.project)
        packaged = self.package(**options)
        said = percents(packaged.markers)
        self.assertEqual(said, sorted(set(said)))
        self.assertLessEqual(said[-1], 100)
        return said

    def test_a_table_that_is_copied_inside_sqlite(self):
        layer = self.add(self.project, self.table(), "A")
        said = self.said()
        self.assertGreaterEqual(len(said), 3)
        self.assertEqual(said[-1], 100)
        self.assertEqual(len(self.package().rows(layer.id(), "n")), ROWS)

    def test_a_table_that_is_copied_feature_by_feature(self):
        path = self.files / "a.csv"
        path.write_text("fid,n\n" + "".join(f"{n},{n}\n" for n in range(5_000)))
        self.add(self.project, str(path), "A")
        self.assertGreaterEqual(len(self.said()), 20)

    def test_a_table_that_qgis_converts(self):
        self.add(self.project, self.table(2_000), "A")
        self.assertGreaterEqual(len(self.said(converter="qgiscore")), 20)

    def test_files(self):
        (self.files / "DCIM").mkdir()
        for number in range(10):
            (self.files / f"DCIM/{number}.jpg").write_bytes(bytes(1000))
        self.assertEqual(self.said(), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100])

    def test_a_large_file_is_copied_whole(self):
        (self.files / "DCIM").mkdir()
        content = bytes(range(256)) * 4001
        (self.files / "DCIM/film.mp4").write_bytes(content)
        with mock.patch("fieldlog_qgis.packaging.export_folder._CHUNK", 100_000):
            self.assertGreaterEqual(len(self.said()), 10)
        self.assertEqual((self.io / "export/DCIM/film.mp4").read_bytes(), content)

    def test_a_small_job_says_nothing(self):
        self.add(self.project, self.table(3), "A")
        self.save(self.project)
        done, _ = run_in_process(self.io, "survey.qgs")
        self.assertEqual(percents(done.stderr), [])


class Keys(PackageCase):
    """A large table is copied in parts, which miss no key and have none twice."""

    def test_keys_as_far_apart_as_they_can_be(self):
        project = projects.new_project()
        keys = [-(2**63), -7, -1, 0, 1, 2, 5, 6, 7, 2**62, 2**63 - 1]
        path = self.files / "a.gpkg"
        layer = self.add(project, write_table(path, "a", ogr.wkbNone, {"n": ogr.OFTInteger}, []), "A")
        for key in keys:
            sql(path, f"INSERT INTO a (fid, n) VALUES ({key}, 1)")
        self.save(project)
        for rows in (1, 2, 3, 100):
            with self.subTest(rows), mock.patch("fieldlog_qgis.packaging.sql_copy._ROWS_IN_ONE_GO", rows):
                self.assertEqual(self.package().rows(layer.id(), "fid_1, fid"), [(key, key) for key in keys])


class Deltas(DeltaCase):
    def test_deltas_done_of_all(self):
        make_file(self.files / "trees.gpkg", "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})])
        self.make_project("./trees.gpkg|layername=trees")
        with mock.patch.object(log, "PROGRESS_SECONDS", 0), contextlib.redirect_stderr(io.StringIO()) as text:
            marker = log.step_begins("Apply Deltas")
            items = self.apply(*[self.create({"kind": "ash"}) for _ in range(20)])
            log.step_ends(marker, workflow.Stage.DONE)
        self.assert_applied(*items)
        self.assertEqual(percents(text.getvalue()), list(range(5, 101, 5)))


class Forms(FormCase):
    def test_questions_that_are_set_up(self):
        with mock.patch.object(log, "PROGRESS_SECONDS", 0):
            created = self.make(*[question("text", f"q{number}", "Why?") for number in range(20)])
        self.assertEqual(percents(created.markers), list(range(5, 101, 5)))


if __name__ == "__main__":
    unittest.main()
