"""tools/verify/million.py: pieces that are over are not run again, a difference ends it."""
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

from tools.verify import million


class Million(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.program = pathlib.Path(self.folder.name) / "godwit"
        self.program.write_bytes(b"one")
        self.asked = []
        self.bad = None

    def run_it(self, programs):
        def run(seed, first, count, threads):
            self.asked.append((first, count))
            wrong = {"mismatches": 1, "difference": "7 instead of 8", "replay": f"godwit cosim --replay {seed}:{first}"}
            return {"programs": count, "mismatches": 0} | (wrong if first == self.bad else {})

        with (mock.patch.multiple(million, GODWIT=self.program, RECORD=self.program.with_name("million.jsonl"), run=run),
              mock.patch.object(sys, "argv", ["million", "--programs", str(programs)]),
              contextlib.redirect_stdout(io.StringIO()), self.assertRaises(SystemExit) as left):
            million.main()
        asked, self.asked = self.asked, []
        return left.exception.code, asked

    def test_goes_on_where_it_was_stopped(self):
        self.assertEqual(self.run_it(15_000), (0, [(0, 10_000), (10_000, 5_000)]))
        self.assertEqual(self.run_it(15_000), (0, []))
        self.assertEqual(self.run_it(30_000), (0, [(10_000, 10_000), (20_000, 10_000)]))

    def test_another_program_begins_anew(self):
        self.run_it(10_000)
        self.program.write_bytes(b"two")
        self.assertEqual(self.run_it(10_000), (0, [(0, 10_000)]))

    def test_a_difference_ends_it_and_stays(self):
        self.bad = 10_000
        self.assertEqual(self.run_it(30_000), (1, [(0, 10_000), (10_000, 10_000)]))
        self.assertEqual(self.run_it(30_000), (1, []))


if __name__ == "__main__":
    unittest.main()
