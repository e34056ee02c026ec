"""The order in which the deltas of a file are applied: as they come, but no child before its parent.

A device notes a child before the parent when its form was saved first. Whatever it did to that child waits as well.
"""

from collections.abc import Iterator, Sequence

from .delta import Delta, Method
from .parents import Parents


def in_order(deltas: Sequence[Delta | None], parents: Parents) -> Iterator[int]:
    """The places of the deltas in the order in which they are applied; what is no delta (None) keeps its place."""
    made_at = _makers(deltas, parents)
    # The deltas that wait for another, by its place; and for which one a device's feature waits.
    waiting: dict[int, list[int]] = {}
    held: dict[str, int] = {}
    done: set[int] = set()

    def release(place: int) -> Iterator[int]:
        todo = [place]
        while todo:
            ready = todo.pop(0)
            done.add(ready)
            yield ready
            todo = waiting.pop(ready, []) + todo

    for place, delta in enumerate(deltas):
        parent = None if delta is None else _awaited(delta, place, made_at, held, done, parents)
        if parent is None:
            yield from release(place)
        else:
            waiting.setdefault(parent, []).append(place)
            held[delta.client_pk] = parent
    # Parents that wait for each other: nobody comes first.
    for place in range(len(deltas)):
        if place not in done:
            yield from release(place)


def _makers(deltas: Sequence[Delta | None], parents: Parents) -> dict:
    """Where parents are made, by what their children hold of them."""
    made_at: dict = {}
    for place, delta in enumerate(deltas):
        if delta is not None and delta.method is Method.CREATE:
            for said in parents.expected(delta):
                made_at.setdefault(said, place)
    return made_at


def _awaited(
    delta: Delta, place: int, made_at: dict, held: dict[str, int], done: set[int], parents: Parents
) -> int | None:
    """The place of the delta that has to come first, if there is one."""
    before = held.get(delta.client_pk)
    if before is not None and before not in done:
        return before
    if not made_at or delta.method is Method.DELETE:
        return None
    later = [made_at[said] for said in parents.needed(delta) if made_at.get(said, -1) > place]
    return max(later, default=None)
