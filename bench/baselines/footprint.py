"""godwit's load time and peak memory, a fresh process each time, into a CSV of the same schema.

    .venv/bin/python -m bench.baselines.footprint [--repeats 10] [-o bench/results/footprint.csv]

A row with prompt and generate 0 is `godwit inspect`; one with 1 and 1 is `godwit run` of one token.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from .engines.godwit import PROGRAM
from .machine import OtherLoad, godwit_commit, this_machine
from .models import MODELS, ROOT, prepare, smollm2_gguf, weights_id
from .page import write_after
from .progress import Progress
from .runner import own_seconds
from .schema import Row, append_rows
from .versions import engine_version


@dataclass(frozen=True)
class Target:
    model: str
    precision: str  # of the file
    name: str  # MODEL of godwit's command line, run from the root


@dataclass(frozen=True)
class Process:
    milliseconds: float
    peak_mib: float
    said: dict  # its --json


def targets() -> list[Target]:
    found = []
    for model, precision in (("distilgpt2", "f32"), ("smollm2", "f32"), ("embedded", "f16")):
        try:
            prepare(MODELS[model])
        except FileNotFoundError as error:
            print(f"{model} is left out: {error}", file=sys.stderr)
            continue
        name = "embedded" if model == "embedded" else os.path.relpath(MODELS[model].hf, ROOT)
        found.append(Target(model, precision, name))
    found.append(Target("smollm2", "q4_1", os.path.relpath(smollm2_gguf(), ROOT)))
    return found


def timed(arguments: list[str]) -> Process:
    """Raises RuntimeError with what the program said where it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out = process.stdout.read()  # ends with the process; what it writes to standard error is short
    errors = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    milliseconds = 1e3 * (time.perf_counter() - start)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    if process.returncode != 0:
        raise RuntimeError(errors.decode().strip() or f"exit code {process.returncode}")
    return Process(milliseconds, used.ru_maxrss / 1024, json.loads(out))


def measure(target: Target, tokens: int, repeats: int, progress: Progress) -> Row:
    """`tokens`: 0 for inspect, 1 for one token after a prompt of one."""
    program = os.path.relpath(PROGRAM, ROOT)
    run = ["--tokens", "1", "-n", "1", "--temp", "0", "--ignore-eos"]
    arguments = [program, "run" if tokens else "inspect", target.name, *(run if tokens else []), "--json", "--quiet"]
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    used, load = own_seconds([]), OtherLoad()
    seen = []
    for repeat in range(repeats + 1):  # the first fills the page cache
        progress.advance(0.5, f"{target.name}: {arguments[1]}, {repeat}/{repeats}")
        seen.append(timed(arguments))
    seen = seen[1:]
    return Row(
        **asdict(this_machine()),
        date=date,
        engine="godwit",
        engine_version=engine_version("godwit"),
        godwit_commit=godwit_commit(),
        model=target.model,
        weights=weights_id(MODELS[target.model]),
        precision=target.precision,
        device="fp32",
        threads=this_machine().cores,
        prompt=tokens,
        generate=tokens,
        repeats=repeats,
        ttft_ms_median=statistics.median(p.said["prefill_ms"] for p in seen) if tokens else None,
        load_ms_median=statistics.median(p.milliseconds - (p.said["prefill_ms"] if tokens else 0.0) for p in seen),
        peak_memory_mib=statistics.median(p.peak_mib for p in seen),
        other_load=load.share(own_seconds([]) - used),
        command=" ".join(arguments),
    )


def main() -> int:
    ask = argparse.ArgumentParser(prog="python -m bench.baselines.footprint", description=__doc__.splitlines()[0])
    ask.add_argument("--repeats", type=int, default=10, help="processes timed, after one that is not (%(default)s)")
    ask.add_argument("-o", "--output", type=Path, default=Path("bench/results/footprint.csv"), help="(%(default)s)")
    given = ask.parse_args()
    try:
        engine_version("godwit")
    except LookupError as error:
        print(error, file=sys.stderr)
        return 2
    cases = [(target, tokens) for target in targets() for tokens in (0, 1)]
    progress = Progress(0.5 * (given.repeats + 1) * len(cases))
    for target, tokens in cases:
        row = measure(target, tokens, given.repeats, progress)
        append_rows(given.output, [row])
        progress.say(f"{row.command}: {row.load_ms_median:.0f} ms, {row.peak_memory_mib:.0f} MiB")
    write_after(given.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
