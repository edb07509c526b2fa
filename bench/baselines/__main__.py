"""Measures the baselines: .venv/bin/python -m bench.baselines --help (docs/baselines.md)."""

import argparse
import dataclasses
import os
import sys
from itertools import groupby
from pathlib import Path

from .engines.registry import VARIANTS, Variant, select
from .group import LOAD_SECONDS, Group, missing
from .measure import measure
from .models import MODELS, USUAL, prepare
from .page import write_after
from .plan import LONG, Cell, cell_seconds, cells
from .progress import Progress, clock
from .schema import read_rows
from .versions import engine_version


def arguments() -> argparse.Namespace:
    cores = len(os.sched_getaffinity(0))
    ask = argparse.ArgumentParser(prog="python -m bench.baselines", description="Measure the baselines and godwit alike.")
    ask.add_argument("--models", default=",".join(USUAL), help=f"of: {', '.join(MODELS)} (%(default)s)")
    ask.add_argument("--engines", default="all", help=f"all, cuda, or some of: {', '.join(VARIANTS)}")
    ask.add_argument("--lengths", default="32/32,128/128,512/512", help="prompt/generate (default: %(default)s)")
    ask.add_argument("--threads", default=f"1,{cores}" if cores > 1 else "1", help="default: %(default)s")
    ask.add_argument("--repeats", type=int, default=10, help="timed repeats after the warm-up (default: %(default)s)")
    ask.add_argument("-o", "--output", type=Path, default=Path("bench/results/cpu.csv"), help="CSV (%(default)s)")
    ask.add_argument("--again", action="store_true", help="also what the CSV has for this machine and these versions")
    ask.add_argument("--minutes", type=float, help="start nothing that would not be done by then; a next run goes on")
    ask.add_argument("--quick", action="store_true", help="32/32, all cores, 3 repeats, to bench/results/local/quick.csv")
    ask.add_argument("--plan", action="store_true", help="only print what would be measured, and how long it takes")
    given = ask.parse_args()
    if given.quick:
        given.lengths, given.threads, given.repeats = "32/32", str(cores), 3
        given.output = Path("bench/results/local/quick.csv")
    if given.repeats < 1:
        ask.error("--repeats: at least 1")
    try:
        given.variants = select(given.engines)
        given.lengths = [tuple(int(n) for n in pair.split("/")) for pair in given.lengths.split(",")]
        given.threads = [int(n) for n in given.threads.split(",")]
    except ValueError as error:
        ask.error(str(error))
    if any(len(pair) != 2 or pair[0] < 1 or pair[1] < 2 or sum(pair) > 1024 for pair in given.lengths):
        ask.error("--lengths: PROMPT/GENERATE with at least 1/2 and at most 1024 tokens together")
    try:
        given.there = set() if given.again else {row.key() for row in read_rows(given.output)}
    except ValueError as error:
        ask.error(str(error))
    given.models = given.models.split(",")
    if unknown := [m for m in given.models if m not in MODELS]:
        ask.error(f"--models: unknown {', '.join(unknown)}")
    return given


def installed(variants: list[Variant]) -> list[Variant]:
    """Without those whose engine is not there, which are said."""
    kept = []
    for variant in variants:
        try:
            engine_version(variant.engine)
            kept.append(variant)
        except LookupError as error:
            print(f"{variant.name} is left out: {error}", file=sys.stderr)
    return kept


def todo(plan: list[Cell], there: set[tuple]) -> list[Cell]:
    """The plan without what the CSV has already."""
    open_cells = [dataclasses.replace(cell, variants=missing(cell, there)) for cell in plan]
    return [cell for cell in open_cells if cell.variants]


def run(given: argparse.Namespace, plan: list[Cell]) -> tuple[int, int]:
    """Returns the new rows' number, and how many cells the time did not suffice for."""
    groups = [(key, list(some)) for key, some in groupby(plan, key=lambda c: (c.model, c.threads))]
    progress = Progress(planned_seconds(plan, given.repeats))
    rows = left = 0
    for (model, threads), some in groups:
        group = Group(model, threads, progress)
        try:
            for cell in some:
                seconds = cell_seconds(cell, given.repeats)
                if given.minutes and progress.elapsed() + seconds * progress.scale() > 60 * given.minutes:
                    progress.say(f"{cell.title()}: left for a next run")
                    progress.forget(seconds)
                    left += 1
                    continue
                group.load(cell.variants)
                new = measure(cell, group.runners, group.errors, given.repeats, progress, given.output)
                rows += len(new)
                figures = ", ".join(f"{r.engine} {r.precision} {r.ms_per_token_median:.2f}" for r in new)
                progress.say(f"{cell.title()}: ms a token: {figures}")
        finally:
            group.close()
    return rows, left


def planned_seconds(plan: list[Cell], repeats: int) -> float:
    loaded = {(c.model, c.threads, v.name, c.prompt + c.generate >= LONG) for c in plan for v in c.variants}
    return LOAD_SECONDS * len(loaded) + sum(cell_seconds(c, repeats) for c in plan)


def main() -> int:
    given = arguments()
    models = []
    for name in given.models:
        try:
            prepare(MODELS[name])
            models.append(name)
        except FileNotFoundError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    plan = todo(cells(models, installed(given.variants), given.lengths, given.threads), given.there)
    for cell in plan:
        seconds = cell_seconds(cell, given.repeats)
        print(f"{cell.title()}: {len(cell.variants)} engines, about {clock(seconds)}", file=sys.stderr)
    total = planned_seconds(plan, given.repeats)
    print(f"to measure: {len(plan)} cells, about {clock(total)} (the first exports of a model come on top)", file=sys.stderr)
    if given.plan:
        return 0
    rows, left = run(given, plan)
    print(f"{rows} rows appended to {given.output}", file=sys.stderr)
    write_after(given.output)
    if left:
        print(f"{left} cells remain: the same command goes on with them", file=sys.stderr)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\ninterrupted: the cells that were done are kept, the same command goes on with the rest")
