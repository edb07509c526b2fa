"""The one CSV schema of every measurement: the dataclass below is its only statement; bench/schema.md is made from it.

    python -m bench.baselines.schema          writes bench/schema.md
    python -m bench.baselines.schema --check  exit code 1 if bench/schema.md is not what would be written
"""

import csv
import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "schema.md"


def column(unit: str, meaning: str, default: str | int | float | None):
    return dataclasses.field(default=default, metadata={"unit": unit, "meaning": meaning})


@dataclass(frozen=True)
class Row:
    """One measured (or simulated, or quoted) configuration. None becomes an empty cell: not measured, never a guess."""

    date: str = column("UTC, ISO 8601", "start of the interleaved run; rows of one run share it", "")
    cpu: str = column("text", "processor's name as the kernel reports it", "")
    cores: int = column("count", "cores that the process may use", 0)
    memory_gib: int = column("GiB", "main memory, rounded", 0)
    os: str = column("text", "operating system and kernel", "")
    engine: str = column("text", "`pytorch`, `onnxruntime`, `llama.cpp` or `godwit`", "")
    engine_version: str = column("text", "version of the engine and of what it stands on", "")
    godwit_commit: str = column("git", "last commit that touched the program's sources; `+` if they were changed since", "")
    model: str = column("text", "name of the measured model", "")
    weights: str = column("hex", "first 12 digits of the SHA-256 of the weights' file", "")
    precision: str = column("text", "the engine's own name of its weights' format, or godwit's scheme", "")
    device: str = column("text", "`cpu` or `cuda`; godwit: `fp32`, `golden`, `rtl`, `cyclesim`, `xrt`", "")
    card: str = column("text", "godwit: the card; on a GPU its name and driver; otherwise empty", "")
    threads: int = column("count", "threads that the engine was told to use", 1)
    prompt: int = column("tokens", "length of the prompt", 0)
    generate: int = column("tokens", "tokens generated, the first included, greedily", 0)
    batch: int = column("count", "sequences at a time", 1)
    repeats: int = column("count", "timed repeats after the warm-up", 0)
    ttft_ms_mean: float | None = column("ms", "from the prompt's tokens to the first generated token: mean", None)
    ttft_ms_std: float | None = column("ms", "the same: sample standard deviation", None)
    ttft_ms_median: float | None = column("ms", "the same: median", None)
    ms_per_token_mean: float | None = column("ms", "time from the first generated token to the last, a token: mean", None)
    ms_per_token_std: float | None = column("ms", "the same: sample standard deviation", None)
    ms_per_token_median: float | None = column("ms", "the same: median", None)
    tokens_per_second_median: float | None = column("1/s", "1000 / ms_per_token of each repeat: median", None)
    ttft_ratio_median: float | None = column(
        "ratio", "ttft_ms over that of llama.cpp f32 on the same processor with the same threads in the same round: median over the rounds", None
    )
    ms_per_token_ratio_median: float | None = column("ratio", "the same for ms_per_token", None)
    energy_j_per_token: float | None = column(
        "J", "energy of processor package (RAPL) or GPU (NVML) while decoding, a token: mean; empty where unreadable or too short", None
    )
    load_ms_median: float | None = column(
        "ms", "wall time of a whole process less its prefill: from the command to a model that is ready, and away", None
    )
    peak_memory_mib: float | None = column(
        "MiB", "largest resident set of the process, touched pages of the mapped weights included: median", None
    )
    logit_error: float | None = column(
        "share", "largest difference of a logit to PyTorch's over the range of PyTorch's logits; empty if not compared", None
    )
    other_load: float | None = column(
        "share", "processor time of everything else on the machine during the run (1 = all cores busy)", None
    )
    how: str = column("text", "`measured`, `simulated` or `quoted`", "measured")
    command: str = column("text", "what to type to get this row again", "")

    def key(self) -> tuple:
        """What makes two rows the same measurement: configuration, machine and versions, not time or results."""
        commit = self.godwit_commit if self.engine == "godwit" else ""
        return (self.cpu, self.cores, self.memory_gib, self.engine, self.engine_version, commit, self.model, self.weights,
                self.precision, self.device, self.card, self.threads, self.prompt, self.generate, self.batch, self.how)  # fmt: skip


COLUMNS = [f.name for f in dataclasses.fields(Row)]


def to_cell(value: str | int | float | None) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def from_cells(cells: dict[str, str]) -> Row:
    """Columns that a file does not have yet get their defaults."""
    values: dict = {}
    for f in dataclasses.fields(Row):
        if f.name in cells:
            text = cells[f.name]
            values[f.name] = text if f.type is str else int(text) if f.type is int else float(text) if text else None
    return Row(**values)


def read_rows(path: Path) -> list[Row]:
    """Rows of the file, oldest first; none if there is no file. Raises ValueError where it has columns that Row has not."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        if unknown := [name for name in reader.fieldnames or ["no columns"] if name not in COLUMNS]:
            raise ValueError(f"{path}: {', '.join(unknown)}: not in bench/schema.md; move the file away or convert it")
        return [from_cells(cells) for cells in reader]


def append_rows(path: Path, rows: list[Row]) -> None:
    """The file is written anew beside itself, so that it is never half there, and gains columns that it lacked."""
    rows = read_rows(path) + rows
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([to_cell(getattr(row, name)) for name in COLUMNS] for row in rows)
    part.rename(path)


def page() -> str:
    lines = [
        "# The columns of every measurement",
        "",
        "Made by `python -m bench.baselines.schema` from the dataclass `Row` in `bench/baselines/schema.py`; every CSV in",
        "`bench/results/` has these columns in this order. An empty cell means not measured or not readable.",
        "",
        "| column | unit | meaning |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{f.name}` | {f.metadata['unit']} | {f.metadata['meaning']} |" for f in dataclasses.fields(Row)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(0 if PAGE.exists() and PAGE.read_text() == page() else "stale: python -m bench.baselines.schema writes it")
    PAGE.write_text(page())
