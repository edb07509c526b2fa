"""Modules kept once: equal texts are one module whatever their numbers and paths, other texts stay apart."""
import unittest

from synth.rtlil import black_boxes, modules_of, normal, plain, unique

LEAF = """attribute \\src "rtl/leaf.sv:1.1"
module \\leaf$top.%s
  wire $auto$x.cc:1:And$%d
  attribute \\src "rtl/leaf.sv:2.1"
  cell $add $1
    parameter \\A_WIDTH %d
    connect \\A $auto$x.cc:1:And$%d
  end
end
"""
BOX = """attribute \\blackbox 1
module \\slice
  wire input 1 \\clk_i
end
"""


def top(*leaves: str) -> str:
    cells = "".join(f"  cell \\leaf$top.{name} \\{name}\n    connect \\clk_i \\clk_i\n  end\n" for name in leaves)
    return f"module \\top\n{cells}end\n"


class Modules(unittest.TestCase):
    def test_numbers_and_paths_make_no_other_module(self) -> None:
        text = unique(LEAF % ("a", 7, 4, 7) + LEAF % ("b", 12, 4, 12) + LEAF % ("c", 13, 5, 13) + top("a", "b", "c"), "\\top", {})
        modules = modules_of(text)
        self.assertEqual(sorted(modules), ["\\leaf", "\\leaf$1", "\\top"])
        cells = [line.split()[1] for line in modules["\\top"][1].splitlines() if " cell " in line]
        self.assertEqual(cells, ["\\leaf", "\\leaf", "\\leaf$1"])

    def test_another_number_in_another_place_is_another_module(self) -> None:
        self.assertEqual(normal("  connect $a$1 $b$2 $a$1\n"), normal("  connect $a$7 $b$5 $a$7\n"))
        self.assertNotEqual(normal("  connect $a$1 $b$2 $a$1\n"), normal("  connect $a$7 $b$5 $b$5\n"))

    def test_a_unit_stays_a_black_box_under_its_name(self) -> None:
        body = "".join(f"  cell \\slice \\{name}\n    parameter \\PortBytes {size}\n    parameter \\Odd 1'1\n    connect \\clk_i \\clk_i\n  end\n"
                       for name, size in (("one", 64), ("two", 64), ("three", 4)))
        boxes = black_boxes(body)
        self.assertEqual([(module, values) for _, module, values in boxes],
                         [("\\slice", {"PortBytes": size, "Odd": 1}) for size in (64, 64, 4)])
        outside = {cell: f"\\slice-PortBytes{values['PortBytes']}" for cell, _, values in boxes}
        modules = modules_of(unique(f"module \\top\n{body}end\n" + BOX, "\\top", outside))
        self.assertEqual(sorted(modules), ["\\slice-PortBytes4", "\\slice-PortBytes64", "\\top"])
        self.assertIn("  cell \\slice-PortBytes4 \\three\n    connect", modules["\\top"][1])
        self.assertIn("blackbox", modules["\\slice-PortBytes4"][0])

    def test_cells_of_the_part_stay_what_they_are(self) -> None:
        text = unique("module \\top\n  cell \\DSP48E2 \\d\n    parameter \\AREG 1\n  end\nend\nattribute \\blackbox 1'1\nmodule \\DSP48E2\nend\n",
                      "\\top", {})
        self.assertEqual(sorted(modules_of(text)), ["\\top"])
        self.assertIn("    parameter \\AREG 1\n", text)

    def test_names(self) -> None:
        for name in ("\\fifo$machine.gen_port[0].u_fifo", "fifo$3", "fifo-Depth4", "fifo"):
            self.assertEqual(plain(name), "fifo")


if __name__ == "__main__":
    unittest.main()
