"""Cases in which something went wrong once."""

import json
import logging
import unittest
from pathlib import Path

from fieldlog_qgis import qgis_app
from fieldlog_qgis.log import logger

from ..databases import CONNECTION
from . import known, running

_CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


class Cases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        qgis_app.start()
        logger.setLevel(logging.CRITICAL)
        cls.addClassCleanup(logger.setLevel, logging.NOTSET)

    def test_nothing_is_wrong_in_the_kept_cases(self):
        self.assertTrue(_CASES)
        for path in _CASES:
            case = json.loads(path.read_text(encoding="utf-8"))
            with self.subTest(path.stem):
                if case["format"] == "postgres" and not CONNECTION:
                    self.skipTest("SKIPPED: FIELDLOG_TEST_POSTGRES names no server")
                violations, run = running.run(case)
                unknown = [str(violation) for violation in violations if not known.kind_of(violation)]
                self.assertEqual(unknown, [], "\n".join(run.log))
                if not violations:
                    self.assertGreater(run.pushed, 0, "no edit was pushed")
