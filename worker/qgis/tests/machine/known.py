"""What is known to be wrong and is being mended. The aim is that there is nothing here."""

import re

from .model import Violation

# A violation's name, words of its text (a regular expression), and the kind of fault that it is.
KNOWN: tuple[tuple[str, str, str], ...] = (
    # Nobody tells the zone of a device: PostgreSQL takes a time without one for UTC where its column keeps moments.
    ("not stored", r"Z'\}\) in \w+; expected frozenset", "4: a time without a zone in a column of moments"),
)


def kind_of(violation: Violation) -> str | None:
    """The kind that a violation is known as."""
    return next(
        (kind for name, words, kind in KNOWN if name == violation.name and re.search(words, violation.text)), None
    )
