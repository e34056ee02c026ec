"""Waiting for a condition, with a deadline."""

import time


def eventually(what: str, probe, seconds: float = 180):
    """Calls `probe` until it answers something true, and gives that back."""
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what} (last: {found!r})")
        time.sleep(0.2)
