#!/usr/bin/env python3
"""The verilated machine from outside: `run --device rtl`, and `cosim` with its random programs and seeded faults."""
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import CliTest, godwit  # noqa: E402

HAS_MACHINE = b"no verilated machine" not in godwit("cosim", "--programs", 1, "--quiet").stderr


@unittest.skipUnless(HAS_MACHINE, "this build found no Verilator")
class Rtl(CliTest):
    def test_text_is_goldens(self):
        golden = self.greedy("-p", "Hello", "-n", 3)
        rtl = self.greedy("-p", "Hello", "-n", 3, "--device", "rtl")
        self.assertEqual(rtl["tokens"], golden["tokens"])
        self.assertEqual((rtl["device"], rtl["card"], rtl["mismatches"]), ("rtl", "nano", 0))
        self.assertGreater(rtl["cycles"], 1000)
        self.assertGreater(rtl["cycles_per_second"], 1000)

    def test_two_cores_say_what_one_says(self):
        golden = self.greedy("-p", "Hello", "-n", 2)
        cores = self.greedy("-p", "Hello", "-n", 2, "--device", "rtl", "--card", "nano2")
        self.assertEqual(cores["tokens"], golden["tokens"])
        self.assertEqual((cores["card"], cores["mismatches"]), ("nano2", 0))

    def test_compressed_checkpoints(self):
        words = ("-p", "Hello", "-n", 2, "--temp", 0, "--ignore-eos", "--device")
        for scheme, options in (("w3g32", ()), ("w6-n8", ()), ("w8-4:2", ()), ("w4-d0.5", ()), ("w5", ("--rotate",))):
            with self.subTest(scheme):
                out = Path(self.folder.name) / scheme.replace(":", "_")
                self.ask("compress", self.model, "-o", out, "--calibration-tokens", 512, "--scheme", scheme, *options)
                golden, rtl = (self.ask("run", out, *words, device) for device in ("golden", "rtl"))
                self.assertEqual((rtl["tokens"], rtl["mismatches"]), (golden["tokens"], 0))

    def test_a_card_that_was_not_verilated(self):
        self.refused("run", self.model, "-p", "Hello", "--device", "rtl", "--card", "u280", says="was not verilated")


@unittest.skipUnless(HAS_MACHINE, "this build found no Verilator")
class Cosim(CliTest):
    def test_programs_agree_whatever_the_threads(self):
        one = self.ask("cosim", "--programs", 40, "--seed", 1, "--threads", 1)
        two = self.ask("cosim", "--programs", 40, "--seed", 1, "--threads", 2)
        self.assertEqual((one["programs"], one["mismatches"]), (40, 0))
        self.assertGreater(one["instructions"], 40 * 10)
        self.assertGreater(one["cycles"], 40 * 500)
        for field in ("programs", "instructions", "mismatches", "cycles"):
            self.assertEqual(one[field], two[field])
        other = self.ask("cosim", "--programs", 40, "--seed", 2)
        self.assertNotEqual(one["instructions"], other["instructions"])

    def test_two_cores_agree(self):
        record = self.ask("cosim", "--programs", 10, "--seed", 1, "--card", "nano2")
        self.assertEqual((record["programs"], record["mismatches"]), (10, 0))

    def test_a_seeded_fault_is_found_told_shrunk_and_found_again(self):
        names = self.ask("cosim", "--list-faults")["faults"]
        self.assertGreaterEqual(len(names), 30)
        self.assertEqual(len(set(names)), len(names))
        found = godwit("cosim", "--programs", 300, "--seed", 5, "--fault", names[0], "--json")
        self.assertEqual(found.returncode, 1)
        record = json.loads(found.stdout)
        self.assertEqual(record["mismatches"], 1)
        self.assertIn(" instead of ", record["difference"])
        message = found.stderr.decode()
        for part in ("differs", "made smaller", "instruction ", "unit mpe", "again: godwit cosim --replay"):
            self.assertIn(part, message)
        words = record["replay"].split()[1:]
        self.assertEqual(godwit(*words).returncode, 1)
        self.good(*words[:words.index("--fault")])

    def test_what_it_cannot_do(self):
        self.refused("cosim", "--fault", "none-such", says="no seeded fault 'none-such'")
        for text in ("", "5", "5:", ":5", "a:b", "5:6:7", "-1:2", "99999999999999999999:1"):
            self.refused("cosim", "--replay", text, says="names no program")
        self.refused("cosim", "--card", "u280", says="was not verilated")
        self.refused("cosim", "--card", "ulx3s", says="prefetch FIFO")
        self.refused("cosim", "--programs", 0, says="--programs")


if __name__ == "__main__":
    unittest.main()
