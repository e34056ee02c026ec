"""What cells say that answer yes or no."""

_TRUE = ("yes", "true", "true()", "1")
_FALSE = ("", "no", "false", "false()", "0")


def is_yes(text: str) -> bool:
    """Whether a cell says yes."""
    return text.strip().lower() in _TRUE


def is_no(text: str) -> bool:
    """Whether a cell says no, or nothing."""
    return text.strip().lower() in _FALSE


def as_condition(text: str) -> str:
    """A condition that says yes or no in plain words, or that spreadsheets have as a value, as an expression."""
    if text.strip().lower() in ("yes", "true"):
        return "true()"
    return "false()" if text.strip().lower() in ("no", "false") else text
