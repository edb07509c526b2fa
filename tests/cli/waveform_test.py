#!/usr/bin/env python3
"""Waveforms of the verilated machine: `run --trace`, and the one that docs/tutorial/sparse_chain.md reads. What an independent
reader of FST finds in them is what golden has."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import PROGRAM, ROOT, CliTest, godwit  # noqa: E402
sys.path.insert(0, str(ROOT))
from tools.generate import sparse_chain  # noqa: E402

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
        return int(self.file[TOP + name].signal.value_at(CYCLE * cycle + CYCLE - 1))

    def became(self, name, value):
        """The cycles in which the signal took the value."""
        signal = self.file[TOP + name].signal
        return [time // CYCLE for time, found in (signal[i] for i in range(len(signal))) if int(found) == value]

    def cycles(self):
        """The first and the last one drawn: the clock fell in them."""
        fell = self.became("clk_i", 0)
        return fell[0], fell[-1]


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
        tokens = [waves.at("u_sampler.token_q", cycle) for cycle in waves.became("u_sampler.state_q", FIRST)]
        self.assertEqual(tokens, golden["tokens"])

    def test_only_the_window(self):
        _, whole = self.drawn("-p", "Hello", "-n", 1, "--trace-window", "0:99999")
        every = Waves(whole)
        record, path = self.drawn("-p", "Hello", "-n", 1, "--trace-window", "700:749")
        some = Waves(path)
        self.assertEqual((record["trace_first"], record["trace_cycles"]), (700, 50))
        self.assertEqual(some.cycles(), (700, 749))
        for name in ("u_control.pc_q", "gen_core[0].u_core.write_valid"):
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
        page = sparse_chain.PAGE.read_text()
        self.assertGreaterEqual(len(sparse_chain.ROW.findall(page)), 20)
        waves = sparse_chain.drawn(Path(PROGRAM).parent / "cosim_test", self.folder.name)
        self.assertEqual(sparse_chain.looked_up(waves, page)[1:], ([], []), "python3 -m tools.generate.sparse_chain --write")
        # The chain of row 0 gives 222 x 128 + 254; it never gives one more.
        other = page.replace("`slice.lo3.[0]` | 254 |", "`slice.lo3.[0]` | 255 |")
        self.assertNotEqual(other, page)
        self.assertIn("slice.lo3.[0] is never 255", sparse_chain.looked_up(waves, other)[2][0])


if __name__ == "__main__":
    unittest.main()
