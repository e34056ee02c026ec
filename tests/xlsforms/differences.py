"""Where we differ from pyxform, and why that is right."""

import re

EXPLAINED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[row : 1\] On the 'settings' sheet"), "The setting is in row 2, and told there; pyxform says 1 of any."),
)


def explanation(difference: str) -> str:
    """Why there is a difference; nothing where that is not known."""
    return next((reason for pattern, reason in EXPLAINED if pattern.search(difference)), "")
