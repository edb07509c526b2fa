"""A million random programs on the verilated machine, beside golden: python -m tools.verify.million [--seed S] [--programs N] [--threads T]

They are run in pieces. Each that is over is a line of build/million.jsonl with the hash of the program that ran it, and is not run again by it: so
this can be stopped at any time and begun again. A piece with a difference ends it; the line holds what to run again.
"""
import argparse
import hashlib
import json
import os
import subprocess
import time

from tools.files import ROOT
from tools.tally import Tally

GODWIT = ROOT / "build/release/bin/godwit"
RECORD = ROOT / "build/million.jsonl"
PIECE = 10_000


def done_before(program: str, seed: int) -> dict[int, dict]:
    """The pieces that this program has run, by their first number."""
    lines = RECORD.read_text().splitlines() if RECORD.exists() else []
    pieces = [json.loads(line) for line in lines]
    return {piece["first"]: piece for piece in pieces if piece["program"] == program and piece["seed"] == seed}


def run(seed: int, first: int, count: int, threads: int) -> dict:
    words = [GODWIT, "cosim", "--seed", seed, "--first", first, "--programs", count, "--threads", threads, "--json", "--quiet"]
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"godwit cosim ended with {done.returncode}")
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    program = hashlib.sha256(GODWIT.read_bytes()).hexdigest()[:16]
    known = done_before(program, asked.seed)
    tally = Tally()
    begin = time.monotonic()
    ran = 0
    for first in range(0, asked.programs, PIECE):
        count = min(PIECE, asked.programs - first)
        piece = known.get(first)
        if piece is None or piece["programs"] < count:
            piece = run(asked.seed, first, count, asked.threads)
            piece |= {"program": program, "seed": asked.seed, "first": first}
            with RECORD.open("a") as out:
                out.write(json.dumps(piece) + "\n")
            ran += piece["programs"]
            print(f"{first + piece['programs']:,} of {asked.programs:,}; {ran / (time.monotonic() - begin):.0f} programs/s", flush=True)
        if piece["mismatches"]:
            tally.fail(f"{piece['difference']}\nagain: {piece['replay']}")
            break
        tally.ok(count)
    tally.finish()


if __name__ == "__main__":
    main()
