"""How much of a step's work is done. Work is counted in microseconds that it takes, roughly: what counts is that
copying a picture and copying a feature can be added up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .log import step_is_at

Told = Callable[[float], None]


class Progress:
    """Adds up what is done of all that was expected, and tells the log."""

    def __init__(self):
        self._expected = self._done = 0.0

    def expect(self, work: float) -> None:
        """Hears of work to come; all of it is to be told before the first part begins."""
        self._expected += work

    @contextmanager
    def part(self, work: float) -> Iterator[Told]:
        """A part of the work, which tells how far it is as a fraction; when it is over, all of it counts as done."""

        def told(fraction: float) -> None:
            self._tell(self._done + work * min(fraction, 1.0))

        yield told
        self._done += work
        self._tell(self._done)

    def _tell(self, done: float) -> None:
        if self._expected > 0:
            step_is_at(done / self._expected)


def tell_nobody(_fraction: float) -> None:
    """For work that is not worth telling of."""
