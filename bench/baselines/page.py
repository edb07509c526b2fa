"""docs/baselines.md, made from the CSVs of bench/results: python -m bench.baselines.page [--check]"""

import sys
from collections.abc import Callable
from pathlib import Path

from .engines.registry import VARIANTS
from .models import MODELS, ROOT
from .page_text import ABOUT, HEAD, HOW
from .schema import Row, read_rows

PAGE = ROOT / "docs" / "baselines.md"
RESULTS = ROOT / "bench" / "results"
SHOWN = ("cpu.csv", "gpu.csv", "footprint.csv")
BUSY = 0.05  # other_load above which figures are marked

Cell = Callable[[Row], str]


def latest(rows: list[Row]) -> list[Row]:
    """Of rows with the same configuration on the same machine, whatever the versions, the one that came last; in the order of registry.py."""
    kept: dict[tuple, Row] = {}
    for row in rows:
        key = (row.cpu, row.cores, row.engine, row.model, row.precision, row.device, row.card, row.threads,
               row.prompt, row.generate, row.batch, row.how)  # fmt: skip
        kept[key] = row
    order = [(v.engine, v.precision, v.device) for v in VARIANTS.values()]
    place = {engine: i for i, engine in enumerate(order)}
    return sorted(kept.values(), key=lambda r: place.get((r.engine, r.precision, r.device), len(order)))


def number(value: float | None) -> str:
    """Three digits, or what there is before the point; empty for nothing."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"


def with_spread(median: float | None, std: float | None, ratio: float | None) -> str:
    text = number(median)
    if std is not None:
        text += f" ± {number(std)}"
    return text + (f" ({ratio:.2f}×)" if ratio is not None else "")


def table(heads: list[str], lines: list[list[str]]) -> str:
    left = ["---"] + ["---:"] * (len(heads) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, left, *lines))


def label(row: Row) -> str:
    return f"{row.engine} {row.precision}" + (" on the GPU" if row.device == "cuda" else "")


def by_engine(rows: list[Row], cell: Cell) -> str:
    """A line an engine, a column a pair of lengths and number of threads; engines in the order of their first row."""
    columns = sorted({(r.prompt, r.generate, r.threads) for r in rows})
    found = {(label(r), r.prompt, r.generate, r.threads): cell(r) for r in rows}
    on_gpu = all(r.device == "cuda" for r in rows)
    heads = ["engine"] + [f"{p}/{g}" + ("" if on_gpu else f", {t} thr.") for p, g, t in columns]
    lines = [[e] + [found.get((e, *column), "") for column in columns] for e in dict.fromkeys(label(r) for r in rows)]
    return table(heads, lines)


def model_part(name: str, rows: list[Row], heading: str = "##") -> str:
    model = MODELS[name]
    ratio = " (ratio to llama.cpp f32, less is faster)" if any(r.ms_per_token_ratio_median is not None for r in rows) else ""
    parts = [
        f"{heading} {model.title}\n\nWeights: {model.describe}; `{rows[-1].weights}`.",
        f"Milliseconds a token: median ± standard deviation{ratio}.",
        by_engine(rows, lambda r: with_spread(r.ms_per_token_median, r.ms_per_token_std, r.ms_per_token_ratio_median)),
        "Tokens a second while decoding, median.",
        by_engine(rows, lambda r: number(r.tokens_per_second_median)),
        "Time to the first token, milliseconds: median ± standard deviation" + (" (ratio)." if ratio else "."),
        by_engine(rows, lambda r: with_spread(r.ttft_ms_median, r.ttft_ms_std, r.ttft_ratio_median)),
    ]
    if any(r.energy_j_per_token is not None for r in rows):
        parts += ["Joules a token while decoding, mean.", by_engine(rows, lambda r: number(r.energy_j_per_token))]
    return "\n\n".join(parts)


def circumstances(rows: list[Row]) -> str:
    """Machine, versions, days, noise, repeats, energy: what the figures below depend on."""
    lines = []
    for cpu, cores, memory, system, card in dict.fromkeys((r.cpu, r.cores, r.memory_gib, r.os, r.card) for r in rows):
        lines.append(f"- Machine: {f'{card}, in ' if card else ''}{cpu}, {cores} cores, {memory} GiB; {system}.")
    versions = dict.fromkeys(r.engine_version + (f" ({r.godwit_commit})" if r.engine == "godwit" else "") for r in rows)
    lines.append(f"- Versions: {'; '.join(versions)}.")
    days = sorted({r.date[:10] for r in rows})
    span = days[0] + (f" to {days[-1]}" if len(days) > 1 else "")
    lines.append(f"- Measured {span}, {min(r.repeats for r in rows)} repeats or more.")
    noise = [r for r in rows if (r.other_load or 0.0) > BUSY]
    most = max((r.other_load or 0.0) for r in rows)
    lines.append(
        f"- Everything else on the machine took at most {most:.0%} of its processor time"
        + (f"; in {len(noise)} of {len(rows)} rows more than {BUSY:.0%}, their spread shows it." if noise else ".")
    )
    if all(r.energy_j_per_token is None for r in rows):
        lines.append("- Energy: no counter is readable on this machine, so that column is empty.")
    return "\n".join(lines)


def same_model(rows: list[Row]) -> str:
    """How far each engine's logits are from PyTorch's."""
    rows = [r for r in rows if r.logit_error is not None]
    models = [m for m in MODELS if any(r.model == m for r in rows)]
    found = {(label(r), r.model): f"{r.logit_error:.1e}" for r in rows}
    lines = [[e] + [found.get((e, m), "") for m in models] for e in dict.fromkeys(label(r) for r in rows)]
    return table(["engine"] + [MODELS[m].title for m in models], lines)


def gpu_part(rows: list[Row]) -> str:
    parts = ["## On a GPU\n\n" + ABOUT["gpu"], circumstances(rows)]
    parts += [model_part(name, some, "###") for name in MODELS if (some := [r for r in rows if r.model == name])]
    return "\n\n".join([*parts, "### Distance of the logits from PyTorch's in fp32 on the CPU", same_model(rows)])


def footprint_part(rows: list[Row]) -> str:
    lines = []
    for row in rows:
        lines.append([f"`godwit {'run -n 1' if row.generate else 'inspect'}`, {MODELS[row.model].title}, {row.precision}",
                      number(row.load_ms_median), number(row.peak_memory_mib)])  # fmt: skip
    return table(["command, model, weights' file", "load, ms", "peak memory, MiB"], lines)


def render(rows: list[Row], gpu: list[Row], footprint: list[Row]) -> str:
    """`rows`: of the CPU. Any of the three may be empty."""
    parts = [HEAD]
    if rows:
        parts.append(circumstances(rows))
        parts += [model_part(name, some) for name in MODELS if (some := [r for r in rows if r.model == name])]
        parts.append("## The same model\n\n" + ABOUT["same model"] + "\n\n" + same_model(rows))
    else:
        parts.append("No measurement of the CPU is recorded yet.")
    if gpu:
        parts.append(gpu_part(gpu))
    if footprint:
        parts.append("## Load time and memory of godwit\n\n" + ABOUT["footprint"] + "\n\n" + footprint_part(footprint))
    return "\n\n".join([*parts, HOW]) + "\n"


def text() -> str:
    return render(*(latest(read_rows(RESULTS / name)) for name in SHOWN))


def write_after(output: Path) -> None:
    """Makes the page again if `output` is one of the files that it shows."""
    if output.resolve() in [RESULTS / name for name in SHOWN]:
        write()


def write() -> None:
    part = PAGE.with_suffix(".part")
    part.write_text(text())
    part.rename(PAGE)


def main() -> int:
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.exists() and PAGE.read_text() == text() else 1
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
