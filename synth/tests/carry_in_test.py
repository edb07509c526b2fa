import copy
import itertools
import random
import unittest

from synth.carry_in import bits, without_feeds

ADDS = "1001011010101010"  # as Yosys' arith_map makes an addition: A xor B xor C, and A


def table(parameter: str, a: int, b: int, c: int, d: int) -> int:
    return bits(parameter)[a | b << 1 | c << 2 | d << 3]


def half(parameter: str, a: int, b: int, c: int, d: int, carry: int) -> tuple[int, int]:
    """Sum and carry out, as Yosys' cells_sim_ecp5.v has them."""
    passes = table(parameter, a, b, c, d)
    return passes ^ carry, carry if passes else table(parameter, a, b, 0, 0)


def cell(init: str, carry: str, c: str, d: str) -> dict:
    return {"type": "CCU2C", "parameters": {"INIT0": init, "INIT1": ADDS, "INJECT1_0": "NO", "INJECT1_1": "NO"}, "attributes": {},
            "port_directions": {**dict.fromkeys(("A0", "B0", "C0", "D0", "CIN"), "input"), **dict.fromkeys(("S0", "COUT"), "output")},
            "connections": {"A0": [2], "B0": [3], "C0": [c], "D0": [d], "CIN": [carry], "S0": [4], "COUT": [5]}}


def reader() -> dict:
    return {"type": "LUT4", "parameters": {"INIT": ADDS}, "attributes": {}, "port_directions": {"A": "input", "Z": "output"},
            "connections": {"A": [4], "Z": [6]}}


class CarryIn(unittest.TestCase):
    def test_computes_the_same(self):
        tables = [ADDS] + ["".join(random.Random(seed).choice("01") for _ in range(16)) for seed in range(200)]
        for init, carry, c, d in itertools.product(tables, "01", "01", "01"):
            module = {"cells": {"chain": cell(init, carry, c, d), "reader": reader()}}
            self.assertEqual(without_feeds(module), 1)
            ports, changed = module["cells"]["chain"]["connections"], module["cells"]["chain"]["parameters"]["INIT0"]
            total = module["cells"]["chain.sum"]
            self.assertEqual((ports["CIN"], total["connections"]["Z"]), (["x"], [4]))
            self.assertNotEqual(ports["S0"], [4])
            for a, b in itertools.product((0, 1), repeat=2):
                was = half(init, a, b, int(c), int(d), int(carry))
                self.assertEqual(table(total["parameters"]["INIT"], a, b, 0, 0), was[0])
                for nothing in (0, 1):  # what comes in where nothing is connected
                    self.assertEqual(half(changed, a, b, int(ports["C0"][0]), int(ports["D0"][0]), nothing)[1], was[1])

    def test_an_unread_sum_takes_no_table(self):
        module = {"cells": {"chain": cell(ADDS, "0", "1", "1")}}
        self.assertEqual(without_feeds(module), 1)
        self.assertEqual(list(module["cells"]), ["chain"])

    def test_leaves_other_chains(self):
        for what in (cell(ADDS, "0", "1", "1") | {"parameters": {"INIT0": ADDS, "INJECT1_0": "YES"}}, cell(ADDS, 7, "1", "1"), cell(ADDS, "0", 8, "1")):
            module = {"cells": {"chain": what, "reader": reader()}}
            before = copy.deepcopy(module)
            self.assertEqual(without_feeds(module), 0)
            self.assertEqual(module, before)


if __name__ == "__main__":
    unittest.main()
