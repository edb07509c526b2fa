import pathlib
import tempfile
import unittest
from unittest import mock

from tools.tally import Tally
from tools.verify import record
from tools.verify.parts import LONG
from tools.verify.runner import Outcome


class Record(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        page = pathlib.Path(folder.name) / "verification.md"
        self.enterContext(mock.patch.object(record, "PAGE", page))
        self.hash = self.enterContext(mock.patch.object(record, "hash_of", return_value="aa"))

    def test_nothing_is_recorded_at_first(self):
        self.assertIsNone(record.passed_before(LONG[0]))

    def test_a_pass_holds_until_the_inputs_change(self):
        record.write(Outcome(LONG[0], Tally(5), 90))
        self.assertRegex(record.passed_before(LONG[0]), r"\d{4}-\d\d-\d\d")
        self.assertEqual(record.read()[LONG[0].name][4:6], ["5 passed, 0 failed", "1.5"])
        self.hash.return_value = "bb"
        self.assertIsNone(record.passed_before(LONG[0]))

    def test_a_failure_takes_the_row_away_and_leaves_the_others(self):
        for part in LONG[:2]:
            record.write(Outcome(part, Tally(1)))
        record.write(Outcome(LONG[0], Tally(0, 1)))
        self.assertIsNone(record.passed_before(LONG[0]))
        self.assertIsNotNone(record.passed_before(LONG[1]))
