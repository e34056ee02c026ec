"""A container that waits warm takes one order, and then is a job like any other."""

import contextlib
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from osgeo import ogr
from qgis.core import QgsRectangle

from fieldlog_qgis import waiting
from fieldlog_qgis.job_directory import JobDirectory

from . import projects
from .created import write_seed
from .delta_jobs import DeltaCase, make_file, rows

ORDER = {"arguments": ["create_project", "--", "x"], "environment": {"FIELD": "north"}}
_DEADLINE_SECONDS = 60


class WaitingCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = JobDirectory(Path(folder.name))
        os.mkfifo(self.directory.wake)

    def place(self, text: str | bytes) -> None:
        """Puts the order in place as a whole, as the worker does."""
        unfinished = self.directory.root / "order.tmp"
        unfinished.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.replace(unfinished, self.directory.order)

    def send(self) -> None:
        """Waits for somebody to wait, and sends the byte."""
        wake = open_when_ready(self.directory.wake)
        os.write(wake, b"\n")
        os.close(wake)


def open_when_ready(wake: Path) -> int:
    """Opens the FIFO for writing, which succeeds from the moment on in which somebody has it open for reading."""
    ends = time.monotonic() + _DEADLINE_SECONDS
    while True:
        try:
            return os.open(wake, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.01)


class Waiting(WaitingCase):
    def test_an_order_that_is_there_already_is_taken_without_a_byte(self):
        self.place(json.dumps(ORDER))
        order = waiting.wait(self.directory, 0)
        self.assertEqual((order.arguments, order.environment), (ORDER["arguments"], ORDER["environment"]))
        self.assertTrue(self.directory.taken.exists())

    def test_an_order_is_taken_when_the_byte_comes_whatever_bytes_came_before(self):
        def give_order():
            for _ in range(3):
                self.send()
            time.sleep(0.05)
            self.place(json.dumps(ORDER))
            self.send()

        # The others are read, or lie in the FIFO: neither is an order.
        keeper = os.open(self.directory.wake, os.O_RDWR)
        self.addCleanup(os.close, keeper)
        thread = threading.Thread(target=give_order)
        thread.start()
        order = waiting.wait(self.directory, _DEADLINE_SECONDS)
        thread.join()
        self.assertEqual(order.arguments, ORDER["arguments"])

    def test_it_does_not_wait_for_ever(self):
        began = time.monotonic()
        with self.assertRaises(waiting.NoOrder):
            waiting.wait(self.directory, 0.2)
        self.assertGreaterEqual(time.monotonic() - began, 0.2)
        self.assertFalse(self.directory.taken.exists())

    def test_an_order_that_cannot_be_understood_is_refused_without_telling_its_values(self):
        good = ORDER | {"environment": {"SECRET": "hunter2"}}
        bad = [
            b"{", b"\xff", b"[]", b"[" * 100_000, "null", json.dumps({"environment": {}}), json.dumps({"arguments": []}),
            *(json.dumps(good | {"arguments": value}) for value in (None, "package", [1], [["a"]], ["hunter2\0"])),
            *(json.dumps(good | {"environment": value}) for value in (
                None, ["A=hunter2"], {"A": 1}, {"A": None}, {"": "hunter2"}, {"A=B": "hunter2"}, {"A": "hunter2\0"},
                {"hunter2\0": ""})),
        ]  # fmt: skip
        for text in bad:
            with self.subTest(text[:80]), self.assertRaises(waiting.MalformedOrder) as caught:
                self.place(text)
                waiting.wait(self.directory, 0)
            self.assertIn("order.json", str(caught.exception))
            self.assertNotIn("hunter2", str(caught.exception))

    def test_without_a_fifo_there_is_nothing_to_wait_for(self):
        self.directory.wake.unlink()
        for make in (lambda: None, self.directory.wake.touch):
            make()
            with self.assertRaisesRegex(waiting.MalformedOrder, "wake is no FIFO"):
                waiting.require_wake(self.directory)


class WarmContainer(WaitingCase):
    """The whole program, in a process of its own."""

    def start(self, *options: str) -> subprocess.Popen:
        (self.directory.root / "home").mkdir()
        process = subprocess.Popen(
            [sys.executable, "entrypoint.py", "--wait", *options],
            cwd=projects.APP,
            env={**os.environ, "FIELDLOG_IO_DIR": str(self.directory.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process: subprocess.Popen) -> None:
        process.kill()
        process.communicate()

    def order(self, process: subprocess.Popen, *arguments: str, **environment: str) -> projects.Result:
        """Gives the order to a container that is ready; returns what the job left."""
        wake = open_when_ready(self.directory.wake)
        self.place(json.dumps({"arguments": arguments, "environment": environment}))
        os.write(wake, b"\n")
        os.close(wake)
        log, _ = process.communicate(timeout=_DEADLINE_SECONDS)
        feedback = None
        with contextlib.suppress(FileNotFoundError):
            feedback = json.loads(self.directory.feedback.read_text(encoding="utf-8"))
        return projects.Result(process.returncode, log, feedback, self.directory.thumbnail)

    def make_project(self) -> None:
        self.directory.files.mkdir()
        project = projects.new_project("Warm")
        projects.add_square(project, self.directory.files)
        projects.save(project, self.directory.files / "survey.qgs", QgsRectangle(999_900, 5_999_900, 1_000_100, 6_000_100))

    def test_a_project_file_is_processed_as_in_a_cold_container(self):
        self.make_project()
        warm = self.order(self.start(), "process_projectfile", "--", projects.PROJECT_ID, "survey.qgs")
        warm_picture = warm.thumbnail.read_bytes()
        cold = projects.run_job(self.directory.root, "survey.qgs")
        self.assertEqual((warm.exit_code, cold.exit_code), (0, 0), warm.log)
        self.assertEqual(warm.details, cold.details)
        self.assertEqual(warm_picture, cold.thumbnail.read_bytes())
        self.assertEqual(plain(warm.log), plain(cold.log))

    def test_a_package_is_the_same_as_from_a_cold_container(self):
        self.make_project()
        arguments = ("package", "--", projects.PROJECT_ID, "survey.qgs", "pythonmini")
        warm = self.order(self.start(), *arguments)
        self.assertEqual(warm.exit_code, 0, warm.log)
        database = self.directory.export / "data.gpkg"
        [(table,)] = rows(database, "SELECT table_name FROM gpkg_contents")
        content = rows(database, f'SELECT * FROM "{table}"')
        subprocess.run(
            [sys.executable, "entrypoint.py", *arguments],
            cwd=projects.APP, env={**os.environ, "FIELDLOG_IO_DIR": str(self.directory.root)}, check=True,
            capture_output=True,
        )  # fmt: skip
        cold = json.loads(self.directory.feedback.read_text(encoding="utf-8"))
        self.assertEqual(warm.feedback["outputs"], cold["outputs"])
        self.assertEqual(rows(database, f'SELECT * FROM "{table}"'), content)

    def test_a_project_is_created(self):
        self.directory.files.mkdir()
        write_seed(self.directory.root)
        result = self.order(self.start(), "create_project", "--", projects.PROJECT_ID)
        self.assertNotIn("error", result.feedback, result.log)
        self.assertEqual([path.name for path in self.directory.files.iterdir()], ["project.qgz"])

    def test_the_environment_that_comes_with_the_order_counts(self):
        self.directory.files.mkdir()
        home, services = self.directory.root / "home", "\n[farm]\nhost=db.example\npassword=hunter2"
        result = self.order(
            self.start(), "process_projectfile", "--", projects.PROJECT_ID, "none.qgs",
            HOME=str(home), PGSERVICE_FILE_CONTENTS=services,
        )  # fmt: skip
        self.assertEqual((result.exit_code, result.feedback["error_type"]), (0, "FILE_NOT_FOUND"))
        written = home / ".pg_service.conf"
        self.assertEqual(written.read_text(encoding="utf-8"), services)
        self.assertEqual(stat.S_IMODE(written.stat().st_mode), 0o600)
        self.assertNotIn("hunter2", result.log)

    def test_without_an_order_it_ends_by_itself_and_says_nothing(self):
        process = self.start("0.5")
        log, _ = process.communicate(timeout=_DEADLINE_SECONDS)
        self.assertEqual((process.returncode, log), (75, ""))
        self.assertFalse(self.directory.feedback.exists())

    def test_a_malformed_order_is_refused(self):
        self.place("{}")
        process = self.start()
        log, _ = process.communicate(timeout=_DEADLINE_SECONDS)
        self.assertEqual(process.returncode, 64)
        self.assertRegex(log, r"\A\S+/order\.json has no 'arguments'[^\n]+\n\Z")

    def test_an_unknown_workflow_is_refused_as_on_a_cold_command_line(self):
        result = self.order(self.start(), "make_coffee")
        self.assertEqual((result.exit_code, result.feedback), (2, None))
        self.assertIn("process_projectfile", result.log)

    def test_without_a_fifo_it_ends_at_once(self):
        self.directory.wake.unlink()
        process = self.start()
        log, _ = process.communicate(timeout=_DEADLINE_SECONDS)
        self.assertEqual((process.returncode, "is no FIFO" in log), (64, True))


class WarmDeltas(DeltaCase):
    def test_deltas_are_applied(self):
        path = self.files / "trees.gpkg"
        make_file(path, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})])
        self.make_project("./trees.gpkg|layername=trees")
        self.write([self.create({"kind": "ash"}), self.patch(1, {"kind": "oak"}, {"kind": "yew"})])
        names, directory = sorted(os.listdir(self.files)), JobDirectory(self.io)
        os.mkfifo(directory.wake)
        directory.order.write_text(
            json.dumps({"arguments": ["apply_deltas", "--", projects.PROJECT_ID, "survey.qgs"], "environment": {}})
        )
        subprocess.run(
            [sys.executable, "entrypoint.py", "--wait"],
            cwd=projects.APP, env={**os.environ, "FIELDLOG_IO_DIR": str(self.io)}, check=True, capture_output=True,
        )  # fmt: skip
        self.assertEqual(rows(path, "SELECT kind FROM trees ORDER BY fid"), [("yew",), ("ash",)])
        self.assertEqual(sorted(os.listdir(self.files)), names)


def plain(log: str) -> str:
    """The log without what differs from run to run: times, and the ids of steps."""
    return re.sub(r"[0-9a-f-]{36}|^\d{4}-\d\d-\d\d \S+ ", "", log, flags=re.M)


if __name__ == "__main__":
    unittest.main()
