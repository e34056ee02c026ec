"""Random cases for as long as there is time; what goes wrong is made small and shown."""

import json
import logging
import os
import random
import time
import unittest
from collections import Counter

from fieldlog_qgis import qgis_app
from fieldlog_qgis.log import logger

from ..databases import CONNECTION
from . import known, making, running, shrinking

_SECONDS = float(os.environ.get("FIELDLOG_MACHINE_SECONDS", "120"))
# Without a time of its own a run ends after so many cases, however fast the machine is.
_MOST = 10**9 if "FIELDLOG_MACHINE_SECONDS" in os.environ else 30
# The same cases each time, so that a change is judged by what it changed; `just edits-machine` tries new ones.
_SEED = os.environ.get("FIELDLOG_MACHINE_SEED", "1")
_SHRINKING_SECONDS = float(os.environ.get("FIELDLOG_MACHINE_SHRINKING", "40"))


class Search(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        qgis_app.start()
        logger.setLevel(logging.CRITICAL)
        cls.addClassCleanup(logger.setLevel, logging.NOTSET)

    def test_no_case_shows_what_nobody_expects(self):
        first = int(_SEED) if _SEED != "random" else random.SystemRandom().randrange(10**9)
        print(f"\nmachine: the first seed is {first}", flush=True)
        began, cases, pushed, wrong, excused = time.monotonic(), 0, 0, {}, Counter()
        while (time.monotonic() - began < _SECONDS and cases < _MOST) or cases == 0:
            case = making.make(first + cases, bool(CONNECTION))
            violations, run = running.run(case)
            cases, pushed = cases + 1, pushed + run.pushed
            for violation in violations[:1]:
                kind = known.kind_of(violation)
                if kind:
                    excused[kind] += 1
                elif (case["format"], violation.name) not in wrong:
                    wrong[case["format"], violation.name] = 1
                    self._show(case, violation.name)
                else:
                    wrong[case["format"], violation.name] += 1
                    print(f"machine: seed {case['seed']}, {case['format']}: {str(violation)[:300]}", flush=True)
        seconds = time.monotonic() - began
        print(f"machine: {cases} cases, {pushed} edits in {seconds:.0f} s ({cases * 60 / seconds:.0f} cases a minute)")
        print(f"machine: known: {dict(excused)}; new: {wrong}", flush=True)
        self.assertEqual(wrong, {}, "see the cases above")

    def _show(self, case: dict, name: str) -> None:
        def goes_wrong(smaller: dict) -> bool:
            violations, _ = running.run(smaller)
            return bool(violations) and violations[0].name == name and known.kind_of(violations[0]) is None

        small = shrinking.shrink(case, goes_wrong, _SHRINKING_SECONDS)
        violations, run = running.run(small)
        print(
            f"machine: seed {case['seed']}",
            *run.log,
            *map(str, violations),
            json.dumps(small, ensure_ascii=False),
            sep="\n",
        )
