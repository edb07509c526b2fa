"""godwit itself, through its command line: one process a repeat, which warms up before its own times of `--json`."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..figures import Sample
from ..models import ROOT, BenchModel

PROGRAM = ROOT / "build" / "release" / "bin" / "godwit"


def name_of(model: BenchModel) -> str:
    return "embedded" if model.name == "embedded" else str(model.hf.relative_to(ROOT))


def artefact(model: BenchModel) -> Path:
    """The model compiled for the golden machine: eight bits a weight, two digits an activation, room for the longest cell."""
    file = model.folder / "w8.godwit"
    if not file.exists() or file.stat().st_mtime < PROGRAM.stat().st_mtime:
        done = subprocess.run([PROGRAM, "compile", name_of(model), "-o", file, "--card", "nano", "--scheme", "w8",
                               "--activations", "15", "--context", "1024", "--quiet"],
                              cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip() or f"godwit compile: exit code {done.returncode}")
    return file


def command(model: BenchModel, device: str, threads: int, prompt: Sequence[int], count: int) -> list[str]:
    """Run from the root of the repository."""
    ids = ",".join(str(token) for token in prompt)
    name = str(artefact(model).relative_to(ROOT)) if device == "golden" else name_of(model)
    return [os.path.relpath(PROGRAM, ROOT), "run", name, "--tokens", ids, "-n", str(count), "--temp", "0",
            "--ignore-eos", "--warm-up", "--device", device, "--threads", str(threads), "--json", "--quiet"]  # fmt: skip


def version() -> str:
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def generate(model: BenchModel, device: str, threads: int, prompt: Sequence[int], count: int) -> Sample:
    done = subprocess.run(
        command(model, device, threads, prompt, count), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"godwit: exit code {done.returncode}")
    said = json.loads(done.stdout)
    tokens = tuple(said["tokens"])
    if len(tokens) != count:
        raise RuntimeError(f"godwit generated {len(tokens)} tokens instead of {count}")
    return Sample(said["prefill_ms"], (said["ms_per_token"] or 0.0) * (count - 1), tokens)
