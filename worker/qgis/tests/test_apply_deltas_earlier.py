"""What an earlier attempt has committed in a database is not done again, and what it has not is done."""

import json
from collections.abc import Callable
from unittest import mock

from osgeo import ogr

from fieldlog_qgis.deltas import earlier
from fieldlog_qgis.deltas.refusal import SourceRefused
from fieldlog_qgis.deltas.stores.postgres import PostgresStore
from fieldlog_qgis.deltas.stores.store import Fate
from fieldlog_qgis.errors import UnableToContinue

from .commits import CommitsCase, go, put, stop
from .delta_jobs import APPLIED, CONFLICT, FAILED, make_file, rows

_OAK = ("oak", 10)


class Committed(CommitsCase):
    def test_it_is_told_again_and_not_done_again(self):
        deltas = [
            self.create({"kind": "ash"}, "PointZ (1 2 3)", local_pk=7),
            self.patch(1, {"age": 10}, {"age": 11}),
            self.patch("", {"kind": "ash"}, {"kind": "password=x"}, local_pk=7),
            self.create({"kind": "elm"}, None),
            self.delete(1, {"kind": "oak"}),
        ]
        first, announced = self.attempt(*deltas)
        self.assert_applied(*first)
        table = self.trees("*")
        self.tell(*announced)
        with self.assertLogs("fieldlog", "INFO") as log:
            again, announced_again = self.attempt(*deltas)
        self.assertEqual((again, announced_again), (first, []))
        self.assertEqual(self.trees("*"), table)
        for delta in deltas:
            self.assertIn(f"Delta {delta['uuid']} was applied already", "\n".join(log.output))

    def test_later_deltas_find_what_was_created(self):
        create = self.create({"kind": "ash"}, None, local_pk=7)
        [created], announced = self.attempt(create)
        self.tell(*announced)
        later = [
            self.patch("", {"kind": "ash"}, {"kind": "elm"}, local_pk=7),
            # The device had it under a key that is taken by now.
            self.create({"id": int(created["modified_pk"]), "kind": "yew"}, None, local_pk=created["modified_pk"]),
        ]
        items, announced_again = self.attempt(create, *later)
        self.assert_applied(*items)
        self.assertEqual((items[0], items[1]["modified_pk"]), (created, created["modified_pk"]))
        self.assertEqual(self.trees("kind"), [("oak",), ("elm",), ("yew",)])
        self.assertEqual([one["outcomes"] for one in announced_again], [items[1:]])

    def test_its_place_is_that_in_the_file_of_now(self):
        create, other = self.create({"kind": "ash"}, None), self.create({"kind": "elm"}, None)
        [created], announced = self.attempt(create)
        self.tell(*announced)
        items, _ = self.attempt(other, create)
        self.assertEqual(items[1], created | {"delta_index": 1})
        self.assertEqual(self.trees("kind"), [("oak",), ("ash",), ("elm",)])

    def test_what_was_recorded_is_told_to_the_letter(self):
        create = self.create({"kind": "ash"}, None)
        _, [announced] = self.attempt(create)
        told = {
            "msg": "password='x' http://a:b@c",
            "conflicts": ["pwd=1"],
            "provider_errors": ["user=2"],
            "before": {"attributes": {"password": "password=3"}},
            "after": {"attributes": {"big": 9223372036854775807, "ratio": 0.1}, "geometry": "Point (1 2)"},
        }
        announced["outcomes"][0] |= told
        self.tell(announced)
        self.write([create])
        [item] = self.run_job().feedback["outputs"]["apply_deltas"]["delta_feedback"]
        self.assertEqual({name: item[name] for name in told}, told)
        self.assertIs(item["is_final"], True)

    def test_deltas_that_are_undone(self):
        deltas = [self.delete(1, {"kind": "oak", "age": 10}), self.create({"kind": "ash"}, None)]
        first, announced = self.attempt(*deltas)
        self.assert_applied(*first)
        self.tell()
        self.write([self.delta("delete", 2, {"attributes": {"kind": "oak", "age": 10}})])
        with self.worker() as worker:
            undone = self.apply_file("--inverse")
        self.tell(*worker.announced)
        self.assertEqual(self.apply_file("--inverse"), undone)
        self.assertEqual(self.trees("kind, age"), [("ash", None), _OAK])

    def test_a_part_of_what_was_published_is_there(self):
        self.make_project_with_default()
        deltas = [self.create({"age": age}, None) for age in (70, 1, 2)]
        answers = iter(("go", "go", "stop"))
        _, announced = self.attempt_that_fails(*deltas, answer=lambda _: next(answers))
        self.assertEqual([self.status(one) for one in announced], ["committed", "committed", "aborted"])
        self.tell(*announced)
        items, announced_again = self.attempt(*deltas)
        self.assert_applied(*items)
        self.assertEqual(self.trees("age"), [(10,), (70,), (1,), (2,)])
        self.assertEqual([*announced[0]["outcomes"], *announced[1]["outcomes"]], items[:2])
        self.assertEqual([one["outcomes"] for one in announced_again], [items[2:]])

    def test_files_are_edited_all_the_same(self):
        _, bees = self.make_project_with_file()
        path = self.files / "bees.gpkg"
        before = path.read_bytes()
        deltas = [
            self.create({"kind": "ash"}, None),
            self.create({"kind": "ant"}, sourceLayerId=bees, localLayerId=bees),
        ]
        first, announced = self.attempt(*deltas)
        # Of an attempt whose end is not known the files are thrown away.
        path.write_bytes(before)
        self.tell(*announced)
        self.assertEqual(self.attempt(*deltas), (first, []))
        self.assertEqual(self.trees("kind"), [("oak",), ("ash",)])
        self.assertEqual(rows(path, "SELECT kind FROM trees"), [("bee",), ("ant",)])


class NotCommitted(CommitsCase):
    def test_it_is_done_once(self):
        deltas = [self.create({"kind": "ash"}, None), self.patch(1, {"age": 10}, {"age": 11})]
        _, announced = self.attempt_that_fails(*deltas, answer=stop)
        self.tell(*announced)
        items, announced_again = self.attempt(*deltas)
        self.assert_applied(*items)
        self.assertEqual(self.trees("kind, age"), [("oak", 11), ("ash", None)])
        self.assertEqual([one["outcomes"] for one in announced_again], [items])
        self.tell(*announced, *announced_again)
        self.assertEqual(self.attempt(*deltas), (items, []))
        self.assertEqual(self.trees("kind, age"), [("oak", 11), ("ash", None)])

    def test_deltas_that_were_not_in_it_are_as_always(self):
        _, announced = self.attempt(self.create({"kind": "ash"}, None))
        self.tell(*announced)
        with mock.patch.object(PostgresStore, "became_of") as became_of:
            self.assert_applied(*self.attempt(self.create({"kind": "elm"}, None))[0])
        became_of.assert_not_called()


class Open(CommitsCase):
    """The transaction of an earlier attempt that has not ended yet."""

    def setUp(self):
        super().setUp()
        self.create_ash = self.create({"kind": "ash"}, None, local_pk=7)
        self.other = self.another_connection()
        with self.other.cursor() as cursor:
            cursor.execute(f"INSERT INTO {self.name} (id, kind) VALUES (50, 'ash') RETURNING txid_current()")
            transaction = cursor.fetchone()[0]
        outcome = {"delta_id": self.create_ash["uuid"], "msg": "Created.", "status": APPLIED, "modified_pk": "50"}
        self.announced = {
            "database": self.system_identifier(), "transaction": str(transaction), "outcomes": [outcome]
        }  # fmt: skip
        self.tell(self.announced)

    def attempt_while_it_ends(self, end: Callable[[], None], *deltas: dict) -> list[dict]:
        """Applies deltas; the other transaction ends after the database has been asked twice."""
        became_of, fates = PostgresStore.became_of, []

        def asked(store, transaction):
            fates.append(became_of(store, transaction))
            if len(fates) == 2:
                end()
            return fates[-1]

        with mock.patch.object(PostgresStore, "became_of", asked):
            items, _ = self.attempt(*deltas)
        self.assertEqual(fates[:2], [Fate.IN_PROGRESS] * 2)
        self.assertIn(fates[-1], (Fate.COMMITTED, Fate.ABORTED))
        return items

    def deltas(self) -> list[dict]:
        return [self.create_ash, self.patch("", {"kind": "ash"}, {"kind": "elm"}, local_pk=7)]

    def test_it_commits(self):
        items = self.attempt_while_it_ends(self.other.commit, *self.deltas())
        self.assertEqual((items[0]["msg"], items[1]["status"]), ("Created.", APPLIED))
        self.assertEqual(self.trees("id, kind"), [(1, "oak"), (50, "elm")])

    def test_it_commits_and_is_seen_whatever_is_the_servers_default(self):
        database = self.connection.info.dbname
        self.query(f"ALTER DATABASE {database} SET default_transaction_isolation TO 'repeatable read'")
        self.addCleanup(self.query, f"ALTER DATABASE {database} RESET default_transaction_isolation")
        patch = self.patch(1, {"age": 10}, {"age": 11})
        items = self.attempt_while_it_ends(self.other.commit, patch, *self.deltas())
        self.assert_applied(items[0], items[2])
        self.assertEqual(self.trees("id, kind, age"), [(1, "oak", 11), (50, "elm", None)])

    def test_it_rolls_back(self):
        items = self.attempt_while_it_ends(self.other.rollback, *self.deltas())
        self.assert_applied(*items)
        self.assertEqual(self.trees("kind"), [("oak",), ("elm",)])
        self.assertNotEqual(items[0]["msg"], "Created.")

    def test_its_connection_is_cut(self):
        self.assert_applied(*self.attempt_while_it_ends(self.other.close, *self.deltas()))
        self.assertEqual(self.trees("kind"), [("oak",), ("elm",)])

    def test_it_does_not_end(self):
        with mock.patch.object(earlier, "OPEN_SECONDS", 0.3):
            said, announced = self.attempt_that_fails(
                self.patch(1, {"age": 10}, {"age": 11}), *self.deltas(), answer=go
            )
        self.assertIn(f"transaction {self.announced['transaction']}", said)
        self.assertIn("is still open after 0.3 s", said)
        self.other.rollback()
        self.assertEqual((self.trees("kind, age"), announced), ([_OAK], []))


class Unknown(CommitsCase):
    def setUp(self):
        super().setUp()
        self.deltas = [self.create({"kind": "ash"}, None), self.patch(1, {"age": 10}, {"age": 11})]
        _, [self.announced] = self.attempt_that_fails(*self.deltas, answer=stop)

    def assert_refused(self, *earlier: dict, words: str) -> None:
        """The deltas that were sent are, and others are not."""
        self.tell(*earlier)
        other = self.create({"kind": "yew"}, None)
        items, announced = self.attempt(*self.deltas, other)
        for item in items[:2]:
            self.assert_failed(item, "it cannot be found out whether that was committed: " + words, CONFLICT)
            self.assertIn("So it is not applied again", item["msg"])
            self.assertNotIn("is_final", item)
        self.assert_applied(items[2])
        self.assertEqual([one["outcomes"] for one in announced], [items[2:]])
        self.assertEqual(self.trees("kind, age"), [_OAK, ("yew", None)])
        self.query(f"DELETE FROM {self.name} WHERE kind = 'yew'")

    def test_another_database(self):
        self.assert_refused(
            self.announced | {"database": "db.example.org:5432"},
            words="layer 'Layer of ",
        )

    def test_a_transaction_that_the_database_does_not_know_yet(self):
        for transaction in (int(self.announced["transaction"]) + 10**6, 2**63, 10**19):
            self.assert_refused(self.announced | {"transaction": str(transaction)}, words="the database does not say")

    def test_a_transaction_that_the_database_has_forgotten(self):
        ask = PostgresStore._ask
        with mock.patch.object(
            PostgresStore, "_ask", lambda store, text, *rest: None if "txid_status" in text else ask(store, text, *rest)
        ):
            self.assert_refused(self.announced, words="the database does not say")

    def test_what_is_unknown_is_named(self):
        self.tell(self.announced | {"database": "db.example.org:5432"})
        items, _ = self.attempt(*self.deltas)
        for words in (
            f"the database db.example.org:5432 in transaction {self.announced['transaction']}",
            f"is in the database {self.system_identifier()} now",
            "applied all the same or ignored",
        ):
            self.assertIn(words, items[0]["msg"])

    def test_what_somebody_insists_on_is_applied_though_nobody_can_tell_and_not_what_is_there(self):
        deltas = [delta | {"overwriteConflicts": True} for delta in self.deltas]
        self.tell(self.announced | {"database": "db.example.org:5432"})
        items, [committed] = self.attempt(*deltas)
        for item in items:
            self.assert_applied(item)
        trees = self.trees("kind, age")
        self.tell(self.announced | {"database": "db.example.org:5432"}, committed)
        self.assertEqual(self.attempt(*deltas), (items, []))
        self.assertEqual(self.trees("kind, age"), trees)

    def test_one_unknown_among_those_that_were_not_committed_is_enough(self):
        unknown = self.announced | {"database": "another"}
        self.assert_refused(self.announced, unknown, words="")
        self.assert_refused(unknown, self.announced, words="")

    def test_one_that_was_committed_is_enough(self):
        self.tell(self.announced)
        first, [committed] = self.attempt(*self.deltas)
        unknown = self.announced | {"database": "another"}
        for told in ([unknown, committed, self.announced], [committed, unknown], [self.announced, committed]):
            self.tell(*told)
            self.assertEqual(self.attempt(*self.deltas), (first, []))
        self.assertEqual(self.trees("kind, age"), [("oak", 11), ("ash", None)])

    def test_the_database_is_asked_once_for_all_deltas_of_a_transaction(self):
        self.tell(self.announced)
        with mock.patch.object(PostgresStore, "became_of", autospec=True, return_value=Fate.UNKNOWN) as became_of:
            self.attempt(*self.deltas)
        became_of.assert_called_once_with(mock.ANY, int(self.announced["transaction"]))

    def test_a_layer_that_is_in_no_database_any_more(self):
        make_file(self.files / "trees.gpkg", "GPKG", {"kind": ogr.OFTString})
        [layer] = self.make_project("./trees.gpkg|layername=trees")
        self.tell(self.announced)
        items, _ = self.attempt(*[delta | {"sourceLayerId": layer} for delta in self.deltas])
        for item in items:
            self.assert_failed(item, "is in no database any more", CONFLICT)
        self.assertEqual(rows(self.files / "trees.gpkg", "SELECT * FROM trees"), [])

    def test_a_layer_that_is_gone(self):
        self.tell(self.announced)
        gone = {"sourceLayerId": "gone"}
        items, _ = self.attempt(*[delta | gone for delta in self.deltas], self.create({"kind": "yew"}, None, **gone))
        for item in items[:2]:
            self.assert_failed(item, "There is no layer 'gone'")
            self.assertIn("An earlier attempt may have made this edit in a database already.", item["msg"])
        self.assertNotIn("earlier attempt", items[2]["msg"])

    def test_a_database_that_cannot_be_opened(self):
        self.tell(self.announced)
        with mock.patch.object(PostgresStore, "__init__", side_effect=SourceRefused("No.", ["why"])):
            items, _ = self.attempt(*self.deltas)
        for item in items:
            self.assertEqual(item["msg"], "No. An earlier attempt may have made this edit in a database already.")
            self.assertEqual((item["status"], item["e_type"], item["provider_errors"]), (FAILED, "IO", ["why"]))


class Malformed(CommitsCase):
    def assert_malformed(self, words: str = "") -> None:
        self.write([self.create({"kind": "ash"}, None)])
        with self.assertRaises(UnableToContinue) as caught:
            self.apply_file()
        self.assertIn("What earlier attempts did is not known from", str(caught.exception))
        self.assertIn(words, str(caught.exception))
        self.assertEqual(self.trees("kind, age"), [_OAK])

    def test_there_is_none(self):
        (self.folder / "earlier.json").unlink()
        self.assert_malformed("earlier.json: it cannot be read: No such file")

    def test_it_is_something_else(self):
        good = {"database": "a:1", "transaction": "1", "outcomes": "earlier-1.json"}
        put(self.folder / "earlier-1.json", "[]")
        bad = [
            *({name: value for name, value in good.items() if name != missing} for missing in good),
            *(good | {"transaction": value} for value in (1, "", "x", "-1", "1 ", "١", "1" * 21)),
            *(good | {"outcomes": value} for value in ("", ".", "..", "../earlier.json", "/etc/passwd", "nowhere", [])),
            good | {"database": ""}, [], "x", None,
        ]  # fmt: skip
        texts = ["", "{", "[]", "null", '{"commits": {}}', "{}", "[" * 100_000]
        for text in [*texts, *(json.dumps({"commits": [good, commit]}) for commit in bad)]:
            with self.subTest(text[:200]):
                put(self.folder / "earlier.json", text)
                self.assert_malformed()

    def test_the_outcomes_are_something_else(self):
        good = {"delta_id": "x", "msg": "", "status": APPLIED, "modified_pk": "1", "before": None, "after": {}}
        bad = [
            "{", "{}", "null", "[null]", "[[]]",
            *(json.dumps([good, good | changes]) for changes in (
                {"msg": None}, {"status": 1}, {"delta_id": 1}, {"modified_pk": 1}, {"before": []}, {"after": "x"},
                {"conflicts": "x"}, {"provider_errors": {}}, {"e_type": 0})),
        ]  # fmt: skip
        for text in bad:
            with self.subTest(text):
                self.tell({"database": "a:1", "transaction": "1", "outcomes": []})
                put(self.folder / "earlier-1.json", text)
                self.assert_malformed("earlier-1.json")
