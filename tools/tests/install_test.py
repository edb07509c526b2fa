import re
import unittest

from tools.files import ROOT


class Packages(unittest.TestCase):
    def test_each_is_named_once_with_a_layer_and_a_reason(self):
        rows = [line.split(None, 2) for line in (ROOT / "tools/packages.txt").read_text().splitlines()
                if not line.startswith("#")]
        self.assertEqual([row for row in rows if len(row) != 3], [])
        self.assertLessEqual({row[0] for row in rows}, {"build", "test", "train"})
        names = [row[1] for row in rows]
        self.assertEqual(len(names), len(set(names)))

    def test_every_tool_that_the_checks_call_is_a_package(self):
        packages = (ROOT / "tools/packages.txt").read_text()
        for script in (ROOT / "tools").rglob("*.py"):
            for tool in re.findall(r'"(clang-(?:tidy|format)-\d+)"', script.read_text()):
                self.assertIn(f" {tool} ", packages, script)
