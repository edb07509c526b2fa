"""The random weights of `shape:NAME?seed=S`, made again (formula: src/model/load.h)."""

import numpy as np
import torch

STEP = np.uint64(0x9E3779B97F4A7C15)
UNIT = np.float32(float.fromhex("0x1.1bc77ap-28"))


def mix64(x):
    """splitmix64's finaliser on an array of uint64."""
    with np.errstate(over="ignore"):
        x = np.asarray(x, dtype=np.uint64) + STEP
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def weights(seed, index, shape, centre):
    """Tensor number `index` of the model, float32."""
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        key = mix64(mix64(np.uint64(seed)) + np.uint64(index))
        bits = mix64(key + np.arange(count, dtype=np.uint64) * STEP)
    whole = (bits >> np.uint64(40)).astype(np.int64) - (1 << 23)
    return (np.float32(centre) + whole.astype(np.float32) * UNIT).reshape(shape)


def fill(model, seed):
    """Gives every parameter of a transformers model the weights that godwit gives its shape."""
    for index, (name, parameter) in enumerate(model.named_parameters()):
        parts = name.split(".")
        norm = parts[-1] == "weight" and any(p.startswith("ln_") or "norm" in p for p in parts[-2:-1])
        values = weights(seed, index, tuple(parameter.shape), 1.0 if norm else 0.0)
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(values))
