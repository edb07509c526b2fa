#!/usr/bin/env python3
"""The command line as a user and a script meet it: exit codes, what goes where, streaming, signals, full disks.

    tests/cli/cli_test.py            the program is $GODWIT, or build/release/bin/godwit
"""
import json
import os
import re
import signal
import subprocess
import time
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import tiny_model  # noqa: E402
from cli_case import ROOT, PROGRAM, TIMEOUT, godwit, verbs, catches_sigint, CliTest  # noqa: E402


class Program(CliTest):
    def test_version(self):
        self.assertRegex(self.good("--version").stdout.decode(), r"^godwit \d+\.\d+\.\d+\n$")

    def test_without_a_verb_prints_help_as_an_error(self):
        self.assertIn("run", self.refused(says="Verbs:"))

    def test_unknown_verbs_and_options(self):
        self.refused("rnu", says="did you mean 'run'?")
        self.refused("xyzzy", says="no verb 'xyzzy'")
        self.refused("--nope", says="unknown option '--nope'")
        self.refused("x" * 100_000, says="no verb 'xxx")
        self.refused(b"\xff\xfe", says="no verb")

    def test_every_verb_has_help(self):
        self.assertIn("run", verbs())
        for verb in verbs():
            for flag in ("--help", "-h"):
                result = self.good(verb, flag)
                self.assertEqual(result.stderr, b"")
                for option in ("--json", "--quiet", "--threads"):
                    self.assertIn(option, result.stdout.decode(), verb)
                self.assertLessEqual(max(map(len, result.stdout.decode().split("\n"))), 120, verb)

    def test_every_verb_refuses_bad_options(self):
        for verb in verbs():
            with self.subTest(verb=verb):
                self.refused(verb, "--no-such-flag", says="--no-such-flag")
                self.refused(verb, "--threads", "-1", says="--threads")
                self.refused(verb, "--threads", "many", says="--threads")
                self.refused(verb, "--threads", says="--threads")
                self.refused(verb, "--thraeds", "1", says="did you mean '--threads'?")

    def test_verbs_on_a_model_that_is_not_there(self):
        for verb in ("run", "tokenize", "detokenize", "inspect", "profile"):
            with self.subTest(verb=verb):
                self.refused(verb, "/no/such/model", says="/no/such/model")
                self.refused(verb, says="MODEL")

    def test_help_on_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("cannot write to standard output", result.stderr.decode())


class Run(CliTest):
    def test_json_is_one_object_with_all_fields(self):
        r = self.greedy("-p", "Hello", "-n", 5)
        self.assertEqual(r["prompt_tokens"], list(b"Hello"))
        self.assertEqual(len(r["tokens"]), 5)
        self.assertEqual(r["text"], bytes(r["tokens"]).decode(errors="replace"))
        self.assertEqual((r["device"], r["card"], r["saturations"]), ("golden", "nano", 0))
        self.assertEqual(r["end"], "count")
        for field in ("prefill_ms", "ms_per_token", "tokens_per_second"):
            self.assertGreater(r[field], 0)

    def test_text_goes_to_standard_output_and_remarks_to_standard_error(self):
        text = self.greedy("-p", "Hello", "-n", 20)["text"]
        plain = self.good("run", self.model, "--temp", 0, "--ignore-eos", "-p", "Hello", "-n", 20)
        self.assertEqual(plain.stdout.decode().removesuffix("\n"), text.removesuffix("\n"))
        self.assertIn("tokens/s", plain.stderr.decode())
        quiet = self.good("run", self.model, "--temp", 0, "--ignore-eos", "-p", "Hello", "-n", 20, "--quiet")
        self.assertEqual((quiet.stdout, quiet.stderr), (plain.stdout, b""))

    def test_a_prompt_from_everywhere(self):
        wanted = self.greedy("-p", "Hello")["tokens"]
        file = Path(self.folder.name) / "prompt.txt"
        for content in ("Hello", "Hello\n", "Hello\r\n"):
            file.write_text(content, newline="")
            self.assertEqual(self.greedy("-f", file)["tokens"], wanted)
        self.assertEqual(self.greedy("-f", "-", text="Hello\n")["tokens"], wanted)
        self.assertEqual(self.greedy(text="Hello")["tokens"], wanted)
        self.assertEqual(self.greedy("--tokens", "72,101,108,108,111")["tokens"], wanted)
        self.assertEqual(self.greedy("--tokens", "72 101 108, 108\n111,")["tokens"], wanted)

    def test_prompts_that_look_like_options(self):
        for prompt in ("-n", "--help", "-", "--", "-5"):
            self.assertEqual(self.greedy("-p", prompt, "-n", 1)["prompt_tokens"], list(prompt.encode()))
        self.assertEqual(self.greedy("--prompt=--json", "-n", 1)["prompt_tokens"], list(b"--json"))

    def test_invalid_utf8_is_read_as_replacement_characters(self):
        r = self.greedy("-n", 1, text=b"a\xff\xe2\x82z")
        self.assertEqual(r["prompt_tokens"], list("a\ufffd\ufffdz".encode()))
        self.assertEqual(self.greedy("-n", 1, "-p", b"a\xffz".decode(errors="surrogateescape"))["prompt_tokens"],
                         list("a\ufffdz".encode()))

    def test_no_prompt_on_a_terminal(self):
        host, terminal = os.openpty()
        result = subprocess.run([PROGRAM, "run", str(self.model)], stdin=terminal, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
        os.close(host)
        os.close(terminal)
        self.assertEqual(result.returncode, 2)
        self.assertIn("-p TEXT, -f FILE or --tokens", result.stderr.decode())

    def test_bad_options(self):
        m = self.model
        self.refused("run", m, "-p", "x", "-n", "-5", says="'-5' is not a whole number from 0")
        self.refused("run", m, "-p", "x", "-n", "1.5", says="'1.5'")
        self.refused("run", m, "-p", "x", "-n", "9999999999999999999999", says="999")
        self.refused("run", m, "-p", "x", "-n", says="needs a value")
        self.refused("run", m, "-p", "x", "--temp", "-1", says="'-1' is not a number from 0")
        self.refused("run", m, "-p", "x", "--temp", "nan", says="'nan'")
        self.refused("run", m, "-p", "x", "--top-p", "1.01", says="--top-p")
        self.refused("run", m, "-p", "x", "--top-k", "-1", says="--top-k")
        self.refused("run", m, "-p", "x", "--seed", "-1", says="--seed")
        self.refused("run", m, "-p", "x", "--repeat-penalty", "0", says="--repeat-penalty")
        self.refused("run", m, "-p", "x", "--tmep", "1", says="did you mean '--temp'?")
        self.refused("run", m, "-p", "x", "--device", "abacus", says="'abacus' is none of")
        self.refused("run", m, "-p", "x", "--card", "no-such-card", says="no-such-card")
        self.refused("run", m, "-p", "x", "--scheme", "w7", says="w7")
        self.refused("run", m, "-p", "x", "--activations", "16", says="8, 15 or auto")
        self.refused("run", m, "-p", "x", "--device", "fp32", "--scheme", "w8", says="--scheme w8")
        self.refused("run", m, "-p", "x", "-f", "y", says="more than one prompt")
        self.refused("run", m, "-p", "x", "--tokens", "1", says="more than one prompt")
        self.refused("run", m, "-p", "x", "y", says="'y'")
        self.refused("run", m, "-p", "", says="no tokens")
        self.refused("run", m, text="", says="no tokens")
        self.refused("run", m, "--tokens", "", says="no tokens")
        self.refused("run", m, "--tokens", "1,x", says="'x' is no token id")
        self.refused("run", m, "--tokens", "1,-2", says="'-2' is no token id")
        self.refused("run", m, "--tokens", "1,257", says="token 257")
        self.refused("run", m, "-p", "x", "--stop", "", says="--stop")
        self.refused("run", m, "-p", "x", "--system", "y", says="--chat")
        self.refused("run", m, "--tokens", "1", "--chat", says="--chat")
        self.refused("run", m, "-f", "/no/such/file", says="/no/such/file")
        self.refused("run", m, "-f", self.folder.name, says="folder")

    def test_context(self):
        self.refused("run", self.model, "-p", "x" * 20_000, "--device", "fp32",
                     says="prompt of 20000 tokens is longer than the context of 16384")
        self.refused("run", self.model, "-p", "x" * 20_000, says="prompt of 20000 tokens is longer than the context of 16304")
        self.refused("run", self.model, "-p", "12345", "--context", 4, says="prompt of 5 tokens is longer than the context of 4")
        self.refused("run", self.model, "-p", "x", "--context", 16385, says="16385")
        r = self.greedy("-p", "1234", "--context", 6)
        self.assertEqual((r["end"], len(r["tokens"])), ("context", 3))

    def test_nothing_to_generate(self):
        r = self.greedy("-p", "x", "-n", 0)
        self.assertEqual((r["tokens"], r["text"], r["ms_per_token"], r["end"]), ([], "", None, "count"))

    def test_the_reference_and_golden_write_alike(self):
        golden, fp32 = (self.greedy("-p", "Hello", "-n", 20, "--device", d) for d in ("golden", "fp32"))
        self.assertEqual(golden["tokens"][:5], fp32["tokens"][:5])
        self.assertNotIn("card", fp32)

    def test_schemes_and_activations(self):
        wanted = self.greedy("-p", "Hello", "-n", 10, "--scheme", "w8", "--activations", "15")["tokens"]
        self.assertEqual(wanted, self.greedy("-p", "Hello", "-n", 10, "--activations", "15")["tokens"])
        for scheme in ("w6", "w4g32", "w4-n8", "w4-2:4"):
            self.assertEqual(len(self.greedy("-p", "Hello", "-n", 3, "--scheme", scheme)["tokens"]), 3)

    def test_a_warm_up_changes_no_token(self):
        for options in (("-p", "Hello", "-n", 5), ("-p", "Hello", "-n", 0), ("-p", "1234", "--context", 6)):
            plain, warm = self.greedy(*options), self.greedy(*options, "--warm-up")
            for field in ("tokens", "text", "end"):
                self.assertEqual(warm[field], plain[field], options)
        self.refused("run", self.model, "-p", "", "--warm-up", says="the prompt has no tokens")

    def test_the_last_of_repeated_options_counts(self):
        self.assertEqual(len(self.greedy("-p", "x", "-n", 5, "-n", 3)["tokens"]), 3)

    def test_seeds(self):
        def sample(*options):
            return self.ask("run", self.model, "-p", "x", "-n", 30, *options)["tokens"]
        self.assertEqual(sample("--seed", 1), sample("--seed", 1))
        self.assertNotEqual(sample("--seed", 1), sample("--seed", 2))
        self.assertEqual(sample("--top-k", 1), sample("--temp", 0))

    def test_threads_change_nothing(self):
        self.assertEqual(self.greedy("-p", "x", "-n", 50, "-t", 1)["tokens"], self.greedy("-p", "x", "-n", 50, "-t", 3)["tokens"])

    def test_a_split_prompt_goes_on_as_before(self):
        whole = self.greedy("-p", "In the beginning", "-n", 40)["tokens"]
        ids = [*b"In the beginning", *whole[:25]]
        again = self.greedy("--tokens", ",".join(map(str, ids)), "-n", 15)["tokens"]
        self.assertEqual(again, whole[25:])

    def test_stops(self):
        ids = self.greedy("-p", "abc", "-n", 60)["tokens"]
        text = bytes(ids).decode(errors="replace")
        stop = next(text[i:i + 3] for i in range(5, 50) if "\ufffd" not in text[i:i + 3])
        r = self.greedy("-p", "abc", "-n", 60, "--stop", "never there", "--stop", stop)
        self.assertEqual(r["text"], text[:text.index(stop)])
        self.assertEqual(r["end"], "stop_text")
        plain = self.good("run", self.model, "--temp", 0, "--ignore-eos", "-p", "abc", "-n", 60, "--stop", stop)
        self.assertEqual(plain.stdout.decode().removesuffix("\n"), r["text"].removesuffix("\n"))

    def test_end_token(self):
        config = json.loads((self.model / "config.json").read_text())
        ids = self.greedy("-p", "abc", "-n", 20)["tokens"]
        other = Path(self.folder.name) / "ends"
        other.mkdir()
        for file in self.model.iterdir():
            (other / file.name).symlink_to(file)
        (other / "config.json").unlink()
        (other / "config.json").write_text(json.dumps({**config, "eos_token_id": ids[7]}))
        r = self.ask("run", other, "--temp", 0, "-p", "abc", "-n", 20)
        self.assertEqual((r["tokens"], r["end"]), (ids[:ids.index(ids[7])], "end_token"))
        r = self.ask("run", other, "--temp", 0, "-p", "abc", "-n", 20, "--ignore-eos")
        self.assertEqual(r["tokens"], ids)

    def test_chat(self):
        r = self.greedy("--chat", "--system", "Be kind.", "-p", "Hi", "-n", 1)
        text = b"system: Be kind.", [tiny_model.END], b"user: Hi", [tiny_model.END], b"assistant:"
        self.assertEqual(r["prompt_tokens"], [i for part in text for i in part])

    def test_chat_without_a_template(self):
        bare = Path(self.folder.name) / "bare"
        bare.mkdir()
        for file in self.model.iterdir():
            if file.name != "tokenizer_config.json":
                (bare / file.name).symlink_to(file)
        self.refused("run", bare, "--chat", "-p", "Hi", says="no chat template")

    def test_a_shape_takes_tokens_only(self):
        self.refused("run", "shape:smollm2-135m?seed=1", "-p", "x", says="--tokens")
        self.refused("run", "shape:smollm2-135m", "--tokens", "1", says="no weights")

    def test_streams_as_it_generates(self):
        with subprocess.Popen([PROGRAM, "run", str(self.model), "-p", "x", "-n", "16000", "--ignore-eos"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            first = os.read(process.stdout.fileno(), 1)
            self.assertEqual(len(first), 1)
            self.assertIsNone(process.poll())
            process.kill()

    def interrupted(self, *options):
        process = subprocess.Popen([PROGRAM, "run", str(self.model), "-p", "x", "-n", "16000", "--ignore-eos", *options],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + TIMEOUT
        while not catches_sigint(process.pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, 0, err.decode())
        return out, err

    def test_interrupt_prints_what_there_is(self):
        out, err = self.interrupted()
        self.assertGreater(len(out), 0)
        self.assertIn("interrupted", err.decode())

    def test_interrupt_still_gives_the_json(self):
        r = json.loads(self.interrupted("--json")[0])
        self.assertEqual(r["end"], "interrupted")
        self.assertLess(len(r["tokens"]), 16000)
        self.assertEqual(r["text"], bytes(i for i in r["tokens"] if i < 256).decode(errors="replace"))

    def test_a_closed_pipe_ends_it_quietly(self):
        for options in ([], ["--json"]):
            process = subprocess.Popen([PROGRAM, "run", str(self.model), "-p", "x", "-n", "3000", "--ignore-eos", *options],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stdout.close()
            err = process.stderr.read()
            self.assertEqual(process.wait(TIMEOUT), 0)
            self.assertNotIn(b"cannot write", err)
            process.stderr.close()

    def test_a_full_disk_is_an_error(self):
        for options in ([], ["--json"]):
            with open("/dev/full", "wb") as full:
                result = subprocess.run([PROGRAM, "run", str(self.model), "-p", "x", "-n", "3", *options], stdout=full,
                                        stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
            self.assertEqual(result.returncode, 2)
            self.assertIn("cannot write to standard output", result.stderr.decode())


class OtherVerbs(CliTest):
    def test_tokenize_and_back(self):
        text = "Hello, wörld 😀\n"
        ids = self.ask("tokenize", self.model, text=text)["tokens"]
        self.assertEqual(ids, list(text.encode()))
        self.assertEqual(self.ask("detokenize", self.model, text=" ".join(map(str, ids)))["text"], text)

    def test_ppl(self):
        file = Path(self.folder.name) / "text.txt"
        file.write_text("In the beginning was the word. " * 20)
        r = self.ask("ppl", self.model, "-f", file, "--context", 64)
        self.assertGreater(r["perplexity"], 1)
        self.assertGreater(r["tokens"], 500)

    def test_ppl_on_every_device(self):
        file = Path(self.folder.name) / "text.txt"
        file.write_text("In the beginning was the word. " * 20)
        golden, fp32 = (self.ask("ppl", self.model, "-f", file, "--context", 64, "--device", d) for d in ("golden", "fp32"))
        self.assertEqual(golden["tokens"], fp32["tokens"])
        self.assertAlmostEqual(golden["perplexity"] / fp32["perplexity"], 1, delta=0.02)

    def test_cards(self):
        cards = {c["name"]: c for c in self.ask("cards")["cards"]}
        self.assertLessEqual({"nano", "ulx3s", "kv260", "u280"}, set(cards))
        self.assertEqual((cards["nano"]["slices"], cards["u280"]["slices"]), (2, 32))
        self.assertIn("u280", self.good("cards").stdout.decode())

    def test_inspect(self):
        r = self.ask("inspect", self.model)
        self.assertEqual((r["layers"], r["hidden"], r["heads"], r["vocabulary"], r["context"]), (1, 32, 2, 257, 16384))

    def test_profile(self):
        r = self.ask("profile", self.model, "--prompt", 8, "--generate", 2)
        self.assertTrue(all({"name", "kind", "macs", "bytes", "ms", "share"} <= set(layer) for layer in r["layers"]))


@unittest.skipUnless((ROOT / "models/kjv/model.safetensors").exists(), "the embedded model is not trained yet")
class Embedded(CliTest):
    def test_goes_on_in_its_book(self):
        r = self.ask("run", "embedded", "-p", "And God said,", "-n", 40, "--temp", 0, "--ignore-eos")
        self.assertEqual(len(r["tokens"]), 40)
        words = re.findall(r"[a-z]+", r["text"].lower())
        self.assertGreater(len(words), 15)
        self.assertTrue({"the", "and", "of", "unto", "that", "in", "lord"} & set(words), r["text"])


if __name__ == "__main__":
    unittest.main()
