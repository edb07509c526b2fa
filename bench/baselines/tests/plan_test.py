"""Order of the cells, choice of the engines, time left, prompts, machine and counters."""

import tempfile
import unittest
from pathlib import Path

from bench.baselines import energy, machine
from bench.baselines.engines import registry
from bench.baselines.models import MODELS, USUAL, _pair_tokenizer
from bench.baselines.plan import LONG, cell_seconds, cells
from bench.baselines.progress import clock

LENGTHS = [(32, 32), (128, 128), (512, 512)]


class PlanTest(unittest.TestCase):
    def test_short_cells_of_all_models_come_before_long_ones(self) -> None:
        got = cells(list(USUAL), list(registry.CPU), LENGTHS, [1, 2])
        self.assertEqual(len(got), 3 * 3 * 2)
        long = [c.prompt + c.generate >= LONG for c in got]
        self.assertEqual(long, sorted(long))
        self.assertEqual((got[0].model, got[0].threads, got[0].prompt), ("distilgpt2", 2, 32))

    def test_long_cells_go_from_quick_to_slow(self) -> None:
        seconds = [cell_seconds(c, 10) for c in cells(list(MODELS), list(registry.CPU), [(512, 512)], [1, 2])]
        self.assertEqual(seconds, sorted(seconds))

    def test_a_gpu_is_measured_with_one_number_of_threads(self) -> None:
        got = cells(["embedded"], list(registry.CUDA), [(32, 32)], [1, 2])
        self.assertEqual([c.threads for c in got], [2])

    def test_engines_by_name(self) -> None:
        self.assertEqual([v.name for v in registry.select("llama.cpp:q4_0,pytorch")], ["llama.cpp:q4_0", "pytorch:fp32"])
        self.assertEqual([v.name for v in registry.select("godwit:fp32,godwit")], ["godwit:fp32", "godwit:w8@golden"])
        self.assertEqual([v.name for v in registry.select("llama.cpp:f32@cuda")], ["llama.cpp:f32@cuda"])
        self.assertEqual([v.name for v in registry.select("cuda")], [v.name for v in registry.CUDA])
        self.assertTrue(all(v.reference in registry.VARIANTS for v in registry.VARIANTS.values()))
        with self.assertRaisesRegex(ValueError, "unknown engine 'tvm'"):
            registry.select("tvm")

    def test_clock(self) -> None:
        self.assertEqual([clock(s) for s in (5, 89, 90, 3600, 5400)], ["5 s", "89 s", "2 min", "1 h 00 min", "1 h 30 min"])

    def test_made_up_tokenizer_has_every_token_once(self) -> None:
        made = _pair_tokenizer(50257)
        vocabulary = made["model"]["vocab"]
        self.assertEqual(sorted(vocabulary.values()), list(range(50257)))
        self.assertEqual(len(made["model"]["merges"]), 50000)
        self.assertTrue(all(a + b in vocabulary for a, b in made["model"]["merges"]))
        self.assertEqual(made["added_tokens"][0]["id"], vocabulary["<|endoftext|>"])


class MachineTest(unittest.TestCase):
    def test_this_machine_has_a_name_cores_and_memory(self) -> None:
        here = machine.this_machine()
        self.assertTrue(here.cpu and here.os)
        self.assertGreaterEqual(here.cores, 1)
        self.assertGreaterEqual(here.memory_gib, 1)

    def test_other_load_is_a_share(self) -> None:
        load = machine.OtherLoad()
        self.assertEqual(load.share(1e9), 0.0)

    def test_rapl_counts_through_a_wrap_and_leaves_out_its_parts(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            package, part = Path(name) / "intel-rapl:0", Path(name) / "intel-rapl:0:0"
            for folder in (package, part):
                folder.mkdir()
                (folder / "max_energy_range_uj").write_text("9999999\n")
                (folder / "energy_uj").write_text("9000000\n")
            meter = energy._rapl(Path(name))
            (part / "energy_uj").write_text("9500000\n")
            self.assertEqual(meter.read(), 0.0)
            (package / "energy_uj").write_text("2000000\n")
            self.assertAlmostEqual(meter.read(), 3.0)

    def test_no_counter_is_none(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            self.assertIsNone(energy._rapl(Path(name)))


if __name__ == "__main__":
    unittest.main()
