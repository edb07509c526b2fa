"""Trains a tiny model, compresses it to patterns, trains on under them: what was left out stays zero, what is kept moves,
and the compressor keeps that pattern.

    .venv/bin/python tests/references/check_pattern_training.py [--godwit build/release/bin/godwit]
"""

import argparse
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "models/train")]

import torch  # noqa: E402
from pattern import read_checkpoint  # noqa: E402

from tools.tally import Tally  # noqa: E402

SHAPE = ("--vocabulary", 300, "--layers", 2, "--hidden", 64, "--heads", 4, "--context", 64)
STEPS = ("--batch-tokens", 512, "--device", "cpu", "--threads", 1, "--short-epochs", 0)


def train(text: pathlib.Path, out: pathlib.Path, *options) -> list[float]:
    """The held-out losses, epoch by epoch; a resumed model's first one is that before it."""
    command = [sys.executable, ROOT / "models/train/train.py", text, "-o", out, *STEPS, *options]
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    before = [math.log(float(line.split()[-1])) for line in done.stdout.splitlines() if line.startswith("resumed")]
    rows = (out / "training.csv").read_text().splitlines()[1:]
    return before + [float(row.split(",")[3]) for row in rows]


def godwit(program: str, *words) -> dict:
    done = subprocess.run([program, *map(str, words), "--json", "--quiet"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def check_pattern(tally: Tally, program: str, folder: pathlib.Path, dense: pathlib.Path, text: pathlib.Path, scheme: str,
                  *options) -> None:
    pruned, trained, coded = (folder / f"{scheme}-{step}" for step in ("pruned", "trained", "coded"))
    learnt = ("--calibration", text, "--calibration-tokens", 4096)
    godwit(program, "compress", dense, "-o", pruned, "--scheme", scheme, *learnt)
    losses = train(text, trained, "--resume", pruned, "--epochs", 3, "--rate", 2e-3, *options)
    tally.check(min(losses[1:]) < losses[0], f"{scheme}: the held-out loss did not fall: {losses}")
    held_out = trained / "heldout.txt"
    seen = godwit(program, "ppl", pruned, "-f", held_out, "--context", 64, "--device", "fp32")["perplexity"]
    tally.check(abs(math.log(seen) - losses[0]) < 0.02, f"{scheme}: {math.log(seen)} nats by godwit, {losses[0]} here")
    before, kept = read_checkpoint(pruned)
    after, _ = read_checkpoint(trained)
    again = godwit(program, "compress", trained, "-o", coded, "--scheme", scheme, "--keep", "magnitude", *learnt)
    _, coded_kept = read_checkpoint(coded)
    tally.check(len(kept) == 9, f"{scheme}: a pattern of {len(kept)} matrices")
    for name, mask in kept.items():
        weight = after[name]
        tally.check(not weight[~mask].any(), f"{scheme}: {name}: what was left out came back")
        moved = (weight[mask] != before[name][mask]).float().mean().item()
        tally.check(moved > 0.9, f"{scheme}: {name}: only {moved:.0%} of what is kept moved")
        more = (coded_kept[name] & ~mask).sum().item() / mask.sum().item()  # places that a block had left over
        tally.check(more < 0.02, f"{scheme}: {name}: the compressor kept another pattern: {more:.1%} beside it")
        held = (coded_kept[name] & mask).sum().item() / mask.sum().item()
        tally.check(held > 0.95, f"{scheme}: {name}: the compressor kept only {held:.1%} of the pattern")
    if "-n" in scheme:
        tally.check(abs(again["density"] - 0.25) < 0.01, f"{scheme}: density {again['density']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--godwit", default=str(ROOT / "build/release/bin/godwit"))
    program = parser.parse_args().godwit
    torch.set_num_threads(1)
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghij", k=draw.randint(2, 6))) for _ in range(60)]
    lines = [" ".join(words[(3 * i + draw.randrange(4)) % 60] for i in range(draw.randrange(60), draw.randrange(61, 80)))
             for _ in range(1500)]
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        text, dense = folder / "text.txt", folder / "dense"
        text.write_text("\n".join(lines) + "\n")
        losses = train(text, dense, *SHAPE, "--epochs", 4, "--dropout", 0.05)
        tally.check(losses[-1] < losses[0], f"the loss did not fall: {losses}")
        check_pattern(tally, program, folder, dense, text, "w8-n4")
        check_pattern(tally, program, folder, dense, text, "w8-u0.25", "--teacher", dense)
        plain, none = read_checkpoint(dense)
        tally.check(not none and "lm_head.weight" not in plain, "a plain checkpoint has no pattern and a tied head")
    tally.finish()


if __name__ == "__main__":
    main()
