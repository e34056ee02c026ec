"""What people would expect of a push: a plain model, which knows who wrote what since a device had its package."""

import copy
from dataclasses import dataclass

from .device import Edit
from .reading import PLACE, Reading, Row, differences, equal, kinds

OFFICE = -1


@dataclass(frozen=True)
class Violation:
    """Something that nobody would expect, of a class that has a name."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


class _Anything:
    """A value that the table chose."""

    def __repr__(self) -> str:
        return "anything"


ANYTHING = _Anything()


class Model:
    """What was written by whom, and what devices know."""

    def __init__(self, case: dict):
        self.case = case
        self._step = 0
        # By table, tag and column: when, and by whom.
        self._writes: dict[tuple[int, str, str], list[tuple[int, int]]] = {}
        self._base: dict[int, int] = {}
        self._keys: dict[tuple[int, int, str], str] = {}
        self._restored = 0
        # What a device holds and the server never took: its later edits of it build on that.
        self._open: set[tuple[int, int, str, str]] = set()

    def packaged(self, device: int, now: Reading) -> None:
        """A device has what is there now, and nothing else."""
        self._step += 1
        self._base[device] = self._step
        self._open = {entry for entry in self._open if entry[0] != device}
        self._keys = {key: pk for key, pk in self._keys.items() if key[0] != device}
        self._keys |= {(device, table, tag): row.key for (table, tag), row in now.items()}

    def wrote_otherwise(self, before: Reading, after: Reading, is_restored: bool = False) -> None:
        """The office has changed things: its writes are what is different."""
        self._step += 1
        self._restored = self._step if is_restored else self._restored
        for (table, tag), row in after.items():
            old = before.get((table, tag))
            changed = row.values if old is None else differences(row.values, old.values)
            for column in changed:
                self._writes.setdefault((table, tag, column), []).append((self._step, OFFICE))

    def pushed(self, edits: list[Edit], items: list[dict], before: Reading, after: Reading) -> list[Violation]:
        """Judges what became of edits."""
        self._step += 1
        if [item.get("delta_id") for item in items] != [edit.delta["uuid"] for edit in edits]:
            return [Violation("outcomes", f"{len(edits)} edits have {len(items)} outcomes, or others")]
        found, expected, touched = [], copy.deepcopy(before), {}
        for edit, item in zip(edits, items):
            found += self._judge(edit, item, expected)
            self._take(edit, item, expected, touched)
        return found + self._compare(expected, after, before, touched)

    def _judge(self, edit: Edit, item: dict, now: Reading) -> list[Violation]:
        told = f"{edit.method} of {edit.tag} by device {edit.device} ({_short(edit)}): {item['status']}: {item['msg']}"
        applied, conflict = item["status"] == "status_applied", item["status"] == "status_conflict"
        row = now.get((edit.table, edit.tag))
        if not item["msg"]:
            return [Violation("no message", told)]
        if item["status"] == "status_unknown_error":
            return [Violation("unknown error", told)]
        if edit.method == "create":
            return [] if applied or self._may_refuse(edit, now) else [Violation("create refused", told)]
        if row is None:
            return [Violation("applied to nothing", told)] if applied else []
        foreign = [column for column in edit.old if self._is_foreign(edit, column)]
        differing = [column for column in foreign if self._differs(edit, row, column)]
        if applied and edit.method == "patch" and differing:
            said = "Overwritten" in item["msg"]
            if not (self.case["overwrite"] and said):
                silent = "moved silently" if differing == [PLACE] else "overwritten silently"
                return [Violation(silent, f"{told} ({', '.join(differing)} changed by another)")]
        if applied and not foreign and "Overwritten" in item["msg"] and not self._builds_on_open(edit):
            return [Violation("overwritten without reason", told)]
        if applied or foreign or self._is_excused(edit, row, now):
            return []
        name = "conflict without reason" if conflict else "blocked without reason"
        return [Violation(name, told)]

    @staticmethod
    def _differs(edit: Edit, row: Row, column: str) -> bool:
        """Whether something else is there than the device had, and than it wants."""
        there = row.values.get(column, ANYTHING)
        return there is not ANYTHING and not any(equal(there, said.get(column)) for said in (edit.old, edit.new))

    def _is_foreign(self, edit: Edit, column: str) -> bool:
        writes = self._writes.get((edit.table, edit.tag, column), [])
        return any(step > self._base[edit.device] and who != edit.device for step, who in writes)

    def _is_excused(self, edit: Edit, row: Row, now: Reading) -> bool:
        """Whether the device has no claim that its edit is taken."""
        known = self._keys.get((edit.device, edit.table, edit.tag))
        return (
            known != row.key
            or self._restored > self._base[edit.device]
            or self._builds_on_open(edit)
            or self._may_refuse(edit, now)
        )

    def _builds_on_open(self, edit: Edit) -> bool:
        return any((edit.device, edit.table, edit.tag, column) in self._open for column in (*edit.old, ""))

    def _may_refuse(self, edit: Edit, now: Reading) -> bool:
        """Whether the table itself would refuse it."""
        table = self.case["tables"][edit.table]
        others = [row for (number, tag), row in now.items() if number == edit.table and tag != edit.tag]
        for column in table["columns"]:
            name, value = column["name"], edit.new.get(column["name"])
            named = name in edit.new or edit.method == "create"
            if named and value is None and column.get("not_null") and (
                edit.method == "patch" or column.get("default") is None
            ):  # fmt: skip
                return True
            if value is not None and column["kind"] == "binary":
                # Their text does not always tell which bytes were meant.
                return True
            if value is not None and column.get("unique") and any(row.values.get(name) == value for row in others):
                return True
            if value is not None and column.get("least") is not None and value < column["least"]:
                return True
        parent = edit.new.get("parent")
        if parent is not None and (0, parent.removeprefix("→")) not in now:
            return True
        key = table["key"]
        return key["kind"] in ("text", "uuid") and edit.method == "create" and (edit.table, edit.tag) in now

    def _take(self, edit: Edit, item: dict, expected: Reading, touched: dict) -> None:
        """Does to the expected state what the outcome says."""
        place = (edit.table, edit.tag)
        if item["status"] != "status_applied":
            columns = ("",) if edit.method == "create" else edit.new
            self._open |= {(edit.device, *place, column) for column in columns}
            return
        table = self.case["tables"][edit.table]
        if edit.method == "delete":
            expected.pop(place, None)
            touched[place] = set()
            return
        new = {name: self._as_stored(name, value) for name, value in edit.new.items()}
        if edit.method == "create":
            columns = [*kinds(table), *([PLACE] if table["geometry"] else [])]
            nothing = {name: None if name == PLACE else ANYTHING for name in columns}
            expected[place] = Row(item["modified_pk"] or "", nothing | new)
            self._keys[edit.device, *place] = item["modified_pk"] or ""
            touched[place] = set(columns)
        elif place in expected:
            expected[place].values.update(new)
            touched.setdefault(place, set()).update(new)
        for column in kinds(table) | {PLACE: ""} if edit.method == "create" else new:
            self._writes.setdefault((*place, column), []).append((self._step, edit.device))
            self._open.discard((edit.device, *place, column))

    @staticmethod
    def _as_stored(name: str, value):
        # The trigger's column.
        return value.upper() if name == "shout" and isinstance(value, str) else value

    def _compare(self, expected: Reading, after: Reading, before: Reading, touched: dict) -> list[Violation]:
        found = []
        for place in expected.keys() | after.keys():
            wanted, there = expected.get(place), after.get(place)
            if there is None or wanted is None:
                if place in touched:
                    found.append(Violation("not stored", f"{place[1]} is {'gone' if there is None else 'still there'}"))
                else:
                    found.append(
                        Violation(
                            "other feature", f"{place[1]} {'is gone' if there is None else 'came'}; nobody wrote it"
                        )
                    )
                continue
            free = self._free(place[0])
            for column in there.values:
                value = wanted.values.get(column)
                if value is ANYTHING or column in free or equal(value, there.values[column]):
                    continue
                text = f"{place[1]} has {there.values[column]!r} in {column}; expected {value!r}"
                name = "not stored" if column in touched.get(place, ()) else "nobody wrote"
                found.append(Violation(name if place in touched else "other feature", text))
        return found

    def _free(self, table: int) -> set[str]:
        """Columns that the owners' triggers or the source fill."""
        told = self.case["tables"][table]
        twice = {column["name"] for column in told["columns"] if column.get("twice")}
        return (
            twice
            | ({"filled"} if "fill" in told["triggers"] else set())
            | ({"edits"} if "count" in told["triggers"] else set())
        )


def _short(edit: Edit) -> str:
    return ", ".join(f"{name} {edit.old.get(name)!r} → {value!r}" for name, value in edit.new.items())[:300]
