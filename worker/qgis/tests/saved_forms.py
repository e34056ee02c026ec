"""Small forms with what published forms have in them, and what is told about each.

`refused` says whether other programs refuse the form: `tests/xlsforms` asks pyxform whether that is true.
`told` has the row and the code of every problem, or of the refusal the words it has. Needs no QGIS.
"""

from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.styles import PatternFill


@dataclass(frozen=True)
class SavedForm:
    """A form; its sheets are lists of rows, in which `|` separates the cells."""

    name: str
    sheets: dict[str, tuple[str, ...]]
    told: tuple[tuple[int | None, str], ...] = ()
    questions: str = "a"
    refused: bool = False
    fails: str = ""
    hidden: bool = False
    formatted: tuple[int, int] = (0, 0)

    def write(self, path: Path) -> None:
        """Writes it as a workbook; `formatted` rows and columns more have a colour and white space."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in self.sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append([_cell(text) for text in row.split("|")])
            for row in range(self.formatted[0]):
                for column in range(1, self.formatted[1] + 1):
                    cell = sheet.cell(len(rows) + 1 + row, column, " \t" if row % 7 == column % 7 else None)
                    cell.fill = PatternFill("solid", "FFEEEE")
        if self.hidden:
            book.create_sheet("notes")
            for title in self.sheets:
                book[title].sheet_state = "hidden"
            book.active = len(self.sheets)
        book.save(path)


def _cell(text: str) -> str | bool | None:
    return {"": None, "TRUE": True, "FALSE": False}.get(text, text)


def _accepted(name: str, *survey: str, **more) -> SavedForm:
    sheets = {"survey": survey} | {key: more.pop(key) for key in _SHEETS if key in more}
    return SavedForm(name, sheets, **more)


def _refused(name: str, *survey: str, **more) -> SavedForm:
    return _accepted(name, *survey, refused=True, **more)


_SHEETS = ("choices", "external_choices", "settings", "entities")
_HEAD, _A = "type|name|label", "text|a|A?"
_COLOURS = ("list_name|name|label", "colours|red|Red", "colours|blue|Blue")
_LEFT_OUT = "type_left_out"
_QUOTED = "|${b} = \N{LEFT SINGLE QUOTATION MARK}x\N{RIGHT SINGLE QUOTATION MARK}"

FORMS = (
    # What is no content does not count.
    _accepted("rows with a format alone", _HEAD, _A, formatted=(6000, 3)),
    _accepted("columns with a format alone", _HEAD, _A, formatted=(2, 300)),
    _accepted("cells of white space", _HEAD, " | |\t", _A, " ||  "),
    _accepted("columns without a name", "type|name||label", "text|a|mine|A?", "||only mine|"),
    _accepted("a comment among the questions", _HEAD + "|my notes", _A, "|||to do", "text|b|B?", questions="a b"),
    _accepted("settings after the first row are ignored", _HEAD, _A, settings=("form_title", "Title", *["x"] * 150)),
    SavedForm("one sheet with another name", {"Sheet1": (_HEAD, _A)}),
    SavedForm("sheets in capitals", {"SURVEY": (_HEAD, "select_one colours|a|A?"), "Choices": _COLOURS}),
    SavedForm("a copy of the survey", {"survey ": (_HEAD, "text|old|Old?"), "survey": (_HEAD, _A)}),
    SavedForm("hidden sheets", {"survey": (_HEAD, _A), "my notes": ("x",)}, hidden=True),
    # Columns in their spellings.
    _accepted("languages after one colon", "type|name|label:English (en)|label:Deutsch (de)", "text|a|A?|A!"),
    _accepted("many languages", "type|name|" + "|".join(f"label::L{n}|hint::L{n}|image::L{n}" for n in range(100)),
              "text|a|" + "|".join(["?"] * 200), told=((2, "media_left_out"),)),
    _accepted("older names of columns", "command|tag|caption|relevance|readonly", _A + "||TRUE",
              "text|b|B?|${a} = 'x'|", questions="a b"),
    _accepted("columns in groups",
             "Type|NAME|Label|bind:relevant|bind:constraint|bind:jr:constraintMsg|control:appearance",
              _A + "||||multiline", "integer|b|B?|${a} = 'x'|. > 1|More!|", questions="a b"),
    _accepted("yes and no as values", "type|name|label|relevant|required", _A + "|TRUE|FALSE"),
    _accepted("a filter by a column in capitals", _HEAD + "|choice_filter", "select_one cantons|c|Canton?|",
              "select_one towns|a|Town?|Canton = ${c}",
              choices=("list name|name|label|Canton", "cantons|be|BE|", "towns|bern|Bern|be", "towns|chur|Chur|gr"),
              questions="c a"),
    _accepted("the same choice in two lists of a cascade", _HEAD + "|choice_filter", "select_one cantons|c|Canton?|",
              "select_one towns|a|Town?|canton = ${c}",
              choices=("list name|name|label|canton", "cantons|be|BE|", "cantons|fr|FR|", "towns|other|Other|be",
                       "towns|other|Other|fr"),
              settings=("allow_choice_duplicates", "yes"), questions="c a"),
    _accepted("choices without labels", _HEAD, "select_one l|a|A?", choices=("list_name|name|my column", "l|x|1",
             "|| ")),
    _accepted("external choices", _HEAD + "|choice_filter", "text|in|In?|",
             "select_one_external towns|a|Town?|canton=${in}",
              external_choices=("list_name|name|label|canton", "towns|bern|Bern|be"), questions="in a"),
    # Types in their spellings.
    _accepted("prompts of older forms", _HEAD, "string|a|A?", "q int|b|B?", "add date prompt|c|C?", "q picture|d|D?",
              "start time|e|", "add select one prompt using colours|f|F?", "select1 colours|g|G?",
              "select all that apply from colours|h|H?", "get today|i|", "dateTime|j|J?", "q note|k|K!",
              choices=_COLOURS, questions="a b c d e f g h i j"),
    _accepted("types with a rule", _HEAD, "percentage|a|A?", "phone number|b|", "number of days in last month|c|C?",
              questions="a b c"),
    _accepted("something else, in words", _HEAD, "select one from colours or specify other|a|A?",
              choices=_COLOURS, questions="a a_other"),
    _accepted("something else, for two", _HEAD, "select_multiple colours or_other|a|A?",
             "select_one colours or other|b|B?",
              choices=_COLOURS, questions="a a_other b b_other"),
    _accepted("a repeat by another name", _HEAD, "begin lgroup|g|G", _A, "end lgroup|", questions=""),
    _accepted("a loop", _HEAD, "begin loop over colours|g|G", _A, "end loop|", choices=_COLOURS,
              told=((2, "loop_left_out"),)),
    _refused("settings among the questions, misspelled", _HEAD, "form_title|My title|", "set form id|x|", _A,
              told=((3, _LEFT_OUT),)),
    _accepted("a title among the questions", _HEAD, "set_form_title|My title|", _A),
    _accepted("types without counterpart", _HEAD, _A, "rank colours|b|B?", "select_one_from_file c.csv|c|C?",
             "audit|audit|",
              "deviceid|d|", "osm|e|E?", "csv-external|f|", choices=_COLOURS,
              told=tuple((row, _LEFT_OUT) for row in range(3, 9))),
    _accepted("a choice of what was answered", _HEAD, "begin repeat|r|R", "text|n|N?", "end repeat|",
             "select_one ${n}|a|A?",
              told=((5, "list_missing"),)),
    _accepted("a note without a name", _HEAD, "note||Hello", _A),
    _accepted("a picture for a label", _HEAD + "|media::image::English (en)", "text|a||a.png", told=((2,
             "media_left_out"),)),
    _accepted("a disabled question", _HEAD + "|disabled", _A, "text|b|B?|yes", told=((3, "disabled"),)),
    _accepted("a hard space in a type", _HEAD, "select_one\N{NO-BREAK SPACE}colours|a|A?", choices=_COLOURS),
    _accepted("quotes of a word processor", _HEAD + "|relevant", "text|b|B?|", _A + _QUOTED,
              questions="b a"),
    _accepted("a trigger", _HEAD + "|calculation|trigger", _A, "dateTime|b||now()|${a}", questions="a b",
              told=((3, "trigger_left_out"),)),
    _accepted("an answer of last time", _HEAD + "|default", _A + "|${last-saved#a}", told=((2, "default_left_out"),)),
    _accepted("keys and settings without counterpart", _HEAD, _A,
              settings=("form_title|public_key|add_none_option", "T|abc|yes"),
              told=((2, "setting_left_out"), (2, "setting_left_out"))),
    _accepted("groups within groups, with the same names", _HEAD, "begin_group|g|", "text|a|A?", "end group|g",
             "begin group|h|",
              "text|a|A?", "end_group|", questions="a a_2", told=((6, "name_changed"),)),
    # What other programs refuse.
    _refused("a column twice", "type|name|label|label", _A + "|a", told=((1, "column_twice"),)),
    _refused("two names of one column", "type|name|label|relevant|relevance", _A + "||", told=((1, "column_twice"),)),
    _refused("columns in the second row", "", _HEAD, _A, told=((2, "columns_late"),)),
    _refused("one colon among two", "type|name|label:English|hint::English", "text|a|A?|", told=((1, "one_colon"),)),
    _refused("a group without a name", _HEAD, "begin group||", _A, "end group||", told=((2, "name_missing"),)),
    _refused("a question without a name", _HEAD, _A, "integer||How many?", told=((3, "question_left_out"),)),
    _refused("a question without a type", _HEAD, _A, "|b|B?", told=((3, "question_left_out"),)),
    _refused("an unknown type", _HEAD, _A, "txt|b|B?", told=((3, _LEFT_OUT),)),
    _refused("a type in capitals", _HEAD, "Text|a|A?", told=((2, "type_read_as"),)),
    _refused("a list in two words", _HEAD, "select_one my colours|a|A?", choices=_COLOURS,
             told=((2, "list_missing"), (2, "type_read_as"))),
    _refused("a name twice", _HEAD, _A, "integer|a|A!", questions="a a_2", told=((3, "name_twice"), (3,
             "name_changed"))),
    _refused("a question named as its neighbouring group", _HEAD, _A, "begin group|a|", "text|b|B?", "end group|",
             questions="a b", told=((3, "name_twice"),)),
    _refused("repeats with one name", _HEAD, _A, "begin repeat|r|R", "text|b|B?", "end repeat|", "begin group|g|",
             "begin repeat|r|R", "text|c|C?", "end repeat|", "end group|", told=((7, "name_twice"),)),
    _refused("a repeat named as the form", _HEAD, _A, "begin repeat|data|R", "text|b|B?", "end repeat|",
             told=((3, "name_not_allowed"),)),
    _refused("a name with a space", _HEAD, "text|my a|A?", questions="my_a",
             told=((2, "name_not_allowed"), (2, "name_changed"))),
    _refused("a note with a bad name", _HEAD, _A, "note|1st|Hello", told=((3, "name_not_allowed"),)),
    _refused("a reserved name", _HEAD, "text|meta|A?", questions="meta", told=((2, "name_not_allowed"),)),
    _refused("a label about nothing", _HEAD, "text|a|A of ${b}?", told=((2, "reference_unknown"), (2,
             "label_shortened"))),
    _refused("a condition about nothing", _HEAD + "|relevant", _A + "|${b} = 1",
             told=((2, "reference_unknown"), (2, "relevant_left_out"))),
    _refused("a reference to two", _HEAD, _A, "begin group|g|G", "text|a|A?", "end group|", "note|n|${a}",
             questions="a a_2", told=((6, "reference_unknown"), (4, "name_changed"), (6, "label_shortened"))),
    _refused("a reference that never ends", _HEAD, _A, "note|n|You said ${a", told=((3, "reference_unknown"),)),
    _refused("a choice about nothing", _HEAD, "select_one l|a|A?", choices=("list_name|name|label", "l|x|${b}"),
             told=((2, "reference_unknown"),)),
    _refused("a name of answers about nothing", _HEAD, _A, settings=("instance_name", "${b}"),
             told=((2, "reference_unknown"), (None, "instance_name_left_out"))),
    _refused("a choice twice", _HEAD, "select_one colours|a|A?", choices=(*_COLOURS, "colours|red|Rot"),
             told=((4, "choice_left_out"),)),
    _refused("a list that is not there", _HEAD, "select_one towns|a|A?", choices=_COLOURS, told=((2, "list_missing"),)),
    _refused("no lists at all", _HEAD, "select_multiple towns|a|A?", told=((2, "list_missing"),)),
    _refused("a choice without a name", _HEAD, "select_one colours|a|A?", choices=(*_COLOURS, "colours||Green"),
             told=((4, "choice_left_out"),)),
    _refused("several of choices in two words", _HEAD, "select_multiple colours|a|A?",
             choices=(*_COLOURS, "colours|dark green|Green"), told=((4, "choice_name"),)),
    _refused("something else, filtered", _HEAD + "|choice_filter", "select_one colours or_other|a|A?|name = 'red'",
             choices=_COLOURS, questions="a a_other", told=((2, "other_filtered"),)),
    _refused("something else, and the same by hand", _HEAD, "select_one colours or_other|a|A?", "text|a_other|Which?",
             choices=_COLOURS, questions="a a_other a_other_2", told=((3, "name_twice"), (3, "name_changed"))),
    _refused("a question without a label", _HEAD, "text|a|", told=((2, "label_missing"),)),
    _refused("a calculation without one", _HEAD, _A, "calculate|b|", questions="a b", told=((3,
             "calculation_missing"),)),
    _refused("parameters without a value", _HEAD + "|parameters", "range|a|A?|start=1 end", told=((2,
             "parameters_not_understood"),)),
    _refused("parameters of another type", _HEAD + "|parameters", _A + "|start=1", told=((2,
             "parameters_not_understood"),)),
    _refused("a step beyond the range", _HEAD + "|parameters", "range|a|A?|start=1 end=3 step=5",
             told=((2, "parameters_not_understood"),)),
    _refused("a trigger that is not there", _HEAD + "|calculation|trigger", _A, "text|b||now()|${c}", questions="a b",
             told=((3, "trigger_left_out"),)),
    _refused("a setting that is no name", _HEAD, _A, settings=("form_title|name", "T|my form"), told=((2,
             "name_not_allowed"),)),
    _refused("a table of two lists", _HEAD + "|appearance", "begin group|g|G|table-list", "select_one colours|a|A?|",
             "select_one yn|b|B?|", "end group|", choices=(*_COLOURS, "yn|y|Yes"), questions="a b", told=((4,
             "table_list"),)),
    _refused("an audit by another name", _HEAD, _A, "audit|log|", told=((3, _LEFT_OUT),)),
    _refused("a note of an older type without a name", _HEAD, _A, "q note||Hello", told=((3, "name_missing"),)),
    _refused("external choices that are not filtered", _HEAD, "select_one_external l|a|A?",
             external_choices=("list_name|name|label", "l|x|X"), told=((2, "not_understood"),)),
    _refused("external choices that are not there", _HEAD + "|choice_filter", "select_one_external towns|a|A?|x=1",
             told=((2, "list_missing"),)),
    _refused("a file of another kind", _HEAD, _A, "select_one_from_file towns.txt|b|B?", told=((3, _LEFT_OUT),)),
    _refused("entities without a name", _HEAD, _A, entities=("dataset|label", "|L"), told=((2, "entities_left_out"),)),
    _refused("a group that never ends", _HEAD, "begin group|g|G", _A, fails="Row 2 of sheet 'survey' begins 'g'"),
    _refused("an end without a beginning", _HEAD, _A, "end group|",
             fails="Row 3 of sheet 'survey' ends a group, but nothing"),
    _refused("a group that ends as a repeat", _HEAD, "begin group|g|G", _A, "end repeat|",
             fails="Row 4 of sheet 'survey' ends"),
    _refused("a survey without types", "name|label", "a|A?", fails="Sheet 'survey' has no column 'type'"),
    SavedForm("no survey", {"questions": (_HEAD, _A), "choices": _COLOURS}, refused=True, fails="no sheet 'survey'"),
)  # fmt: skip
