#!/usr/bin/env python3
"""The table of measures: which rows it takes, shares and ratios the right way round, an energy that nobody measured is called estimated."""
import unittest
from unittest import mock

from tools.generate import kpi

SUBJECT = kpi.Subject("A, U280, w8", "shape:a", "a", "a", "u280", "w8", "a_u280")
OWN = {"how": "simulated", "prompt": "128", "generate": "128", "model": "shape:a", "card": "u280", "precision": "w8g64", "engine": "godwit",
       "threads": "", "ttft_ms_median": "10", "ms_per_token_median": "0.5", "energy_j_per_token": "0.02"}
CPU = {**OWN, "how": "measured", "model": "a", "card": "", "precision": "q8_0", "engine": "llama.cpp", "cpu": "AMD EPYC", "threads": "2",
       "ttft_ms_median": "5", "ms_per_token_median": "4", "energy_j_per_token": ""}
GPU = {**CPU, "engine": "pytorch", "precision": "fp16", "card": "a GPU", "ms_per_token_median": "2", "energy_j_per_token": "0.3"}
TABLES = {"godwit.csv": [{**OWN, "ms_per_token_median": "9"}, OWN, {**OWN, "precision": "w4g64", "ms_per_token_median": "0.1"}],
          "cpu.csv": [{**CPU, "engine": "godwit", "ms_per_token_median": "1"}, CPU, {**CPU, "precision": "f32", "ms_per_token_median": "8"},
                      {**CPU, "generate": "32", "ms_per_token_median": "1"}], "gpu.csv": [GPU]}


class Kpi(unittest.TestCase):
    def section(self, targets, **tables):
        with mock.patch.object(kpi, "rows", lambda name: tables.get(name.removesuffix(".csv"), TABLES[name])):
            return {line.split(" | ")[0].strip("| "): [cell.strip(" |\n") for cell in line.split(" | ")[1:]]
                    for line in kpi.section(SUBJECT, targets).splitlines() if line.startswith("| ")}

    def test_against_a_stated_target(self):
        table = self.section({"a_u280": {"tokens_per_second": 4000, "tokens_per_joule": 100}})
        self.assertEqual(table["tokens/s"], ["2,000", "simulated", "4,000 (scope)", "50 %", "250 (8×)", "500 (4×)"])
        self.assertEqual(table["latency a token, ms"], ["0.5", "simulated", "0.25 (scope)", "50 %", "4 (8×)", "2 (4×)"])
        self.assertEqual(table["energy a token, J"][:4], ["0.02", "estimated", "0.01 (scope)", "50 %"])
        self.assertEqual(table["energy a token, J"][5], "0.3, measured (15×)")

    def test_without_one_the_cpu_is_the_target(self):
        table = self.section({})
        self.assertEqual(table["tokens/s"][2:4], ["250 (the CPU)", "800 %"])
        self.assertEqual(table["time to first token, ms"][2:5], ["5 (the CPU)", "50 %", "5 (0.5×)"])
        # two threads, 4 ms, 6.6 W a core (3.75 to 12.5)
        self.assertEqual(table["energy a token, J"][4], "0.0528, 0.03 to 0.1, estimated (2.64×)")

    def test_what_nobody_measured_stays_empty(self):
        table = self.section({}, cpu=[], gpu=[], godwit=[])
        self.assertEqual(table["tokens/s"], ["", "simulated", "", "", "", ""])

    def test_an_unknown_processor_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "nothing about 'Z80'"):
            self.section({}, cpu=[{**CPU, "cpu": "Z80"}])


if __name__ == "__main__":
    unittest.main()
