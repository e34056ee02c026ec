"""Where we differ from pyxform, and why that is right."""

import re

from tests.saved_forms import SavedForm

_HEAD, _A = "type|name|label", "text|a|A?"
_COLOURS = ("list_name|name|label", "colours|red|Red")

# Whatever form has it.
EXPLAINED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[row : 1\] On the 'settings' sheet"), "Settings are told with their row; pyxform says 1 of any."),
)

# These forms alone.
DIFFERENT: tuple[tuple[SavedForm, str], ...] = (
    (
        SavedForm("a capital letter with an accent", {"survey": (_HEAD, "text|Älter|A?")}),
        "The rules of XML allow the name; an error in pyxform's list of letters does not.",
    ),
    (
        SavedForm(
            "what else was chosen, in a note",
            {"survey": (_HEAD, "select_one colours or_other|a|A?", "note|n|${a_other}"), "choices": _COLOURS},
        ),
        "The question that 'or other' adds is there, and has an answer to show.",
    ),
    (
        SavedForm("something after many empty rows", {"survey": (_HEAD, _A, *["|||"] * 70, "end group||")}),
        "pyxform stops reading after 60 empty rows; we read on, for questions may follow.",
    ),
)


def explanation(difference: str) -> str:
    """Why there is a difference; nothing where that is not known."""
    return next((reason for pattern, reason in EXPLAINED if pattern.search(difference)), "")
