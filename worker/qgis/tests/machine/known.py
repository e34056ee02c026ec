"""What is known to be wrong and is being mended. The aim is that there is nothing here."""

import re

from .model import Violation

# A violation's name, words of its text (a regular expression), and the kind of fault that it is.
KNOWN: tuple[tuple[str, str, str], ...] = (
    # A device goes on from what it sent, where the table's default or a trigger has made something else of it.
    ("conflict without reason", r"was null on the device and is", "4: blocked by what the table made"),
    # A child of a later push, whose parent got another key in an earlier one.
    ("not stored", r"in parent; expected '→t", "3: child of a parent that was renumbered before"),
)


def kind_of(violation: Violation) -> str | None:
    """The kind that a violation is known as."""
    return next(
        (kind for name, words, kind in KNOWN if name == violation.name and re.search(words, violation.text)), None
    )
