"""Whatever happens in a step, the feedback says how far the job came and why it ended."""

import argparse
import contextlib
import io
import json
import re
import tempfile
import unittest
from pathlib import Path

from fieldlog_qgis.errors import FileNotFound
from fieldlog_qgis.feedback import Feedback
from fieldlog_qgis.job_directory import JobDirectory
from fieldlog_qgis.workflow import Step, Workflow, run


def workflow(*steps: Step, begin=lambda _arguments, _directory: {}) -> Workflow:
    return Workflow("count_fish", "count_fish", "Count Fish", "1.0", lambda _parser: None, begin, steps)


def run_quietly(flow: Workflow) -> tuple[Feedback, str]:
    with contextlib.redirect_stderr(io.StringIO()) as log:
        feedback = run(flow, argparse.Namespace(), JobDirectory(Path("/nowhere")))
    return feedback, log.getvalue()


def fail(error: Exception):
    def step(_state):
        raise error

    return step


class Running(unittest.TestCase):
    def test_steps_run_in_order_over_one_state(self):
        seen = []
        flow = workflow(*(Step(name, name, lambda state, name=name: seen.append((name, state))) for name in "abc"))
        feedback, _ = run_quietly(flow)
        self.assertEqual([name for name, _ in seen], ["a", "b", "c"])
        self.assertTrue(all(state is seen[0][1] for _, state in seen))
        self.assertEqual([step.stage for step in feedback.steps], [2, 2, 2])
        self.assertNotIn("error", feedback.as_dict())

    def test_only_public_values_are_outputs_and_all_are_returns(self):
        feedback, _ = run_quietly(workflow(Step("count", "Count", lambda _: {"fish": 3, "net": "n"}, ("fish",))))
        self.assertEqual(feedback.outputs, {"count": {"fish": 3}})
        self.assertEqual(feedback.as_dict()["steps"][0]["returns"], {"fish": 3, "net": "n"})

    def test_after_a_failure_the_rest_is_not_started(self):
        ran = []
        feedback, _ = run_quietly(
            workflow(
                Step("cast", "Cast", lambda _: {}),
                Step("pull", "Pull", fail(FileNotFound("No net."))),
                Step("count", "Count", ran.append),
            )
        )
        shown = feedback.as_dict()
        self.assertEqual([step["stage"] for step in shown["steps"]], [2, 1, 0])
        self.assertEqual([("returns" in step) for step in shown["steps"]], [True, False, False])
        self.assertEqual(ran, [])
        self.assertEqual((shown["error"], shown["error_type"]), ("No net.", "FILE_NOT_FOUND"))
        self.assertEqual(shown["error_class"], "FileNotFound")
        self.assertIn("raise error", shown["error_stack"])

    def test_an_unforeseen_error_is_of_unknown_type_and_still_feedback(self):
        feedback, _ = run_quietly(workflow(Step("pull", "Pull", fail(ZeroDivisionError()))))
        shown = feedback.as_dict()
        self.assertEqual((shown["error"], shown["error_type"]), ("ZeroDivisionError", "UNKNOWN"))

    def test_a_job_without_staged_files_says_so_before_any_step(self):
        feedback, _ = run_quietly(workflow(begin=lambda _arguments, directory: directory.require_files()))
        self.assertEqual(feedback.failure["error_type"], "UNABLE_TO_CONTINUE")
        self.assertIn("/nowhere/files", feedback.failure["error"])

    def test_each_step_is_marked_in_the_log_where_it_begins_and_ends(self):
        _, log = run_quietly(workflow(Step("a", "Cast Net", lambda _: {}), Step("b", "Pull", fail(ValueError("x")))))
        marks = re.findall(r"^::(<<<|>>>)::([0-9a-f-]{36}) (.+)$", log, re.M)
        self.assertEqual(
            [(kind, text) for kind, _, text in marks],
            [("<<<", "Cast Net"), (">>>", "2"), ("<<<", "Pull"), (">>>", "1")],
        )
        ids = [id for _, id, _ in marks]
        self.assertEqual((ids[0], ids[2]), (ids[1], ids[3]))
        self.assertNotEqual(ids[0], ids[2])


class Writing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "feedback.json"

    def write(self, returned: dict) -> str:
        run_quietly(workflow(Step("a", "A", lambda _: returned)))[0].write(self.path)
        return self.path.read_text(encoding="utf-8")

    def test_keys_are_sorted_and_indented_by_two(self):
        text = self.write({"b": 1, "a": 2})
        self.assertEqual(text, json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n")
        self.assertEqual(json.loads(text)["feedback_version"], "2.0")

    def test_what_json_cannot_hold_is_named_instead(self):
        self.assertIn('"<non-serializable: object>"', self.write({"a": object()}))

    def test_a_name_that_is_no_unicode_does_not_cost_the_feedback(self):
        self.assertIn("\\udcff", self.write({"a": "bad \udcff name"}))

    def test_credentials_are_not_written(self):
        self.assertNotIn("hunter2", self.write({"a": ["user='w' password='hunter2'"]}))

    def test_the_old_feedback_is_replaced_as_a_whole_and_nothing_is_left_beside_it(self):
        self.path.write_text("old")
        self.write({})
        self.assertEqual([file.name for file in self.path.parent.iterdir()], ["feedback.json"])
