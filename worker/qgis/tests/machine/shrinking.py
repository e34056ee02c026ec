"""Makes a case smaller as long as the same thing goes wrong in it."""

import copy
import time
from collections.abc import Callable, Iterator


def shrink(case: dict, goes_wrong: Callable[[dict], bool], seconds: float) -> dict:
    """The smallest case that was found in this time."""
    ends = time.monotonic() + seconds
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for smaller in _smaller(case):
            if time.monotonic() > ends:
                return case
            if goes_wrong(smaller):
                case, is_smaller = smaller, True
                break
    return case


def _smaller(case: dict) -> Iterator[dict]:
    """The case without one thing, the largest things first."""
    steps = case["steps"]
    for size in (len(steps) // 2, len(steps) // 4, 1):
        for at in range(len(steps) - size, -1, -1) if size else ():
            yield case | {"steps": steps[:at] + steps[at + size :]}
    if len(case["tables"]) == 2:
        alone = copy.deepcopy(case)
        alone["tables"].pop()
        alone["steps"] = [step for step in steps if not (isinstance(step[-1], dict) and step[-1]["table"] == 1)]
        yield alone
    for number, table in enumerate(case["tables"]):
        for what in ("rows", "triggers", "columns"):
            for at in range(len(table[what])):
                less = copy.deepcopy(case)
                gone = less["tables"][number][what].pop(at)
                if what == "columns":
                    if any(column.get("twice") == gone["name"] for column in table["columns"]):
                        continue
                    _forget(less, number, gone["name"])
                yield less
        for at, column in enumerate(table["columns"]):
            for rule in ("default", "not_null", "unique", "least"):
                if rule in column:
                    less = copy.deepcopy(case)
                    del less["tables"][number]["columns"][at][rule]
                    yield less
    for at, step in enumerate(steps):
        for name in step[-1].get("values", {}) if isinstance(step[-1], dict) else ():
            less = copy.deepcopy(case)
            del less["steps"][at][-1]["values"][name]
            yield less
        if isinstance(step[-1], dict) and step[-1].get("wkt"):
            less = copy.deepcopy(case)
            del less["steps"][at][-1]["wkt"]
            yield less
    for at, device in enumerate(case["devices"]):
        if device["zone"] != "UTC":
            less = copy.deepcopy(case)
            less["devices"][at]["zone"] = "UTC"
            yield less
    if case["overwrite"]:
        yield case | {"overwrite": False}


def _forget(case: dict, table: int, column: str) -> None:
    for row in case["tables"][table]["rows"]:
        row["values"].pop(column, None)
    for step in case["steps"]:
        if isinstance(step[-1], dict) and step[-1]["table"] == table:
            step[-1].get("values", {}).pop(column, None)
