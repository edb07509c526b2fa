"""Simulates what is missing of bench/results/cards.csv: python -m bench.cards [--model M] [--card C] [--scheme S] [--lengths P:G] [--jobs N] [--again]

Each line is there as soon as it is known, so that a run can be stopped and gone on with.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

from .plan import CARDS, LENGTHS, MODELS, POINTS, RESULTS, ROOT, SCHEMES, Case, Row, as_strings, cases, from_strings

GODWIT = ROOT / "build" / "release" / "bin" / "godwit"
HEAD = [f.name for f in fields(Row)]


def read_rows(file: Path = RESULTS) -> dict[Case, Row]:
    if not file.exists():
        return {}
    with file.open(newline="") as lines:
        return {row.case: row for row in map(from_strings, csv.DictReader(lines))}


def write_rows(rows: dict[Case, Row], file: Path = RESULTS) -> None:
    beside = file.with_suffix(".part")
    with beside.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEAD)
        writer.writerows(as_strings(rows[case]) for case in sorted(rows))
    beside.rename(file)


def measure(godwit: Path, case: Case) -> Row:
    key = dict(model=case.model, card=case.card, scheme=case.scheme, prompt=case.prompt, generate=case.generate)
    start = time.monotonic()
    done = subprocess.run(
        [godwit, "simulate", f"shape:{case.model}", "--card", case.card, "--scheme", case.scheme, "--prompt", str(case.prompt),
         "--generate", str(case.generate), "--activations", "15", "--points", str(POINTS), "--threads", "1", "--json", "--quiet"],
        capture_output=True, text=True)  # fmt: skip
    if done.returncode == 2:
        return Row(**key, refused=done.stderr.strip().splitlines()[0].removeprefix("godwit simulate: "))
    if done.returncode != 0:
        raise RuntimeError(f"{case}: exit code {done.returncode}: {done.stderr[-500:]}")
    got = json.loads(done.stdout)
    watts = got.get("energy", {}).get("watts", {})
    return Row(
        **key,
        tokens_per_second=got["tokens_per_second"],
        ttft_ms=got["ttft_ms"],
        useful_bandwidth=got["useful_bandwidth_utilisation"],
        bandwidth=got["bandwidth_utilisation"],
        multipliers=got["mpe_utilisation"],
        prefill_multipliers=got["prefill_mpe_utilisation"],
        watts=watts.get("value"),
        watts_low=watts.get("low"),
        watts_high=watts.get("high"),
        tokens_per_joule=got["tokens_per_joule"],
        seconds=time.monotonic() - start,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cards", description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--card", action="append", choices=CARDS)
    parser.add_argument("--scheme", action="append", choices=SCHEMES)
    parser.add_argument("--lengths", action="append", choices=[f"{p}:{g}" for p, g in LENGTHS])
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--again", action="store_true", help="also what is in the table already")
    parser.add_argument("--godwit", type=Path, default=GODWIT)
    chosen = parser.parse_args()
    rows = read_rows()
    wanted = cases(chosen.model or MODELS, chosen.card or CARDS, chosen.scheme or SCHEMES)
    if chosen.lengths:
        wanted = [case for case in wanted if f"{case.prompt}:{case.generate}" in chosen.lengths]
    missing = [case for case in wanted if chosen.again or case not in rows]
    start = time.monotonic()
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for done, row in enumerate(pool.map(lambda case: measure(chosen.godwit, case), missing), 1):
            rows[row.case] = row
            write_rows(rows)
            left = (time.monotonic() - start) / done * (len(missing) - done)
            if sys.stderr.isatty():
                print(f"\r{done}/{len(missing)}, {left:.0f} s left  ", end="", file=sys.stderr)
    print(f"{RESULTS}: {len(rows)} rows, {len(missing)} simulated now")


if __name__ == "__main__":
    main()
