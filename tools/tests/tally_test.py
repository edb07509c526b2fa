import contextlib
import io
import unittest

from tools.tally import Tally, read_closing_line


class ClosingLine(unittest.TestCase):
    def test_what_finish_prints_is_read_back(self):
        for tally in (Tally(3, 0), Tally(0, 2), Tally(5, 1, 7)):
            again = read_closing_line("noise\n" + tally.line() + "\n\n")
            self.assertEqual(vars(again), vars(tally))

    def test_only_the_last_line_counts(self):
        self.assertIsNone(read_closing_line("3 passed, 0 failed\nand then it crashed\n"))
        self.assertIsNone(read_closing_line(""))
        self.assertIsNone(read_closing_line("about 3 passed, 0 failed"))

    def test_finish_leaves_with_one_where_anything_failed(self):
        for tally, code in ((Tally(3, 0), 0), (Tally(3, 1), 1)):
            with self.assertRaises(SystemExit) as left, contextlib.redirect_stdout(io.StringIO()):
                tally.finish()
            self.assertEqual(left.exception.code, code)
