"""The worker's part in the commits of a job, in the tests: it answers what is announced, and tells the next attempt."""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from osgeo import ogr
from qgis.core import QgsDefaultValue, QgsVectorLayer

from fieldlog_qgis.errors import UnableToContinue

from .databases import CONNECTION, PostgresCase
from .delta_jobs import make_file

# Lets constraints wait for the commit again.
_DEFER = """
    CREATE FUNCTION defer_{name}() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN SET CONSTRAINTS ALL DEFERRED; RETURN NEW; END';
    CREATE TRIGGER defer BEFORE INSERT ON {name} FOR EACH ROW EXECUTE FUNCTION defer_{name}()
"""

_DEADLINE_SECONDS = 60

Answer = Callable[[dict], str | None]


def go(_announced: dict) -> str:
    return "go"


def stop(_announced: dict) -> str:
    return "stop"


class Worker(threading.Thread):
    """Answers what a container announces in a folder; None is no answer."""

    def __init__(self, folder: Path, answer: Answer = go):
        super().__init__(daemon=True)
        self._folder = folder
        self._answer = answer
        self._is_over = threading.Event()
        self._failure: BaseException | None = None
        self.announced: list[dict] = []

    def run(self) -> None:
        while not self._is_over.is_set():
            number = len(self.announced) + 1
            path = self._folder / f"{number}.json"
            if not path.exists():
                time.sleep(0.001)
                continue
            announced = json.loads(path.read_bytes())
            # Durable before the answer.
            self.announced.append(announced)
            said = self._say(announced)
            if said is not None:
                put(self._folder / f"{number}.answer", said)

    def end(self) -> None:
        self._is_over.set()
        self.join()
        if self._failure is not None:
            raise self._failure

    def _say(self, announced: dict) -> str | None:
        try:
            return self._answer(announced)
        except BaseException as failure:  # noqa: BLE001 - it belongs to the test, whose job is waiting
            self._failure = failure
            return "stop"


def put(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.tmp")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, path)


class CommitsCase(PostgresCase):
    """A project over a table in PostgreSQL, and a worker that wants to hear of commits."""

    def setUp(self):
        super().setUp()
        self.folder = self.io / "commits"
        self.tell()

    def tell(self, *earlier: dict) -> None:
        """A new folder, for an attempt after these announcements."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        commits = []
        for number, announced in enumerate(earlier, 1):
            name = f"earlier-{number}.json"
            put(self.folder / name, json.dumps(announced["outcomes"]))
            commits.append(announced | {"outcomes": name})
        put(self.folder / "earlier.json", json.dumps({"commits": commits}))

    @contextmanager
    def worker(self, answer: Answer = go):
        worker = Worker(self.folder, answer)
        worker.start()
        try:
            yield worker
        finally:
            worker.end()

    def attempt(self, *deltas: dict, answer: Answer = go) -> tuple[list[dict], list[dict]]:
        """Applies deltas; returns the feedback on each, and what was announced."""
        with self.worker(answer) as worker:
            items = self.apply(*deltas)
        return items, worker.announced

    def attempt_that_fails(self, *deltas: dict, answer: Answer) -> tuple[str, list[dict]]:
        """Applies deltas in a job that fails; returns why, and what was announced."""
        with self.worker(answer) as worker, self.assertRaises(UnableToContinue) as caught:
            self.apply(*deltas)
        return str(caught.exception), worker.announced

    def make_project_with_default(self) -> None:
        """Fills `kind` with what QGIS reads from the table with a connection of its own."""

        def prepare(_project, layer):
            expression = QgsDefaultValue("'tree ' || maximum(\"age\")")
            layer.setDefaultValueDefinition(layer.fields().indexOf("kind"), expression)

        self.make_project(self.source, provider="postgres", prepare=prepare)

    def make_project_with_file(self) -> tuple[str, str]:
        """A project over the table and a GeoPackage, bees.gpkg, with a bee in it; returns the ids of their layers."""
        path, ids = self.files / "bees.gpkg", []
        make_file(path, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "bee"})])

        def prepare(project, _trees):
            bees = QgsVectorLayer(f"{path}|layername=trees", "Bees", "ogr")
            project.addMapLayer(bees)
            ids.append(bees.id())

        return self.make_project(self.source, provider="postgres", prepare=prepare)[0], ids[0]

    def defer(self) -> None:
        """From now on the database refuses a second `big` when it is to commit, and not before."""
        self.query(_DEFER.format(name=self.name))
        self.addCleanup(self.query, f"DROP FUNCTION defer_{self.name} CASCADE")

    def another_connection(self, parameters: str = CONNECTION):
        connection = psycopg2.connect(parameters)
        self.addCleanup(connection.close)
        return connection

    def fate(self, announced: dict) -> str:
        """How a transaction ended; that of a connection that was cut takes a moment."""
        ends = time.monotonic() + _DEADLINE_SECONDS
        while self.status(announced) == "in progress" and time.monotonic() < ends:
            time.sleep(0.01)
        return self.status(announced)

    def status(self, announced: dict) -> str:
        return self.query(f"SELECT txid_status({announced['transaction']})")[0][0]

    def system_identifier(self) -> str:
        return str(self.query("SELECT system_identifier FROM pg_control_system()")[0][0])
