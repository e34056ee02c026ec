"""Parses the part of XPath that forms use for conditions and calculations."""

import re
from dataclasses import dataclass

MAX_CHARACTERS = 8_000
MAX_DEPTH = 40
MAX_IN_A_ROW = 80

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<text>"[^"]*"|'[^']*')|\$\{\s*(?P<reference>[^\s{}]+)\s*\}"""
    r"""|(?P<name>[^\W\d][\w.-]*(?::[^\W\d][\w.-]*)?)|(?P<operator><=|>=|!=|[=<>+*(),-]|\.\.|\.|/))"""
)
# Word processors and spreadsheets turn plain marks into these.
_PLAIN = str.maketrans("“”„‘’\N{EN DASH}\N{MINUS SIGN}\N{NO-BREAK SPACE}", '"""\'\'-- ')
# By how tightly they bind, loosest first.
_LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))


class NotUnderstood(ValueError):
    """An expression has no counterpart in QGIS, or is none; the message says which part."""


@dataclass(frozen=True)
class Number:
    """A number, as digits."""

    digits: str


@dataclass(frozen=True)
class Text:
    """A quoted text."""

    value: str


@dataclass(frozen=True)
class Reference:
    """The answer to another question: `${name}`."""

    name: str


@dataclass(frozen=True)
class Current:
    """The answer to the question itself: `.`."""


@dataclass(frozen=True)
class Name:
    """A column of the choices, in a filter."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True)
class Negative:
    """A minus before a number."""

    operand: "Node"


@dataclass(frozen=True)
class Operation:
    """Two operands and what stands between them."""

    operator: str
    left: "Node"
    right: "Node"


Node = Number | Text | Reference | Current | Name | Call | Negative | Operation


def parse(text: str) -> Node:
    """The tree of an expression."""
    if len(text) > MAX_CHARACTERS:
        raise NotUnderstood(f"it has {len(text)} characters; at most {MAX_CHARACTERS} are read")
    parser = _Parser(_tokens(text.translate(_PLAIN)))
    node = parser.level(0)
    parser.expect("end")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position, text = [], 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotUnderstood(f"'{text[position : position + 20].strip()}' is unknown")
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return [*tokens, ("end", "")]


class _Parser:
    """Descends from the loosest operators to single values."""

    def __init__(self, tokens: list[tuple[str, str]]):
        self._tokens, self._position, self._depth = tokens, 0, 0

    def level(self, number: int) -> Node:
        if number == len(_LEVELS):
            return self._unary()
        node, height = self.level(number + 1), 0
        while self._next()[0] in ("operator", "name") and self._next()[1] in _LEVELS[number]:
            # The tree grows to the left, and whoever walks it goes as deep.
            height += 1
            if height > MAX_IN_A_ROW:
                raise NotUnderstood(f"it has more than {MAX_IN_A_ROW} operators in a row")
            node = Operation(self._take()[1], node, self.level(number + 1))
        return node

    def expect(self, kind: str, value: str = "") -> None:
        if self._next() != (kind, value):
            found, wanted = self._next()[1] or "the end", value or "the end"
            raise NotUnderstood(f"found '{found}'; expected '{wanted}'")
        self._take()

    def _unary(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotUnderstood(f"it is nested more than {MAX_DEPTH} deep")
        try:
            if self._next() == ("operator", "-"):
                self._take()
                return Negative(self._unary())
            return self._value()
        finally:
            self._depth -= 1

    def _value(self) -> Node:
        kind, value = self._take()
        if kind == "number":
            return Number(value)
        if kind == "text":
            return Text(value[1:-1])
        if kind == "reference":
            return Reference(value)
        if (kind, value) == ("operator", "."):
            return Current()
        if (kind, value) == ("operator", "("):
            node = self.level(0)
            self.expect("operator", ")")
            return node
        if kind == "name":
            return self._call(value) if self._next() == ("operator", "(") else Name(value)
        raise NotUnderstood(f"'{value or 'the end'}' stands where a value is expected")

    def _call(self, name: str) -> Node:
        self._take()
        arguments = []
        if self._next() != ("operator", ")"):
            arguments.append(self.level(0))
            while self._next() == ("operator", ","):
                self._take()
                arguments.append(self.level(0))
        self.expect("operator", ")")
        return Call(name, tuple(arguments))

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._position]

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._position]
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token
