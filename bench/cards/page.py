"""docs/cards.md, made from bench/results/cards.csv and published.csv: python -m bench.cards.page [--check]"""

import csv
import sys
import tomllib
from pathlib import Path

from . import aims, speed
from .__main__ import read_rows
from .plan import CARDS, LENGTHS, MODELS, POINTS, ROOT, SCHEMES, Case, Row, cases

PAGE = ROOT / "docs" / "cards.md"
SWEEP = ROOT / "bench" / "results" / "u280_sweep.csv"
SWEEP_COMMAND = f"""godwit simulate shape:llama2-7b --card u280 --scheme w4g128 --activations 15 {aims.AT_128} \\
    --sweep frequency_mhz=180,200,225,250,275,300 -o bench/results/u280_sweep.csv"""
PUBLISHED = Path(__file__).with_name("published.csv")


def tables_taken() -> float:
    """Of the look-up tables of U280's part, those that synthesis counted, in percent."""
    counted = tomllib.loads((ROOT / "configs/synthesis/u280.toml").read_text())
    part = tomllib.loads((ROOT / f"configs/parts/{counted['part']}.toml").read_text())
    return 100 * counted["total"]["lut"] / part["lut"]


HEAD = f"""# What the cards would do

<!-- Made by python -m bench.cards.page; `python -m bench.cards` simulates what is missing of bench/results/cards.csv. -->

Nobody here has these cards. Every figure marked **s** is simulated: the compiled program of the model's shape, run on the cycle model
in front of simulated DRAM ([memory](memory.md)), with two-digit activations (A15), batch 1, one card. Figures marked **q** are
quoted from others, measured unless it says otherwise. Clocks of the cards are assumed (`godwit cards`),
and that what fits by count can be placed and routed, which was not shown of a machine as full as u280's, {tables_taken():.1f} % of its tables [as they are counted](qor.md). Power is a product of simulated counts and estimated
costs (`configs/energy`) plus the board's idle power, with its range. Decode times are exact at {POINTS} positions of each answer and linear between them.

How fast the simulation is, [below](#how-fast-this-is).

Cells are decode tokens/s, and in brackets the milliseconds to the first token. `-`: refused, with the reason below; an empty cell: not
simulated yet.

The aims are discussed [elsewhere](why/aims.md): what holds back those that are not reached, and what was tried.
After a change of the machine or the cycle model `python -m bench.cards --again` takes every row anew.
"""


SPEED = """Measured by `python -m bench.cards.speed`: processor time of one thread, on a machine that does other work, of which the best is the least
disturbed. Streams are skipped ahead a row of the memory at a time, and where channels have nothing in common one slice is simulated for all:
the first leaves every count, cycle and span as it is (`cyclesim_test --gtest_filter='*Skipping*'`: nine programs, cards and memories), the second
stands for the slowest slice (`OneSlice.*`: within 1.5 %, DistilGPT2 at w4g128 1.1 %, [LLaMA2-7B 0.06 %](fidelity.md)). The aim is 50 ms for LLaMA2-7B. What is left of such a
step (perf): a quarter is the slice's unpacker, word by word, near a half the memory's bursts, an eighth the writes of keys and values one by one, the rest packets and events.
Tried: clocks counted without walking and no divisions (7 %), link-time optimisation (nothing), queues in one piece, only channels that do something, banks looked
at once and a sorted list of the few events (together a quarter), then beats that only take codes in one loop and a burst at the memory's pace as one answer (together
another fifth to a quarter, before and after in one run). Bursts cannot be announced further ahead, because a read of an instruction goes before them."""


def number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cell(row: Row | None) -> str:
    if row is None:
        return ""
    return "-" if row.refused else f"{number(row.tokens_per_second)} s ({number(row.ttft_ms)})"


def table(heads: list[str], lines: list[list[str]]) -> str:
    marks = ["---"] * len(heads)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, marks, *lines))


def quoted() -> list[dict[str, str]]:
    with PUBLISHED.open(newline="") as lines:
        return list(csv.DictReader(lines))


def quoted_lines(model: str) -> list[list[str]]:
    lines = []
    for row in quoted():
        if row["model"] != model:
            continue
        cells = [""] * len(LENGTHS)
        shown = f"{row['tokens_per_second']} q" + (f" ({row['ttft_ms']})" if row["ttft_ms"] else "")
        length = (int(row["prompt"] or 0), int(row["generate"] or 0))
        at = LENGTHS.index(length) if length in LENGTHS else None
        if at is not None:
            cells[at] = shown
        place = "" if at is not None else shown + (f" at {row['prompt']}:{row['generate']}" if row["prompt"] else "")
        lines.append([f"{row['system']}, {row['card']}", row["precision"], *cells, place])
    return lines


def model_table(rows: dict[Case, Row], model: str) -> str:
    lines = []
    for card in CARDS:
        for scheme in SCHEMES:
            cells = [rows.get(Case(model, card, scheme, p, g)) for p, g in LENGTHS]
            if any(c is not None and not c.refused for c in cells):
                lines.append([card, scheme, *map(cell, cells), ""])
    heads = ["card", "weights", *(f"{p}:{g}" for p, g in LENGTHS), "other lengths"]
    return table(heads, lines + quoted_lines(model))


def detail_table(rows: dict[Case, Row]) -> str:
    """Of the longest answer to 128 tokens that every model has."""
    lines = []
    for case, row in sorted(rows.items(), key=lambda r: (MODELS.index(r[0].model), CARDS.index(r[0].card), r[0].scheme)):
        if row.refused or (case.prompt, case.generate) != (128, 512):
            continue
        power = "" if row.watts is None else f"{row.watts:.1f} ({row.watts_low:.0f} to {row.watts_high:.0f})"
        joule = "" if row.tokens_per_joule is None else number(row.tokens_per_joule)
        lines.append([case.model, case.card, case.scheme, f"{100 * row.useful_bandwidth:.1f}", f"{100 * row.multipliers:.1f}",
                      f"{100 * row.prefill_multipliers:.1f}", power, joule])  # fmt: skip
    heads = ["model", "card", "weights", "memory, useful, %", "multipliers, %", "in prefill, %", "W", "tokens/J"]
    return table(heads, lines)


def sweep_section() -> str:
    """What the clock is worth: the table that SWEEP_COMMAND wrote."""
    with SWEEP.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    cells = [[r["frequency_mhz"], f"{float(r['tokens_per_second']):.1f} s",
              f"{100 * float(r['useful_bandwidth_utilisation']):.1f}", f"{100 * float(r['mpe_utilisation']):.1f}"]
             for r in sorted(rows, key=lambda r: float(r["frequency_mhz"]))]  # fmt: skip
    heads = ["MHz", "tokens/s", "memory, useful, %", "multipliers, %"]
    return f"LLaMA2-7B at w4g128, decode at contexts of 2 to 255:\n\n```\n{SWEEP_COMMAND}\n```\n\n{table(heads, cells)}\n"


def aims_section() -> str:
    """What was aimed at beside what was reached."""
    lines = []
    for r in aims.read_rows():
        value, aim = float(r["value"]), float(r["aim"])
        between = f" ({r['low']} to {r['high']})" if r["low"] else ""
        lines.append([r["what"], r["figure"].replace("_", " "), f"{value:.4g} s{between}", f"{aim:g}", f"{100 * value / aim:.0f} %"])
    heads = ["what", "figure", "simulated", "aim", "share reached"]
    text = "`python -m bench.cards.aims` simulates these; the commands stand in bench/results/card_aims.csv. The range of tokens/J is that of our own"
    return f"{text}\nestimate of the watts.\n\n{table(heads, lines)}\n"


def refusals(rows: dict[Case, Row]) -> str:
    """Each reason once, with the models and cards that it is for."""
    found: dict[tuple[str, str], set[str]] = {}
    for case, row in sorted(rows.items()):
        if row.refused:
            found.setdefault((case.model, case.card), set()).add(f"{case.scheme} at {case.prompt}:{case.generate}: {row.refused}")
    lines = []
    for (model, card), reasons in found.items():
        first = sorted(reasons)[0]
        more = f" (and {len(reasons) - 1} like it)" if len(reasons) > 1 else ""
        lines.append(f"- {model} on {card}: {first}{more}")
    return "\n".join(lines)


def sources() -> str:
    seen = {f"{row['system']}, {row['card']}": row["source"] for row in quoted()}
    return "\n".join(f"- {name}: {source}" for name, source in seen.items())


def cells_so_far(rows: dict[Case, Row]) -> str:
    planned = cases()
    refused = sum(1 for case in planned if case in rows and rows[case].refused)
    missing = sum(1 for case in planned if case not in rows)
    return f"Of {len(planned)} cells {len(planned) - refused - missing} are simulated, {refused} refused and {missing} missing.\n"


def page(rows: dict[Case, Row]) -> str:
    parts = [HEAD, cells_so_far(rows), f"## Aims\n\n{aims_section()}"]
    for model in MODELS:
        parts.append(f"## {model}\n\n{model_table(rows, model)}\n")
    others = [row for row in quoted() if row["model"] not in MODELS]
    lines = [[row["system"], row["model"], row["precision"], row["card"], f"{row['tokens_per_second']} q"] for row in others]
    parts.append(f"## Others, on other models\n\n{table(['system', 'model', 'precision', 'card', 'tokens/s'], lines)}\n")
    parts.append(f"## Where the time and the power go, at 128:512\n\nAll simulated.\n\n{detail_table(rows)}\n")
    parts.append(f"## A U280 with another clock\n\n{sweep_section()}")
    parts.append(f"## How fast this is\n\n{SPEED}\n\n{speed.table(speed.read_rows())}\n")
    parts.append(f"## Refused\n\n{refusals(rows)}\n")
    parts.append(f"## Sources of what is quoted\n\n{sources()}\n")
    return "\n".join(parts)


def main() -> None:
    text = page(read_rows())
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text() != text:
            sys.exit(f"{PAGE} is not what python -m bench.cards.page makes of bench/results/cards.csv")
        return
    PAGE.write_text(text)
    print(PAGE)


if __name__ == "__main__":
    main()
