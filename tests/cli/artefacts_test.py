#!/usr/bin/env python3
"""compile, disasm, asm and check: what they print, what they refuse, what an artefact is good for."""
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import godwit, CliTest  # noqa: E402


class Artefacts(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.artefact = Path(cls.folder.name) / "tiny.godwit"
        cls.text = Path(cls.folder.name) / "text.txt"
        cls.text.write_text("In the beginning was the word. " * 20)
        result = godwit("compile", cls.model, "-o", cls.artefact, "--card", "nano", "--context", 512, "--json")
        assert result.returncode == 0, result.stderr.decode()
        cls.compiled = json.loads(result.stdout)

    def check(self, *arguments, code=0):
        result = godwit("check", self.artefact, "--model", self.model, "-f", self.text, "--context", 64, "--json", *arguments)
        self.assertEqual(result.returncode, code, result.stderr.decode())
        return json.loads(result.stdout)

    def test_compile_counts(self):
        r = self.compiled
        self.assertLessEqual({"weights", "kv_read", "kv_write", "activations", "instructions", "logits"},
                             set(r["traffic_per_token"]))
        self.assertEqual(r["traffic_per_token"]["activations"], 0)
        self.assertEqual(r["programs"], 1)
        self.assertEqual(r["instruction_bytes"], r["instruction_bytes_all_lengths"])
        self.assertGreater(r["seconds"], 0)
        self.assertGreater(r["image_bytes"], r["instruction_bytes"])

    def test_activations_and_why(self):
        activations = self.compiled["activations"]
        self.assertEqual([one["layer"] for one in activations], [one["name"] for one in self.compiled["matrices"]])
        for one, matrix in zip(activations, self.compiled["matrices"]):
            self.assertIn(one["digits"], (1, 2))
            self.assertTrue(matrix["scheme"].endswith("A15" if one["digits"] == 2 else "A8"))
            self.assertGreater(one["error"], 0)
        self.assertLessEqual(self.compiled["activations_divergence"], 0.002)
        checked = self.check()
        self.assertEqual(checked["provenance"]["activations"], activations)
        self.assertNotIn("matrices", checked["layers"][0])
        self.assertEqual(len(checked["layers"][1]["matrices"]) + len(checked["head"]), len(activations))
        asked = self.ask("compile", self.model, "-o", Path(self.folder.name) / "a8.godwit", "--context", 64, "--activations", 8)
        self.assertEqual({one["digits"] for one in asked["activations"]}, {1})
        self.assertNotIn("error", asked["activations"][0])

    def test_passes_and_requests(self):
        folder = Path(self.folder.name)
        r = self.ask("compile", "shape:distilgpt2", "-o", folder / "d.godwit", "--card", "u280", "--dump", folder / "dump",
                     "--trace", folder / "trace.csv", "--traffic-at", 100)
        self.assertIn("softmax", (folder / "dump" / "4-lowered.txt").read_text())
        self.assertEqual(r["profile_per_token"]["instructions"], sum(r["profile_per_token"]["executed"].values()))
        timed = self.ask("memory", "--device", "hbm2-u280", "--trace", folder / "trace.csv")
        self.assertGreater(timed["bytes"], r["traffic_per_token"]["weights"] / 32)
        self.assertGreater(timed["fraction_of_peak"], 0.9)

    def test_lengths(self):
        size = {}
        for lengths in ("unrolled", "bucketed", "looped"):
            r = self.ask("compile", "shape:distilgpt2", "-o", Path(self.folder.name) / "l.godwit", "--card", "u280", "--lengths", lengths)
            size[lengths] = r["instruction_bytes_all_lengths"]
        self.assertGreater(size["unrolled"], size["bucketed"])
        self.assertGreater(size["bucketed"], size["looped"])

    def test_one_length(self):
        out = Path(self.folder.name) / "at.godwit"
        self.good("compile", self.model, "-o", out, "--context", 64, "--at", 20)
        text = self.good("disasm", out).stdout.decode()
        self.assertNotRegex(text, r"(?m)^ *(loop|branch) ")
        self.refused("run", out, "-p", "x", says="length 20 alone")
        self.refused("compile", self.model, "-o", out, "--context", 64, "--at", 65, says="1 to 64")

    def test_it_runs_without_its_checkpoint(self):
        for options in (("-p", "Hello", "-n", 20), ("--chat", "-p", "Hi", "-n", 5), ("--tokens", "1,2,3", "-n", 4)):
            wanted = self.greedy(*options)
            got = self.ask("run", self.artefact, "--temp", 0, "--ignore-eos", *options)
            for field in ("prompt_tokens", "tokens", "text", "end", "card"):
                self.assertEqual(got[field], wanted[field])
        ppl = (self.ask("ppl", m, "-f", self.text, "--context", 64)["perplexity"] for m in (self.model, self.artefact))
        self.assertEqual(*ppl)
        self.assertEqual(self.ask("tokenize", self.artefact, text="abc")["tokens"], list(b"abc"))
        self.assertEqual(self.ask("detokenize", self.artefact, text="97 98")["text"], "ab")
        inspected = self.ask("inspect", self.artefact)
        self.assertEqual((inspected["layers"], inspected["program"]["card"]), (1, "nano"))

    def test_what_is_settled_cannot_be_chosen(self):
        run = ("run", self.artefact, "-p", "x", "-n", 2)
        self.refused(*run, "--scheme", "w4", says="compiled already")
        self.refused(*run, "--card", "u280", says="compiled already")
        self.refused(*run, "--device", "fp32", says="no weights in fp32")
        self.refused(*run, "--context", 513, says="1 to 512")
        self.refused("profile", self.artefact, says="no weights in fp32")
        self.refused("compile", self.artefact, "-o", Path(self.folder.name) / "no.godwit", says="compiled already")

    def test_check(self):
        r = self.check()
        self.assertAlmostEqual(r["perplexity"] / r["perplexity_fp32"], 1, delta=0.02)
        self.assertGreater(r["kl_divergence"], 0)
        self.assertGreater(r["greedy_agreement"], 0.8)
        self.assertEqual(r["saturations"], 0)
        self.assertEqual([layer["name"] for layer in r["layers"]], ["wpe", "h.0.mlp.residual"])
        for layer in r["layers"]:
            self.assertLess(layer["relative_error"], 0.02)
        self.assertTrue(self.check("--max-ppl-increase", 5)["passed"])
        self.assertFalse(self.check("--max-ppl-increase", -50, code=1)["passed"])
        plain = self.good("check", self.artefact, "--model", self.model, "-f", self.text, "--context", 64)
        self.assertIn("KL divergence", plain.stdout.decode())

    def test_check_refuses(self):
        rest = ("-f", self.text)
        self.refused("check", self.model, "--model", self.model, *rest, says="not an artefact")
        self.refused("check", self.artefact, "--model", self.artefact, *rest, says="cannot be the reference")
        self.refused("check", self.artefact, "--model", "shape:distilgpt2?seed=1", *rest, says="another model")
        self.refused("check", self.artefact, "--model", self.model, says="--file")
        self.refused("check", self.artefact, "--model", self.model, *rest, "--max-ppl-increase", "much", says="not a number")

    def test_text_and_back(self):
        text = self.good("disasm", self.artefact).stdout
        source = Path(self.folder.name) / "tiny.s"
        source.write_bytes(text)
        alone = Path(self.folder.name) / "code.godwit"
        self.good("asm", source, "-o", alone, "--quiet")
        self.assertEqual(self.good("disasm", alone).stdout, text)
        self.refused("run", alone, "-p", "x", says="no model")
        again = Path(self.folder.name) / "again.godwit"
        r = self.ask("asm", source, "-o", again, "--into", self.artefact)
        self.assertEqual(r["instruction_bytes"], self.compiled["instruction_bytes"])
        run = ("-p", "Hello", "-n", 10, "--temp", 0, "--ignore-eos")
        self.assertEqual(self.ask("run", again, *run)["tokens"], self.ask("run", self.artefact, *run)["tokens"])
        source.write_text("frobnicate")
        self.refused("asm", source, "-o", alone, says="tiny.s:1:1")
        self.refused("disasm", source, says="tiny.s")

    def test_damage(self):
        raw = self.artefact.read_bytes()
        bad = Path(self.folder.name) / "bad.godwit"
        for at in (0, 8, 40, len(raw) // 3, len(raw) // 2, len(raw) - 9, len(raw) - 1):
            flipped = bytearray(raw)
            flipped[at] ^= 0x10
            bad.write_bytes(flipped)
            self.refused("run", bad, "-p", "x", "-n", 2, says="bad.godwit")
        for kept in (0, 4, len(raw) * 2 // 3, len(raw) - 1):
            bad.write_bytes(raw[:kept])
            self.refused("run", bad, "-p", "x", "-n", 2, says="bad.godwit")

    def test_impossible_compilations(self):
        out = Path(self.folder.name) / "no.godwit"
        self.refused("compile", self.model, "-o", out, "--card", "no-such-card", says="no-such-card")
        self.refused("compile", self.model, "-o", out, "--scheme", "w9", says="w9")
        self.refused("compile", self.model, "-o", out, "--context", 20_000, says="20000")
        self.refused("compile", self.model, "-o", out, "--lengths", "sideways", says="sideways")
        self.refused("compile", self.model, says="--output")
        self.refused("compile", self.model, "-o", "/no/such/folder/x.godwit", says="/no/such/folder")
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
