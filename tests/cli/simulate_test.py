#!/usr/bin/env python3
"""`godwit simulate` as a user and a script meet it: fields, what is refused, sweeps that go on, timelines.

    tests/cli/simulate_test.py            the program is $GODWIT, or build/release/bin/godwit
"""
import csv
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import CliTest  # noqa: E402

SHORT = ("simulate", "shape:distilgpt2", "--scheme", "w8", "--prompt", 8, "--generate", 4, "--points", 2, "--quiet")


class Simulate(CliTest):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def test_fields(self):
        r = self.ask(*SHORT, "--card", "u280")
        self.assertAlmostEqual(r["ms_per_token"] * r["tokens_per_second"], 1000, delta=0.01)
        self.assertGreater(r["ttft_ms"], r["ms_per_token"])
        for share in ("bandwidth_utilisation", "useful_bandwidth_utilisation", "mpe_utilisation"):
            self.assertTrue(0 < r[share] < 1, share)
        self.assertLessEqual(r["useful_bandwidth_utilisation"], r["bandwidth_utilisation"])
        self.assertTrue(r["resources"]["fits"])
        watts = r["energy"]["watts"]
        self.assertTrue(watts["low"] < r["watts"] < watts["high"])
        self.assertAlmostEqual(r["energy"]["published"]["residual_watts"], r["watts"] - 45, delta=1e-6)
        self.assertAlmostEqual(r["tokens_per_joule"] * r["watts"], r["tokens_per_second"], delta=0.1)

    def test_every_counter_has_a_name_a_unit_and_a_sentence(self):
        counters = self.ask(*SHORT, "--card", "u280")["counters"]
        names = [c["name"] for c in counters]
        self.assertEqual(len(names), len(set(names)))
        self.assertTrue(all(c["name"] and c["unit"] and not c["what"][0].islower() and c["what"].endswith(".") for c in counters))
        values = {c["name"]: c["per_token"] for c in counters}
        lanes = ("lanes_busy", "lanes_no_job", "lanes_memory", "lanes_headers", "lanes_results", "lanes_ends")
        ports = ("port_busy", "port_no_job", "port_fifo_full", "port_memory")
        self.assertAlmostEqual(sum(values[n] for n in lanes) / sum(values[n] for n in ports), 1, places=9)
        self.assertGreater(values["kept_products"], 80e6)

    def test_a_machine_without_a_board_has_no_power(self):
        r = self.ask(*SHORT, "--card", "nano")
        self.assertIsNone(r["watts"])
        self.assertNotIn("energy", r)

    def test_what_the_machine_cannot_do_is_refused(self):
        self.refused(*SHORT, "--card", "u280", "--batch", 2, says="a batch of 2")
        self.refused(*SHORT, "--card", "u280", "--memory", "ddr", says="hbm or hbm+ddr")
        self.refused(*SHORT, "--card", "u55c", "--memory", "hbm+ddr", says="hbm alone")
        self.refused(*SHORT, "--card", "kv260", "--memory", "hbm", says="ddr alone")
        self.refused("simulate", "shape:distilgpt2", "--prompt", 1000, "--generate", 100, says="longer than the model's context")

    def test_a_prefetch_of_less_than_two_bursts_is_refused(self):
        nano = (Path(__file__).parents[2] / "configs" / "cards" / "nano.toml").read_text()
        file = Path(self.folder.name) / "shallow.toml"
        file.write_text(nano.replace("prefetch_bytes = 16_384", "prefetch_bytes = 1_024"))
        told = self.refused(*SHORT, "--card", file, says="1024 is out of range")
        self.assertIn("shallow.toml", told)
        self.assertIn("from 2048", told)
        file.write_text(nano.replace("prefetch_bytes = 16_384", "prefetch_bytes = 2_048"))
        self.assertGreater(self.ask(*SHORT, "--card", file)["tokens_per_second"], 0)
        table = Path(self.folder.name) / "prefetch.csv"
        done = self.ask(*SHORT, "--card", "nano", "-o", table, "--sweep", "prefetch_bytes=1024,2048,33554432")
        self.assertEqual((done["rows"], done["refused"]), (3, 2))

    def test_two_kinds_of_memory_are_one_behind_the_ports(self):
        one = self.ask(*SHORT, "--card", "u280", "--memory", "hbm")
        both = self.ask(*SHORT, "--card", "u280", "--memory", "hbm+ddr")
        self.assertEqual((one["memory"], both["memory"]), ("hbm2-u280", "hbm2-u280 + ddr4-2400"))
        self.assertEqual(one["traffic_per_token"]["weights"], both["traffic_per_token"]["weights"])
        self.assertGreater(both["tokens_per_second"], 0.97 * one["tokens_per_second"])

    def test_a_shape_takes_any_scheme(self):
        ask = ("simulate", "shape:distilgpt2", "--prompt", 1, "--generate", 1, "--quiet", "--card", "u280", "--scheme")
        dense, sparse = (self.ask(*ask, scheme) for scheme in ("w3.5", "w3.5-4:2"))
        ratio = sparse["traffic_per_token"]["weights"]["useful"] / dense["traffic_per_token"]["weights"]["useful"]
        # A dense weight has 3.5 bits and 20 for each 64; half of them 3.5 and 2 of their place each, 20 for each 64 all the same.
        self.assertAlmostEqual(ratio, ((3.5 + 2) / 2 + 20 / 64) / (3.5 + 20 / 64), delta=0.02)
        self.refused("simulate", "embedded", "--scheme", "w3.5-4:2", says="what each matrix can bear")

    def test_a_sweep_simulates_nothing_twice(self):
        table = Path(self.folder.name) / "table.csv"
        sweep = (*SHORT, "--card", "u280", "-o", table)
        self.assertEqual(self.ask(*sweep, "--sweep", "sfu_lanes=16,32")["simulated"], 2)
        more = self.ask(*sweep, "--sweep", "sfu_lanes=16,32,48")
        self.assertEqual((more["rows"], more["simulated"], more["refused"]), (3, 1, 1))
        with table.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        self.assertEqual([row["sfu_lanes"] for row in rows], ["16", "32", "48"])
        self.assertGreater(float(rows[1]["tokens_per_second"]), float(rows[0]["tokens_per_second"]))
        self.assertIn("no card", rows[2]["refused"])
        self.refused("simulate", "shape:distilgpt2", "--prompt", 9, "-o", table, "--sweep", "sfu_lanes=16", says="another sweep's")

    def test_a_timeline(self):
        file = Path(self.folder.name) / "timeline.json"
        self.ask(*SHORT, "--card", "nano", "--trace", file)
        events = json.loads(file.read_text())["traceEvents"]
        spans = [e for e in events if e["ph"] == "X"]
        self.assertTrue(all(e["dur"] >= 0 and e["ts"] >= 0 for e in spans))
        self.assertIn("matmul", {e["name"] for e in spans})


if __name__ == "__main__":
    unittest.main()
