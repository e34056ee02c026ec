"""Edits that earlier attempts sent to databases, and whether they are there.

An attempt that was cut off has left its last commit to the database, which is asked what became of the transaction.
"""

import time
from collections.abc import Iterable

from ..errors import UnableToContinue
from ..log import logger
from .commits import Commit
from .refusal import Undecided
from .stores.store import Fate
from .targets import Target

# The database ends an open transaction of a machine that was lost sooner than that (`stores/postgres.py`).
OPEN_SECONDS = 360
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 1.0


class Earlier:
    """What earlier attempts announced, and what became of it as far as anybody has asked."""

    def __init__(self, commits: Iterable[Commit]):
        self._commits: dict[str, list[Commit]] = {}
        for commit in commits:
            for delta_id in commit.outcomes:
                self._commits.setdefault(delta_id, []).append(commit)
        self._fates: dict[tuple[str, int], Fate] = {}

    def has(self, delta_id: str | None) -> bool:
        """Whether an earlier attempt sent this edit to a database."""
        return delta_id in self._commits

    def recorded(self, delta_id: str | None, target: Target, is_insisted_on: bool) -> dict | None:
        """What is recorded of the edit if an earlier attempt has made it.

        Raises `Undecided` where nobody can tell, unless somebody insists on the edit, who has seen that.
        """
        undecided = None
        for commit in self._commits.get(delta_id, ()):
            fate = self._fate(commit, target)
            if fate is Fate.COMMITTED:
                logger.info("Delta %s was applied already, in transaction %s", delta_id, commit.transaction)
                return commit.outcomes[delta_id]
            if fate is Fate.UNKNOWN:
                undecided = undecided or _undecided(commit, target)
        if undecided is not None and not is_insisted_on:
            raise undecided
        return None

    def _fate(self, commit: Commit, target: Target) -> Fate:
        if commit.database != target.store.database:
            return Fate.UNKNOWN
        key = (commit.database, commit.transaction)
        if key not in self._fates:
            self._fates[key] = _fate_in_the_end(commit, target)
        return self._fates[key]


def _fate_in_the_end(commit: Commit, target: Target) -> Fate:
    """Waits for a transaction that is still open: its attempt, or what is left of it, may commit."""
    ends, pause = time.monotonic() + OPEN_SECONDS, _FIRST_PAUSE
    while (fate := target.store.became_of(commit.transaction)) is Fate.IN_PROGRESS:
        if time.monotonic() >= ends:
            raise UnableToContinue(
                f"An earlier attempt's transaction {commit.transaction} in the database {commit.database} is still "
                f"open after {OPEN_SECONDS} s, and may be committed yet. So the job does not go on."
            )
        if pause == _FIRST_PAUSE:
            logger.info("An earlier attempt's transaction %s is still open; waiting for its end", commit.transaction)
        time.sleep(pause)
        pause = min(1.5 * pause, _LONGEST_PAUSE)
    return fate


def _undecided(commit: Commit, target: Target) -> Undecided:
    database = target.store.database
    if database is None:
        why = f"layer '{target.layer}' is in no database any more"
    elif database != commit.database:
        why = f"layer '{target.layer}' is in the database {database} now"
    else:
        why = "the database does not say"
    return Undecided(
        f"An earlier attempt sent this edit to the database {commit.database} in transaction {commit.transaction}, and "
        f"it cannot be found out whether that was committed: {why}. So it is not applied again; whoever looks after "
        f"the project decides, as in a conflict, whether it is applied all the same or ignored."
    )
