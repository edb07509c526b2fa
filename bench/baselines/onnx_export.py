"""ONNX Runtime's files: the model exported with its KV cache as inputs and outputs, and its dynamic INT8 form.

Inputs: input_ids [1][n], mask [1][1][n][past + n] (0, or a large negative number where a position must not look),
position_ids [1][n], past_k_i and past_v_i [1][kv heads][past][head dim]. Outputs: logits [1][1][vocabulary] of the last
position, present_k_i and present_v_i [1][kv heads][past + n][head dim].
"""

from dataclasses import dataclass
from pathlib import Path

from .models import BenchModel

PRECISIONS = ("fp32", "int8")
MASKED = -3.0e38


@dataclass(frozen=True)
class CacheShape:
    layers: int
    kv_heads: int
    head_dim: int

    @staticmethod
    def of(config) -> "CacheShape":  # config: transformers' PretrainedConfig, or anything with its names
        heads = config.num_attention_heads
        return CacheShape(
            config.num_hidden_layers,
            getattr(config, "num_key_value_heads", None) or heads,
            getattr(config, "head_dim", None) or config.hidden_size // heads,
        )

    def past_names(self) -> list[str]:
        return [f"past_{part}_{layer}" for layer in range(self.layers) for part in "kv"]

    def present_names(self) -> list[str]:
        return [f"present_{part}_{layer}" for layer in range(self.layers) for part in "kv"]


def make_onnx(model: BenchModel, precision: str) -> Path:
    """Makes the file if it is not there or older than the weights. Needs the Hugging Face folder (prepare())."""
    path = model.folder / f"model-{precision}.onnx"
    if path.exists() and path.stat().st_mtime >= (model.hf / "model.safetensors").stat().st_mtime:
        return path
    model.folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    if precision == "fp32":
        _export(model, part)
    else:
        _quantise(make_onnx(model, "fp32"), part)
    part.rename(path)
    return path


def _export(model: BenchModel, path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, DynamicCache

    net = AutoModelForCausalLM.from_pretrained(model.hf, dtype=torch.float32).eval()
    shape = CacheShape.of(net.config)

    class WithCache(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, input_ids, mask, position_ids, *past):
            cache = DynamicCache(config=net.config)
            for layer in range(shape.layers):
                cache.update(past[2 * layer], past[2 * layer + 1], layer)
            out = self.net(
                input_ids=input_ids,
                attention_mask=mask,
                position_ids=position_ids,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            present = [t for layer in out.past_key_values.layers for t in (layer.keys, layer.values)]
            return (out.logits, *present)

    new, old = 5, 7  # any lengths that differ: they are dynamic in the export
    past = [torch.zeros(1, shape.kv_heads, old, shape.head_dim) for _ in range(2 * shape.layers)]
    ids = torch.zeros(1, new, dtype=torch.long)
    mask = torch.triu(torch.full((1, 1, new, old + new), MASKED), old + 1)
    any_length = torch.export.Dim.AUTO
    torch.onnx.export(
        WithCache(),
        (ids, mask, torch.arange(old, old + new)[None], *past),
        path,
        dynamo=True,
        external_data=False,
        verbose=False,
        input_names=["input_ids", "mask", "position_ids", *shape.past_names()],
        output_names=["logits", *shape.present_names()],
        dynamic_shapes={
            "input_ids": {1: any_length},
            "mask": {2: any_length, 3: any_length},
            "position_ids": {1: any_length},
            "past": tuple({2: any_length} for _ in past),
        },
    )


def _quantise(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    # folds the tied head's transpose into a constant: without it the largest matrix would stay in fp32
    folded = target.with_suffix(".folded")
    quant_pre_process(str(source), str(folded), skip_symbolic_shape=True, skip_onnx_shape=True)
    quantize_dynamic(
        folded, target, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8, per_channel=True
    )
    folded.unlink()
