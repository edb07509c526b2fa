"""What to measure, in which order, and about how long it takes."""

from dataclasses import dataclass

from .engines.registry import Variant

LONG = 512  # tokens of prompt and answer together from which a cell waits until all shorter ones are done
WARM_UP = 32  # most tokens that a warm-up generates, after the whole prompt


@dataclass(frozen=True)
class Cell:
    """Measured together, in interleaved rounds."""

    model: str
    threads: int
    prompt: int
    generate: int
    variants: tuple[Variant, ...]

    def title(self) -> str:
        return f"{self.model} {self.prompt}/{self.generate}, {self.threads} thread{'s' if self.threads > 1 else ''}"


# ms a token of decoding and of prefill per million parameters, one thread of a 2.6 GHz Zen 4 core: only for the first
# guess, what was measured since corrects it
_COST = {
    "llama.cpp:f32": (0.27, 0.024),
    "godwit:fp32": (0.27, 0.024),
    "onnxruntime:fp32": (0.35, 0.02),
    "pytorch:fp32": (0.5, 0.03),
    "llama.cpp:q8_0": (0.09, 0.016),
    "godwit:w8@golden": (0.06, 0.06),
    "onnxruntime:int8": (0.11, 0.008),
    "llama.cpp:q4_0": (0.06, 0.012),
    "pytorch:fp32@cuda": (0.12, 0.001),  # one launch after another: its layers cost more than its parameters
    "pytorch:fp16@cuda": (0.12, 0.001),
}
_PARAMETERS = {"distilgpt2": 82.0, "embedded": 6.0, "smollm2": 135.0, "smollm2-shape": 135.0}  # millions


def repeat_seconds(variant: Variant, cell: Cell, generate: int) -> float:
    decode, prefill = _COST.get(variant.name, (0.02, 0.001))
    tokens_ms = decode * generate + prefill * cell.prompt
    computing = tokens_ms * 1e-3 * _PARAMETERS.get(cell.model, 100.0) / min(cell.threads, 2) ** 0.85
    return computing + (0.5 if variant.engine == "godwit" else 0.05)  # a process; a request


def cell_seconds(cell: Cell, repeats: int) -> float:
    warm_up = sum(repeat_seconds(v, cell, min(cell.generate, WARM_UP)) for v in cell.variants)
    return warm_up + repeats * sum(repeat_seconds(v, cell, cell.generate) for v in cell.variants)


def cells(
    models: list[str], variants: list[Variant], lengths: list[tuple[int, int]], threads: list[int]
) -> list[Cell]:
    """The short lengths of every model first, the most threads first; then the long ones, quick ones first, so that as many
    as possible are done when the time is up. A GPU's variants come with the most threads alone: fewer change nothing."""
    planned = []
    for model in models:
        for count in sorted(threads, reverse=True):
            some = tuple(v for v in variants if not v.on_gpu or count == max(threads))
            planned += [Cell(model, count, prompt, generate, some) for prompt, generate in sorted(lengths) if some]
    short = [c for c in planned if c.prompt + c.generate < LONG]
    long = [c for c in planned if c.prompt + c.generate >= LONG]
    return short + sorted(long, key=lambda c: cell_seconds(c, 1))
