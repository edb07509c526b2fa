#!/usr/bin/env python3
"""compress: what it writes, what it prints, what it refuses; and that what was cut off goes on."""
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import PROGRAM, ROOT, CliTest  # noqa: E402

try:
    import numpy
    import safetensors
except ImportError:
    safetensors = None  # requirements/reference.txt

PAGE = ROOT / "docs/compression.md"
QUICK = ("--calibration-tokens", 512)


class Compress(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.text = Path(cls.folder.name) / "text.txt"
        cls.text.write_text("In the beginning was the word. " * 40)

    def compress(self, name, *arguments):
        out = Path(self.folder.name) / name
        return out, self.ask("compress", self.model, "-o", out, *QUICK, *arguments)

    def test_schemes(self):
        for scheme, bits, density in (("w8", 8, 1), ("w4", 4, 1), ("w3g32", 3, 1), ("w6-n8", 6, .5), ("w8-4:2", 8, .5)):
            for method in ("rtn", "gptq"):
                with self.subTest(scheme=scheme, method=method):
                    out, r = self.compress("out", "--scheme", scheme, "--method", method)
                    self.assertEqual(r["mean_bits"], bits)
                    self.assertAlmostEqual(r["density"], density, delta=0.01)
                    self.assertGreater(r["perplexity_after"], 1)
                    self.assertLessEqual(r["imbalance"], r["imbalance_bound"] * (1 + 1e-9))
                    self.assertGreaterEqual(r["imbalance"], 1)
                    self.assertEqual(sum(m["bytes"] for m in r["matrices"]), r["weight_bytes_per_token"])
                    seen = self.ask("inspect", out)
                    self.assertEqual(seen["weight_bytes_per_token"], r["weight_bytes_per_token"])
                    self.assertEqual((seen["mean_bits"], seen["density"]), (r["mean_bits"], r["density"]))
                    self.assertEqual(sorted(p.name for p in out.iterdir()),
                                     ["config.json", "model.safetensors", "recipe.json", "tokenizer.json",
                                      "tokenizer_config.json"])

    def test_the_folder_runs_like_its_artefact(self):
        out, _ = self.compress("runs", "--scheme", "w6")
        options = ("-p", "Hello", "-n", 20, "--temp", 0, "--ignore-eos")
        wanted = self.ask("run", out, *options)["tokens"]
        artefact = Path(self.folder.name) / "runs.godwit"
        r = self.ask("compile", out, "-o", artefact, "--context", 64)
        self.assertIn("keep w6g64 A15", {m["scheme"] for m in r["matrices"]})
        self.assertEqual(self.ask("run", artefact, *options)["tokens"], wanted)
        scored = ("ppl", out, "-f", self.text, "--context", 64, "--device")
        ppl = [self.ask(*scored, device)["perplexity"] for device in ("golden", "fp32")]
        self.assertAlmostEqual(ppl[0] / ppl[1], 1, delta=0.01)

    @unittest.skipUnless(safetensors, "no safetensors, or no numpy, to read with")
    def test_others_read_the_file_as_the_page_says(self):
        program = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
        with safetensors.safe_open(self.model / "model.safetensors", "numpy") as file:
            wanted = file.get_tensor("h.0.attn.c_attn.weight").T
        for scheme, most in (("w8", 0.01), ("w6", 0.03), ("w4g32", 0.13), ("w6-n8", 0.03)):
            with self.subTest(scheme):
                out, _ = self.compress("read", "--scheme", scheme, "--method", "rtn")
                found = {}
                exec(program.replace('"model.safetensors"', repr(str(out / "model.safetensors"))), found)  # pylint: disable=exec-used
                weight = found["weight"]
                self.assertEqual(weight.shape, wanted.shape)
                kept = weight != 0 if "-" in scheme else numpy.full(wanted.shape, True)
                self.assertAlmostEqual(kept.mean(), 0.5 if "-" in scheme else 1, delta=0.02)
                largest = numpy.abs(wanted).max(axis=1, keepdims=True)
                self.assertLess((numpy.abs(weight - wanted) / largest)[kept].max(), most)

    def test_rotated_and_smoothed(self):
        for name, rotation, smoothing in (("rotated", 3, None), ("smoothed", None, 0.5), ("both", 3, 0.25)):
            with self.subTest(name):
                options = (("--rotate",) if rotation else ()) + (("--smooth", smoothing) if smoothing else ())
                out, r = self.compress(name, "--scheme", "w6", "--seed", 3, *options)
                self.assertAlmostEqual(r["perplexity_after"] / r["perplexity_before"], 1, delta=0.02)
                artefact = Path(self.folder.name) / f"{name}.godwit"
                self.ask("compile", out, "-o", artefact, "--context", 64)
                for seen in (r, self.ask("inspect", out), self.ask("inspect", artefact)):
                    self.assertEqual((seen.get("rotation_seed"), seen.get("smoothing")), (rotation, smoothing))
                self.assertEqual("rotated, seed 3" in self.good("inspect", out).stdout.decode(), rotation is not None)
                greedy = ("-p", "Hello", "-n", 20, "--temp", 0, "--ignore-eos")
                self.assertEqual(self.ask("run", artefact, *greedy)["tokens"], self.ask("run", out, *greedy)["tokens"])
                scored = ("ppl", out, "-f", self.text, "--context", 64, "--device")
                ppl = [self.ask(*scored, device)["perplexity"] for device in ("golden", "fp32")]
                self.assertAlmostEqual(ppl[0] / ppl[1], 1, delta=0.01)
                again, _ = self.compress(f"{name}-again", "--scheme", out / "recipe.json", "--seed", 3)
                self.assertEqual((out / "model.safetensors").read_bytes(), (again / "model.safetensors").read_bytes())
        self.refused("compress", self.model, "-o", out, "--scheme", "w6", "--smooth", 2, says="smooth")

    def test_a_recipe_is_compiled(self):
        out, _ = self.compress("recipe", "--scheme", "w3.5", "--method", "rtn", "--rotate")
        folder = Path(self.folder.name)
        self.ask("compile", out, "-o", folder / "a.godwit", "--context", 64)
        r = self.ask("compile", self.model, "-o", folder / "b.godwit", "--context", 64, "--scheme", out / "recipe.json")
        self.assertGreater(len({m["scheme"] for m in r["matrices"]}), 1)
        self.assertEqual(self.ask("inspect", folder / "b.godwit")["rotation_seed"], 1)
        ppl = [self.ask("ppl", folder / name, "-f", self.text)["perplexity"] for name in ("a.godwit", "b.godwit")]
        self.assertEqual(*ppl)
        smoothed, _ = self.compress("smoothed-recipe", "--scheme", "w8", "--smooth", 0.5)
        for model, recipe, says in ((self.model, smoothed, "smooths"), ("shape:gpt2", out, "has none"),
                                    ("embedded", out, "says nothing of the matrix")):
            self.refused("compile", model, "-o", folder / "c.godwit", "--scheme", recipe / "recipe.json", says=says)

    def test_the_same_seed_gives_the_same_bytes(self):
        made = []
        for name, options in (("a", ()), ("b", ("--threads", 1)), ("c", ("--seed", 7))):
            out, _ = self.compress(name, "--scheme", "w4", *options)
            made.append((out / "model.safetensors").read_bytes())
        self.assertEqual(made[0], made[1])
        self.assertNotEqual(made[0], made[2])

    def test_no_more_of_a_text_is_read_than_is_asked_for(self):
        line = "In the beginning was the word."
        text = Path(self.folder.name) / "lines.txt"
        text.write_text(f"{line}\n" * 40)
        wanted, _ = self.compress("from-a-file", "--scheme", "w4", "--calibration", text)
        out = Path(self.folder.name) / "from-an-endless-text"
        with subprocess.Popen(["yes", line], stdout=subprocess.PIPE) as endless:
            made = subprocess.run([PROGRAM, "compress", str(self.model), "-o", str(out), *map(str, QUICK), "--scheme", "w4", "--quiet",
                                   "--calibration", "-"], stdin=endless.stdout, capture_output=True, check=False, timeout=120)
            endless.kill()
        self.assertEqual(made.returncode, 0, made.stderr.decode())
        self.assertEqual((out / "model.safetensors").read_bytes(), (wanted / "model.safetensors").read_bytes())

    def test_bits_chosen_for_each_matrix(self):
        for name, option in (("mean", ("--scheme", "w3.5")), ("target", ("--target-bits", 5))):
            out, r = self.compress(name, *option)
            target = 3.5 if name == "mean" else 5
            self.assertLessEqual(r["mean_bits"], target)
            self.assertGreater(r["mean_bits"], target - 1)
            self.assertGreater(len({m["scheme"] for m in r["matrices"]}), 1)
            again, s = self.compress(name + "-again", "--scheme", out / "recipe.json")
            self.assertEqual((out / "model.safetensors").read_bytes(), (again / "model.safetensors").read_bytes())
            self.assertEqual(s["weight_bytes_per_token"], r["weight_bytes_per_token"])

    def test_a_budget_of_perplexity(self):
        sizes = []
        for percent in (1, 20):
            _, r = self.compress(f"budget{percent}", "--max-ppl-increase", percent, "--calibration", self.text)
            self.assertLessEqual(r["perplexity_after"], r["perplexity_before"] * (1 + percent / 100))
            sizes.append(r["weight_bytes_per_token"])
        self.assertGreater(*sizes)

    def test_a_rate_of_tokens(self):
        sizes = []
        for rate in (300_000, 400_000):
            _, r = self.compress(f"rate{rate}", "--target-tokens-per-second", rate, "--card", "nano")
            self.assertLessEqual(r["weight_bytes_per_token"], r["weight_bytes_budget"])
            sizes.append(r["weight_bytes_per_token"])
        self.assertGreater(*sizes)
        self.refused("compress", self.model, "-o", Path(self.folder.name) / "x", "--target-tokens-per-second", 1e9,
                     says="tokens a second")

    def test_it_says_why(self):
        out = Path(self.folder.name) / "why"
        text = self.good("compress", self.model, "-o", out, *QUICK, "--target-bits", 4).stdout.decode()
        for words in ("why not less", "would save", "nats reckoned", "perplexity", "which was not"):
            self.assertIn(words, text)

    def test_in_sequence_is_another_choice_of_codes(self):
        apart, _ = self.compress("apart", "--scheme", "w4")
        in_turn, r = self.compress("in-turn", "--scheme", "w4", "--sequential")
        self.assertEqual(r["mean_bits"], 4)
        self.assertNotEqual((apart / "model.safetensors").read_bytes(), (in_turn / "model.safetensors").read_bytes())
        self.ask("run", in_turn, "-p", "Hello", "-n", 4, "--temp", 0)

    def test_what_was_cut_off_goes_on(self):
        out = Path(self.folder.name) / "cut"
        command = [PROGRAM, "compress", str(self.model), "-o", str(out), "--calibration-tokens", "512",
                   "--target-bits", "4", "--json"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        unfinished = out / "unfinished"
        for _ in range(600):
            if len(list(unfinished.glob("*.safetensors"))) >= 2 or process.poll() is not None:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if unfinished.exists():  # it was not done before
            self.assertFalse((out / "model.safetensors").exists())
            for part in out.rglob("*.part"):
                part.unlink()
        result = subprocess.run(command, capture_output=True, check=True, timeout=120)
        whole = Path(self.folder.name) / "whole"
        self.good("compress", self.model, "-o", whole, "--calibration-tokens", 512, "--target-bits", 4)
        self.assertEqual((out / "model.safetensors").read_bytes(), (whole / "model.safetensors").read_bytes())
        self.assertFalse(unfinished.exists())
        self.assertGreater(json.loads(result.stdout)["mean_bits"], 3)

    def test_what_is_refused(self):
        out = Path(self.folder.name) / "bad"
        self.refused("compress", self.model, "-o", out, says="how far to compress")
        self.refused("compress", self.model, "-o", out, "--target-bits", 4, "--max-ppl-increase", 1, says="several goals")
        self.refused("compress", self.model, "-o", out, "--scheme", "keep", says="nothing to compress")
        self.refused("compress", self.model, "-o", out, "--scheme", "w7", says="w7")
        self.refused("compress", self.model, "-o", out, "--scheme", "w4-d0.01", says="density")
        self.refused("compress", self.model, "-o", self.model, "--scheme", "w8", *QUICK, says="over the model itself")
        self.refused("compress", "shape:distilgpt2", "-o", out, "--scheme", "w8", says="no weights")
        self.refused("compress", "/no/such", "-o", out, "--scheme", "w8", says="/no/such")
        short = Path(self.folder.name) / "short.txt"
        short.write_text("too short")
        self.refused("compress", self.model, "-o", out, "--scheme", "w8", "--calibration", short, says="too short")
        self.refused("compress", self.model, "-o", self.text, "--scheme", "w8", *QUICK, says="text.txt")

    def test_a_damaged_folder_is_refused(self):
        out, _ = self.compress("damaged", "--scheme", "w4")
        file = out / "model.safetensors"
        whole = file.read_bytes()
        length = struct.unpack("<Q", whole[:8])[0]
        header = whole[8:8 + length]
        lies = {"bits": (b'\\"bits\\":4', b'\\"bits\\":5'), "group": (b'\\"group\\":64', b'\\"group\\":32'),
                "version": (b'\\"version\\":1', b'\\"version\\":3')}
        for name, (true, false) in lies.items():
            with self.subTest(name):
                self.assertIn(true, header)
                file.write_bytes(whole[:8] + header.replace(true, false) + whole[8 + length:])
                self.refused("inspect", out, says="model.safetensors")
        for size in (7, 100, len(whole) // 2, len(whole) - 1):
            file.write_bytes(whole[:size])
            self.refused("inspect", out, says="model.safetensors")
        file.write_bytes(whole)
        self.good("inspect", out)

    def test_a_folder_that_cannot_be_written(self):
        folder = Path(self.folder.name) / "locked"
        folder.mkdir()
        os.chmod(folder, 0o500)
        try:
            if os.access(folder, os.W_OK):
                self.skipTest("nothing is locked for root")
            self.refused("compress", self.model, "-o", folder / "out", "--scheme", "w8", *QUICK, says="cannot make")
        finally:
            os.chmod(folder, 0o700)
            shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
