"""Runs a case: the data, the project, the devices, the office, one step after the other."""

import copy
import tempfile
import traceback
import uuid
from pathlib import Path

from . import office, project, reading
from .device import Device, Edit
from .differential import InQgis, is_explained
from .model import Model, Violation
from .tables import Data
from .worker import JobFailed, Worker


class Run:
    """One run of a case, in a folder of its own."""

    def __init__(self, case: dict, root: Path):
        self.case = _named(case)
        self._root = root
        (root / "files").mkdir()
        self._data = Data(self.case, root / "files")
        self._worker = Worker(root, case["overwrite"])
        self._model = Model(self.case)
        self._devices = [Device(self.case, number, root / f"device{number}") for number in range(len(case["devices"]))]
        self.log: list[str] = []
        self.pushed = 0

    def violations(self) -> list[Violation]:
        """What nobody would expect, up to the first step that has any of it."""
        try:
            self._data.make()
            project.make(self._data, self._root / "files")
            self._worker.keep_version(is_upload=True)
            for step in self.case["steps"]:
                found = self._step(step)
                if found:
                    return found
            return []
        except JobFailed as failure:
            return [Violation("job failed", str(failure))]
        except reading.Ambiguous as problem:
            return [Violation("other feature", str(problem))]
        except Exception:  # noqa: BLE001 - a machine that fails by itself has to be seen too
            return [Violation("machine", traceback.format_exc())]
        finally:
            for device in self._devices:
                device.close()
            self._data.drop()

    def _step(self, step: list) -> list[Violation]:
        verb, *rest = step
        self.log.append(str(step))
        return getattr(self, f"_{verb}")(*rest) or []

    def _read(self) -> reading.Reading:
        return reading.read(self.case, project.layers(self._data))

    def _package(self, number: int) -> list[Violation]:
        device, now = self._devices[number], self._read()
        shown = device.download(self._worker.package(device.client))
        self._model.packaged(number, now)
        found = []
        for place in now.keys() | shown.keys():
            if place not in now or place not in shown:
                found.append(
                    Violation("package differs", f"{place[1]} is in {'it' if place in shown else 'the source'} alone")
                )
                continue
            for column in reading.differences(now[place].values, shown[place].values):
                here, there = shown[place].values[column], now[place].values[column]
                text = f"{column} of {place[1]} is {here!r}; the source has {there!r}"
                found.append(Violation("package differs", text))
        return found

    def _edit(self, number: int, op: dict) -> None:
        self._devices[number].edit(op)

    def _push(self, number: int) -> list[Violation]:
        device = self._devices[number]
        edits, device.waiting = device.waiting, []
        if not edits:
            return []
        before = self._read()
        copied = InQgis(self._data, self._root / "in-qgis") if self._data.in_files else None
        items = self._worker.push(edits)
        self.pushed += len(items)
        self.log += [
            f"    {item['method']} {edit.tag}: {item['status']} {item['msg']}" for edit, item in zip(edits, items)
        ]
        after = self._read()
        found = self._model.pushed(edits, items, before, after)
        if not found and copied is not None:
            applied = [edit for edit, item in zip(edits, items) if item["status"] == "status_applied"]
            found = self._compare_with_qgis(copied, applied, after)
        return found

    def _compare_with_qgis(self, copied: InQgis, applied: list[Edit], after: reading.Reading) -> list[Violation]:
        zones = [device["zone"] for device in self.case["devices"]]
        there, refused = copied.make(applied, zones)
        found = [Violation("QGIS refuses", refusal.text) for refusal in refused if not refusal.is_explained]
        for place in () if refused else after.keys() | there.keys():
            if place not in after or place not in there:
                found.append(Violation("QGIS differs", f"{place[1]} is {'ours' if place in after else 'its'} alone"))
                continue
            for column in reading.differences(after[place].values, there[place].values):
                ours, theirs = after[place].values[column], there[place].values[column]
                if is_explained(zones, self.case["tables"][place[0]], column, ours, theirs):
                    continue
                text = f"{column} of {place[1]} is {theirs!r} in QGIS; ours {ours!r}"
                found.append(Violation("QGIS differs", text))
        return found

    def _office(self, op: dict) -> None:
        self._otherwise(lambda: office.edit(self._data, op))

    def _remake(self) -> None:
        self._otherwise(lambda: office.remake(self._data))

    def _restore(self, number: int) -> None:
        if self._data.in_files:
            self._otherwise(lambda: self._worker.restore(number), is_restored=True)

    def _otherwise(self, change, is_restored: bool = False) -> None:
        before = self._read()
        change()
        if self._data.in_files and not is_restored:
            self._worker.keep_version(is_upload=True)
        self._model.wrote_otherwise(before, self._read(), is_restored)


def run(case: dict) -> tuple[list[Violation], Run]:
    """Runs a case in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        made = Run(case, Path(folder))
        return made.violations(), made


def _named(case: dict) -> dict:
    """The case with names for its tables that nobody else has in the database."""
    named = copy.deepcopy(case)
    for table in named["tables"]:
        table["label"] = table["name"]
        if case["format"] == "postgres":
            table["name"] = f"{table['name']}_{uuid.uuid4().hex[:12]}"
    return named
