"""What a job says on stderr, which the worker streams to whoever watches."""

import logging
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from .redaction import redact

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


def step_begins(name: str) -> uuid.UUID:
    """Writes the marker on which a log viewer opens a fold; the answer closes it."""
    marker = uuid.uuid4()
    print(f"::<<<::{marker} {name}", file=sys.stderr, flush=True)
    return marker


def step_ends(marker: uuid.UUID, stage: int) -> None:
    """Writes the marker on which a log viewer closes the fold."""
    print(f"::>>>::{marker} {stage}", file=sys.stderr, flush=True)
