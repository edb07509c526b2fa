"""One engine in a process of its own: requests and answers are JSON, one a line, on standard input and output.

    python -m bench.baselines.worker VARIANT MODEL THREADS

Requests: {"do": "generate", "prompt": [ids], "count": n} -> {"ttft_ms", "decode_ms", "tokens", "energy_j"};
{"do": "logits", "prompt": [ids], "follow": [ids], "fp32": bool, "file": path} -> {} and the logits after the prompt and after each of
`follow` in a .npy file. The first line that it prints is {}, when the model is loaded.
"""

import importlib
import json
import os
import sys
from dataclasses import asdict

import numpy

from .energy import energy_meter
from .engines.engine import Engine, greedy
from .engines.registry import VARIANTS
from .models import MODELS


def collect_logits(engine: Engine, prompt: list[int], follow: list[int], fp32: bool) -> numpy.ndarray:
    """`fp32`: with everything in fp32, where an engine's defaults are not; afterwards it is as before."""
    if fp32 and hasattr(engine, "in_fp32"):
        engine.in_fp32(True)
        rows = collect_logits(engine, prompt, follow, False)
        engine.in_fp32(False)
        return rows
    engine.reset()
    rows = [engine.feed(prompt).copy()]
    rows += [engine.feed([token]).copy() for token in follow]
    return numpy.stack(rows)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # engines may write to standard output
    variant, model, threads = VARIANTS[sys.argv[1]], MODELS[sys.argv[2]], int(sys.argv[3])
    module = importlib.import_module(f".engines.{variant.module}", __package__)
    engine: Engine = module.load(model, variant.precision, variant.device, threads)
    meter = energy_meter(variant.device)
    print("{}", file=answers)
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "generate":
            answer = asdict(greedy(engine, request["prompt"], request["count"], meter))
        else:
            numpy.save(request["file"], collect_logits(engine, request["prompt"], request["follow"], request["fp32"]))
            answer = {}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
