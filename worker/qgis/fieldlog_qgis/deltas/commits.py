"""What container and worker tell each other of commits in databases, in a folder of the job (``/io/commits``).

Who asks a database to commit and is gone before it has answered may have made edits or not, and would make them again.
So the container announces each commit before it makes it: with the number of the transaction, which the database knows
afterwards, and with what is to be told of the edits in it. The worker writes that down where it lasts, and only then
says `go`. What earlier attempts announced is given to the next one, which asks the database (``earlier.py``).
"""

import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UnableToContinue
from ..feedback import dump

# While a commit waits, it has features locked.
ANSWER_SECONDS = 300
_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.05

_OPTIONAL_TEXTS = ("delta_id", "e_type", "modified_pk", "file")
_OPTIONAL_LISTS = ("conflicts", "provider_errors")
_OPTIONAL_OBJECTS = ("before", "after")


@dataclass(frozen=True)
class Commit:
    """A commit that an earlier attempt announced, with what it told of the deltas in it, by their ids."""

    database: str
    transaction: int
    outcomes: dict[str, dict]


class Commits:
    """The folder of one job. Where there is none nobody asks: commits are made at once, and there were none before."""

    def __init__(self, folder: Path | None = None):
        self._folder = folder if folder is not None and folder.is_dir() else None
        self._announced = 0
        self.earlier = _read(self._folder) if self._folder is not None else []

    def announce(self, database: str, transaction: int, items: list[dict]) -> None:
        """Waits until a commit may be made; raises `UnableToContinue` when it must not."""
        if self._folder is None:
            return
        self._announced += 1
        path = self._folder / f"{self._announced}.json"
        answer = path.with_suffix(".answer")
        where = f"The commit of transaction {transaction} in the database {database}"
        try:
            if answer.exists():
                raise UnableToContinue(f"{where} has an answer in {answer} before it was announced. It was not made.")
            _put(path, {"database": database, "transaction": str(transaction), "outcomes": items})
            said = _wait_for(answer)
        except OSError as error:
            raise UnableToContinue(f"{where} cannot be announced: {error}. It was not made.") from error
        if said is None:
            raise UnableToContinue(f"{where} was not made: the worker did not answer within {ANSWER_SECONDS} s.")
        if said != "go":
            raise UnableToContinue(
                f"{where} was not made: the worker said {said[:20]!r}. Somebody else may have the job now."
            )


def _put(path: Path, document: dict) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    with open(unfinished, "w", encoding="utf-8", errors="backslashreplace") as file:
        dump(document, file)
    os.replace(unfinished, path)


def _wait_for(answer: Path) -> str | None:
    ends, pause = time.monotonic() + ANSWER_SECONDS, _FIRST_PAUSE
    while not answer.exists():
        if time.monotonic() >= ends:
            return None
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return answer.read_text(encoding="utf-8", errors="replace").strip()


def _read(folder: Path) -> list[Commit]:
    """What earlier attempts announced. What cannot be understood may be an edit, so nothing goes on without it."""
    path = folder / "earlier.json"
    document = _load(path)
    commits = document.get("commits") if isinstance(document, dict) else None
    if not isinstance(commits, list):
        raise _malformed(path, "expected an object with a list 'commits'")
    return [_commit(path, commit) for commit in commits]


def _commit(path: Path, content: Any) -> Commit:
    names = ("database", "transaction", "outcomes")
    if not isinstance(content, dict) or not all(isinstance(content.get(name), str) for name in names):
        raise _malformed(path, f"expected each commit to have texts as {', '.join(names)}")
    database, transaction, name = (content[name] for name in names)
    if not database or not re.fullmatch("[0-9]{1,20}", transaction):
        raise _malformed(path, f"{transaction[:40]!r} in {database!r} is no transaction in a database")
    if not re.fullmatch(r"[\w-][\w.-]*", name):
        raise _malformed(path, f"{name[:40]!r} is not the name of a file beside it")
    return Commit(database, int(transaction), _outcomes(path.with_name(name)))


def _outcomes(path: Path) -> dict[str, dict]:
    items = _load(path)
    if not isinstance(items, list) or not all(_is_item(item) for item in items):
        raise _malformed(path, "expected a list of what is told of deltas that were applied")
    return {item["delta_id"]: _recorded(item) for item in items if item.get("delta_id") is not None}


def _is_item(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("msg"), str)
        and isinstance(item.get("status"), str)
        and all(isinstance(item.get(name), str | None) for name in _OPTIONAL_TEXTS)
        and all(isinstance(item.get(name), list | None) for name in _OPTIONAL_LISTS)
        and all(isinstance(item.get(name), dict | None) for name in _OPTIONAL_OBJECTS)
    )


def _recorded(item: dict) -> dict:
    """That of an item which says what became of the delta; the rest says where it stood in another file."""
    names = ("msg", "status", "e_type", "modified_pk", "file", *_OPTIONAL_LISTS, *_OPTIONAL_OBJECTS)
    made = {"made": item["made"]} if isinstance(item.get("made"), dict) else {}
    return {name: item.get(name) for name in names} | made | {"is_final": True}


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise _malformed(path, f"it cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise _malformed(path, f"it is not JSON: {error}") from error


def _malformed(path: Path, why: str) -> UnableToContinue:
    return UnableToContinue(f"What earlier attempts did is not known from {path}: {why}. Nothing was applied.")
