"""The functions that the machine interpolates: the nodes of their tables, integers made from Python's math here and nowhere else.

A table has a value where each interval begins and the slope, what the function gains over the interval. The end of one interval
is the beginning of the next, so what is interpolated is continuous. The first and the last node are the function's own values; those between
are moved against the curvature by 1/16 of the second difference, which halves the worst error of the chords.
"""
import math

from .contract import Entry, Table


def gelu_tanh(x: float) -> float:
    return -x / (1 + math.exp(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gelu_erf(x: float) -> float:
    return -x / 2 * math.erfc(x / math.sqrt(2))


def silu(x: float) -> float:
    return -x / (1 + math.exp(x))


# Of the activations what they differ from max(x, 0) by, x >= 0, in a form without cancellation.
FUNCTIONS = {"exp2": lambda x: 2.0**x, "gelu_tanh": gelu_tanh, "gelu_erf": gelu_erf, "silu": silu}

# A node this near to the middle between two integers might be rounded differently by another libm.
NEAR = 1e-6


def read(file: Entry) -> tuple[Table, ...]:
    out = []
    for name, entry in file.entries("table"):
        intervals, end, fraction_bits = (entry.take(key, int) for key in ("intervals", "end", "fraction_bits"))
        text = entry.text()
        entry.done()
        if name not in FUNCTIONS:
            entry.fail(f"no function of that name; expected one of {', '.join(FUNCTIONS)}")
        if any(number < 1 or number & (number - 1) for number in (intervals, end)) or not end <= intervals <= 4096:
            entry.fail(f"{intervals} intervals up to {end}; expected powers of two, at most 4096 intervals, none wider than 1")
        if not 1 <= fraction_bits <= 28:
            entry.fail(f"fraction_bits = {fraction_bits}; expected 1 to 28")
        out.append(Table(name, (intervals // end).bit_length() - 1, fraction_bits, *nodes(entry, name, intervals, end, fraction_bits), text))
    return tuple(out)


def nodes(entry: Entry, name: str, intervals: int, end: int, fraction_bits: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Values and slopes."""
    exact = [FUNCTIONS[name](i * end / intervals) for i in range(intervals + 1)]
    at = exact[:1] + [b - (a - 2 * b + c) / 16 for a, b, c in zip(exact, exact[1:], exact[2:])] + exact[-1:]
    scaled = [math.ldexp(value, fraction_bits) for value in at]
    for i, value in enumerate(scaled):
        if abs(value - math.floor(value) - 0.5) < NEAR:
            entry.fail(f"node {i} lies in the middle between two integers; expected other fraction_bits or intervals")
    rounded = [round(value) for value in scaled]
    return tuple(rounded[:-1]), tuple(b - a for a, b in zip(rounded, rounded[1:]))
