"""What can be measured, as data: engine, precision, device."""

import shutil
from dataclasses import dataclass
from pathlib import Path

HALF = 0.05  # of the range of PyTorch's logits: what halves, TF32 and a cache in halves may cost


@dataclass(frozen=True)
class Variant:
    engine: str  # the column `engine`
    precision: str
    device: str
    module: str  # below bench.baselines.engines
    exact: bool = False  # fp32 weights and sums: its logits must equal PyTorch's
    limit: float | None = None  # largest logit_error, as it is timed, with which it is measured; None: any

    @property
    def on_gpu(self) -> bool:
        return self.device == "cuda"

    @property
    def name(self) -> str:
        """`engine:precision`, and `@device` where it is not the usual one."""
        return f"{self.engine}:{self.precision}" + ("" if self.device in ("cpu", "fp32") else f"@{self.device}")

    @property
    def reference(self) -> str:
        """The variant that the ratios are taken to: llama.cpp f32 on the same processor."""
        return "llama.cpp:f32@cuda" if self.on_gpu else "llama.cpp:f32"


CPU = (
    Variant("llama.cpp", "f32", "cpu", "llamacpp", True),
    Variant("godwit", "fp32", "fp32", "godwit", True),
    Variant("onnxruntime", "fp32", "cpu", "onnxruntime", True),
    Variant("pytorch", "fp32", "cpu", "pytorch", True),
    Variant("llama.cpp", "q8_0", "cpu", "llamacpp"),
    Variant("godwit", "w8", "golden", "godwit"),
    Variant("onnxruntime", "int8", "cpu", "onnxruntime"),
    Variant("llama.cpp", "q4_0", "cpu", "llamacpp"),
)

# Measured where there is an NVIDIA GPU and the engine's own build can use it. llama.cpp and ONNX Runtime let TF32 round
# their products; PyTorch does not.
CUDA = (
    Variant("llama.cpp", "f32", "cuda", "llamacpp", limit=HALF),
    Variant("llama.cpp", "f16", "cuda", "llamacpp", limit=HALF),
    Variant("onnxruntime", "fp32", "cuda", "onnxruntime", limit=HALF),
    Variant("pytorch", "fp32", "cuda", "pytorch", True),
    Variant("pytorch", "fp16", "cuda", "pytorch", limit=HALF),
    Variant("llama.cpp", "q8_0", "cuda", "llamacpp"),
    Variant("llama.cpp", "q4_0", "cuda", "llamacpp"),
)

VARIANTS = {variant.name: variant for variant in CPU + CUDA}


def gpu_present() -> bool:
    """Whether there is an NVIDIA driver; whether an engine can use it, its own load() says."""
    return Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None


def select(names: str) -> list[Variant]:
    """`names`: "all" (with those on a GPU, if there is one), "cuda" (those on a GPU), or a comma-separated list of variants'
    or engines' names. Raises ValueError."""
    if names == "all":
        return [*CPU, *(CUDA if gpu_present() else ())]
    if names == "cuda":
        return list(CUDA)
    chosen: list[Variant] = []
    for name in names.split(","):
        found = [v for v in VARIANTS.values() if name == v.name or (name == v.engine and v in CPU)]
        if not found:
            raise ValueError(f"unknown engine {name!r}; known: all, cuda, {', '.join(VARIANTS)}")
        chosen += [v for v in found if v not in chosen]
    return chosen
