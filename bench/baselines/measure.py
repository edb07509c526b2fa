"""One cell: every engine in turn, round after round, so that noise meets all of them alike."""

import datetime
import sys
import time
from dataclasses import asdict
from pathlib import Path

from .engines.registry import Variant
from .figures import Sample, figures
from .machine import OtherLoad, godwit_commit, gpu_name, this_machine
from .models import MODELS, ROOT, weights_id
from .plan import WARM_UP, Cell, repeat_seconds
from .progress import Progress
from .runner import EngineFailed, Runner, own_seconds
from .schema import Row, append_rows
from .verify import prompt_tokens
from .versions import engine_version

PAUSE_SECONDS = 0.02  # between two engines: idle threads of the last one stop spinning


def command(cell: Cell, variant: Variant, repeats: int) -> str:
    engines = variant.name if variant.name == variant.reference else f"{variant.reference},{variant.name}"
    python = ".venv/bin/python" if Path(sys.prefix) == ROOT / ".venv" else "python3"
    return (
        f"{python} -m bench.baselines --models {cell.model} --engines {engines} --lengths "
        f"{cell.prompt}/{cell.generate} --threads {cell.threads} --repeats {repeats} --again"
        + (" -o bench/results/gpu.csv" if variant.on_gpu else "")
    )


def row_without_figures(cell: Cell, variant: Variant) -> Row:
    """Enough for Row.key()."""
    machine = this_machine()
    return Row(
        **asdict(machine),
        engine=variant.engine,
        engine_version=engine_version(variant.engine),
        godwit_commit=godwit_commit(),
        model=cell.model,
        weights=weights_id(MODELS[cell.model]),
        precision=variant.precision,
        device=variant.device,
        card=gpu_name() if variant.on_gpu else "",
        threads=cell.threads,
        prompt=cell.prompt,
        generate=cell.generate,
    )


def measure(
    cell: Cell, runners: dict[str, Runner], errors: dict[str, float | None], repeats: int, progress: Progress, output: Path
) -> list[Row]:
    """Appends the cell's rows to `output` and returns them. An engine that fails is said, closed and taken out."""
    prompt = prompt_tokens(MODELS[cell.model], cell.prompt)
    samples: dict[str, list[Sample]] = {v.name: [] for v in cell.variants if v.name in runners}
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    used, load = own_seconds(list(runners.values())), OtherLoad()
    for round_number in range(repeats + 1):  # the first warms up
        count = cell.generate if round_number else min(cell.generate, WARM_UP)
        for variant in cell.variants:
            what = f"{cell.title()}: {variant.name}, " + (f"repeat {round_number}/{repeats}" if round_number else "warm-up")
            progress.advance(0, what)
            if variant.name in samples:
                time.sleep(PAUSE_SECONDS)
                try:
                    sample = runners[variant.name].generate(prompt, count)
                    if round_number:
                        samples[variant.name].append(sample)
                except EngineFailed as failure:
                    progress.say(f"{variant.name} is left out of {cell.title()}: {failure}")
                    del samples[variant.name]
                    runners.pop(variant.name).close()
            progress.advance(repeat_seconds(variant, cell, count), what)
    other_load = load.share(own_seconds(list(runners.values())) - used)
    rows = []
    for variant in cell.variants:
        if variant.name in samples:
            row = row_without_figures(cell, variant)
            measured = figures(samples[variant.name], samples.get(variant.reference))
            fields = asdict(row) | measured | {
                "date": date,
                "repeats": repeats,
                "logit_error": errors.get(variant.name),
                "other_load": other_load,
                "command": command(cell, variant, repeats),
            }  # fmt: skip
            rows.append(Row(**fields))
    append_rows(output, rows)
    return rows
