"""PyTorch through transformers: eager, scaled-dot-product attention, a growing KV cache, no generate()."""

from collections.abc import Sequence

import numpy
import torch
import transformers
from transformers import AutoModelForCausalLM, DynamicCache

from ..models import BenchModel


class PyTorchEngine:
    def __init__(self, model: BenchModel, device: str, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        transformers.utils.logging.disable_progress_bar()
        net = AutoModelForCausalLM.from_pretrained(model.hf, dtype=torch.float32)
        self._net = net.eval().to(device)
        self._device = device
        self.reset()

    def reset(self) -> None:
        self._cache = DynamicCache(config=self._net.config)

    @torch.inference_mode()
    def feed(self, tokens: Sequence[int]) -> numpy.ndarray:
        ids = torch.tensor([list(tokens)], device=self._device)
        out = self._net(ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        return out.logits[0, -1].cpu().numpy()


def load(model: BenchModel, precision: str, device: str, threads: int) -> PyTorchEngine:
    assert precision == "fp32"
    return PyTorchEngine(model, device, threads)
