#!/usr/bin/env python3
"""bench: rows in the schema's columns, going on where it stopped, a change for the worse that is shown, what it refuses."""
import csv
import json
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import ROOT, CliTest, godwit  # noqa: E402


class Bench(CliTest):
    def setUp(self):
        self.file = Path(self.folder.name) / f"{self.id()}.csv"

    def bench(self, *arguments, code=0):
        result = godwit("bench", "--model", self.model, "--lengths", "8/8", "--repeats", 3, "-o", self.file, "--json", *arguments)
        self.assertEqual(result.returncode, code, result.stderr.decode() + result.stdout.decode())
        return json.loads(result.stdout)

    def rows(self):
        with self.file.open(newline="") as file:
            return list(csv.DictReader(file))

    def test_rows_have_the_schemas_columns(self):
        got = self.bench()
        self.assertEqual([(r["device"], r["repeats"], r["measured_now"]) for r in got["rows"]], [("golden", 3, True), ("fp32", 3, True)])
        rows = self.rows()
        columns = re.findall(r"^\| `(\w+)` \|", (ROOT / "bench/schema.md").read_text(), re.MULTILINE)
        self.assertEqual(list(rows[0]), columns)
        for row, answer in zip(rows, got["rows"]):
            self.assertEqual((row["engine"], row["how"], row["prompt"], row["generate"], row["batch"]), ("godwit", "measured", "8", "8", "1"))
            self.assertAlmostEqual(float(row["ms_per_token_mean"]) / answer["ms_per_token_mean"], 1, delta=1e-4)
            self.assertGreater(float(row["ttft_ms_median"]), 0)
            self.assertTrue(0 <= float(row["other_load"]) <= 1)
            self.assertIn("godwit bench --model", row["command"])
        self.assertTrue(rows[0]["precision"].startswith("w8"), rows[0]["precision"])
        self.assertEqual(rows[1]["precision"], "fp32")
        for r in got["rows"]:
            self.assertTrue(r["ms_per_token_low"] <= r["ms_per_token_mean"] <= r["ms_per_token_high"])

    def test_it_goes_on_where_it_stopped(self):
        self.bench("--device", "golden")
        got = self.bench()
        self.assertEqual([r["measured_now"] for r in got["rows"] if r["device"] == "fp32"], [True])
        self.assertEqual([r["measured_now"] for r in got["rows"] if r["device"] == "golden"], [False])
        self.assertEqual(len(self.rows()), 2)
        again = godwit("bench", "--model", self.model, "--lengths", "8/8", "--repeats", 3, "-o", self.file, "--again", "--device", "fp32")
        self.assertIn(again.returncode, (0, 1))  # timed twice: noise may look like a change
        self.assertEqual(len(self.rows()), 3)

    def test_a_change_for_the_worse_is_shown(self):
        self.bench("--device", "golden")
        rows = self.rows()
        for column in ("ms_per_token_mean", "ms_per_token_median", "ms_per_token_std"):
            rows[0][column] = str(float(rows[0][column]) / 1000)  # as if it had been a thousand times faster before
        rows[0]["engine_version"] = "an older one"
        with self.file.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        got = self.bench("--device", "golden", code=1)
        self.assertTrue(any("ms_per_token" in text for text in got["worse"]), got["worse"])

    def test_cards_are_simulated_once_and_a_rise_is_shown(self):
        ask = ("bench", "--model", "shape:distilgpt2", "--lengths", "8/8", "--device", "cyclesim", "--card", "kv260", "--card", "u280",
               "--scheme", "w4", "-o", self.file, "--json")
        got = json.loads(self.good(*ask).stdout)
        self.assertEqual([(r["card"], r["how"], r["repeats"]) for r in got["rows"]], [("kv260", "simulated", 1), ("u280", "simulated", 1)])
        rows = self.rows()
        self.assertEqual([(r["cpu"], r["threads"], r["how"]) for r in rows], [("", "", "simulated")] * 2)
        told = self.ask("simulate", "shape:distilgpt2", "--card", "u280", "--scheme", "w4", "--prompt", 8, "--generate", 8)
        self.assertAlmostEqual(float(rows[1]["ms_per_token_median"]) / told["ms_per_token"], 1, delta=1e-4)
        self.assertAlmostEqual(float(rows[1]["energy_j_per_token"]) * told["tokens_per_joule"], 1, delta=1e-4)
        self.assertEqual(json.loads(self.good(*ask).stdout)["worse"], [])
        self.assertEqual(len(self.rows()), 2)  # the same program again: nothing new
        rows[0]["ms_per_token_median"] = str(float(rows[0]["ms_per_token_median"]) * 0.999)
        with self.file.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        worse = godwit(*ask)
        self.assertEqual(worse.returncode, 1, worse.stderr.decode())
        self.assertIn("ms_per_token +0.1 %", json.loads(worse.stdout)["worse"][0])

    def test_the_verilated_machine_is_timed(self):
        if "no verilated machine" in godwit("run", self.model, "--device", "rtl", "-p", "a", "-n", 1).stderr.decode():
            self.skipTest("built without Verilator")
        got = self.bench("--device", "rtl")
        self.assertEqual([(r["device"], r["how"], r["repeats"]) for r in got["rows"]], [("rtl", "measured", 3)])

    def test_it_refuses(self):
        base = ("bench", "--model", self.model, "-o", self.file)
        self.refused(*base, "--lengths", "8", says="no pair of lengths")
        self.refused(*base, "--lengths", "8/1", says="no pair of lengths")
        self.refused(*base, "--device", "gpu", says="unknown device 'gpu'")
        self.refused(*base, "--device", "cyclesim", "--lengths", "8/8", "--card", "no-such-card", says="no-such-card")
        self.refused(*base, "--lengths", "16000/16000", says="at most")
        self.refused("bench", "--model", "shape:distilgpt2", "-o", self.file, "--lengths", "8/8", says="no weights")
        self.file.write_text("a,b\n1,2\n")
        self.refused(*base, says="no column 'a'")


if __name__ == "__main__":
    unittest.main()
