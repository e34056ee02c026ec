"""Which of the languages of a form is shown."""

from .workbook import Row

_TEXTS = ("label", "hint", "guidance_hint", "required_message", "constraint_message")


class Language:
    """Finds the text of a column in one language: the default one, else the one without a name, else the first."""

    def __init__(self, default: str, rows: list[Row]):
        self._default = default.strip().casefold()
        self._languages = list(
            dict.fromkeys(
                column.partition("::")[2]
                for row in rows
                for column in row.cells
                if "::" in column and column.partition("::")[0] in _TEXTS
            )
        )

    def text(self, row: Row, column: str) -> str:
        """The text of a column that may have one cell per language."""
        chosen = [name for name in self._languages if self._is_default(name)]
        for candidate in [*(f"{column}::{name}" for name in chosen), column]:
            if row.get(candidate):
                return row.get(candidate)
        return next((row.get(f"{column}::{name}") for name in self._languages if row.get(f"{column}::{name}")), "")

    def _is_default(self, language: str) -> bool:
        """Compares `English (en)` also with `English` and with `en`."""
        name, _, code = language.casefold().partition("(")
        return bool(self._default) and self._default in (language.casefold(), name.strip(), code.rstrip(") ").strip())
