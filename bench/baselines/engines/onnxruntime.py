"""ONNX Runtime on the model exported with its KV cache: outputs of one call are inputs of the next, never copied out."""

import json
from collections.abc import Sequence
from types import SimpleNamespace

import numpy
import onnxruntime

from ..models import BenchModel
from ..onnx_export import MASKED, CacheShape, make_onnx


class OnnxRuntimeEngine:
    def __init__(self, model: BenchModel, precision: str, device: str, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.force_spinning_stop", "1")  # quiet while others are measured
        provider = "CUDAExecutionProvider" if device == "cuda" else "CPUExecutionProvider"
        self._session = onnxruntime.InferenceSession(make_onnx(model, precision), options, providers=[provider])
        if provider not in self._session.get_providers():  # it would fall back on the CPU without an error
            raise RuntimeError(f"this build of ONNX Runtime has no {provider}")
        self._device = device
        config = json.loads((model.hf / "config.json").read_text())
        self._shape = CacheShape.of(_with_common_names(config))
        self._past_names = self._shape.past_names()
        self.reset()

    def reset(self) -> None:
        empty = numpy.zeros((1, self._shape.kv_heads, 0, self._shape.head_dim), numpy.float32)
        self._past = [onnxruntime.OrtValue.ortvalue_from_numpy(empty, self._device) for _ in self._past_names]
        self._length = 0

    def feed(self, tokens: Sequence[int]) -> numpy.ndarray:
        new, old = len(tokens), self._length
        mask = numpy.triu(numpy.full((1, 1, new, old + new), MASKED, numpy.float32), old + 1)
        binding = self._session.io_binding()
        binding.bind_cpu_input("input_ids", numpy.array([list(tokens)], numpy.int64))
        binding.bind_cpu_input("position_ids", numpy.arange(old, old + new, dtype=numpy.int64)[None])
        binding.bind_cpu_input("mask", mask)
        for name, value in zip(self._past_names, self._past, strict=True):
            binding.bind_ortvalue_input(name, value)
        binding.bind_output("logits", "cpu")
        for name in self._shape.present_names():
            binding.bind_output(name, self._device)
        self._session.run_with_iobinding(binding)
        logits, *self._past = binding.get_outputs()
        self._length += new
        return logits.numpy()[0, -1]


def _with_common_names(config: dict) -> SimpleNamespace:
    """config.json with GPT-2's names of its sizes replaced by everyone else's."""
    common = {"n_layer": "num_hidden_layers", "n_head": "num_attention_heads", "n_embd": "hidden_size"}
    return SimpleNamespace(**{common.get(name, name): value for name, value in config.items()})


def load(model: BenchModel, precision: str, device: str, threads: int) -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(model, precision, device, threads)
