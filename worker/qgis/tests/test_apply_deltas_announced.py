"""No commit in a database is made before the worker has heard of it and said go."""

import json
import os
import time
import uuid
from unittest import mock

from qgis.core import QgsDataSourceUri

from fieldlog_qgis.deltas import commits
from fieldlog_qgis.deltas.applying import Applier
from fieldlog_qgis.deltas.stores.postgres import PostgresStore

from .commits import CommitsCase, go, put, stop
from .databases import CONNECTION
from .delta_jobs import APPLIED, CONFLICT, FAILED, rows

_OAK = ("oak", 10)


class Announcing(CommitsCase):
    def test_what_is_announced_is_what_the_feedback_says_then(self):
        def answer(announced):
            self.assertEqual(self.trees("kind, age"), [_OAK])
            self.assertEqual(self.status(announced), "in progress")
            return "go"

        items, announced = self.attempt(
            self.create({"kind": "ash"}, None),
            self.patch(1, {"age": 99}, {"age": 11}),
            self.patch(1, {"age": "password='hunter2'"}, {"age": 11}) | {"overwriteConflicts": True},
            self.create({"kind": "much too long a name"}, None),
            self.create({"kind": "user=x ü", "notes": {"a": [1, None, 1.5]}}, "PointZ (0.1 0.2 0.3)"),
            answer=answer,
        )
        self.assertEqual([item["status"] for item in items], [APPLIED, CONFLICT, APPLIED, FAILED, APPLIED])
        self.assertEqual(self.trees("kind, age"), [("oak", 11), ("ash", None), ("user=x ü", None)])
        [one] = announced
        self.assertEqual(one["outcomes"], [items[0], items[2], items[4]])
        self.assertTrue(all(item["is_final"] for item in one["outcomes"]))
        self.assertEqual(
            (sorted(one), one["database"]), (["database", "outcomes", "transaction"], self.system_identifier())
        )
        self.assertEqual(self.status(one), "committed")
        self.assertNotIn("hunter2", json.dumps(items[2]["msg"]))
        self.assertFalse([name for name in os.listdir(self.folder) if name.endswith(".part")])

    def test_the_feedback_of_the_whole_job_says_the_same(self):
        self.write([self.create({"kind": "ash"}, "PointZ (1 2 3)"), self.patch(1, {"age": 10}, {"age": 11})])
        with self.worker() as worker:
            result = self.run_job()
        self.assertEqual(worker.announced[0]["outcomes"], result.feedback["outputs"]["apply_deltas"]["delta_feedback"])

    def test_what_writes_nothing_is_not_announced(self):
        items, announced = self.attempt(
            self.patch(1, {"age": 10}, {"age": 10}),
            self.patch(1, {"age": 99}, {"age": 11}),
            self.create({"kind": "much too long a name"}, None),
        )
        self.assertEqual([item["status"] for item in items], [APPLIED, CONFLICT, FAILED])
        self.assertEqual(([item.get("is_final") for item in items], announced), ([True, None, None], []))

    def test_without_a_folder_nobody_is_asked(self):
        self.folder.joinpath("earlier.json").unlink()
        self.folder.rmdir()
        began = time.monotonic()
        item = self.apply_one(self.create({"kind": "ash"}, None))
        self.assertLess(time.monotonic() - began, 30)
        self.assertEqual((item["status"], item["is_final"], self.folder.exists()), (APPLIED, True, False))
        self.assertEqual(self.trees("kind"), [("oak",), ("ash",)])

    def test_files_are_complete_before_and_are_not_announced(self):
        _, bees = self.make_project_with_file()

        def answer(_announced):
            self.assertEqual(rows(self.files / "bees.gpkg", "SELECT kind FROM trees"), [("bee",), ("ant",)])
            self.assertEqual(rows(self.files / "bees.gpkg", "SELECT feature_count FROM gpkg_ogr_contents"), [(2,)])
            return "go"

        deltas = [
            self.create({"kind": "ash"}, None),
            self.create({"kind": "ant"}, sourceLayerId=bees, localLayerId=bees),
        ]
        items, announced = self.attempt(*deltas, answer=answer)
        self.assertEqual([item.get("is_final") for item in items], [True, None])
        self.assertEqual([one["outcomes"] for one in announced], [[items[0]]])

    def test_each_connection_has_a_commit_of_its_own(self):
        other = self.source.replace(CONNECTION, f"{CONNECTION} sslmode=disable")
        first, second = self.make_project(self.source, other, provider="postgres")
        deltas = [
            self.create({"kind": "ash"}, None),
            self.create({"kind": "elm"}, None, sourceLayerId=second, localLayerId=second),
        ]
        items, announced = self.attempt(*deltas)
        self.assertEqual([one["outcomes"] for one in announced], [[items[0]], [items[1]]])
        self.assertEqual(len({one["transaction"] for one in announced}), 2)
        self.assertEqual([self.status(one) for one in announced], ["committed"] * 2)
        self.assertEqual(self.trees("kind"), [("oak",), ("ash",), ("elm",)])


class Refusing(CommitsCase):
    def test_the_worker_says_stop(self):
        abandon = PostgresStore.abandon
        with mock.patch.object(PostgresStore, "abandon", autospec=True, side_effect=abandon) as abandoned:
            said, announced = self.attempt_that_fails(self.create({"kind": "ash"}, None), answer=stop)
        abandoned.assert_called_once()
        self.assertIn("the worker said 'stop'", said)
        self.assertEqual((self.trees("kind, age"), self.status(announced[0])), ([_OAK], "aborted"))

    def test_the_whole_job_fails_when_the_worker_says_stop(self):
        self.write([self.create({"kind": "ash"}, None)])
        with self.worker(stop):
            result = self.run_job()
        self.assertEqual((result.exit_code, result.feedback["error_type"]), (0, "UNABLE_TO_CONTINUE"))
        self.assertEqual(result.feedback["outputs"], {})
        self.assertEqual(self.trees("kind, age"), [_OAK])

    def test_the_worker_says_something_else(self):
        said, _ = self.attempt_that_fails(self.create({"kind": "ash"}, None), answer=lambda _: "go on")
        self.assertIn("'go on'", said)
        self.assertEqual(self.trees("kind, age"), [_OAK])

    def test_the_worker_does_not_answer(self):
        with mock.patch.object(commits, "ANSWER_SECONDS", 0.3):
            said, announced = self.attempt_that_fails(self.create({"kind": "ash"}, None), answer=lambda _: None)
        self.assertIn("the worker did not answer within 0.3 s", said)
        self.assertEqual((self.trees("kind, age"), self.status(announced[0])), ([_OAK], "aborted"))

    def test_an_answer_that_is_there_before_is_none(self):
        put(self.folder / "1.answer", "go")
        said, announced = self.attempt_that_fails(self.create({"kind": "ash"}, None), answer=go)
        self.assertIn("before it was announced", said)
        self.assertEqual((self.trees("kind, age"), announced), ([_OAK], []))

    def test_a_folder_that_cannot_be_written(self):
        self.folder.chmod(0o500)
        self.addCleanup(self.folder.chmod, 0o700)
        said, _ = self.attempt_that_fails(self.create({"kind": "ash"}, None), answer=go)
        self.assertIn("cannot be announced", said)
        self.assertEqual(self.trees("kind, age"), [_OAK])

    def test_what_the_database_refuses_in_the_end_has_failed(self):
        self.defer()
        items, announced = self.attempt(
            self.patch(1, {"age": 10}, {"age": 11}), self.create({"kind": "ash", "big": 1}, None)
        )
        for item in items:
            self.assert_failed(item, "The database refused to commit")
        self.assertEqual((self.trees("kind, age"), self.fate(announced[0])), ([_OAK], "aborted"))

    def test_a_connection_that_is_lost_before_the_commit_is_announced(self):
        def lose(applier):
            self.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
            finish(applier)

        finish = Applier._finish
        with mock.patch.object(Applier, "_finish", lose):
            items, announced = self.attempt(self.create({"kind": "ash"}, None))
        self.assert_failed(items[0], "The database refused to commit")
        self.assertEqual((self.trees("kind, age"), announced), ([_OAK], []))

    def test_a_connection_that_is_lost_in_the_commit(self):
        def answer(announced):
            self.query(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE backend_xid = '{announced['transaction']}'::xid8::xid"
            )
            return "go"

        said, announced = self.attempt_that_fails(self.create({"kind": "ash"}, None), answer=answer)
        self.assertIn("Whether it did is not known here", said)
        self.assertEqual((self.trees("kind, age"), self.fate(announced[0])), ([_OAK], "aborted"))


class Publishing(CommitsCase):
    """Before QGIS evaluates a default, it has to see what was done so far."""

    def setUp(self):
        super().setUp()
        self.make_project_with_default()

    def test_each_commit_is_announced(self):
        items, announced = self.attempt(
            self.create({"age": 70}, None), self.create({"age": 1}, None), self.create({"kind": "elm"}, None)
        )
        self.assertEqual(self.trees("kind")[1:], [("tree 10",), ("tree 70",), ("elm",)])
        self.assertEqual([one["outcomes"] for one in announced], [items[:1], items[1:]])

    def test_nothing_is_committed_when_nothing_was_written(self):
        with mock.patch.object(PostgresStore, "publish") as publish:
            items, announced = self.attempt(
                self.patch(1, {"age": 10}, {"age": 10}), self.create({"kind": "much too long a name"}, None),
                self.create({"age": 5}, None),
            )  # fmt: skip
        publish.assert_not_called()
        self.assertEqual([item["status"] for item in items], [APPLIED, FAILED, APPLIED])
        self.assertEqual([one["outcomes"] for one in announced], [[items[0], items[2]]])

    def test_what_was_committed_before_the_worker_says_stop_stays(self):
        answers = iter(("go", "stop"))
        said, announced = self.attempt_that_fails(
            *[self.create({"age": age}, None) for age in (70, 1, 2)], answer=lambda _: next(answers)
        )
        self.assertIn("'stop'", said)
        self.assertEqual(self.trees("kind, age"), [_OAK, ("tree 10", 70)])
        self.assertEqual([self.status(one) for one in announced], ["committed", "aborted"])

    def test_what_the_database_refuses_to_commit_in_between_has_failed(self):
        self.defer()
        items, announced = self.attempt(
            self.create({"kind": "ash", "big": 1}, None), self.create({"age": 5}, None), self.create({"age": 6}, None)
        )
        self.assertEqual([item["status"] for item in items], [FAILED, FAILED, APPLIED])
        self.assertEqual([item.get("is_final") for item in items], [None, None, True])
        self.assertEqual(self.trees("kind, age"), [_OAK, ("tree 10", 6)])
        self.assertEqual([self.status(one) for one in announced], ["aborted", "committed"])

    def test_what_cannot_be_announced_for_an_unforeseen_reason_is_never_committed(self):
        with mock.patch.object(commits, "_put", side_effect=RecursionError), self.assertRaises(RecursionError):
            self.attempt(self.create({"age": 70}, None), self.create({"age": 1}, None))
        self.assertEqual(self.trees("kind, age"), [_OAK])

    def test_the_role_of_a_layer_holds_in_each_transaction(self):
        self.defer()
        role = f"role_{uuid.uuid4().hex}"
        self.query(
            f"CREATE ROLE {role}; GRANT ALL ON {self.name} TO {role};"
            f"GRANT USAGE ON SEQUENCE {self.name}_id_seq TO {role};"
            f"ALTER TABLE {self.name} ALTER made SET DEFAULT current_user"
        )
        self.addCleanup(self.query, f"DROP OWNED BY {role}; DROP ROLE {role}")
        self.source = self.source.replace(CONNECTION, f"{CONNECTION} session_role={role}")
        self.make_project_with_default()
        creates = [{"kind": "ash", "big": 1}, *({"age": age} for age in (5, 6, 7))]
        items, announced = self.attempt(*[self.create(attributes, None) for attributes in creates])
        self.assertEqual([item["status"] for item in items], [FAILED, FAILED, APPLIED, APPLIED])
        self.assertEqual([self.status(one) for one in announced], ["aborted", "committed", "committed"])
        self.assertEqual(self.trees("age, made")[1:], [(6, role), (7, role)])


class Identity(CommitsCase):
    """Whoever may not read the number of the cluster knows it by where it is reached."""

    def setUp(self):
        super().setUp()
        role = f"role_{uuid.uuid4().hex}"
        self.query(
            f"CREATE ROLE {role} LOGIN PASSWORD 'hunter2'; GRANT ALL ON {self.name} TO {role};"
            f"GRANT USAGE ON SEQUENCE {self.name}_id_seq TO {role}"
        )
        self.addCleanup(self.query, f"DROP OWNED BY {role}; DROP ROLE {role}")
        parts = [part for part in CONNECTION.split() if not part.startswith(("user=", "password="))]
        self.role_source = self.source.replace(CONNECTION, " ".join([*parts, f"user={role} password=hunter2"]))

    def test_an_ordinary_role(self):
        self.make_project(self.role_source, provider="postgres")
        _, [announced] = self.attempt(self.create({"kind": "ash"}, None))
        self.assertEqual(announced["database"], self.system_identifier())

    def test_a_role_that_may_not_read_it(self):
        self.query("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        self.addCleanup(self.query, "GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC")
        self.make_project(self.role_source, provider="postgres")
        deltas = [self.create({"kind": "ash"}, None), self.patch(1, {"age": 10}, {"age": 11})]
        first, [announced] = self.attempt(*deltas)
        info = self.connection.info
        self.assertEqual(announced["database"], f"{info.host}:{info.port}/{info.dbname}")
        self.assertNotIn("hunter2", announced["database"])
        self.assertEqual(self.trees("kind, age"), [("oak", 11), ("ash", None)])
        self.tell(announced)
        self.assertEqual(self.attempt(*deltas), (first, []))
        self.assertEqual(self.trees("kind, age"), [("oak", 11), ("ash", None)])


class Session(CommitsCase):
    def test_the_server_ends_what_a_lost_machine_has_open(self):
        store = PostgresStore(QgsDataSourceUri(self.source))
        self.addCleanup(store.abandon)
        self.assertEqual(store._ask("SHOW idle_in_transaction_session_timeout"), "330s")
        self.assertEqual(store._ask("SHOW lock_timeout"), "10s")
        self.assertEqual(store._ask("SHOW transaction_isolation"), "read committed")
