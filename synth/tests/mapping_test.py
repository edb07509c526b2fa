"""What was counted is found again by the module's text, whatever numbers the modules in it have been given since."""
import unittest

from synth.cells import ECP5, ULTRASCALE
from synth.mapping import box, held, key_of, named, numbered

BODY = """  wire width 8 input 1 \\in_i
  wire width 8 \\inner
  wire width 8 output 2 \\out_o
  cell \\fifo$%d \\u_one
    connect \\data_i \\in_i
  end
  cell \\fifo$%d \\u_two
  end
  cell $add $n0
    parameter \\A_WIDTH %d
  end
"""


class Mapping(unittest.TestCase):
    def test_numbers_of_modules_do_not_count(self) -> None:
        self.assertEqual(key_of("", ULTRASCALE, BODY % (1, 2, 8)), key_of("", ULTRASCALE, BODY % (3, 7, 8)))
        self.assertNotEqual(key_of("", ULTRASCALE, BODY % (1, 2, 8)), key_of("", ULTRASCALE, BODY % (1, 1, 8)))
        self.assertNotEqual(key_of("", ULTRASCALE, BODY % (1, 2, 8)), key_of("", ULTRASCALE, BODY % (1, 2, 9)))
        self.assertNotEqual(key_of("", ULTRASCALE, BODY % (1, 2, 8)), key_of("", ECP5, BODY % (1, 2, 8)))

    def test_counts_come_back_under_the_new_numbers(self) -> None:
        kept = numbered({"fifo$1": 1, "fifo$2": 1, "LUT6": 4}, held(BODY % (1, 2, 8)))
        self.assertEqual(named(kept, held(BODY % (3, 7, 8))), {"fifo$3": 1, "fifo$7": 1, "LUT6": 4})

    def test_a_black_box_has_the_ports_alone(self) -> None:
        text = box("\\top", BODY % (1, 2, 8))
        self.assertIn("input 1 \\in_i", text)
        self.assertIn("output 2 \\out_o", text)
        self.assertNotIn("inner", text)
        self.assertNotIn("cell", text)


if __name__ == "__main__":
    unittest.main()
