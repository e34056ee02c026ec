"""Forms made to do harm, and forms that are none: refused with words, before they cost anything."""

import io
import zipfile

import openpyxl
from qgis.core import QgsExpression, QgsProject

from fieldlog_qgis.xlsform import workbook, xlsx

from . import old_workbook
from .forms import FormCase, choice, question, write_form

SURVEY = [question("text", "a", "A?"), question("integer", "b", "B?")]
CELL = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'


class Spreadsheets(FormCase):
    def setUp(self):
        super().setUp()
        self.path = self.io / "form.xlsx"
        self.seed(xlsform_file="form.xlsx")

    def rewrite(self, part: str, content: bytes, **more: bytes) -> None:
        """Writes a sound form with other content in one part."""
        write_form(self.path, SURVEY)
        parts = {}
        with zipfile.ZipFile(self.path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in (parts | {part: content} | more).items():
                archive.writestr(name, text)

    def sheet(self, rows: str, dimension: str = "A1:B2") -> bytes:
        return (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f'<dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>'
        ).encode()

    def assert_form_refused(self, words: str) -> None:
        self.assert_refused(words, "get_project_seed_xlsform", "InvalidXlsForm")
        self.assertEqual(list(self.files.iterdir()), [])

    def remove_files(self) -> None:
        for path in self.files.iterdir():
            path.unlink()

    def test_a_zip_bomb(self):
        self.rewrite("xl/worksheets/sheet1.xml", b" " * (xlsx.MAX_XML_BYTES + 1))
        self.assertLess(self.path.stat().st_size, 200_000)
        self.assert_form_refused("unpacks to more than")

    def test_a_bomb_in_a_part_that_nobody_asked_for(self):
        self.rewrite("docProps/other.bin", b"\0" * (xlsx.MAX_XML_BYTES + 1))
        self.assert_form_refused("unpacks to more than")

    def test_many_entries(self):
        self.rewrite("a", b"", **{f"part{number}": b"" for number in range(xlsx.MAX_ENTRIES)})
        self.assert_form_refused("entries; expected at most")

    def test_xml_entities(self):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + self.sheet(
            "<row><c><v>&b;</v></c></row>"
        )
        for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"):
            with self.subTest(part=part):
                self.rewrite(part, bomb)
                self.assert_form_refused("declares a document type")

    def test_an_external_entity(self):
        outside = b'<!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]>' + self.sheet("<row><c><v>&p;</v></c></row>")
        self.rewrite("xl/worksheets/sheet1.xml", outside)
        self.assert_form_refused("declares a document type")

    def test_encodings_that_hide_what_is_in_them(self):
        for content in (
            '<?xml version="1.0" encoding="gb18030"?><a/>'.encode("gb18030"),
            '<?xml version="1.0" encoding="utf-32"?><a/>'.encode("utf-32"),
            "<a/>".encode("utf-32-be"),
            '<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037"),
            b'<?xml version="1.0" encoding="nonsense"?><a/>',
        ):
            with self.subTest(content=content[:8]):
                self.rewrite("xl/styles.xml", content)
                self.assert_form_refused("unknown encoding")

    def test_a_cell_that_is_no_number(self):
        self.rewrite("xl/worksheets/sheet1.xml", self.sheet('<row r="1"><c r="A1" t="n"><v>1e5x</v></c></row>'))
        self.assert_form_refused("cannot be read as .xlsx")
        self.rewrite("xl/worksheets/sheet1.xml", self.sheet('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'))
        self.assert_form_refused("cannot be read as .xlsx")

    def test_deep_and_many_elements(self):
        self.rewrite("xl/worksheets/sheet1.xml", b"<a>" * 1000 + b"</a>" * 1000)
        self.assert_form_refused("nests its XML more than")
        self.rewrite("xl/styles.xml", b"<a>" + b"<xf/>" * (xlsx.MAX_OTHER_ELEMENTS + 1) + b"</a>")
        self.assert_form_refused("holds more than")

    def test_texts_in_many_colours(self):
        run = "<r><rPr><b/><sz val='9'/><color rgb='FF0000'/></rPr><t>A</t></r>"
        label = f'<c r="C2" t="inlineStr"><is>{run * (xlsx.MAX_OTHER_ELEMENTS // 3)}</is></c>'
        header = "".join(CELL.format(place, name) for place, name in (("A1", "type"), ("B1", "name"), ("C1", "label")))
        rows = f'<row r="1">{header}</row><row r="2">{CELL.format("A2", "text")}{CELL.format("B2", "q")}{label}</row>'
        self.rewrite("xl/worksheets/sheet1.xml", self.sheet(rows))
        self.assertEqual(self.create().problems, [])

    def test_a_sheet_that_claims_to_be_huge(self):
        rows = f'<row r="1">{CELL.format("A1", "type")}{CELL.format("B1", "name")}</row>'
        rows += f'<row r="2">{CELL.format("A2", "text")}{CELL.format("B2", "q")}</row>'
        self.rewrite("xl/worksheets/sheet1.xml", self.sheet(rows, "A1:XFD1048576"))
        self.assertEqual(list(self.create().layers.values())[0]["name"], "River survey")

    def test_a_cell_far_away(self):
        far = f'<row r="1">{CELL.format("A1", "type")}</row><row r="1048576">{CELL.format("A1048576", "text")}</row>'
        self.rewrite("xl/worksheets/sheet1.xml", self.sheet(far))
        created = self.create()
        told = [(problem["row"], problem["code"]) for problem in created.problems]
        self.assertEqual(told, [(1048576, "question_left_out")])
        self.remove_files()
        far = f'<row r="99999999">{CELL.format("A99999999", "text")}</row>'
        beyond = f'<row r="1">{CELL.format("A1", "type")}</row>{far}'
        self.rewrite("xl/worksheets/sheet1.xml", self.sheet(beyond))
        self.assertEqual(self.create().problems, [])
        self.remove_files()
        wide = f'<row r="1">{CELL.format("A1", "type")}{CELL.format("XFD1", "name")}</row>'
        self.rewrite("xl/worksheets/sheet1.xml", self.sheet(wide))
        # Columns so far out are not even read.
        self.assertEqual(list(self.create().layers.values())[0]["name"], "River survey")

    def test_too_many_rows_and_columns(self):
        write_form(self.path, [question("note", "", str(number)) for number in range(workbook.MAX_ROWS["survey"] + 1)])
        self.assert_form_refused("rows with content, which is refused")
        write_form(
            self.path, [question("text", "a", **{f"column{number}": "x" for number in range(workbook.MAX_COLUMNS)})]
        )
        self.assert_form_refused("columns, which is refused")

    def test_a_very_long_cell(self):
        rows = f'<row r="1">{CELL.format("A1", "x" * 40_000)}</row>'
        self.rewrite("xl/worksheets/sheet1.xml", self.sheet(rows))
        self.assert_form_refused("a cell of 40000 characters")

    def test_formulas_are_not_evaluated(self):
        write_form(
            self.path, [question("text", "a", '=HYPERLINK("http://example.org")'), question("text", "=1+1", "x")]
        )
        created = self.create()
        self.assertEqual(self.codes(created), [("a", "label_missing"), (None, "question_left_out")])

    def test_files_that_are_no_spreadsheets(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("word/document.xml", "<w/>")
        for content, words in (
            (b"", "cannot be unpacked"),
            (b"PK\x03\x04broken", "cannot be unpacked"),
            (b"<xml/>", "cannot be unpacked"),
            (buffer.getvalue(), "cannot be read as .xlsx"),
        ):
            with self.subTest(content=content[:10]):
                self.path.write_bytes(content)
                self.assert_form_refused(words)

    def test_every_truncation_of_a_form_is_refused_with_words(self):
        write_form(self.path, SURVEY)
        content = self.path.read_bytes()
        for length in range(0, len(content), len(content) // 7):
            self.path.write_bytes(content[:length])
            self.assert_form_refused("cannot be")

    def test_a_workbook_without_a_survey(self):
        book = openpyxl.Workbook()
        book.save(self.path)
        self.assert_form_refused("Sheet 'survey' has no column 'type'")
        book.create_sheet("choices")
        book.save(self.path)
        self.assert_form_refused("no sheet 'survey'")


class OldSpreadsheets(FormCase):
    def setUp(self):
        super().setUp()
        self.path = self.io / "form.xls"
        self.seed(xlsform_file="form.xls")

    def test_a_form_is_read(self):
        old_workbook.write(
            self.path,
            {
                "Survey": [
                    ["type", "name", "label", "default"],
                    ["select_one n", "größe", "Wie groß?", 2.0],
                    [None, "x"],
                    ["date", "d", "When?"],
                ],
                "choices": [["list_name", "name", "label"], ["n", 1.0, "One"], ["n", 2.0, "Two"]],
                "settings": [["form_title"], ["Old form"]],
            },
        )
        created = self.create()
        self.assertEqual(self.codes(created), [("x", "question_left_out")])
        self.assertEqual([layer["name"] for layer in created.layers.values()], ["Old form"])
        self.project = QgsProject.instance()
        self.assertTrue(self.project.read(str(self.files / "project.qgz")))
        self.assertEqual(self.widget("größe", "Old form"), ("ValueMap", {"map": [{"One": "1"}, {"Two": "2"}]}))
        self.assertEqual(self.field("größe", "Old form").defaultValueDefinition().expression(), "'2'")

    def test_a_newer_one_under_the_old_name_is_refused_with_advice(self):
        write_form(self.io / "new.xlsx", SURVEY)
        (self.io / "new.xlsx").rename(self.path)
        self.assert_refused("name it .xlsx", "get_project_seed_xlsform", "InvalidXlsForm")

    def test_damaged_ones_are_refused_with_words(self):
        old_workbook.write(self.path, {"survey": [["type", "name"], ["text", "a"]]})
        content = self.path.read_bytes()
        for number in range(8, 1600, 61):
            self.path.write_bytes(content[:number] + b"\xff" * 40 + content[number + 40 :])
            with self.subTest(damaged_at=number):
                feedback = self.try_to_create().feedback
                self.assertIn(
                    feedback.get("error_class", "InvalidXlsForm"), ("InvalidXlsForm",), feedback.get("error_stack")
                )
                for path in self.files.iterdir():
                    path.unlink()


class Forms(FormCase):
    def assert_form_refused(self, words: str, *survey: dict) -> None:
        write_form(self.io / "form.xlsx", list(survey))
        self.seed(xlsform_file="form.xlsx")
        self.assert_refused(words, "get_project_seed_xlsform", "InvalidXlsForm")

    def test_groups_that_do_not_match(self):
        self.assert_form_refused("Row 2 of sheet 'survey' begins 'g', which never ends", question("begin group", "g"))
        self.assert_form_refused("ends a group, but nothing is open", question("end group"))
        self.assert_form_refused("ends a group, but 'r' is open", question("begin repeat", "r"), question("end group"))

    def test_groups_that_nest_too_deep(self):
        self.assert_form_refused(
            "nests groups more than 20 deep", *[question("begin group", f"g{n}") for n in range(22)]
        )

    def test_labels_are_never_evaluated(self):
        attack = "[% eval(file_content('/etc/passwd')) %] [[%% 1 %]"
        self.make(
            question("note", "n", attack),
            question("text", "t", attack, hint=attack),
            question("begin group", "g", attack),
            question("text", "u", constraint=". = 1", constraint_message=attack),
            question("end group"),
            choices=[],
            settings={"form_title": attack},
        )
        for item in self.outline(attack):
            if isinstance(item, str) and item.startswith("text:"):
                self.assertEqual(QgsExpression.replaceExpressionText(item, None), item)
                self.assertNotIn("[%", item)

    def test_names_cannot_leave_their_quotes(self):
        evil = "a\"' || eval(1) || '"
        created = self.make(
            question("text", evil, "x"),
            question("text", "b", relevant=f"${{{evil}}} = 1"),
            question("text", "c", default=f"it's {evil}"),
            question("begin repeat", evil),
            question("text", "d"),
            question("end repeat"),
            question("select_multiple l;DROP", "m"),
            choices=[choice("l;DROP", evil, evil)],
            settings={"form_id": "sqlite_master"},
        )
        self.assertIn(("b", "relevant_left_out"), self.codes(created))
        names = {layer["datasource"].split("layername=")[1] for layer in created.layers.values()}
        self.assertEqual(names, {"survey", "a_eval_1", "list_l_DROP"})
        self.assertEqual(
            self.field("c").defaultValueDefinition().expression(), QgsExpression.quotedString(f"it's {evil}")
        )

    def test_paths_in_a_form_lead_nowhere(self):
        created = self.make(
            question("image", "../../etc", "x"),
            question("text", "a"),
            settings={"form_id": "../../../tmp/evil", "form_title": "../../title"},
        )
        self.assertEqual(created.names(), ["project.qgz", "survey.gpkg"])
        (layer,) = created.layers.values()
        self.assertEqual(layer["filename"], "survey.gpkg")
        self.assertNotIn("../", str(self.layer("../../title").customProperty("QFieldSync/photo_naming")))

    def test_calculations_in_a_circle(self):
        created = self.make(
            question("calculate", "a", calculation="${b} + 1"), question("calculate", "b", calculation="${a} + 1")
        )
        self.assertEqual({self.field(name).typeName() for name in "ab"}, {"Real"})
        self.assertEqual(created.problems, [])

    def test_problems_are_bounded(self):
        created = self.make(*[question("audit", f"q{number}") for number in range(1100)])
        self.assertEqual(len(created.problems), 1001)
        self.assertIn("100 more problems", created.problems[-1]["message"])

    def test_a_survey_with_many_questions(self):
        created = self.make(*[question("text", f"q{number}", f"Question {number}") for number in range(1000)])
        self.assertEqual(created.problems, [])
        self.assertEqual(self.layer().fields().count(), 1002)

    def test_a_survey_with_too_many_questions(self):
        write_form(self.io / "form.xlsx", [question("text", f"q{number}") for number in range(1501)])
        self.seed(xlsform_file="form.xlsx")
        self.assert_refused("asks 1501 questions; at most 1500", "prepare_project_files", "InvalidXlsForm")
