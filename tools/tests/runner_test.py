import contextlib
import io
import pathlib
import tempfile
import unittest
from unittest import mock

from tools.verify import runner
from tools.verify.__main__ import with_needs
from tools.verify.parts import LONG, SHORT, STEPS, Part


def shell(name: str, code: str, needs=(), minutes=1) -> Part:
    return Part(name, "", ("bash", "-c", code), needs, minutes=minutes)


class Runner(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.printed = io.StringIO()
        for patch in (mock.patch.object(runner, "LOGS", pathlib.Path(folder.name)),
                      contextlib.redirect_stdout(self.printed)):
            self.enterContext(patch)

    def test_a_closing_line_is_taken_over(self):
        self.assertEqual(runner.execute(shell("a", "echo 4 passed, 0 failed, 1 skipped")).tally.line(),
                         "4 passed, 0 failed, 1 skipped")

    def test_without_one_the_exit_code_counts(self):
        self.assertEqual(runner.execute(shell("a", "true")).tally.line(), "1 passed, 0 failed")
        self.assertEqual(runner.execute(shell("a", "echo why; false")).tally.line(), "0 passed, 1 failed")
        self.assertIn("why", self.printed.getvalue())

    def test_a_crash_after_a_clean_closing_line_is_a_failure(self):
        outcome = runner.execute(shell("a", "echo 4 passed, 0 failed; exit 3"))
        self.assertEqual((outcome.good, outcome.note), (False, "ended with 3"))

    def test_a_part_past_its_limit_is_stopped_with_its_children(self):
        outcome = runner.execute(shell("a", "sleep 100 & wait", minutes=0.005))
        self.assertFalse(outcome.good)
        self.assertLess(outcome.seconds, 10)

    def test_what_needs_a_failed_part_does_not_run_and_fails(self):
        ran = []
        outcomes = runner.run_all([shell("a", "false"), shell("b", "true", ("a",)), shell("c", "true")], {},
                                  lambda outcome: ran.append(outcome.part.name))
        self.assertEqual([o.good for o in outcomes], [False, False, True])
        self.assertEqual(ran, ["a", "c"])

    def test_an_unchanged_part_is_skipped_and_says_so(self):
        (outcome,) = runner.run_all([shell("a", "false")], {"a": "unchanged since it passed"}, self.fail)
        self.assertEqual(outcome.tally.line(), "0 passed, 0 failed, 1 skipped")
        self.assertIn("unchanged since it passed", self.printed.getvalue())


class Parts(unittest.TestCase):
    def test_names_are_unique_and_needs_exist(self):
        names = [part.name for part in (*SHORT, *STEPS, *LONG)]
        self.assertEqual(len(names), len(set(names)))
        for part in (*SHORT, *STEPS, *LONG):
            self.assertLessEqual(set(part.needs), set(names), part.name)

    def test_long_parts_say_what_they_depend_on_and_are_bounded(self):
        for part in LONG:
            self.assertTrue(part.inputs, part.name)
            # Nextpnr places three times and routes in one go, 40 minutes of a core.
            self.assertLessEqual(part.minutes, 60 if part.name.startswith("place-") else 15, part.name)

    def test_needs_come_first_and_once(self):
        order = [part.name for part in with_needs([p for p in SHORT if p.name in ("fuzz", "sanitize")])]
        self.assertEqual(order, ["sanitize-build", "sanitize", "fuzz"])
