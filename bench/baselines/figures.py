"""From the repeats of interleaved rounds to a row's figures."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One repeat of one engine."""

    ttft_ms: float
    decode_ms: float  # from the first generated token to the last
    tokens: tuple[int, ...]  # the generated ones
    energy_j: float | None = None  # of the decoding

    @property
    def ms_per_token(self) -> float:
        """Raises ValueError where only one token was generated: there is no decoding then."""
        if len(self.tokens) < 2:
            raise ValueError("ms a token needs two generated tokens or more")
        return self.decode_ms / (len(self.tokens) - 1)


@dataclass(frozen=True)
class Summary:
    mean: float
    std: float | None  # of the sample; None for one value
    median: float


def summarise(values: list[float]) -> Summary:
    std = statistics.stdev(values) if len(values) > 1 else None
    return Summary(statistics.fmean(values), std, statistics.median(values))


def median_ratio(values: list[float], reference: list[float]) -> float:
    """Median of the ratios round by round: noise that lasts longer than a round cancels."""
    return statistics.median(v / r for v, r in zip(values, reference, strict=True))


def figures(samples: list[Sample], reference: list[Sample] | None) -> dict[str, float | None]:
    """The measured columns of schema.Row. `reference` are the same rounds of llama.cpp f32, if it took part."""
    ttft = [s.ttft_ms for s in samples]
    token = [s.ms_per_token for s in samples]
    a, b = summarise(ttft), summarise(token)
    energies = [s.energy_j / (len(s.tokens) - 1) for s in samples if s.energy_j is not None]
    return {
        "ttft_ms_mean": a.mean,
        "ttft_ms_std": a.std,
        "ttft_ms_median": a.median,
        "ms_per_token_mean": b.mean,
        "ms_per_token_std": b.std,
        "ms_per_token_median": b.median,
        "tokens_per_second_median": statistics.median(1000 / t for t in token),
        "ttft_ratio_median": median_ratio(ttft, [s.ttft_ms for s in reference]) if reference else None,
        "ms_per_token_ratio_median": median_ratio(token, [s.ms_per_token for s in reference]) if reference else None,
        "energy_j_per_token": statistics.fmean(energies) if len(energies) == len(samples) else None,
    }
