"""docs/kpi.md: each measure with its target, the value, how it was obtained and the share reached, beside a CPU and a GPU."""
import csv
import dataclasses
import tomllib

from tools.files import ROOT

PAGE = "docs/kpi.md"
RESULTS = ROOT / "bench/results"
LENGTHS = ("128", "128")

HEAD = """# The measures, reached and not

Made by `python3 -m tools.checks.generated --write` from `bench/results` and `configs/targets.toml`. Tokens of prompt and answer: {lengths}, batch 1. godwit's
figures are *simulated* (the compiled program on the cycle model of the card, behind simulated DRAM; no card has run it), those of CPU and GPU
*measured*, medians of at least ten repeats. Energy of the card is *estimated* from simulated counts and the board's idle power, that of the GPU *measured* by NVML. No power
counter can be read on the CPU's machine: its energy is *estimated* from the part's documented power,
{power}

Targets are those of [scope and measures](scope_and_kpi.md#targets); where there is none, the target is the fastest engine that was measured on the
CPU. The share reached is target / value for times and energies, value / target for rates: 100 % and more is reached. CPU and GPU stand here with the
engine that takes the least time a token there, whatever the precision of its weights. On the GPU that is PyTorch in eager mode as long as no other was measured: one
sequence at a time leaves most of such a GPU idle, and its energy a token says so.

"""

AFTER = """
## Made by

| figures | command |
| --- | --- |
| godwit, simulated | `godwit bench --device cyclesim --card u280 --lengths {p}/{g} --model MODEL --scheme w8` |
| CPU | `.venv/bin/python -m bench.baselines` ([all of them](baselines.md)) |
| GPU | `python3 -m bench.baselines --engines cuda` ([all of them](baselines.md)) |
| everything, and this page | `.venv/bin/python -m bench` |
"""


@dataclasses.dataclass(frozen=True)
class Subject:
    name: str
    model: str  # in godwit.csv
    others: str  # in cpu.csv
    gpu: str  # in gpu.csv
    card: str
    scheme: str
    target: str = ""  # in targets.toml


SUBJECTS = (
    Subject("DistilGPT2 shape, U280, w8", "shape:distilgpt2", "distilgpt2", "distilgpt2", "u280", "w8", "distilgpt2_u280"),
    Subject("DistilGPT2 shape, U280, w4", "shape:distilgpt2", "distilgpt2", "distilgpt2", "u280", "w4"),
    Subject("DistilGPT2 shape, KV260, w8", "shape:distilgpt2", "distilgpt2", "distilgpt2", "kv260", "w8"),
    Subject("GPT-2 medium shape, U280, w8", "shape:gpt2-medium", "", "", "u280", "w8", "gpt2_medium_u280"),
    Subject("SmolLM2-135M shape, U280, w8", "shape:smollm2-135m", "smollm2", "smollm2-shape", "u280", "w8"),
    Subject("Embedded model, U280, w8", "embedded", "embedded", "embedded", "u280", "w8"),
    Subject("LLaMA2-7B shape, U280, w4g128", "shape:llama2-7b", "", "", "u280", "w4g128", "llama2_u280"),
)


def rows(name: str) -> list[dict]:
    path = RESULTS / name
    return list(csv.DictReader(path.open(newline=""))) if path.exists() else []


def number(row: dict | None, column: str) -> float | None:
    return float(row[column]) if row and row[column] else None


def own(subject: Subject) -> dict | None:
    """The last row of the simulated card."""
    found = [r for r in rows("godwit.csv") if r["how"] == "simulated" and (r["prompt"], r["generate"]) == LENGTHS
             and (r["model"], r["card"]) == (subject.model, subject.card) and r["precision"].startswith(subject.scheme)]
    return found[-1] if found else None


def fastest(table: str, model: str) -> dict | None:
    """Of the engines but godwit on that table's machine, each by its last row with the most threads, the one that decodes fastest."""
    kept: dict[tuple, dict] = {}
    for row in rows(table):
        if row["model"] == model and (row["prompt"], row["generate"]) == LENGTHS and row["engine"] != "godwit":
            kept[row["engine"], row["precision"], row["threads"]] = row
    return min(kept.values(), key=lambda r: float(r["ms_per_token_median"]), default=None)


def processor(row: dict) -> dict:
    table = tomllib.loads((ROOT / "configs/energy/processors.toml").read_text())
    if row["cpu"] not in table:
        raise SystemExit(f"configs/energy/processors.toml: nothing about '{row['cpu']}', which measured bench/results/cpu.csv")
    return table[row["cpu"]]


def cpu_joules(row: dict | None) -> tuple[float, float, float] | None:
    """Middle, least and most of the energy a token, from the threads' cores alone."""
    if row is None:
        return None
    part = processor(row)
    seconds = float(row["ms_per_token_median"]) / 1e3 * int(row["threads"])
    return tuple(seconds * part[key] for key in ("watts_per_core", "low", "high"))


def shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if value < 999.5 else f"{value:,.0f}"


def times(ours: float | None, theirs: float | None, less_is_better: bool) -> str:
    if ours is None or theirs is None:
        return ""
    return f" ({shown(theirs / ours if less_is_better else ours / theirs)}×)"


def line(measure: str, value: float | None, how: str, target: float | None, whose: str, cpu: str, gpu: str, less: bool) -> str:
    share = "" if value is None or target is None else f"{100 * (target / value if less else value / target):.0f} %"
    aim = "" if target is None else f"{shown(target)} ({whose})"
    return f"| {measure} | {shown(value)} | {how} | {aim} | {share} | {cpu} | {gpu} |\n"


def section(subject: Subject, targets: dict) -> str:
    ours, cpu, gpu = own(subject), fastest("cpu.csv", subject.others), fastest("gpu.csv", subject.gpu)
    stated = targets.get(subject.target, {})
    ms, joules = number(ours, "ms_per_token_median"), number(ours, "energy_j_per_token")
    cpu_ms, gpu_ms, estimate = number(cpu, "ms_per_token_median"), number(gpu, "ms_per_token_median"), cpu_joules(cpu)
    rate = stated.get("tokens_per_second") or (1000 / cpu_ms if cpu_ms else None)
    whose = "scope" if stated else "the CPU"
    per_joule = stated.get("tokens_per_joule")
    aim = 1 / per_joule if per_joule else estimate[0] if estimate else None
    cpu_energy = f"{shown(estimate[0])}, {shown(estimate[1])} to {shown(estimate[2])}, estimated{times(joules, estimate[0], True)}" if estimate else ""
    gpu_joules = number(gpu, "energy_j_per_token")
    engines = [f"{place}: {row['engine']} {row['precision']}, {row['card'] or row['cpu']}" + (f", {row['threads']} threads" if place == "CPU" else "")
               for place, row in (("CPU", cpu), ("GPU", gpu)) if row]

    def beside(value: float | None, us: float | None, less: bool) -> str:
        return "" if value is None else f"{shown(value)}{times(us, value, less)}"

    def inverse(value: float | None) -> float | None:
        return None if value is None else 1000 / value

    return (f"## {subject.name}\n\n" + ("; ".join(engines) + ".\n\n" if engines else "")
            + "| measure | godwit | obtained | target | reached | CPU (godwit is) | GPU (godwit is) |\n| --- | ---: | --- | ---: | ---: | ---: | ---: |\n"
            + line("time to first token, ms", number(ours, "ttft_ms_median"), "simulated", number(cpu, "ttft_ms_median"), "the CPU",
                   beside(number(cpu, "ttft_ms_median"), number(ours, "ttft_ms_median"), True),
                   beside(number(gpu, "ttft_ms_median"), number(ours, "ttft_ms_median"), True), True)
            + line("latency a token, ms", ms, "simulated", inverse(rate), whose, beside(cpu_ms, ms, True), beside(gpu_ms, ms, True), True)
            + line("tokens/s", inverse(ms), "simulated", rate, whose, beside(inverse(cpu_ms), inverse(ms), False),
                   beside(inverse(gpu_ms), inverse(ms), False), False)
            + line("energy a token, J", joules, "estimated", aim, "scope" if per_joule else "the CPU", cpu_energy,
                   f"{shown(gpu_joules)}, measured{times(joules, gpu_joules, True)}" if gpu_joules else "", True) + "\n")


def generate() -> dict[str, str]:
    targets = tomllib.loads((ROOT / "configs/targets.toml").read_text())
    cpu = rows("cpu.csv")[-1]
    part = processor(cpu)
    power = (f"{part['watts_per_core']} W a core ({part['low']} to {part['high']}), memory left out: {part['what']}; {part['source']}.")
    text = HEAD.format(lengths="/".join(LENGTHS), power=power) + "".join(section(s, targets) for s in SUBJECTS)
    return {PAGE: text.rstrip("\n") + "\n" + AFTER.format(p=LENGTHS[0], g=LENGTHS[1])}
