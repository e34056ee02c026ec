"""Projects made of forms: tables, widgets, rules and the layout of what people fill in."""

import json

from qgis.core import NULL, QgsFeature, QgsFieldConstraints, QgsVectorLayerUtils

from .created import OSM, run_in_process, write_seed
from .delta_jobs import DeltaCase
from .forms import FormCase, choice, question, write_form
from .packages import run_in_process as run_package
from .packages import sql_rows

YES_NO = [choice("yn", "yes", "Yes"), choice("yn", "no", "No")]
TREES = [choice("trees", name, label) for name, label in (("oak", "Oak"), ("elm", "Elm"), ("ash", "Ash"))]


class QuestionTypes(FormCase):
    def test_each_type_has_its_column_and_widget(self):
        expected = {
            "text": ("String", "TextEdit"),
            "integer": ("Integer64", "Range"),
            "decimal": ("Real", "Range"),
            "range": ("Integer64", "Range"),
            "date": ("Date", "DateTime"),
            "time": ("String", "DateTime"),
            "dateTime": ("DateTime", "DateTime"),
            "image": ("String", "ExternalResource"),
            "photo": ("String", "ExternalResource"),
            "audio": ("String", "ExternalResource"),
            "video": ("String", "ExternalResource"),
            "file": ("String", "ExternalResource"),
            "barcode": ("String", "TextEdit"),
            "acknowledge": ("Boolean", "CheckBox"),
            "hidden": ("String", "Hidden"),
            "start": ("DateTime", "Hidden"),
            "end": ("DateTime", "Hidden"),
            "today": ("Date", "Hidden"),
            "username": ("String", "Hidden"),
            "calculate": ("String", "Hidden"),
            "select_one yn": ("String", "ValueMap"),
            "select_multiple yn": ("String", "ValueRelation"),
            "select one from yn": ("String", "ValueMap"),
        }
        names = {type: f"q{number}" for number, type in enumerate(expected)}
        created = self.make(
            *(question(type, name, "?") for type, name in names.items() if type != "calculate"),
            question("calculate", names["calculate"], calculation="'x'"),
            choices=YES_NO,
        )
        self.assertEqual(created.problems, [])
        for type, (column, widget) in expected.items():
            with self.subTest(type=type):
                found = self.field(names[type])
                self.assertEqual((found.typeName(), found.editorWidgetSetup().type()), (column, widget))

    def test_places_are_the_geometry_of_the_layer(self):
        for type, name in (("geopoint", "Point"), ("geotrace", "LineString"), ("geoshape", "Polygon")):
            with self.subTest(type=type):
                created = self.make(question(type, "place", "Where?"), question("text", "what", "What?"))
                (layer,) = created.layers.values()
                self.assertEqual((layer["wkb_type_name"], layer["crs"]), (name, "EPSG:4326"))
                self.assertEqual(self.layer().fields().names(), ["fid", "uuid", "what"])
                self.project.clear()
                for path in self.files.iterdir():
                    path.unlink()

    def test_a_form_without_a_place_is_a_table(self):
        (layer,) = self.make(question("text", "what")).layers.values()
        self.assertEqual(layer["wkb_type_name"], "NoGeometry")

    def test_a_second_place_is_reported(self):
        created = self.make(question("geopoint", "here"), question("geoshape", "there"))
        self.assertEqual(self.codes(created), [("there", "geometry_left_out")])
        self.assertIn("Row 3 of sheet 'survey'", created.problems[0]["message"])
        self.assertIn("'here'", created.problems[0]["message"])

    def test_attachments_are_kept_beside_the_project_in_dcim(self):
        self.make(
            question("image", "photo", "Photo"), question("audio", "sound", "Sound"), question("file", "doc", "Doc")
        )
        self.assertEqual([self.widget(name)[1]["DocumentViewer"] for name in ("photo", "sound", "doc")], [1, 3, 0])
        self.assertEqual(self.widget("photo")[1]["RelativeStorage"], 1)
        naming = json.loads(self.layer().customProperty("QFieldSync/attachment_naming"))
        self.assertEqual(set(naming), {"photo", "sound", "doc"})
        self.assertTrue(naming["photo"].startswith("'DCIM/survey_'"), naming)
        self.assertEqual(self.project.readListEntry("QFieldSync", "attachmentDirs")[0], ["DCIM"])

    def test_ranges_have_their_limits(self):
        self.make(question("range", "score", "?", parameters="start=0 end=5 step=0.5"), question("range", "plain", "?"))
        type, config = self.widget("score")
        self.assertEqual((config["Min"], config["Max"], config["Step"], config["Style"]), (0, 5, 0.5, "Slider"))
        self.assertEqual(self.field("score").typeName(), "Real")
        self.assertEqual(self.widget("plain")[1]["Max"], 10)

    def test_types_without_counterpart_are_reported_and_the_others_kept(self):
        created = self.make(
            question("audit", "audit"),
            question("rank yn", "order"),
            question("osm", "osm"),
            question("select_one_from_file x.csv", "file"),
            question("text", "kept"),
        )
        self.assertEqual(self.codes(created), [(name, "type_left_out") for name in ("audit", "order", "osm", "file")])
        self.assertEqual(self.layer().fields().names(), ["fid", "uuid", "kept"])

    def test_names_that_are_taken_or_no_names_are_changed_and_reported(self):
        created = self.make(
            question("text", "FID"), question("text", "a"), question("text", "A"), question("text", "b c")
        )
        self.assertEqual(self.layer().fields().names(), ["fid", "uuid", "FID_2", "a", "A_2", "b_c"])
        self.assertEqual(
            self.codes(created),
            [("b c", "name_not_allowed"), *((name, "name_changed") for name in ("FID", "A", "b c"))],
        )


class Texts(FormCase):
    def test_labels_hints_and_notes(self):
        self.make(
            question("note", "welcome", "Hello"), question("text", "name", "Your name?", hint="As in the passport")
        )
        self.assertEqual(self.field("name").alias(), "Your name?")
        self.assertEqual(self.field("name").comment(), "As in the passport")
        self.assertEqual(self.outline(), ["text:Hello", "name", "text:As in the passport"])

    def test_the_default_language_is_shown_then_any(self):
        survey = [
            {
                "type": "text",
                "name": "a",
                "label::English (en)": "Tree",
                "label::Deutsch (de)": "Baum",
                "hint::Deutsch (de)": "Art",
            },
            {"type": "text", "name": "b", "label::English (en)": "Only English"},
            {"type": "select_one t", "name": "c", "label::Deutsch (de)": "Wahl"},
        ]
        choices = [{"list_name": "t", "name": "oak", "label::English (en)": "Oak", "label::Deutsch (de)": "Eiche"}]
        for default in ("Deutsch (de)", "deutsch", "de"):
            with self.subTest(default=default):
                self.make(*survey, choices=choices, settings={"default_language": default})
                self.assertEqual([self.field(name).alias() for name in "abc"], ["Baum", "Only English", "Wahl"])
                self.assertEqual(self.widget("c")[1]["map"], [{"Eiche": "oak"}])
                self.project.clear()
                for path in self.files.iterdir():
                    path.unlink()

    def test_without_a_default_the_column_without_a_language_counts(self):
        self.make(
            {"type": "text", "name": "a", "label::Français": "Arbre", "label": "Tree"},
            {"type": "text", "name": "b", "label::Français": "Fleur"},
        )
        self.assertEqual([self.field(name).alias() for name in "ab"], ["Tree", "Fleur"])

    def test_notes_show_answers(self):
        self.make(question("text", "who"), question("note", "n", "Hi ${who}, [% $now %]!"))
        self.assertEqual(self.outline()[1], "text:Hi [% coalesce(to_string(\"who\"), '') %], [ % $now %]!")

    def test_the_title_of_the_form_is_the_name_of_the_layer_and_not_of_the_project(self):
        created = self.make(
            question("text", "a"), settings={"form_title": "Trees of the town", "form_id": "town trees"}
        )
        self.assertEqual([layer["name"] for layer in created.layers.values()], ["Trees of the town"])
        self.assertEqual(self.project.title(), "River survey")
        self.assertIn("layername=town_trees", self.layer("Trees of the town").source())

    def test_instance_names_become_names_of_features(self):
        self.make(question("text", "who"), settings={"instance_name": "concat('Tree of ', ${who})"})
        self.assertEqual(
            QgsVectorLayerUtils.getFeatureDisplayString(self.layer(), self.feature(who="Eve")), "Tree of Eve"
        )


class Choices(FormCase):
    def test_one_of_a_short_list_is_chosen_in_the_form_in_the_lists_order(self):
        self.make(question("select_one trees", "tree", "Tree?"), choices=TREES)
        self.assertEqual(self.widget("tree"), ("ValueMap", {"map": [{"Oak": "oak"}, {"Elm": "elm"}, {"Ash": "ash"}]}))

    def test_several_are_chosen_from_a_table(self):
        created = self.make(question("select_multiple trees", "seen", "Seen?"), choices=TREES)
        type, config = self.widget("seen")
        self.assertTrue(config["AllowMulti"])
        layer = self.project.mapLayer(config["Layer"])
        self.assertEqual([feature["label"] for feature in layer.getFeatures()], ["Oak", "Elm", "Ash"])
        self.assertTrue(layer.readOnly())
        self.assertEqual({layer["name"] for layer in created.layers.values()}, {"River survey", "trees"})

    def test_a_filter_looks_at_the_other_answers(self):
        cities = [
            choice("city", "bern", "Bern", canton="be"),
            choice("city", "thun", "Thun", canton="be"),
            choice("city", "chur", "Chur", canton="gr"),
        ]
        created = self.make(
            question("select_one canton", "in"),
            question("select_one city", "city", choice_filter="canton = ${in}"),
            choices=[choice("canton", "be"), choice("canton", "gr"), *cities],
        )
        self.assertEqual(created.problems, [])
        type, config = self.widget("city")
        self.assertEqual(type, "ValueRelation")
        self.assertEqual(
            config["FilterExpression"],
            "((coalesce(to_string(\"canton\"), '') = coalesce(to_string(current_value('in')), '')))",
        )
        columns = self.project.mapLayer(config["Layer"]).fields().names()
        self.assertEqual(columns, ["fid", "name", "label", "canton"])

    def test_a_long_list_is_a_table(self):
        self.make(question("select_one long", "x"), choices=[choice("long", number) for number in range(201)])
        self.assertEqual(self.widget("x")[0], "ValueRelation")

    def test_something_else_may_be_chosen_and_is_asked_for(self):
        self.make(question("select_one trees or_other", "tree"), choices=TREES)
        self.assertEqual(self.widget("tree")[1]["map"][-1], {"Other": "other"})
        self.assertEqual(self.outline()[1][3], ["tree_other"])

    def test_choices_and_lists_that_are_none_are_reported(self):
        created = self.make(
            question("select_one trees", "tree"),
            question("select_one flowers", "flower"),
            choices=[*TREES, choice("trees", "oak", "Again"), {"list_name": "trees", "label": "No name"}],
        )
        self.assertEqual(self.codes(created), [(None, "choice_left_out")] * 2 + [("flower", "list_missing")])
        self.assertEqual(created.problems[0]["row"], 5)


class Rules(FormCase):
    def valid(self, name: str, layer="River survey", **values) -> bool:
        """Whether an answer satisfies what is hard."""
        layer = self.layer(layer)
        feature = self.feature(**values)
        index = layer.fields().lookupField(name)
        return QgsVectorLayerUtils.validateAttribute(
            layer, feature, index, QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard
        )[0]

    def test_required(self):
        self.make(
            question("text", "a", required="yes"),
            question("text", "b", required="true()"),
            question("text", "c", required="no"),
            question("text", "d"),
        )
        self.assertEqual([self.valid(name) for name in "abcd"], [False, False, True, True])
        self.assertTrue(self.valid("a", a="x"))

    def test_required_only_when_it_is_asked(self):
        self.make(
            question("select_one yn", "has"),
            question("text", "which", required="yes", relevant="${has} = 'yes'"),
            question("integer", "n", required="${has} = 'no'", required_message="How many?"),
            choices=YES_NO,
        )
        self.assertEqual([self.valid("which", has=has) for has in (NULL, "no", "yes")], [True, True, False])
        self.assertTrue(self.valid("which", has="yes", which="that"))
        self.assertEqual([self.valid("n", has=has) for has in (NULL, "no", "yes")], [True, False, True])
        self.assertEqual(self.field("n").constraints().constraintDescription(), "How many?")

    def test_required_within_a_group_that_is_not_asked(self):
        self.make(
            question("integer", "n"),
            question("begin group", "g", relevant="${n} > 1"),
            question("text", "inner", required="yes"),
            question("end group"),
        )
        self.assertEqual([self.valid("inner", n=n) for n in (NULL, 1, 2)], [True, True, False])

    def test_constraints_check_what_is_answered(self):
        self.make(question("integer", "age", constraint=". >= 0 and . < 150", constraint_message="Be honest"))
        self.assertEqual(
            [self.valid("age", age=age) for age in (NULL, -1, 0, 149, 150)], [True, False, True, True, False]
        )
        self.assertEqual(self.field("age").constraints().constraintDescription(), "Be honest")

    def test_defaults(self):
        self.make(
            question("text", "t", default="it's"),
            question("integer", "i", default=5),
            question("date", "d", default="2024-06-11"),
            question("select_one yn", "s", default="no"),
            question("date", "now", default="today()"),
            question("select_multiple yn", "m", default="yes no"),
            question("text", "u", default="N/A (none)"),
            choices=YES_NO,
        )
        made = QgsVectorLayerUtils.createFeature(self.layer())
        self.assertEqual(
            [made[name] for name in ("t", "i", "s", "m", "u")], ["it's", 5, "no", '{"yes","no"}', "N/A (none)"]
        )
        self.assertEqual(made["d"].toString("yyyy-MM-dd"), "2024-06-11")
        self.assertTrue(made["now"].isValid())
        self.assertEqual(len(made["uuid"]), 36)

    def test_calculations_follow_the_answers(self):
        created = self.make(
            question("integer", "a"),
            question("decimal", "b"),
            question("calculate", "sum", calculation="${a} + ${b}"),
            question("calculate", "text", calculation="concat(${a}, '-', ${sum})"),
        )
        self.assertEqual(created.problems, [])
        self.assertEqual([self.field(name).typeName() for name in ("sum", "text")], ["Real", "String"])
        default = self.field("sum").defaultValueDefinition()
        self.assertTrue(default.applyOnUpdate())
        self.assertEqual(default.expression(), '("a" + "b")')
        self.assertTrue(self.layer().editFormConfig().readOnly(self.layer().fields().lookupField("sum")))

    def test_read_only(self):
        self.make(question("text", "a", read_only="yes"), question("text", "b"))
        config, fields = self.layer().editFormConfig(), self.layer().fields()
        self.assertEqual([config.readOnly(fields.lookupField(name)) for name in "ab"], [True, False])

    def test_what_is_not_understood_is_left_out_and_reported(self):
        created = self.make(
            question(
                "text", "a", relevant="/data/x = 1", constraint="pulldata('x', 'y', 'z', .) > 1", default="${gone}"
            ),
            question("text", "b", calculation="${a} ~ 5", required="wrong("),
            question("text", "c", relevant="${nowhere} = 1", required="yes"),
        )
        self.assertEqual(
            self.codes(created),
            [
                ("a", "reference_unknown"),
                ("c", "reference_unknown"),
                ("a", "relevant_left_out"),
                ("a", "default_left_out"),
                ("a", "constraint_left_out"),
                ("b", "calculation_left_out"),
                ("b", "required_left_out"),
                ("c", "relevant_left_out"),
                ("c", "required_left_out"),
            ],
        )
        self.assertEqual(self.outline(), ["a", "b", "c"])
        for name in "abc":
            self.assertEqual(self.field(name).constraints().constraintExpression(), "")
            self.assertEqual(self.field(name).defaultValueDefinition().expression(), "")


class Layouts(FormCase):
    SURVEY = (
        question("text", "first"),
        question("begin group", "site", "Site"),
        question("text", "a"),
        question("begin group", "inner", "Inner", relevant="${first} != ''"),
        question("text", "b"),
        question("end group"),
        question("end group"),
        question("text", "last", relevant="${a} = 'x'"),
    )

    def test_groups_are_boxes(self):
        self.make(*self.SURVEY)
        inner = ("box", "Inner", "((coalesce(to_string(\"first\"), '') <> ''))", ["b"])
        last = ("box", "last", "((coalesce(to_string(\"a\"), '') = 'x'))", ["last"])
        self.assertEqual(self.outline(), ["first", ("box", "Site", "", ["a", inner]), last])

    def test_groups_are_tabs_and_what_is_between_them_too(self):
        self.make(*self.SURVEY, tabs=True)
        kinds = [(kind, title, len(children)) for kind, title, _, children in self.outline()]
        self.assertEqual(kinds, [("tab", "River survey", 1), ("tab", "Site", 2), ("tab", "River survey", 1)])

    def test_a_form_that_begins_with_a_group_is_one_tab(self):
        self.make(*self.SURVEY[1:])
        (tab,) = self.outline()
        self.assertEqual((tab[0], [child[0] for child in tab[3]]), ("tab", ["box", "box"]))

    def test_repeats_are_related_tables_in_the_form(self):
        created = self.make(
            question("geopoint", "place"),
            question("text", "owner"),
            question("begin repeat", "tree", "Trees"),
            question("text", "kind"),
            question("image", "photo"),
            question("begin repeat", "branch", "Branches"),
            question("integer", "length", constraint=". < string-length(${owner})"),
            question("end repeat"),
            question("calculate", "longest", calculation="max(${length})"),
            question("end repeat"),
            question("calculate", "count", calculation="count(${tree})"),
        )
        self.assertEqual(created.problems, [])
        self.assertEqual({layer["name"] for layer in created.layers.values()}, {"River survey", "Trees", "Branches"})
        self.assertEqual(self.outline(), ["owner", "relation:Trees", "count"])
        self.assertEqual(self.outline("Trees"), ["kind", "photo", "relation:Branches", "longest"])
        self.assertEqual(self.layer("Trees").fields().names()[:3], ["fid", "uuid", "parent_uuid"])
        relations = self.project.relationManager().relations()
        self.assertEqual({relation.name() for relation in relations.values()}, {"Trees", "Branches"})
        self.assertTrue(all(relation.isValid() for relation in relations.values()))
        self.check_answers_of_parents_and_children()

    def check_answers_of_parents_and_children(self):
        survey, trees, branches = (self.layer(name) for name in ("River survey", "Trees", "Branches"))
        self.add(survey, uuid="s", owner="12345678")
        self.add(trees, uuid="t", parent_uuid="s")
        self.add(branches, uuid="b", parent_uuid="t", length=7)
        self.add(branches, uuid="c", parent_uuid="t", length=9)
        hard = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard
        valid = [
            QgsVectorLayerUtils.validateAttribute(branches, feature, branches.fields().lookupField("length"), hard)[0]
            for feature in branches.getFeatures()
        ]
        self.assertEqual(valid, [True, False])
        found = [next(layer.getFeatures()) for layer in (trees, survey)]
        context = trees.createExpressionContext()
        context.setFeature(found[0])
        self.assertEqual(trees.defaultValue(trees.fields().lookupField("longest"), found[0], context), 9)
        context = survey.createExpressionContext()
        self.assertEqual(survey.defaultValue(survey.fields().lookupField("count"), found[1], context), 1)

    def add(self, layer, **values) -> None:
        feature = QgsFeature(layer.fields())
        for name, value in values.items():
            feature[name] = value
        self.assertTrue(layer.dataProvider().addFeatures([feature])[0])


class WholeForms(FormCase):
    SURVEY = (
        question("start", "begun"),
        question("geopoint", "place", "Where?"),
        question("text", "who", "Who?", required="yes"),
        question("select_multiple trees", "seen", "Seen?"),
        question("image", "photo", "Photo"),
        question("begin repeat", "tree", "Trees"),
        question("decimal", "height", "Height?"),
        question("end repeat"),
    )

    def test_the_whole_job_in_a_process_of_its_own(self):
        write_form(self.io / "form.xlsx", list(self.SURVEY), TREES)
        self.seed([OSM], xlsform_file="form.xlsx", extent=[9, 46, 10, 47])
        done, created = run_in_process(self.io)
        self.assertNotIn("error", created.feedback, done.stderr)
        self.assertEqual(created.names(), ["project.qgz", "survey.gpkg"])
        self.assertEqual(created.problems, [])
        names = [layer["name"] for layer in created.layers.values()]
        self.assertEqual(sorted(names), ["River survey", "Streets", "Trees", "trees"])
        nodes = [node.get("name") for node in created.xml().find("layer-tree-group").iter() if node.get("name")]
        self.assertEqual(
            [name for name in nodes if name in (*names, "Choices")],
            ["River survey", "Trees", "Choices", "trees", "Streets"],
        )
        self.assertNotIn(str(self.io).encode(), (self.files / "project.qgz").read_bytes())

    def test_the_project_can_be_packaged(self):
        self.make(*self.SURVEY, choices=TREES)
        self.project.clear()
        done, packaged = run_package(self.io, "project.qgz")
        self.assertNotIn("error", packaged.feedback, done.stderr)
        self.assertEqual(packaged.problems, [])
        self.assertEqual({action["action"] for action in packaged.actions.values()}, {"offline"})
        self.assertTrue(all(layer["is_valid"] for layer in packaged.layers.values()))
        self.assertEqual(packaged.files, ["data.gpkg", "project_qfield.qgz"])


class Deltas(DeltaCase):
    def test_a_new_answer_from_the_field_gets_into_the_tables(self):
        write_form(self.io / "form.xlsx", list(WholeForms.SURVEY), TREES)
        write_seed(self.io, xlsform_file="form.xlsx")
        done, created = run_in_process(self.io)
        self.assertNotIn("error", created.feedback, done.stderr)
        ids = {layer["name"]: layer["id"] for layer in created.layers.values()}
        self.layer_id = ids["River survey"]
        parent = self.create({"uuid": "abc", "who": "Eve", "seen": '{"oak","ash"}'}, geometry="Point (9.5 46.8)")
        self.layer_id = ids["Trees"]
        child = self.create({"parent_uuid": "abc", "height": 12.5}, geometry=None)
        self.write([parent, child])
        result = self.run_job(name="project.qgz")
        self.assertNotIn("error", result.feedback, result.log)
        feedback = result.feedback["outputs"]["apply_deltas"]["delta_feedback"]
        self.assertEqual([item["status"] for item in feedback], ["status_applied"] * 2, feedback)
        found = sql_rows(self.files / "survey.gpkg", "SELECT uuid, who, seen, begun IS NOT NULL FROM survey")
        self.assertEqual(found, [("abc", "Eve", '{"oak","ash"}', 1)])
        ((key, parent_key, height),) = sql_rows(
            self.files / "survey.gpkg", "SELECT uuid, parent_uuid, height FROM tree"
        )
        self.assertEqual((len(key), parent_key, height), (36, "abc", 12.5))
