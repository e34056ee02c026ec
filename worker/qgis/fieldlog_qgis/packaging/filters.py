"""Filters of layers as conditions of SQL: they come from project files, so they may be anything."""

import re

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]""")
# Another statement, a comment that hides what follows, and a quote without its partner.
_SUSPECT = re.compile(r""";|--|/\*|['"`\[\]]|\0""")
_ELSEWHERE = re.compile(r"""\b(?:from|join)\s*(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\s'"().,]+)\s*\.""", re.I)
_QUERY = re.compile(r"\s*select\b", re.I)


def asks_elsewhere(condition: str) -> bool:
    """Whether a query names a table together with where that table is: OGR would open any file for it."""
    return _ELSEWHERE.search(condition) is not None


def is_query(condition: str) -> bool:
    """Whether a filter is a whole query, as OGR allows, rather than a condition."""
    return _QUERY.match(condition) is not None


def is_one_condition(condition: str) -> bool:
    """Whether a filter stays inside the parentheses that are put around it in a statement."""
    rest = _QUOTED.sub(" ", condition)
    if _SUSPECT.search(rest):
        return False
    depth = 0
    for character in rest:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0
