"""PyTorch through transformers: eager, fp32 or fp16, scaled-dot-product attention, a growing KV cache, no generate()."""

from collections.abc import Sequence

import numpy
import torch
import transformers
from transformers import AutoModelForCausalLM, DynamicCache

from ..models import BenchModel

DTYPES = {"fp32": torch.float32, "fp16": torch.float16}


class PyTorchEngine:
    def __init__(self, model: BenchModel, precision: str, device: str, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        transformers.utils.logging.disable_progress_bar()
        net = AutoModelForCausalLM.from_pretrained(model.hf, dtype=DTYPES[precision])
        self._net = net.eval().to(device)
        self._device = device
        self.reset()

    def reset(self) -> None:
        self._cache = DynamicCache(config=self._net.config)

    @torch.inference_mode()
    def feed(self, tokens: Sequence[int]) -> numpy.ndarray:
        ids = torch.tensor([list(tokens)], device=self._device)
        out = self._net(ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        return out.logits[0, -1].float().cpu().numpy()


def load(model: BenchModel, precision: str, device: str, threads: int) -> PyTorchEngine:
    return PyTorchEngine(model, precision, device, threads)
