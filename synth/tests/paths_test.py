"""Times along the paths of a small netlist, and what is said of them."""
import unittest

from synth.paths import CARRY, CLOCK_TO_OUTPUT, INTO_CARRY, LUT, OUT_OF_CARRY, WAY, Times, lines, read, through

IN, OUT = "input", "output"


def cell(kind: str, inputs: dict[str, int], outputs: dict[str, int]) -> dict:
    return {"type": kind, "port_directions": {**dict.fromkeys(inputs, IN), **dict.fromkeys(outputs, OUT)},
            "connections": {port: [bit] for port, bit in {**inputs, **outputs}.items()}}


def module(cells: dict[str, dict], names: dict[str, list[int]]) -> dict:
    return {"cells": cells, "netnames": {name: {"bits": bits, "hide_name": 0} for name, bits in names.items()}}


# a_q -> two tables -> b_q; a block RAM -> b_q's enable; a_q -> two carry cells -> c_q.
SMALL = module(
    {"a": cell("TRELLIS_FF", {"CLK": 1, "DI": 9}, {"Q": 2}), "one": cell("LUT4", {"A": 2}, {"Z": 3}), "two": cell("LUT4", {"C": 3}, {"Z": 4}),
     "b": cell("TRELLIS_FF", {"CLK": 1, "DI": 4, "CE": 6}, {"Q": 9}), "ram": cell("DP16KD", {"CLKA": 1, "ADA0": 9}, {"DOA0": 6}),
     "low": cell("CCU2C", {"A0": 2}, {"COUT": 10, "S0": 11}), "high": cell("CCU2C", {"CIN": 10, "A0": 9}, {"S0": 12}),
     "c": cell("TRELLIS_FF", {"CLK": 1, "DI": 12}, {"Q": 13})},
    {"clk": [1], "u_machine.u_x.a_q": [2], "u_machine.u_y.b_q": [9], "u_machine.u_y.data": [6], "u_machine.u_z.c_q": [13]})


class Paths(unittest.TestCase):
    def test_cells_and_ways_add_up(self):
        times = Times(read(SMALL))
        self.assertAlmostEqual(times.at(4), CLOCK_TO_OUTPUT["TRELLIS_FF"] + 2 * (WAY + LUT))
        self.assertAlmostEqual(times.at(6), CLOCK_TO_OUTPUT["DP16KD"])

    def test_a_carry_goes_on_without_a_way_between(self):
        self.assertAlmostEqual(Times(read(SMALL)).at(12), CLOCK_TO_OUTPUT["TRELLIS_FF"] + WAY + INTO_CARRY + OUT_OF_CARRY)
        self.assertEqual(through("CCU2C", "CIN", "COUT"), CARRY)
        self.assertIsNone(through("CCU2C", "A1", "S0"), "the upper half is behind the lower")

    def test_a_clock_ends_a_path(self):
        netlist = read(SMALL)
        self.assertNotIn(2, netlist.arcs)
        self.assertIsNone(through("TRELLIS_FF", "DI", "Q"))
        self.assertEqual({(end.cell, end.port) for end in netlist.ends}, {("a", "DI"), ("b", "DI"), ("b", "CE"), ("ram", "ADA0"), ("c", "DI")})

    def test_a_line_for_each_pair_of_instances_the_slowest_first(self):
        said = lines(read(SMALL), 3.5)
        self.assertEqual(len(said), 2)
        self.assertIn("u_y.b_q TRELLIS_FF CE <- u_y.data", said[0])
        self.assertIn("u_y.b_q <- u_x.a_q", said[1])
        self.assertEqual(lines(read(SMALL), 20), [])

    def test_many_driven_pins_are_far_apart(self):
        many = module({f"lut{i}": cell("LUT4", {"A": 2}, {"Z": 100 + i}) for i in range(40)}, {})
        self.assertAlmostEqual(Times(read(many)).way(2), WAY + 0.5)


if __name__ == "__main__":
    unittest.main()
