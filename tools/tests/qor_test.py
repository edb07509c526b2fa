"""The page of the matrix engine: rows as they are, gains from the first to the last."""
import unittest

from bench.engine import COLUMNS
from tools.generate.qor import engine, gains

FIRST = dict(zip(COLUMNS, ("2048", "1", "3000", "0.5", "0.25", "384000", "0.5", "0.25")))
LAST = dict(zip(COLUMNS, ("131072", "16", "2000", "0.75", "0.875", "192000", "0.9", "0.06")))


class Page(unittest.TestCase):
    def test_a_row(self) -> None:
        self.assertIn("| 2 KiB | 1 | 3,000 | 50.0 % | 25.0 % | 384,000 | 50.0 % | 25.0 % |", engine([FIRST, LAST]))
        self.assertIn("| 128 KiB | 16 | 2,000 | 75.0 % | 87.5 % | 192,000 | 90.0 % | 6.0 % |", engine([FIRST, LAST]))

    def test_gains_are_ratios_of_cycles(self) -> None:
        self.assertIn("a token in 1.50 times fewer cycles, a prompt in 2.00 times fewer", gains([FIRST, LAST]))


if __name__ == "__main__":
    unittest.main()
