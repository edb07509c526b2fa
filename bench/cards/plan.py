"""Which generations are simulated: every model on every card, in three schemes, at six lengths."""

from dataclasses import astuple, dataclass, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results" / "cards.csv"

MODELS = ("distilgpt2", "gpt2-medium", "opt-1.3b", "opt-6.7b", "llama2-7b")
CARDS = ("nano", "ulx3s", "kv260", "zcu104", "u50", "u55c", "u280", "vhk158")
SCHEMES = ("w8", "w4g128", "w3.5-4:2")
LENGTHS = ((32, 32), (64, 64), (128, 128), (128, 512), (512, 512), (512, 1536))
POINTS = 2  # decode steps that are simulated; times between them are linear


@dataclass(frozen=True, order=True)
class Case:
    model: str
    card: str
    scheme: str
    prompt: int
    generate: int


@dataclass(frozen=True)
class Row:
    model: str
    card: str
    scheme: str
    prompt: int
    generate: int
    tokens_per_second: float | None = None
    ttft_ms: float | None = None
    useful_bandwidth: float | None = None
    bandwidth: float | None = None
    multipliers: float | None = None
    prefill_multipliers: float | None = None
    watts: float | None = None
    watts_low: float | None = None
    watts_high: float | None = None
    tokens_per_joule: float | None = None
    seconds: float | None = None
    refused: str = ""

    @property
    def case(self) -> Case:
        return Case(self.model, self.card, self.scheme, self.prompt, self.generate)


NUMBERS = {f.name for f in fields(Row)} - {"model", "card", "scheme", "prompt", "generate", "refused"}


def cases(models=MODELS, cards=CARDS, schemes=SCHEMES) -> list[Case]:
    return [Case(m, c, s, p, g) for m in models for c in cards for s in schemes for p, g in LENGTHS]


def as_strings(row: Row) -> list[str]:
    return ["" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value) for value in astuple(row)]


def from_strings(line: dict[str, str]) -> Row:
    values: dict = dict(line)
    for name in NUMBERS:
        values[name] = float(line[name]) if line[name] else None
    values["prompt"], values["generate"] = int(line["prompt"]), int(line["generate"])
    return Row(**values)
