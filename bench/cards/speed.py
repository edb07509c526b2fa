"""How fast the cycle model is: python -m bench.cards.speed [--repeats N] [--steps N] makes bench/results/simulation_speed.csv anew.

A step's time is what a run of many decode steps takes more than one of two, in seconds of one thread's processor time, over
the steps that it has more; loading and compiling are in both and fall out. What else the machine does still slows it: the best of
the repeats is the least disturbed.
"""

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from .aims import AT_128, GODWIT
from .plan import ROOT

RESULTS = ROOT / "bench" / "results" / "simulation_speed.csv"
HEAD = ("model", "card", "scheme", "memory", "steps", "repeats", "cycles_a_step", "best_ms", "median_ms")
CASES = (
    ("llama2-7b", "u280", "w4g128", "hbm"),
    ("distilgpt2", "u280", "w8", "hbm"),
    ("distilgpt2", "u280", "w8", "hbm+ddr"),  # each slice by itself
    ("distilgpt2", "kv260", "w8", "ddr"),
)
FEW = 2


def timed(case: tuple[str, ...], points: int) -> tuple[float, int]:
    """Seconds of processor time and simulated cycles of a prompt of one token and `points` decode steps."""
    model, card, scheme, memory = case
    arguments = [w for w in AT_128.split() if w != str(FEW)] + [str(points)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([GODWIT, "simulate", f"shape:{model}", "--card", card, "--scheme", scheme, "--memory", memory, "--activations", "15",
                           *arguments, "--threads", "1", "--json", "--quiet"], capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        sys.exit(f"{case}: {done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, json.loads(done.stdout)["simulated_cycles"]


def measured(case: tuple[str, ...], steps: int, repeats: int) -> tuple:
    times = []
    cycles = 0
    for _ in range(repeats):
        few_seconds, few_cycles = timed(case, FEW)
        seconds, all_cycles = timed(case, FEW + steps)
        times.append(1000 * (seconds - few_seconds) / steps)
        cycles = round((all_cycles - few_cycles) / steps)
    return (*case, steps, repeats, cycles, f"{min(times):.1f}", f"{statistics.median(times):.1f}")


def read_rows(file: Path = RESULTS) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def table(rows: list[dict[str, str]]) -> str:
    """The table for the page."""
    lines = []
    for r in rows:
        best, median, cycles = float(r["best_ms"]), float(r["median_ms"]), int(r["cycles_a_step"])
        rate = f"{cycles / best / 1000:.3g} ({cycles / median / 1000:.3g})"
        lines.append(f"| {r['model']} {r['scheme']} | {r['card']}, {r['memory']} | {cycles:,} | {best:.3g} ({median:.3g}) | {rate} |")
    head = "| decode step of | on | cycles | ms, best (median) | million cycles a second |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *lines])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cards.speed", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=16, help="that the longer run has more")
    chosen = parser.parse_args()
    rows = [measured(case, chosen.steps, chosen.repeats) for case in CASES]
    with RESULTS.open("w", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([HEAD, *rows])
    print(table(read_rows()))


if __name__ == "__main__":
    main()
