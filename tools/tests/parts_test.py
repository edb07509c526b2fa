import unittest

from tools.checks import tidy
from tools.files import ours
from tools.verify.parts import LONG, TIDY


class Tidy(unittest.TestCase):
    def test_every_source_is_in_one_part(self):
        sources = list(ours("src/**/*.cpp"))
        parts = [tidy.below(sources, list(folders), list(but)) for _, folders, but, _ in TIDY]
        self.assertEqual(sorted(source for part in parts for source in part), sources)
        for part in parts:
            self.assertTrue(part)

    def test_a_part_reads_no_room_that_is_not_among_its_inputs(self):
        inputs = {part.name: set(ours(*part.inputs)) for part in LONG}
        for name, folders, but, _ in TIDY:
            for source in tidy.below(list(ours("src/**/*.cpp", "src/**/*.h")), list(folders), list(but)):
                self.assertIn(source, inputs[name])


if __name__ == "__main__":
    unittest.main()
