#!/usr/bin/env python3
"""Waveforms of the verilated machine: `run --trace`, and the one that docs/tutorial/sparse_chain.md reads. What an independent
reader of FST finds in them is what golden has."""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import PROGRAM, ROOT, CliTest, godwit  # noqa: E402

try:
    import pywellen
except ImportError:
    pywellen = None  # requirements/test.txt

HAS_MACHINE = b"no verilated machine" not in godwit("cosim", "--programs", 1, "--quiet").stderr
TOP = "TOP.machine_bench.u_machine."
CYCLE = 10  # units of time; everything has settled from the falling edge in the middle on
FIRST = 2  # rtl/sampler.sv: the state in which the result block begins


class Waves:
    """Signals by their names below the machine, at cycles."""

    def __init__(self, path):
        self.file = pywellen.Waveform(str(path))

    def at(self, name, cycle):
        return self.file[TOP + name].value_at_time(CYCLE * cycle + CYCLE - 1)

    def cycles(self):
        """The first and the last one drawn."""
        times = [time for time, _ in self.file[TOP + "clk_i"]]
        return times[0] // CYCLE, times[-1] // CYCLE


@unittest.skipUnless(HAS_MACHINE, "this build found no Verilator")
@unittest.skipUnless(pywellen, "pywellen is not installed: requirements/test.txt")
class Waveform(CliTest):
    def drawn(self, *words):
        path = Path(self.folder.name) / "waves.fst"
        path.unlink(missing_ok=True)
        return self.greedy(*words, "--device", "rtl", "--trace", path), path

    def test_a_token_is_read_back(self):
        golden = self.greedy("-p", "Hello", "-n", 2)
        plain = self.greedy("-p", "Hello", "-n", 2, "--device", "rtl")
        record, path = self.drawn("-p", "Hello", "-n", 2, "--trace-window", "0:99999")
        self.assertEqual((record["tokens"], record["mismatches"]), (golden["tokens"], 0))
        self.assertEqual(record["cycles"], plain["cycles"])
        self.assertGreaterEqual(record["trace_cycles"], record["cycles"])
        self.assertEqual(record["trace"], str(path))
        waves = Waves(path)
        self.assertEqual(waves.cycles(), (0, record["trace_cycles"] - 1))
        states = [(time, value) for time, value in waves.file[TOP + "u_sampler.state_q"] if value == FIRST]
        tokens = [waves.at("u_sampler.token_q", time // CYCLE) for time, _ in states]
        self.assertEqual(tokens, golden["tokens"])

    def test_only_the_window(self):
        _, whole = self.drawn("-p", "Hello", "-n", 1, "--trace-window", "0:99999")
        every = Waves(whole)
        record, path = self.drawn("-p", "Hello", "-n", 1, "--trace-window", "700:749")
        some = Waves(path)
        self.assertEqual((record["trace_first"], record["trace_cycles"]), (700, 50))
        self.assertEqual(some.cycles(), (700, 749))
        for name in ("busy_o", "position_after"):
            for cycle in range(700, 750):
                self.assertEqual(some.at(name, cycle), every.at(name, cycle), (name, cycle))

    def test_what_cannot_be_drawn(self):
        words = ("run", self.model, "-p", "Hello", "-n", 1, "--temp", 0, "--device", "rtl", "--json")
        path = Path(self.folder.name) / "none.fst"
        for window in ("", "5", "5:4", "a:b", "-1:4", "0:100000"):
            self.refused(*words, "--trace", path, "--trace-window", window, says="no window of a waveform")
        self.refused(*words, "--trace-window", "0:5", says="no file to draw it into")
        self.refused(*words[:6], "--json", "--trace", path, says="has no signals to draw")
        self.refused(*words, "--card", "nano2", "--trace", path, says="not verilated for waveforms")
        self.refused(*words, "--trace", path, "--trace-window", "90000000:90000001", says="stopped before the waveform began")
        self.refused(*words, "--trace", "/dev/full", "--trace-window", "0:99", says="cannot write the file")
        self.refused(*words, "--trace", path.parent / "no folder/x.fst", "--trace-window", "0:99", says="cannot write the file")
        self.assertFalse(path.exists())


@unittest.skipUnless(HAS_MACHINE, "this build found no Verilator")
@unittest.skipUnless(pywellen, "pywellen is not installed: requirements/test.txt")
class Tutorial(CliTest):
    def test_every_value_of_the_page_is_in_the_waveform(self):
        path = Path(self.folder.name) / "sparse_chain.fst"
        tests = Path(PROGRAM).parent / "cosim_test"
        subprocess.run([tests, "--gtest_filter=WorkedExample.ThenADiagonal*"], env={**os.environ, "GODWIT_WAVEFORM": str(path)},
                       stdout=subprocess.DEVNULL, check=True)
        waves = Waves(path)
        page = (ROOT / "docs/tutorial/sparse_chain.md").read_text()
        rows = re.findall(r"^\| (\d+) \| `([^`]+)` \| ([-\d, ]+) \|", page, re.MULTILINE)
        self.assertGreaterEqual(len(rows), 12)
        for cycle, name, values in rows:
            prefix, names = re.fullmatch(r"(.*?)(?:\{(.*)\})?", name).groups()
            for one, value in zip((names or "").split(","), values.split(","), strict=True):
                self.assertEqual(int(waves.at(prefix + one.strip(), int(cycle))), int(value), f"{prefix}{one} in cycle {cycle}")


if __name__ == "__main__":
    unittest.main()
