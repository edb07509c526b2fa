import pathlib
import tempfile
import unittest
from unittest import mock

from tools.verify import unittests


def tally_of(code: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "sample_test.py").write_text(f"import unittest\nclass T(unittest.TestCase):\n{code}")
        return unittests.run_apart(folder).line()


class RunApart(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch("builtins.print"))

    def test_counts(self):
        self.assertEqual(tally_of("  def test_a(self): pass\n  def test_b(self): self.fail()\n"
                                  "  @unittest.skip('why')\n  def test_c(self): pass\n"), "1 passed, 1 failed, 1 skipped")

    def test_a_folder_without_tests_fails(self):
        self.assertEqual(tally_of("  pass\n"), "0 passed, 1 failed")

    def test_a_process_that_dies_fails(self):
        self.assertEqual(tally_of("  def test_a(self): import os; os._exit(0)\n"), "0 passed, 1 failed")
