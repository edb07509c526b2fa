"""Every benchmark and every generated page, as data: what measures, where its rows lie, about how long it takes on two cores."""
import dataclasses
import sys

PYTHON = sys.executable


def module(name: str, *arguments: str) -> tuple[str, ...]:
    return (PYTHON, "-m", name, *arguments)


@dataclasses.dataclass(frozen=True)
class Step:
    name: str
    gives: str  # for `python -m bench --plan`
    commands: tuple[tuple[str, ...], ...]
    minutes: float
    quiet: bool = False  # times are measured: the machine should do nothing else


# What the table of measures (docs/kpi.md) shows of godwit.
SHAPES = ("embedded", "shape:distilgpt2", "shape:smollm2-135m", "shape:gpt2-medium")
CARDS = ("u280", "kv260")


def repeated(flag: str, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for value in values for word in (flag, value))


GODWIT = "build/release/bin/godwit"
SIMULATED = (GODWIT, "bench", "--device", "cyclesim", "--lengths", "128/128")

STEPS = (
    Step("baselines", "other engines and godwit on this processor: bench/results/cpu.csv", (module("bench.baselines"),), 60, True),
    Step("footprint", "load time and memory: bench/results/footprint.csv", (module("bench.baselines.footprint"),), 5, True),
    Step("tokenizer", "MB/s beside the tokenizers package: bench/tokenizer/results.csv", ((PYTHON, "bench/tokenizer/bench_tokenizer.py"),), 5, True),
    Step("godwit", "golden, the reference and the verilated machine, ten times each: bench/results/godwit.csv",
         ((GODWIT, "bench"), (GODWIT, "bench", "--device", "rtl", "--lengths", "8/8")), 5, True),
    Step("simulated", "the models of docs/kpi.md on simulated cards: bench/results/godwit.csv",
         ((*SIMULATED, *repeated("--model", SHAPES), *repeated("--card", CARDS), "--scheme", "w8", "--scheme", "w4"),
          (*SIMULATED, "--model", "shape:llama2-7b", "--card", "u280", "--scheme", "w4g128")), 3),
    Step("cards", "models on simulated cards, and what they are meant to reach: bench/results/cards.csv, card_aims.csv",
         (module("bench.cards"), module("bench.cards.aims")), 60),
    Step("simulator", "the cycle model's own speed: bench/results/simulation_speed.csv", (module("bench.cards.speed"),), 2, True),
    Step("engine", "the matrix engine without its prefetch and its tiles: docs/data/engine.csv", (module("bench.engine"),), 1),
    Step("compression", "perplexity and bytes of compressed models: docs/data/compression.csv",
         (module("bench.compression", "--tokens", "4096"),), 120),
    Step("quality", "perplexity of A8, A15 and auto: docs/data/quality.csv", (module("tools.generate.quality", "embedded"),), 15),
    Step("profile", "the reference's time by layer: docs/data/profile.csv", (module("tools.generate.profile_times"),), 2, True),
)

# What makes the pages of what was measured; all of them at the end of every run.
PAGES = (module("bench.baselines.page"), module("bench.cards.page"), module("tools.checks.generated", "--write"))
