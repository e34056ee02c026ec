"""What a job says on stderr, which the worker streams to whoever watches."""

import logging
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from .redaction import redact

PROGRESS_SECONDS = 0.5

logger = logging.getLogger("fieldlog")


class _RedactingFormatter(logging.Formatter):
    # A formatter, not a filter: it also sees the text of tracebacks.
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure() -> None:
    """Sends the log, without credentials, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_RedactingFormatter("%(asctime)s %(levelname)s %(message)s"))
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


@contextmanager
def only_errors() -> Iterator[None]:
    """Leaves out everything else: the log of a job begins with the job."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


class _OpenStep:
    """The step that runs, and what was last said of how far it is."""

    def __init__(self):
        self.marker = uuid.uuid4()
        self.percent = 0
        # A step that is done before that says nothing.
        self.silent_until = time.monotonic() + PROGRESS_SECONDS


_open_step: _OpenStep | None = None


def step_begins(name: str) -> uuid.UUID:
    """Writes the marker on which a log viewer opens a fold; the answer closes it."""
    global _open_step  # noqa: PLW0603 - one job a process, one step at a time
    _open_step = _OpenStep()
    print(f"::<<<::{_open_step.marker} {name}", file=sys.stderr, flush=True)
    return _open_step.marker


def step_is_at(fraction: float) -> None:
    """Writes how far the open step is, from 0 to 1, if that is another percentage and the last one is not too recent."""
    now = time.monotonic()
    if _open_step is None or now < _open_step.silent_until:
        return
    percent = min(100, int(fraction * 100))
    # What was estimated too low must not run backwards.
    if percent > _open_step.percent:
        _open_step.percent, _open_step.silent_until = percent, now + PROGRESS_SECONDS
        print(f"::===::{_open_step.marker} {percent}", file=sys.stderr, flush=True)


def step_ends(marker: uuid.UUID, stage: int) -> None:
    """Writes the marker on which a log viewer closes the fold."""
    global _open_step  # noqa: PLW0603
    _open_step = None
    print(f"::>>>::{marker} {stage}", file=sys.stderr, flush=True)
