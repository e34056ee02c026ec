"""Forms as people save them: every question is in the project or named with its row, and so is what is amiss."""

from pathlib import Path

from qgis.core import QgsProject

from fieldlog_qgis.xlsform.flags import as_condition

from .forms import FormCase, question
from .saved_forms import FORMS, SavedForm

PUBLISHED = Path("/testdata/xlsforms")
SYSTEM_COLUMNS = ("fid", "uuid", "parent_uuid")


class SavedForms(FormCase):
    def test_each_is_taken_with_what_is_told_about_it_or_refused_with_its_row(self):
        for form in FORMS:
            self.start_anew()
            with self.subTest(form=form.name):
                self.check(form)

    def start_anew(self) -> None:
        QgsProject.instance().clear()
        for path in self.files.iterdir():
            path.unlink()

    def check(self, form: SavedForm) -> None:
        form.write(self.io / "form.xlsx")
        self.seed(xlsform_file="form.xlsx")
        if form.fails:
            self.assert_refused(form.fails, "get_project_seed_xlsform", "InvalidXlsForm")
            return
        created = self.create()
        self.assertEqual([(problem["row"], problem["code"]) for problem in created.problems], list(form.told))
        self.assertTrue(form.told or not form.refused, "refused by others, and nothing is told")
        self.assertEqual(self.columns(), form.questions.split())

    def columns(self) -> list[str]:
        """The questions of the survey itself."""
        project = QgsProject.instance()
        self.assertTrue(project.read(str(self.files / "project.qgz")))
        (survey,) = [
            layer
            for layer in project.mapLayers().values()
            if not layer.readOnly() and layer.fields().lookupField("parent_uuid") < 0
        ]
        return [name for name in survey.fields().names() if name not in SYSTEM_COLUMNS]

    def test_something_else_is_asked_for_when_it_was_chosen(self):
        self.make(question("select one from trees or specify other", "tree"), choices=[
            {"list_name": "trees", "name": "oak", "label": "Oak"}])  # fmt: skip
        self.assertEqual(self.widget("tree")[1]["map"], [{"Oak": "oak"}, {"Other": "other"}])
        box = self.outline()[1]
        self.assertEqual((box[2], box[3]), ("((coalesce(to_string(\"tree\"), '') = 'other'))", ["tree_other"]))

    def test_the_same_choice_under_two_towns_is_kept_where_the_maker_says_so(self):
        towns = [{"list_name": "t", "name": "x", "label": f"X of {place}", "place": place} for place in ("b", "c")]
        created = self.make(
            question("text", "place"),
            question("select_one t", "town", choice_filter="place = ${place}"),
            choices=towns,
            settings={"allow_choice_duplicates": "yes"},
        )
        self.assertEqual(created.problems, [])
        made = self.project.mapLayer(self.widget("town")[1]["Layer"])
        self.assertEqual([feature["label"] for feature in made.getFeatures()], ["X of b", "X of c"])

    def test_plain_words_are_conditions(self):
        said = [as_condition(text) for text in ("TRUE", "yes", "false", "No", "${a} = 1")]
        self.assertEqual(said, ["true()", "true()", "false()", "false()", "${a} = 1"])


class PublishedForms(FormCase):
    """Those that lie beside the checkout."""

    # Form: questions in all layers, and problems that are told.
    EXPECTED = {
        "attribute_columns_test.xlsx": (30, 12),
        "cascading_select_test_equivalent.xls": (9, 0),
        "duplicate_columns.xlsx": (30, 11),
        "extra_columns.xls": (2, 1),
        "group.xlsx": (3, 0),
        "group_name_test.xls": (3, 1),
        "or_other.xlsx": (3, 1),
        "repeat_date_test.xls": (3, 1),
        "specify_other.xls": (2, 0),
        "specify_other.xlsx": (2, 0),
        "tutorial.xls": (10, 0),
        "widgets.xls": (30, 2),
        "xlsform_spec_test.xlsx": (30, 10),
    }

    def test_each_is_taken(self):
        if not PUBLISHED.is_dir():
            self.skipTest("there is no /testdata/xlsforms")
        for name, expected in self.EXPECTED.items():
            QgsProject.instance().clear()
            for path in self.files.iterdir():
                path.unlink()
            with self.subTest(form=name):
                (self.io / name).write_bytes((PUBLISHED / name).read_bytes())
                self.seed(xlsform_file=name)
                created = self.create()
                project = QgsProject.instance()
                self.assertTrue(project.read(str(self.files / "project.qgz")))
                columns = [
                    field
                    for layer in project.mapLayers().values()
                    if not layer.readOnly()
                    for field in layer.fields().names()
                    if field not in SYSTEM_COLUMNS
                ]
                self.assertEqual((len(columns), len(created.problems)), expected)
