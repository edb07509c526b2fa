"""llama.cpp through the C interface of llama-cpp-python, with llama.cpp's own defaults (an F16 KV cache among them)."""

from collections.abc import Sequence

import llama_cpp
import numpy

from ..gguf_export import make_gguf, silence_llama_cpp
from ..models import BenchModel

CONTEXT = 1024  # positions: the longest prompt and answer that is measured


class LlamaCppEngine:
    def __init__(self, model: BenchModel, precision: str, device: str, threads: int) -> None:
        if device == "cuda" and not llama_cpp.llama_supports_gpu_offload():
            raise RuntimeError("this build of llama.cpp has no GPU support")
        silence_llama_cpp()
        llama_cpp.llama_backend_init()
        how = llama_cpp.llama_model_default_params()
        how.n_gpu_layers = 999 if device == "cuda" else 0
        path = make_gguf(model, precision)
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), how)
        if not self._model:
            raise RuntimeError(f"llama.cpp cannot load {path.name}")
        self._vocabulary, self._threads = model.vocabulary, threads
        self._batch = llama_cpp.llama_batch_init(512, 0, 1)
        self._context = None
        self.in_fp32(False)

    def in_fp32(self, yes: bool) -> None:
        """Whether keys, values and attention are fp32 as in the other engines: to compare logits, not to be timed."""
        if self._context:
            llama_cpp.llama_free(self._context)
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = CONTEXT
        options.n_batch = options.n_ubatch = 512
        options.n_threads = options.n_threads_batch = self._threads
        options.no_perf = True
        if yes:
            options.type_k = options.type_v = llama_cpp.GGML_TYPE_F32
            options.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._context = llama_cpp.llama_init_from_model(self._model, options)
        if not self._context:
            raise RuntimeError("llama.cpp cannot make a context")
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._length = 0

    def reset(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, True)
        self._length = 0

    def feed(self, tokens: Sequence[int]) -> numpy.ndarray:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i] = token
            batch.pos[i] = self._length + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = i == len(tokens) - 1
        if llama_cpp.llama_decode(self._context, batch) != 0:
            raise RuntimeError("llama.cpp could not decode")
        self._length += len(tokens)
        return numpy.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self._context, -1), (self._vocabulary,))


def load(model: BenchModel, precision: str, device: str, threads: int) -> LlamaCppEngine:
    return LlamaCppEngine(model, precision, device, threads)
