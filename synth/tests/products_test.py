"""A product cut into two of a DSP48E2 each is the same product: by Yosys' own arithmetic, corners and random words."""
import importlib.util
import pathlib
import random
import re
import tempfile
import unittest

from synth.cells import ULTRASCALE
from synth.mapping import split
from synth.yosys import run

WIDE, NARROW = 48, 17
OUT = WIDE + NARROW
SOURCE = f"""module top (input signed [{WIDE - 1}:0] a, input signed [{NARROW - 1}:0] b, output signed [{OUT - 1}:0] y);
  assign y = a * b;
endmodule
"""


@unittest.skipUnless(importlib.util.find_spec("pyosys"), "Yosys is not there: tools/install python synthesis")
class Products(unittest.TestCase):
    def test_two_halves_are_the_whole(self) -> None:
        source = random.Random(5)
        wide = [0, 1, -1, 2**26 - 1, 2**26, -(2**26), 2**(WIDE - 1) - 1, -(2**(WIDE - 1))] + [source.randint(-(2**47), 2**47 - 1) for _ in range(12)]
        narrow = [0, 1, -1, 2**(NARROW - 1) - 1, -(2**(NARROW - 1))] + [source.randint(-(2**16), 2**16 - 1) for _ in range(4)]
        pairs = [(a, b) for a in wide for b in narrow]
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place)
            (folder / "top.sv").write_text(SOURCE)
            asked = "".join(f"eval -set a {WIDE}'d{a % 2**WIDE} -set b {NARROW}'d{b % 2**NARROW} -show y\n" for a, b in pairs)
            run(f"read_verilog -sv {folder}/top.sv\nproc\nopt\n{split(ULTRASCALE, 'cell $mul')}clean\nselect -assert-count 2 t:$mul\n{asked}", folder, "top")
            given = re.findall(r"Eval result: \\y = \d+'([01]+)\.", (folder / "top.log").read_text())
        self.assertEqual(len(given), len(pairs))
        for (a, b), word in zip(pairs, given, strict=True):
            self.assertEqual(int(word, 2), a * b % 2**OUT, (a, b))


if __name__ == "__main__":
    unittest.main()
