"""What of a form could not be taken over as it was, each with its place in the spreadsheet and the cause."""

from dataclasses import asdict, dataclass

from ..log import logger

MAX_REPORTED = 1000


@dataclass(frozen=True)
class FormProblem:
    """One thing that whoever wrote the form should know; `row` counts from 1 in the sheet."""

    code: str
    message: str
    sheet: str
    row: int | None
    question: str | None


class FormProblems:
    """Collects problems, and says each in the log."""

    def __init__(self):
        self._found: list[FormProblem] = []
        self._more = 0

    def add(self, code: str, message: str, row: int | None = None, question: str | None = None, sheet="survey") -> None:
        """Notes a problem; the message is a sentence that follows the place."""
        if len(self._found) >= MAX_REPORTED:
            self._more += 1
            return
        place = f"Sheet '{sheet}'" if row is None else f"Row {row} of sheet '{sheet}'"
        text = f"{place}, question '{question}': {message}" if question else f"{place}: {message}"
        logger.warning("%s", text)
        self._found.append(FormProblem(code, text, sheet, row, question))

    def as_list(self) -> list[dict]:
        """All problems, for the feedback."""
        found = [asdict(problem) for problem in self._found]
        if self._more:
            more = FormProblem("more", f"There are {self._more} more problems.", "survey", None, None)
            found.append(asdict(more))
        return found
