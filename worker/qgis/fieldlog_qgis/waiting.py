"""Waits for the one job of a warm container, which the worker puts in place as ``order.json``."""

import json
import os
import select
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from .job_directory import JobDirectory

# Whoever has started a container and forgotten it does not come back after that.
PATIENCE_SECONDS = 3600


class NoOrder(Exception):
    """Nobody wanted anything for a long time."""


class MalformedOrder(Exception):
    """What was ordered cannot be understood; the message names no values, for some are secrets."""


@dataclass(frozen=True)
class Order:
    """A job: what follows `entrypoint.py` on a cold command line, and the variables of the project's secrets."""

    arguments: list[str]
    environment: dict[str, str]


def require_wake(directory: JobDirectory) -> None:
    """Refuses to wait for what can never come."""
    if not (directory.wake.exists() and stat.S_ISFIFO(directory.wake.stat().st_mode)):
        raise MalformedOrder(f"{directory.wake} is no FIFO: the worker makes it before it starts a waiting container.")


def wait(directory: JobDirectory, seconds: float = PATIENCE_SECONDS) -> Order:
    """Says that this container is ready, by opening the FIFO, and returns the order once it is there."""
    ends = time.monotonic() + seconds
    # For reading and writing, so there is no hang-up when the worker closes its end. And before the first look
    # for the order: whoever puts it in place after that look finds the FIFO open, so that the byte sent after
    # it waits in there. In the other order, an order and its byte could slip between the look and the opening.
    wake = os.open(directory.wake, os.O_RDWR | os.O_CLOEXEC)
    try:
        while not directory.order.exists():
            ready, _, _ = select.select([wake], [], [], max(0, ends - time.monotonic()))
            if not ready:
                raise NoOrder(f"Nothing was ordered within {seconds:.0f} s.")
            os.read(wake, 1)
    finally:
        os.close(wake)
    # First of all: a container that ends without having said so is not blamed on the job, and the job is tried again.
    directory.taken.touch()
    return _read(directory.order)


def _read(path: Path) -> Order:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise MalformedOrder(f"{path} is not JSON: {type(error).__name__}.") from None
    if not isinstance(document, dict):
        raise MalformedOrder(f"{path} holds a JSON {type(document).__name__}; expected an object.")
    arguments, environment = document.get("arguments"), document.get("environment")
    if not isinstance(arguments, list) or not all(_is_plain(text) for text in arguments):
        raise MalformedOrder(f"{path} has no 'arguments' that are a list of texts without zero characters.")
    if not isinstance(environment, dict) or not all(_is_variable(*item) for item in environment.items()):
        raise MalformedOrder(f"{path} has no 'environment' whose names and values can be those of variables.")
    return Order(arguments, environment)


def _is_plain(text) -> bool:
    return isinstance(text, str) and "\0" not in text


def _is_variable(name: str, value) -> bool:
    return name != "" and "=" not in name and _is_plain(name) and _is_plain(value)
