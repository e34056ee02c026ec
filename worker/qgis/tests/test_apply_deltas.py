"""What each method of a delta does, in a GeoPackage: the rules that hold for every format."""

import json

from osgeo import ogr
from qgis.core import QgsDefaultValue, QgsExpressionContextUtils, QgsField, QgsVectorLayerJoinInfo
from qgis.PyQt.QtCore import QMetaType

from .delta_jobs import APPLIED, CLIENT, CONFLICT, FAILED, UNKNOWN, DeltaCase, make_file, rows, sql

FIELDS = {"kind": ogr.OFTString, "height": ogr.OFTReal, "age": ogr.OFTInteger}
ROWS = [
    ("POINT (0 0)", {"kind": "oak", "height": 1.5, "age": 10}),
    ("POINT (5 5)", {"kind": "elm", "height": 2.5, "age": 20}),
]


class GeopackageCase(DeltaCase):
    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.gpkg"
        make_file(self.path, "GPKG", FIELDS, rows=ROWS)
        self.make_project("./trees.gpkg|layername=trees")

    def trees(self) -> list[tuple]:
        return rows(self.path, "SELECT fid, kind, height, age FROM trees ORDER BY fid")

    def place(self, fid: int) -> tuple:
        return rows(self.path, f"SELECT minx, maxx, miny, maxy FROM rtree_trees_geom WHERE id = {fid}")[0]


class Creating(GeopackageCase):
    def test_a_feature_is_stored_as_the_delta_says(self):
        item = self.apply_one(self.create({"kind": "ash", "height": 0.1, "age": 3}, "Point (1.5 -2.25)"))
        self.assert_applied(item)
        self.assertEqual(self.trees()[2:], [(3, "ash", 0.1, 3)])
        self.assertEqual(self.place(3), (1.5, 1.5, -2.25, -2.25))
        self.assertEqual((item["modified_pk"], item["feature_pk"], item["before"]), ("3", "", None))
        expected = {"attributes": {"fid": 3, "kind": "ash", "height": 0.1, "age": 3}, "geometry": "Point (1.5 -2.25)"}
        self.assertEqual(item["after"], expected)

    def test_a_key_that_is_free_is_kept(self):
        item = self.apply_one(self.create({"fid": 77, "kind": "ash"}))
        self.assertEqual((item["modified_pk"], self.trees()[-1][:2]), ("77", (77, "ash")))

    def test_a_key_that_is_taken_gives_way_to_one_of_the_source(self):
        item = self.apply_one(self.create({"fid": 2, "kind": "ash"}, local_pk=2))
        self.assert_applied(item)
        self.assertEqual(item["modified_pk"], "3")
        self.assertEqual(self.trees()[1:], [(2, "elm", 2.5, 20), (3, "ash", None, None)])

    def test_the_word_for_a_key_yet_to_be_made_is_no_key(self):
        self.assertEqual(self.apply_one(self.create({"fid": "Autogenerate"}))["modified_pk"], "3")

    def test_a_value_without_a_column_is_not_dropped(self):
        item = self.apply_one(self.create({"kind": "ash", "colour": "red"}))
        self.assert_failed(item, "has no column 'colour'")
        self.assertEqual((item["reason"], item["missing_columns"]), ("missing_column", ["colour"]))
        self.assertEqual(len(self.trees()), 2)

    def test_without_a_geometry_the_feature_has_no_place(self):
        item = self.apply_one(self.create({"kind": "ash"}, None))
        self.assert_applied(item)
        self.assertIsNone(item["after"]["geometry"])
        self.assertEqual(rows(self.path, "SELECT geom FROM trees WHERE fid = 3"), [(None,)])

    def test_null_says_nothing_and_the_default_of_the_table_comes_instead(self):
        sql(self.path, "ALTER TABLE trees ADD COLUMN state TEXT NOT NULL DEFAULT 'new'")
        self.make_project("./trees.gpkg|layername=trees")
        items = self.apply(self.create({"state": None}), self.create({}), self.create({"state": ""}))
        self.assert_applied(*items)
        self.assertEqual(rows(self.path, "SELECT state FROM trees WHERE fid > 2"), [("new",), ("new",), ("",)])
        self.assertEqual([item.get("made") for item in items], [{"state": "new"}, {"state": "new"}, None])

    def test_the_description_of_the_table_follows(self):
        self.apply(self.create({}, "Point (90 -45)"), self.delete(1))
        self.assertEqual(rows(self.path, "SELECT feature_count FROM gpkg_ogr_contents"), [(2,)])
        extent = rows(self.path, "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents")
        self.assertEqual(extent, [(0, -45, 90, 5)])


class Defaults(GeopackageCase):
    def make(self, expression: str, on_update=False) -> None:
        def prepare(_project, layer):
            layer.setDefaultValueDefinition(layer.fields().indexOf("kind"), QgsDefaultValue(expression, on_update))

        self.make_project("./trees.gpkg|layername=trees", prepare=prepare)

    def test_they_fill_fields_that_a_create_does_not_name_and_no_others(self):
        self.make("'a tree of ' || \"age\"")
        self.assert_applied(
            *self.apply(self.create({"age": 7}), self.create({"kind": None}), self.create({"kind": "fir"}))
        )
        self.assertEqual([row[1] for row in self.trees()[2:]], ["a tree of 7", None, "fir"])

    def test_they_see_what_earlier_deltas_did(self):
        self.make("'tree ' || (maximum(\"age\") + 1)")
        self.assert_applied(*self.apply(self.create({"age": 50}), self.create({"age": 1})))
        self.assertEqual([row[1] for row in self.trees()[2:]], ["tree 21", "tree 51"])

    def test_a_default_on_update_changes_nothing_in_a_patch(self):
        self.make("'changed'", on_update=True)
        self.assert_applied(self.apply_one(self.patch(1, {"age": 10}, {"age": 11})))
        self.assertEqual(self.trees()[0], (1, "oak", 1.5, 11))

    def test_the_environment_is_out_of_reach(self):
        for expression in ("env('HOME')", "eval('env(''HOME'')')"):
            self.make(expression)
            self.assert_failed(self.apply_one(self.create({})), "which no job evaluates")

    def test_a_default_that_cannot_be_evaluated_fails_that_delta(self):
        self.make("1 + 'x'")
        items = self.apply(self.create({}), self.create({"kind": "fir"}))
        self.assertEqual([item["status"] for item in items], [FAILED, APPLIED])
        self.assertIn("The default of field 'kind'", items[0]["msg"])


class Patching(GeopackageCase):
    def test_only_what_is_named_changes(self):
        item = self.apply_one(self.patch(1, {"age": 10}, {"age": 11}))
        self.assert_applied(item)
        self.assertEqual(self.trees(), [(1, "oak", 1.5, 11), (2, "elm", 2.5, 20)])
        self.assertEqual((item["before"], item["after"]), ({"attributes": {"age": 10}}, {"attributes": {"age": 11}}))
        self.assertEqual(item["modified_pk"], "1")

    def test_a_feature_is_moved(self):
        item = self.apply_one(self.move(2, "Point (7 8)", "Point (5 5)"))
        self.assert_applied(item)
        self.assertEqual(self.place(2), (7, 7, 8, 8))
        self.assertEqual((item["before"]["geometry"], item["after"]["geometry"]), ("Point (5 5)", "Point (7 8)"))

    def test_null_takes_the_geometry_away(self):
        item = self.apply_one(self.move(2, None, "Point (5 5)"))
        self.assert_applied(item)
        self.assertEqual(rows(self.path, "SELECT count(*) FROM rtree_trees_geom WHERE id = 2"), [(0,)])

    def test_a_geometry_that_is_the_same_text_is_not_written(self):
        item = self.apply_one(self.move(2, "Point (0 0)", "Point (0 0)"))
        self.assert_applied(item)
        self.assertEqual(self.place(2), (5, 5, 5, 5))

    def test_a_value_that_the_device_did_not_change_is_not_written(self):
        item = self.apply_one(
            self.patch(1, {"age": 9, "kind": "oak"}, {"age": 9, "kind": "fir"}), options=["--overwrite-conflicts"]
        )
        self.assert_applied(item)
        self.assertEqual(self.trees()[0], (1, "fir", 1.5, 10))

    def test_a_new_value_without_an_old_one_is_refused(self):
        self.assert_failed(self.apply_one(self.patch(1, {}, {"age": 11})), "Field 'age' is in the new attributes")

    def test_the_key_cannot_be_changed(self):
        self.assert_failed(self.apply_one(self.patch(1, {"fid": 1}, {"fid": 9})), "changes the primary key 'fid'")

    def test_a_feature_that_is_not_there_is_named(self):
        for pk in ("99", "abc", "1.5"):
            item = self.apply_one(self.patch(pk, {"age": 1}, {"age": 2}))
            self.assert_failed(item, f"Unable to find feature '{pk}'")
            self.assertIsNone(item["before"])

    def test_without_any_key_it_says_so(self):
        self.assert_failed(
            self.apply_one(self.patch("", {"age": 1}, {"age": 2}, local_pk=8)), "no primary key in the source"
        )


class Deleting(GeopackageCase):
    def test_a_feature_is_removed(self):
        item = self.apply_one(self.delete(1, {"kind": "oak"}))
        self.assert_applied(item)
        self.assertEqual([row[0] for row in self.trees()], [2])
        self.assertEqual(item["before"]["attributes"], {"fid": 1, "kind": "oak", "height": 1.5, "age": 10})
        self.assertEqual((item["before"]["geometry"], item["after"], item["modified_pk"]), ("Point (0 0)", None, "1"))

    def test_twice_is_a_failure_of_the_second(self):
        self.assertEqual([item["status"] for item in self.apply(self.delete(1), self.delete(1))], [APPLIED, FAILED])


class Conflicts(GeopackageCase):
    def test_a_difference_is_a_conflict_and_nothing_is_written(self):
        item = self.apply_one(self.patch(1, {"age": 9, "kind": "fir"}, {"age": 11, "kind": "ash"}))
        self.assert_failed(item, "has changed since", CONFLICT)
        self.assertEqual(item["e_type"], "CONFLICT")
        self.assertEqual(
            item["conflicts"], ["'age' was 9 on the device and is 10", '\'kind\' was "fir" on the device and is "oak"']
        )
        self.assertEqual(item["before"], {"attributes": {"age": 10, "kind": "oak"}})
        self.assertEqual(self.trees()[0], (1, "oak", 1.5, 10))

    def test_one_delta_may_overwrite_whatever_holds_for_the_others(self):
        delta = self.patch(1, {"age": 9}, {"age": 11})
        self.assertEqual(self.apply_one(delta)["status"], CONFLICT)
        self.assert_applied(self.apply_one(delta | {"overwriteConflicts": True}))
        self.assertEqual(self.trees()[0], (1, "oak", 1.5, 11))

    def test_a_strict_delta_is_not_applied_where_somebody_else_was_faster(self):
        delta = self.patch(1, {"age": 9}, {"age": 11}) | {"strict": True}
        self.assertEqual(self.apply_one(delta, options=["--overwrite-conflicts"])["status"], CONFLICT)
        self.assertEqual(self.trees()[0], (1, "oak", 1.5, 10))
        # Somebody decided otherwise for this one.
        self.assert_applied(self.apply_one(delta | {"overwriteConflicts": True}))
        self.assertEqual(self.trees()[0], (1, "oak", 1.5, 11))

    def test_the_place_counts_for_a_strict_delta(self):
        moved = self.delta("patch", 1, {"geometry": "Point (9 9)"}, {"geometry": "Point (1 1)"}) | {"strict": True}
        item = self.apply_one(moved, options=["--overwrite-conflicts"])
        self.assert_failed(item, "has changed since", CONFLICT)
        self.assertEqual(item["conflicts"], ['the geometry was "Point (9 9)" and is "Point (0 0)"'])
        self.assertEqual(item["before"], {"attributes": {}, "geometry": "Point (0 0)"})
        gone = self.delta("delete", 1, {"geometry": None, "attributes": {"age": 10}}) | {"strict": True}
        self.assertEqual(self.apply_one(gone)["status"], CONFLICT)
        there = self.delta("delete", 1, {"geometry": "POINT(0.0 0.0)", "attributes": {"age": 10}}) | {"strict": True}
        self.assert_applied(self.apply_one(there))

    def test_a_strict_delta_brings_a_feature_back_with_its_key_or_not_at_all(self):
        gone = self.delete(2)
        whole = self.apply_one(gone)["before"]
        back = self.delta("create", 2, new=whole) | {"strict": True}
        self.assert_applied(self.apply_one(back))
        self.assertEqual(self.trees()[1], (2, "elm", 2.5, 20))
        self.assert_failed(self.apply_one(back), "has a feature '2' already")

    def test_a_difference_in_a_field_that_the_device_did_not_change_is_none(self):
        snapshot = {"fid": 1, "kind": "oak", "height": 1.5, "age": 9}
        for options in ([], ["--overwrite-conflicts"]):
            item = self.apply_one(self.patch(1, snapshot, {"kind": "ash"}), options=options)
            self.assert_applied(item)
            self.assertEqual((item["msg"], item["before"]), ("Changed feature '1'.", {"attributes": {"kind": "oak"}}))
            self.apply_one(self.patch(1, {"kind": "ash"}, {"kind": "oak"}))

    def test_the_same_change_by_two_is_no_conflict(self):
        self.assert_applied(*self.apply(*[self.patch(1, {"age": 10}, {"age": 11}) for _ in range(2)]))
        self.assertEqual(self.trees()[0][3], 11)

    def test_overwriting_applies_and_says_what_was_overwritten(self):
        item = self.apply_one(self.patch(1, {"age": 9}, {"age": 11}), options=["--overwrite-conflicts"])
        self.assert_applied(item)
        self.assertIn("'age' was 9 on the device and is 10", item["msg"])
        self.assertEqual(self.trees()[0][3], 11)

    def test_deleting_is_tested_too(self):
        delta = self.delete(1, {"kind": "fir"})
        self.assertEqual(self.apply_one(delta)["status"], CONFLICT)
        self.assertEqual(self.apply_one(delta, options=["--overwrite-conflicts"])["status"], APPLIED)

    def test_a_feature_that_two_have_moved_is_in_conflict(self):
        delta = self.delta("patch", 1, {"geometry": "Point (9 9)"}, {"geometry": "Point (1 1)"})
        item = self.apply_one(delta)
        self.assert_failed(item, 'the geometry was "Point (9 9)" and is "Point (0 0)"', CONFLICT)
        item = self.apply_one(delta, options=["--overwrite-conflicts"])
        self.assert_applied(item)
        self.assertIn("Overwritten: the geometry", item["msg"])

    def test_the_place_is_no_question_where_only_attributes_change_and_the_key_never_is(self):
        old = {"geometry": "Point (9 9)", "attributes": {"fid": 55, "kind": "oak", "age": 10}}
        self.assert_applied(self.apply_one(self.delta("patch", 1, old, {"attributes": {"age": 11}})))

    def test_fields_that_the_layer_does_not_have_are_not_compared(self):
        self.assert_applied(self.apply_one(self.patch(1, {"age": 10, "colour": "red"}, {"age": 11})))

    def test_a_number_in_another_spelling_is_the_same(self):
        self.assert_applied(self.apply_one(self.patch(1, {"age": "10", "height": "1.50"}, {"age": 11, "height": 3})))
        self.assertEqual(self.trees()[0], (1, "oak", 3.0, 11))


class Finding(GeopackageCase):
    def test_what_the_device_created_is_found_by_its_local_key(self):
        items = self.apply(
            self.create({"fid": 1, "kind": "ash", "age": 1}, local_pk=1),
            self.patch("", {"age": 1}, {"age": 2}, local_pk=1),
            self.create({"fid": 2, "kind": "yew"}, local_pk=2),
            self.delete("", {"kind": "yew"}, local_pk=2),
        )
        self.assert_applied(*items)
        self.assertEqual([item["modified_pk"] for item in items], ["3", "3", "4", "4"])
        self.assertEqual(self.trees()[2:], [(3, "ash", None, 2)])

    def test_what_it_created_in_an_earlier_job_is_found_by_the_keys_that_come_along(self):
        keys = {f"{CLIENT}__{self.layer_id}__1": "2"}
        self.assert_applied(self.apply_one(self.patch(1, {"age": 20}, {"age": 21}), client_pks=keys))
        self.assertEqual([row[3] for row in self.trees()], [10, 21])

    def test_the_local_key_of_another_device_or_layer_is_another_key(self):
        for key in (f"other__{self.layer_id}__1", f"{CLIENT}__other__1"):
            self.assert_applied(self.apply_one(self.patch(1, {}, {}), client_pks={key: "2"}))
        self.assertEqual(self.apply_one(self.patch(1, {}, {}), client_pks={key: "2"})["modified_pk"], "1")

    def test_without_a_source_layer_the_local_layer_counts(self):
        self.assert_applied(self.apply_one(self.patch(1, {"age": 10}, {"age": 11}, sourceLayerId="")))

    def test_a_feature_outside_of_the_layers_filter_is_found(self):
        self.make_project(
            "./trees.gpkg|layername=trees", prepare=lambda _project, layer: layer.setSubsetString("kind = 'elm'")
        )
        items = self.apply(self.patch(1, {"age": 10}, {"age": 11}), self.create({"kind": "yew"}), self.delete(2))
        self.assert_applied(*items)
        self.assertEqual(self.trees(), [(1, "oak", 1.5, 11), (3, "yew", None, None)])

    def test_joined_and_virtual_fields_are_neither_stored_nor_in_the_way(self):
        make_file(
            self.files / "more.gpkg",
            "GPKG",
            {"kind": ogr.OFTString, "latin": ogr.OFTString},
            ogr.wkbNone,
            [(None, {"kind": "oak", "latin": "quercus"})],
            "more",
        )

        def prepare(_project, trees, more):
            join = QgsVectorLayerJoinInfo()
            join.setJoinLayer(more)
            join.setJoinFieldName("kind")
            join.setTargetFieldName("kind")
            join.setPrefix("more_")
            trees.addJoin(join)
            trees.addExpressionField('"age" * 2', QgsField("twice", QMetaType.Type.Int))
            self.assertIn("more_latin", trees.fields().names())

        self.make_project("./trees.gpkg|layername=trees", "./more.gpkg|layername=more", prepare=prepare)
        old = {"age": 10, "twice": 20, "more_latin": "quercus"}
        items = self.apply(self.patch(1, old, {"age": 11, "twice": 22, "more_latin": "x"}), self.create({"twice": 4}))
        self.assert_applied(*items)
        self.assertIn("joined or computed: twice, more_latin", items[0]["msg"])
        self.assertEqual(self.trees()[0], (1, "oak", 1.5, 11))
        self.assertEqual(rows(self.files / "more.gpkg", "SELECT latin FROM more"), [("quercus",)])

    def test_several_layers_of_one_file_are_edited_in_turn(self):
        sql(
            self.path,
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);"
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('notes', 'attributes', 'notes')",
        )
        trees, notes = self.make_project("./trees.gpkg|layername=trees", "./trees.gpkg|layername=notes")
        in_notes = {"sourceLayerId": notes, "localLayerId": notes}
        items = self.apply(
            self.create({"kind": "yew"}, local_pk=1),
            self.create({"text": "a note"}, None, local_pk=1, **in_notes),
            self.patch("", {"text": "a note"}, {"text": "another"}, local_pk=1, **in_notes),
            self.patch("", {"kind": "yew"}, {"kind": "ash"}, local_pk=1),
        )
        self.assert_applied(*items)
        self.assertEqual(rows(self.path, "SELECT * FROM notes"), [(1, "another")])
        self.assertEqual(self.trees()[2][1], "ash")
        self.assertEqual(items[1]["layer_id"], notes)
        self.assertEqual(items[0]["layer_id"], trees)


class Undoing(GeopackageCase):
    def test_the_inverse_restores_what_was_before(self):
        before = self.trees()
        deltas = [
            self.create({"fid": 3, "kind": "ash", "age": 1}, local_pk=3),
            self.patch("", {"kind": "ash", "age": 1}, {"age": 2}, local_pk=3),
            self.delta(
                "patch",
                1,
                {"attributes": {"fid": 1, "kind": "oak", "height": 1.5, "age": 10}, "geometry": "Point (0 0)"},
                {"attributes": {"age": 11}, "geometry": "Point (3 3)"},
            ),
            self.delta(
                "delete",
                2,
                {"attributes": {"fid": 2, "kind": "elm", "height": 2.5, "age": 20}, "geometry": "Point (5 5)"},
            ),
        ]
        done = self.apply(*deltas)
        self.assert_applied(*done)
        self.assertNotEqual(self.trees(), before)
        keys = {f"{CLIENT}__{self.layer_id}__3": done[0]["modified_pk"]}
        undone = self.apply(*deltas, client_pks=keys, options=["--inverse"])
        self.assert_applied(*undone)
        self.assertEqual([item["delta_index"] for item in undone], [3, 2, 1, 0])
        self.assertEqual(self.trees(), before)
        self.assertEqual((self.place(1), self.place(2)), ((0, 0, 0, 0), (5, 5, 5, 5)))

    def test_what_the_delta_does_not_know_cannot_be_undone(self):
        delta = self.delta("patch", 1, {"attributes": {}}, {"geometry": "Point (3 3)"})
        self.assert_failed(self.apply_one(delta, options=["--inverse"]), "does not say what was before in geometry")


class OneBadDelta(GeopackageCase):
    def assert_only_fails(self, bad: dict, words: str, status=FAILED) -> dict:
        items = self.apply(self.patch(1, {"age": 10}, {"age": 11}), bad, self.patch(2, {"age": 20}, {"age": 21}))
        self.assertEqual([item["status"] for item in items], [APPLIED, status, APPLIED], items[1]["msg"])
        self.assert_failed(items[1], words, status)
        self.assertEqual([row[3] for row in self.trees()[:2]], [11, 21])
        return items[1]

    def test_not_null_unique_and_check_speak_for_themselves(self):
        sql(
            self.path,
            "CREATE TABLE strict (fid INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT UNIQUE, c INTEGER CHECK (c > 0));"
            "INSERT INTO strict VALUES (1, 'a', 'b', 1);"
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('strict', 'attributes', 'strict')",
        )
        _, strict = self.make_project("./trees.gpkg|layername=trees", "./trees.gpkg|layername=strict")
        ids = {"sourceLayerId": strict, "localLayerId": strict}
        items = self.apply(
            self.create({"b": "x"}, None, **ids),
            self.create({"a": "x", "b": "b"}, None, **ids),
            self.create({"a": "x", "c": -1}, None, **ids),
            self.patch(1, {"c": 1}, {"c": 0}, **ids),
            self.create({"a": "ok"}, None, **ids),
        )
        self.assertEqual([item["status"] for item in items], [FAILED] * 4 + [APPLIED])
        words = [item["provider_errors"] for item in items[:4]]
        self.assertEqual(words[0], ["NOT NULL constraint failed: strict.a"])
        self.assertEqual(words[1], ["UNIQUE constraint failed: strict.b"])
        self.assertTrue(all("CHECK constraint failed" in words[index][0] for index in (2, 3)))
        self.assertEqual(rows(self.path, "SELECT a, b, c FROM strict"), [("a", "b", 1), ("ok", None, None)])

    def test_a_trigger_that_refuses_is_quoted_even_when_it_rolls_everything_back(self):
        for action in ("ABORT", "FAIL", "ROLLBACK"):
            with self.subTest(action):
                sql(
                    self.path,
                    "DROP TRIGGER IF EXISTS no_ash; UPDATE trees SET age = fid * 10; CREATE TRIGGER no_ash BEFORE INSERT"
                    f" ON trees WHEN NEW.kind = 'ash' BEGIN SELECT RAISE({action}, 'ash is not planted here'); END",
                )
                item = self.assert_only_fails(self.create({"kind": "ash"}), "ash is not planted here")
                self.assertEqual(item["provider_errors"], ["ash is not planted here"])

    def test_a_trigger_that_drops_the_feature_is_noticed(self):
        sql(
            self.path,
            "CREATE TRIGGER no_ash BEFORE INSERT ON trees WHEN NEW.kind = 'ash' BEGIN SELECT RAISE(IGNORE); END",
        )
        self.assert_only_fails(self.create({"kind": "ash"}), "stored nothing")

    def test_a_trigger_may_fill_fields_that_the_delta_does_not_name(self):
        sql(
            self.path,
            "CREATE TRIGGER count AFTER UPDATE OF kind ON trees BEGIN UPDATE trees SET age = 99 WHERE fid = NEW.fid; END",
        )
        item = self.apply_one(self.patch(1, {"kind": "oak"}, {"kind": "ash"}))
        self.assert_applied(item)
        self.assertEqual(self.trees()[0], (1, "ash", 1.5, 99))
        self.assertEqual(item["after"], {"attributes": {"kind": "ash", "age": 99}})
        self.assertEqual((item["before"]["attributes"]["age"], item["made"]), (10, {"age": 99}))

    def test_wrong_types_anywhere_fail_that_delta(self):
        whole = self.patch(1, {}, {})
        for bad in (
            7,
            None,
            [],
            "text",
            {},
            {"method": "merge"},
            whole | {"new": 5},
            whole | {"new": {"attributes": [1]}},
            whole | {"old": {"geometry": 5}},
            whole | {"sourcePk": 5},
            whole | {"sourceLayerId": {}},
        ):
            with self.subTest(bad=bad):
                sql(self.path, "UPDATE trees SET age = fid * 10")
                self.assert_only_fails(bad, "The delta has" if isinstance(bad, dict) else "The delta is a JSON")

    def test_values_of_the_wrong_kind_fail_that_delta(self):
        for attributes in ({"fid": []}, {"fid": {}}, {"age": [1]}, {"height": {"a": 1}}):
            with self.subTest(attributes):
                sql(self.path, "UPDATE trees SET age = fid * 10")
                self.assert_only_fails(self.create(attributes), "cannot hold")

    def test_an_unforeseen_error_is_undone_and_told_apart(self):
        # A geometry that is none: reading it fails, which nobody expects of a layer that QGIS can open.
        sql(
            self.path,
            "DROP TRIGGER rtree_trees_geom_update1; DROP TRIGGER rtree_trees_geom_update2;"
            "INSERT INTO trees (fid, geom, kind) SELECT 9, NULL, 'bad'; UPDATE trees SET geom = x'4750000100000000ff' WHERE fid = 9",
        )
        item = self.assert_only_fails(self.delete(9), "ValueError", UNKNOWN)
        self.assertEqual(item["e_type"], "ERROR")
        self.assertEqual(rows(self.path, "SELECT kind FROM trees WHERE fid = 9"), [("bad",)])

    def test_bad_geometries_are_refused(self):
        for wkt, words in (
            ("Point (1)", "is not WKT"),
            ("Point (a b)", "is not WKT"),
            ("Point (1 2", "brackets"),
            ("Point (1 2))", "brackets"),
            ("LineString (0 0, 1 1)", "is a LineString"),
            ("Point (1 2 3)", "would lose them"),
            ("Point (1e999 2)", "larger than any number"),
            ("MultiPoint ((1 2),(3 4))", "is a MultiPoint"),
            ("GeometryCollection (" * 5000 + ")" * 5000, "nest too deeply"),
            ("Point (1 2) and more 3", "has 3 coordinates"),
        ):
            with self.subTest(wkt=wkt[:40]):
                sql(self.path, "UPDATE trees SET age = fid * 10")
                self.assert_only_fails(self.create({}, wkt), words)
                self.assert_failed(self.apply_one(self.move(1, wkt)), words)

    def test_the_order_of_the_items_is_that_of_the_deltas(self):
        deltas = [self.patch(9, {}, {}), self.create({}), self.delete(1)]
        items = self.apply(*deltas)
        self.assertEqual([item["delta_id"] for item in items], [delta["uuid"] for delta in deltas])
        self.assertEqual([item["delta_index"] for item in items], [0, 1, 2])
        self.assertEqual({item["delta_file_id"] for item in items}, {"b7c17bc6"})
        self.assertEqual([item["method"] for item in items], ["patch", "create", "delete"])


class Feedback(GeopackageCase):
    def test_contents_are_told_to_the_letter_and_messages_without_credentials(self):
        text = "password='hunter2'"
        items = self.apply(self.create({"kind": text}), self.patch(1, {"kind": text}, {"kind": "x"}))
        self.assertEqual(items[0]["after"]["attributes"]["kind"], text)
        self.assertNotIn("hunter2", items[1]["msg"])

    def test_expressions_of_the_project_are_its_own(self):
        # The variable is the project's, not this process's.
        def prepare(project, layer):
            QgsExpressionContextUtils.setProjectVariable(project, "team", "north")
            layer.setDefaultValueDefinition(layer.fields().indexOf("kind"), QgsDefaultValue("@team"))

        self.make_project("./trees.gpkg|layername=trees", prepare=prepare)
        item = self.apply_one(self.create({}))
        self.assertEqual(item["after"]["attributes"]["kind"], "north")
        self.assertEqual(json.loads(json.dumps(item)), item)
