"""What a baseline's engine does: takes tokens one call after another, keeps its cache, returns logits."""

import time
from collections.abc import Sequence
from typing import Protocol

import numpy

from ..energy import Meter
from ..figures import Sample


class Engine(Protocol):
    """One model, one precision, one number of threads. Made by `load(model, precision, device, threads)` of its file."""

    def reset(self) -> None:
        """Forgets the sequence."""

    def feed(self, tokens: Sequence[int]) -> numpy.ndarray:
        """Appends tokens (prefill or decode) and returns fp32 logits after the last: [vocabulary]. Returns when they
        are in main memory, and they stay valid until the next call."""


def greedy(engine: Engine, prompt: Sequence[int], count: int, meter: Meter | None) -> Sample:
    """Generates `count` tokens, timed from the prompt's ids in hand to each generated id in hand."""
    engine.reset()
    start = time.perf_counter()
    tokens = [int(engine.feed(prompt).argmax())]
    first = time.perf_counter()
    before = meter.read() if meter else 0.0
    for _ in range(count - 1):
        tokens.append(int(engine.feed(tokens[-1:]).argmax()))
    end = time.perf_counter()
    joules = meter.read() - before if meter and end - first >= meter.shortest else None
    return Sample(1e3 * (first - start), 1e3 * (end - first), tuple(tokens), joules)
