"""What the cards are meant to reach, one simulation each: python -m bench.cards.aims [WORD...] makes bench/results/card_aims.csv anew.

Only the aims whose name has all the words, where some are given. Every row is simulated and has the command that it came from.
"""

import csv
import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .plan import ROOT

GODWIT = ROOT / "build" / "release" / "bin" / "godwit"
RESULTS = ROOT / "bench" / "results" / "card_aims.csv"
HEAD = ("what", "figure", "value", "low", "high", "aim", "arguments")
PUBLISHED_WATTS = 45  # FlightLLM's design on a U280 (published.csv)
# Contexts of 2 to 255, whose middle is 128, both ends simulated: times are linear in the context.
AT_128 = "--prompt 1 --generate 254 --points 2"
AT_512 = "--prompt 1 --generate 1022 --points 2"


@dataclass(frozen=True)
class Aim:
    what: str
    figure: str  # a field of simulate --json, or tokens_per_joule_at_published_watts
    aim: float
    arguments: str


def llama(rest: str, card: str = "u280") -> str:
    return f"shape:llama2-7b --card {card} --activations 15 {rest}"


AIMS = (
    Aim("LLaMA2-7B w4g128, u280, HBM alone, context 128", "tokens_per_second", 119, llama(f"--scheme w4g128 {AT_128}")),
    Aim("LLaMA2-7B w4g128, u280, HBM alone, context 128", "useful_bandwidth_utilisation", 0.9, llama(f"--scheme w4g128 {AT_128}")),
    Aim("LLaMA2-7B w4g128, u280, at the published 45 W", "tokens_per_joule_at_published_watts", 2.6, llama(f"--scheme w4g128 {AT_128}")),
    Aim("LLaMA2-7B w4g128, u280, DDR beside HBM, context 128", "tokens_per_second", 126, llama(f"--scheme w4g128 --memory hbm+ddr {AT_128}")),
    Aim("LLaMA2-7B w3.5-4:2, u280, context 128", "tokens_per_second", 168, llama(f"--scheme w3.5-4:2 {AT_128}")),
    Aim("LLaMA2-7B w3.5-4:2 in groups of 128, u280, context 128", "tokens_per_second", 168, llama(f"--scheme w3.5g128-4:2 {AT_128}")),
    Aim("LLaMA2-7B w3.5-4:2 in groups of 128, u280, DDR beside HBM, context 128", "tokens_per_second", 168,
        llama(f"--scheme w3.5g128-4:2 --memory hbm+ddr {AT_128}")),
    Aim("LLaMA2-7B prefill of 128, A8, dense, u280", "prefill_mpe_utilisation", 0.85,
        "shape:llama2-7b --card u280 --activations 8 --scheme w4g128 --prompt 128 --generate 1"),
    Aim("LLaMA2-7B prefill of 128, A8, 8 of 16, u280", "prefill_mpe_utilisation", 0.85,
        "shape:llama2-7b --card u280 --activations 8 --scheme w4g128-n8 --prompt 128 --generate 1"),
    Aim("LLaMA2-7B prefill of 128, auto (A15 without weights), u280", "prefill_mpe_utilisation", 0.85,
        "shape:llama2-7b --card u280 --activations auto --scheme w4g128 --prompt 128 --generate 1"),
    Aim("LLaMA2-7B w4g128, vhk158, 128:512", "tokens_per_second", 205, llama("--scheme w4g128 --prompt 128 --generate 512 --points 2", "vhk158")),
    Aim("DistilGPT2 w8, u280, context 512", "tokens_per_second", 4500, f"shape:distilgpt2 --card u280 --activations 15 --scheme w8 {AT_512}"),
    Aim("DistilGPT2 w4, u280, context 512, nothing resident (docs/why/no-residence-yet.md)", "tokens_per_second", 7500,
        f"shape:distilgpt2 --card u280 --activations 15 --scheme w4 {AT_512}"),
    Aim("GPT-2 medium w8, u280, context 128", "tokens_per_second", 1050, f"shape:gpt2-medium --card u280 --activations 15 --scheme w8 {AT_128}"),
    Aim("a LLaMA of 1.1 B (TinyLlama's shape) w4, kv260, context 128", "bandwidth_utilisation", 0.93,
        f"shape:tinyllama-1.1b --card kv260 --activations 15 --scheme w4 {AT_128}"),
)  # fmt: skip


def simulated(arguments: str) -> dict:
    done = subprocess.run([GODWIT, "simulate", *shlex.split(arguments), "--threads", "1", "--json", "--quiet"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"godwit simulate {arguments}: {done.stderr}")
    return json.loads(done.stdout)


def row(aim: Aim, got: dict) -> tuple:
    if aim.figure == "tokens_per_joule_at_published_watts":
        # The range is our own estimate's of the watts, about the published ones.
        watts = got["energy"]["watts"]
        joules = [got["tokens_per_second"] / w for w in (PUBLISHED_WATTS, watts["high"], watts["low"])]
        return (aim.what, aim.figure, *(f"{j:.3f}" for j in joules), aim.aim, aim.arguments)
    return (aim.what, aim.figure, f"{got[aim.figure]:.6g}", "", "", aim.aim, aim.arguments)


def read_rows(file: Path = RESULTS) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def main() -> None:
    words = sys.argv[1:]
    kept = {(r["what"], r["figure"]): tuple(r.values()) for r in read_rows()} if RESULTS.exists() else {}
    answers: dict[str, dict] = {}
    for aim in AIMS:
        if not all(word in aim.what for word in words):
            continue
        if aim.arguments not in answers:
            answers[aim.arguments] = simulated(aim.arguments)
        kept[aim.what, aim.figure] = row(aim, answers[aim.arguments])
        print(*kept[aim.what, aim.figure][:3], "aim", aim.aim, flush=True)
        with RESULTS.open("w", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(HEAD)
            writer.writerows(kept[a.what, a.figure] for a in AIMS if (a.what, a.figure) in kept)


if __name__ == "__main__":
    main()
