"""Hard blocks are exchanged to where what they are connected to lies."""
import math
import unittest

from synth.hard_blocks import Exchange, places, point, rearranged


def cell(kind: str, **connections: int) -> dict:
    return {"type": kind, "connections": {port: [bit] for port, bit in connections.items()}}


def at(bel: str) -> dict:
    return {"attributes": {"NEXTPNR_BEL": bel}}


# Two multipliers and two RAMs, each beside the other's tables.
MODULE = {"cells": {"left": cell("LUT4", Z=1), "right": cell("LUT4", Z=2), "one": cell("MULT18X18D", A0=1, CLK0=9), "two": cell("MULT18X18D", A0=2, CLK0=9),
                    "low": cell("DP16KD", ADA0=1), "high": cell("DP16KD", ADA0=2)}}
PLACED = {"left": at("X1/Y1/SLICEA.K0"), "right": at("X101/Y1/SLICEA.K0"), "one": at("X100/Y10/MULT18_0"), "two": at("X4/Y10/MULT18_1"),
          "low": at("X90/Y22/EBR0"), "high": at("X3/Y22/EBR0")}


class HardBlocks(unittest.TestCase):
    def test_each_goes_to_what_it_is_connected_to(self):
        bels = rearranged(MODULE, PLACED, seed=1, swaps=2_000)
        self.assertEqual(bels, {"one": "X4/Y10/MULT18_1", "two": "X100/Y10/MULT18_0", "low": "X3/Y22/EBR0", "high": "X90/Y22/EBR0"})

    def test_a_gain_is_the_tiles_that_are_fewer(self):
        far = {"cells": {"left": cell("LUT4", Z=1), "one": cell("MULT18X18D", A0=1, P0=3), "two": cell("MULT18X18D", A0=3)}}
        exchange = Exchange(far, {"left": at("X0/Y0/SLICEA.K0"), "one": at("X50/Y10/MULT18_0"), "two": at("X20/Y10/MULT18_0")})
        self.assertAlmostEqual(exchange.gain("one", "two"), 30 / math.sqrt(2))
        exchange.swap("one", "two")
        self.assertAlmostEqual(exchange.gain("one", "two"), -30 / math.sqrt(2))

    def test_a_clock_does_not_draw(self):
        self.assertNotIn("two", Exchange(MODULE, PLACED).near["one"])

    def test_nothing_changes_its_kind_of_place(self):
        bels = rearranged(MODULE, PLACED, seed=3, swaps=1)
        self.assertEqual(sorted(bels.values()), sorted(place["attributes"]["NEXTPNR_BEL"] for name, place in PLACED.items() if name in bels))

    def test_what_nextpnr_split_lies_where_a_part_does(self):
        self.assertEqual(places({"sum$CCU2_COMB0": at("X7/Y8/SLICEA.K0"), "sum$CCU2_COMB1": at("X7/Y8/SLICEA.K1")}), {"sum": "X7/Y8/SLICEA.K0"})
        with self.assertRaises(ValueError):
            point("SLICEA")


if __name__ == "__main__":
    unittest.main()
