"""godwit's side of the runner and of the footprint, with a program in its place that answers what it is told."""

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from bench.baselines import footprint
from bench.baselines.engines import godwit
from bench.baselines.engines.registry import VARIANTS
from bench.baselines.models import MODELS
from bench.baselines.runner import EngineFailed, open_runner

ANSWER = {"tokens": [7, 8, 9], "prefill_ms": 40.0, "ms_per_token": 5.0}


class GodwitTest(unittest.TestCase):
    def program(self, body: str) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "godwit"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        patch = mock.patch.object(godwit, "PROGRAM", path)
        patch.start()
        self.addCleanup(patch.stop)

    def generate(self, count: int):
        return open_runner(VARIANTS["godwit:fp32"], MODELS["embedded"], 2).generate([1, 2], count)

    def test_times_are_what_it_says(self) -> None:
        self.program(f"echo '{json.dumps(ANSWER)}'")
        got = self.generate(3)
        self.assertEqual((got.ttft_ms, got.decode_ms, got.ms_per_token, got.tokens), (40.0, 10.0, 5.0, (7, 8, 9)))
        self.assertIsNone(got.energy_j)

    def test_its_command_is_greedy_and_runs_to_the_count(self) -> None:
        got = godwit.command(MODELS["embedded"], "fp32", 2, [5, 6], 32)
        self.assertEqual(got[:8], ["build/release/bin/godwit", "run", "embedded", "--tokens", "5,6", "-n", "32", "--temp"])
        for flag in ("--ignore-eos", "--warm-up", "--json"):
            self.assertIn(flag, got)
        self.assertEqual(got[got.index("--threads") + 1], "2")

    def test_too_few_tokens_and_errors_are_failures_with_its_words(self) -> None:
        self.program(f"echo '{json.dumps(ANSWER)}'")
        with self.assertRaisesRegex(EngineFailed, "3 tokens instead of 4"):
            self.generate(4)
        self.program("echo no such model >&2; exit 2")
        with self.assertRaisesRegex(EngineFailed, "no such model"):
            self.generate(3)

    def test_a_process_is_timed_and_its_memory_read(self) -> None:
        got = footprint.timed(["sh", "-c", "sleep 0.05; echo '{\"prefill_ms\": 3}'"])
        self.assertGreaterEqual(got.milliseconds, 50.0)
        self.assertGreater(got.peak_mib, 0.5)
        self.assertEqual(got.said, {"prefill_ms": 3})
        with self.assertRaisesRegex(RuntimeError, "broken"):
            footprint.timed(["sh", "-c", "echo broken >&2; exit 2"])


if __name__ == "__main__":
    unittest.main()
