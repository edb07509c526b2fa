"""Checkpoints to go on from: a Hugging Face folder as train.py writes it, or a compressed one with its pattern.

What `godwit compress` left out stays out: every weight whose code is zero is zero after each step (FixedPattern).
docs/compression.md says how the codes lie in the file.
"""
import json
import pathlib

import numpy as np
import torch
from safetensors import safe_open


def decoded(file, name: str, form: dict) -> tuple[np.ndarray, np.ndarray]:
    """The matrix [outputs, inputs] and which of its codes are not zero."""
    packed, inputs, bits = file.get_tensor(f"{name}.codes"), form["inputs"], form["bits"]
    flags = np.unpackbits(packed, axis=1, bitorder="little")[:, : inputs * bits]
    raw = flags.reshape(-1, inputs, bits).astype(np.int64) @ (1 << np.arange(bits))
    codes = raw - ((raw >> (bits - 1)) << bits)
    weight = codes.astype(np.float64)
    if form["group"]:
        def spread(part: str) -> np.ndarray:
            return np.repeat(file.get_tensor(f"{name}.{part}"), form["group"], axis=1)[:, :inputs] / 8
        weight *= spread("steps")
        weight += spread("offsets") if f"{name}.offsets" in file.keys() else 0
    return weight * file.get_tensor(f"{name}.scales")[:, None], codes != 0


def read_checkpoint(folder: pathlib.Path) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """A GPT-2's tensors by transformers' names, and of those with a pattern where it keeps a weight."""
    tensors, kept = {}, {}
    with safe_open(folder / "model.safetensors", "numpy") as file:
        coded = json.loads((file.metadata() or {}).get("godwit", "{}")).get("matrices", {})
        parts = {f"{name}.{part}" for name in coded for part in ("codes", "scales", "steps", "offsets")}
        found = {name: (file.get_tensor(name), None) for name in file.keys() if name not in parts}
        for name, form in coded.items():
            weight, mask = decoded(file, name, form)
            found[name] = (weight, mask if "pattern" in form else None)
    for name, (value, mask) in found.items():
        full = name if name.startswith(("transformer.", "lm_head.")) else f"transformer.{name}"
        turned = name in coded and not name.startswith("lm_head.")  # transformers has GPT-2's as [inputs, outputs]
        tensors[full] = torch.from_numpy(np.ascontiguousarray(value.T if turned else value)).float()
        if mask is not None:
            kept[full] = torch.from_numpy(np.ascontiguousarray(mask.T if turned else mask))
    return tensors, kept


class FixedPattern:
    """Keeps what was left out at zero; does nothing where nothing was."""

    def __init__(self, model: torch.nn.Module, kept: dict[str, torch.Tensor]):
        named = dict(model.named_parameters())
        self.weights = [named[name] for name in kept]
        self.masks = [mask.to(model.device, torch.float32) for mask in kept.values()]
        self.hold()

    @torch.no_grad()
    def hold_gradients(self) -> None:
        """Between backward() and clipping, so that what is left out counts for nothing."""
        if self.weights:
            torch._foreach_mul_([w.grad for w in self.weights], self.masks)

    @torch.no_grad()
    def hold(self) -> None:
        """After every step."""
        if self.weights:
            torch._foreach_mul_(self.weights, self.masks)
