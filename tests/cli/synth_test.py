#!/usr/bin/env python3
"""`godwit synth`: what a card's machine takes of its FPGA, with its kind, and whether it fits.

    tests/cli/synth_test.py            the program is $GODWIT, or build/release/bin/godwit
"""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import CliTest  # noqa: E402


class Synth(CliTest):
    def test_shares_are_of_the_part(self):
        r = self.ask("synth", "--card", "u280")
        self.assertEqual(r["part"], "xcu280")
        self.assertAlmostEqual(r["share"]["dsp"], r["dsp"] / 9024)
        self.assertGreaterEqual(r["dsp"], 32 * 128)  # a multiplier a lane at least
        self.assertEqual(r["kind"], "synthesis")
        self.assertTrue(r["fits"])
        self.assertTrue(r["source"])

    def test_modules_are_counted(self):
        r = self.ask("synth", "--card", "u280")
        self.assertAlmostEqual(r["share"]["lut"], r["lut"] / 1303680)
        self.assertEqual(sum(m["lut"] for m in r["modules"]), r["lut"])
        self.assertEqual({m["module"]: m["dsp"] for m in r["modules"]}["cascade"], 32 * 128)  # two products each
        self.assertIn("Yosys", r["source"])

    def test_a_card_that_was_not_synthesised_is_estimated(self):
        r = self.ask("synth", "--card", "vhk158")
        self.assertEqual(r["modules"], [])
        self.assertEqual(r["kind"], "estimate")

    def test_a_card_too_large_for_its_part_says_so(self):
        small, large = self.ask("synth", "--card", "kv260"), self.ask("synth", "--card", "ulx3s")
        self.assertTrue(small["fits"])
        self.assertEqual(large["fits"], max(large["share"].values()) <= 0.95)

    def test_a_simulated_card_has_no_part(self):
        self.refused("synth", "--card", "nano", says="only simulated")


if __name__ == "__main__":
    unittest.main()
