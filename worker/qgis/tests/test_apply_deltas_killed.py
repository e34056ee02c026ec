"""Jobs that are killed around a commit in a database: the next attempt leaves each feature there exactly once."""

import os
import random
import subprocess
import sys
import time

from .commits import CommitsCase, Worker
from .projects import APP, PROJECT_ID

_ROUNDS = 12
_DEADLINE_SECONDS = 60


class Killed(CommitsCase):
    def start(self) -> subprocess.Popen:
        """The job in a process of its own, as the worker starts it."""
        job = subprocess.Popen(
            [sys.executable, "entrypoint.py", "apply_deltas", "--", PROJECT_ID, "survey.qgs"],
            cwd=APP, env={**os.environ, "FIELDLOG_IO_DIR": str(self.io)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(job.wait)
        self.addCleanup(job.kill)
        return job

    def wait_for(self, is_true) -> None:
        ends = time.monotonic() + _DEADLINE_SECONDS
        while not is_true():
            self.assertLess(time.monotonic(), ends)
            time.sleep(0.0005)

    def kill_and_try_again(self, deltas: list[dict], worker: Worker, job: subprocess.Popen) -> list[str]:
        """Returns what became of the transactions that were announced before."""
        job.kill()
        job.wait()
        worker.end()
        self.tell(*worker.announced)
        items, _ = self.attempt(*deltas)
        self.assert_applied(*items)
        return [self.status(one) for one in worker.announced]

    def assert_each_once(self, ages: range) -> None:
        self.assertEqual(self.trees("age"), [(10,), *((age,) for age in ages)])
        self.query(f"DELETE FROM {self.name} WHERE age <> 10")

    def test_at_any_moment(self):
        seed = random.randrange(2**32)
        chance = random.Random(seed)
        ages, fates = range(100, 105), set()
        for round in range(_ROUNDS):
            # With a default there is a commit before each but the first.
            is_published = round % 2 == 1
            if is_published:
                self.make_project_with_default()
            else:
                self.make_project(self.source, provider="postgres")
            self.tell()
            more = {} if is_published else {"kind": "ash"}
            deltas = [self.create({"age": age, **more}, None) for age in ages]
            self.write(deltas)
            pause = chance.uniform(0, 0.02)

            def answer(_announced, pause=pause):
                time.sleep(pause)
                return "go"

            worker = Worker(self.folder, answer)
            worker.start()
            number = chance.randint(1, len(ages) if is_published else 1)
            with self.subTest(seed=seed, round=round, number=number):
                job = self.start()
                self.wait_for(lambda number=number, worker=worker: len(worker.announced) >= number)
                time.sleep(chance.uniform(0, 0.04))
                fates.update(self.kill_and_try_again(deltas, worker, job))
                self.assert_each_once(ages)
        self.assertLessEqual(fates, {"committed", "aborted"})

    def test_before_the_answer(self):
        self.write(deltas := [self.create({"kind": "ash", "age": 100}, None)])
        worker = Worker(self.folder, lambda _: None)
        worker.start()
        job = self.start()
        self.wait_for(lambda: worker.announced)
        self.assertEqual(self.kill_and_try_again(deltas, worker, job), ["aborted"])
        self.assert_each_once(range(100, 101))

    def test_after_the_commit(self):
        self.write(deltas := [self.create({"kind": "ash", "age": 100}, None)])
        worker = Worker(self.folder)
        worker.start()
        job = self.start()
        self.wait_for(lambda: worker.announced and self.status(worker.announced[0]) == "committed")
        self.assertEqual(self.kill_and_try_again(deltas, worker, job), ["committed"])
        self.assert_each_once(range(100, 101))
