import unittest

from synth.crowded import EACH, SHARE, SLICES, empty_tiles, keep_empty, pins


def placed(width: int, height: int, crowd: range) -> dict:
    """A table of two pins in each tile; of nine more in those whose column and row are in the crowd."""
    cells = {}
    for x in range(width):
        for y in range(height):
            dense = x in crowd and y in crowd
            cells[f"{x}.{y}"] = {"attributes": {"NEXTPNR_BEL": f"X{x}/Y{y}/SLICEA.K0"},
                                 "connections": {"A": [1], "Z": [2, "x"], "B": list(range(3, 12)) if dense else ["0"], "CLK": [1]}}
    return cells


class Crowded(unittest.TestCase):
    def test_counts_pins(self):
        found = pins({**placed(2, 1, range(1)), "block": {"attributes": {"NEXTPNR_BEL": "X9/Y9/MULT18_0"}, "connections": {"A": [1]}},
                      "global": {"attributes": {}, "connections": {"A": [1]}}})
        self.assertEqual(found, {(0, 0): 11, (1, 0): 2})

    def test_empties_rows_of_the_densest_part(self):
        tiles = empty_tiles(placed(40, 40, range(20)))
        self.assertAlmostEqual(len(tiles), 1600 * SHARE / EACH, delta=1600 * SHARE / EACH * 0.1)
        for x, y in tiles:
            self.assertEqual(y % EACH, 0)
            self.assertLess(max(x, y), 24)

    def test_gives_all_places_of_a_tile(self):
        module = {"cells": {"one": {"connections": {"A": [7], "Z": [8]}}}}
        self.assertEqual(keep_empty(module, [(3, 6), (4, 6)]), 2 * len(SLICES))
        self.assertEqual(len(module["cells"]), 1 + 16)
        bels = {what["attributes"]["BEL"] for name, what in module["cells"].items() if name != "one"}
        self.assertEqual(len(bels), 16)
        self.assertIn("X3/Y6/SLICEA.K0", bels)
        nets = [what["connections"]["Z"][0] for what in module["cells"].values()]
        self.assertEqual(len(set(nets)), len(nets))


if __name__ == "__main__":
    unittest.main()
