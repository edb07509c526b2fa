"""Totals over a hierarchy: what stands in several places is counted as often, and an unknown cell is refused."""
import unittest

from synth.cells import ECP5, PAIR, ULTRASCALE, taken
from synth.hierarchy import rows_of, total_of


def module(**cells: int) -> dict[str, int]:
    return cells


class Hierarchy(unittest.TestCase):
    def test_counts_follow_instances(self) -> None:
        leaf, pair = module(LUT6=3, FDRE=2, MUXF7=9), {"\\leaf$1": 2, "DSP48E2": 1}
        top = {"\\pair": 4, "\\leaf$1": 1, "RAM32M16": 1, "RAMB36E2": 1, "RAMB18E2": 1}
        rows, _ = rows_of({"machine-Slices2": {"\\leaf$1": leaf, "\\pair": pair, "\\machine": top}}, ULTRASCALE)
        found = {row["module"]: row for row in rows}
        self.assertEqual(found["leaf"]["instances"], 9)
        self.assertEqual((found["leaf"]["lut"], found["leaf"]["ff"]), (27, 18))
        self.assertEqual(found["pair"]["dsp"], 4)
        self.assertEqual((found["machine"]["lut"], found["machine"]["bram36"]), (8, 1.5))
        self.assertEqual(total_of(rows), {"lut": 35, "ff": 18, "dsp": 4, "bram36": 1.5, "uram": 0, "lut_pairs": 0})
        self.assertEqual([row["module"] for row in rows], ["leaf", "machine", "pair"])

    def test_units_are_put_together(self) -> None:
        machine = {"\\machine": {"\\slice-Port4": 3, "\\fifo": 1}, "\\fifo": module(LUT2=1)}
        part = {"\\slice": {"\\fifo": 2, "LUT1": 5}, "\\fifo": module(LUT2=10)}
        rows, units = rows_of({"machine": machine, "slice-Port4": part}, ULTRASCALE)
        found = {row["module"]: row for row in rows}
        self.assertEqual((found["slice"]["instances"], found["slice"]["lut"]), (3, 15))
        self.assertEqual((found["fifo"]["instances"], found["fifo"]["lut"]), (7, 61))  # two modules of one name
        found = {row["module"]: row for row in units}
        self.assertEqual((found["slice"]["instances"], found["slice"]["lut"]), (3, 75))
        self.assertEqual((found["machine"]["instances"], found["machine"]["lut"]), (1, 1))

    def test_two_tables_that_share_one_count_once(self) -> None:
        rows, units = rows_of({"machine": {"\\machine": {"\\leaf": 3, "LUT1": 1}, "\\leaf": {"LUT3": 10, "LUT6": 1, PAIR: 4}}}, ULTRASCALE)
        self.assertEqual((total_of(rows)["lut"], total_of(rows)["lut_pairs"]), (22, 12))
        self.assertEqual((units[0]["lut"], units[0]["lut_pairs"]), (22, 12))

    def test_an_unknown_cell_is_no_zero(self) -> None:
        with self.assertRaises(KeyError):
            rows_of({"machine": {"\\machine": module(LUT7=1)}}, ULTRASCALE)

    def test_families_know_their_own_cells(self) -> None:
        self.assertEqual(taken(ECP5, "CCU2C"), ("lut", 2))
        self.assertIsNone(taken(ECP5, "PFUMX"))
        with self.assertRaises(KeyError):
            taken(ECP5, "LUT6")


if __name__ == "__main__":
    unittest.main()
