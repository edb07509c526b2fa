"""llama.cpp's files: f32 from the Hugging Face folder (or from the GGUF it came from), the others by llama.cpp itself."""

import ctypes
import functools
import json
from pathlib import Path

from .models import BenchModel, smollm2_gguf

PRECISIONS = ("f32", "f16", "q8_0", "q4_0")

# llama.cpp's name of each GPT-2 tensor, and whether Hugging Face keeps it transposed (Conv1D: [in][out])
_GPT2_BLOCK = {
    "ln_1": ("attn_norm", False),
    "attn.c_attn": ("attn_qkv", True),
    "attn.c_proj": ("attn_output", True),
    "ln_2": ("ffn_norm", False),
    "mlp.c_fc": ("ffn_up", True),
    "mlp.c_proj": ("ffn_down", True),
}

_LLAMA_BLOCK = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_path(model: BenchModel, precision: str) -> Path:
    return model.folder / f"model-{precision}.gguf"


def make_gguf(model: BenchModel, precision: str) -> Path:
    """Makes the file if it is not there or older than the weights. Needs the Hugging Face folder (prepare())."""
    path = gguf_path(model, precision)
    if path.exists() and path.stat().st_mtime >= (model.hf / "model.safetensors").stat().st_mtime:
        return path
    model.folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    if precision != "f32":
        _quantise(make_gguf(model, "f32"), part, precision)
    elif json.loads((model.hf / "config.json").read_text())["model_type"] == "gpt2":
        _write_gpt2(model.hf, part)
    elif model.name == "smollm2":
        _quantise(smollm2_gguf(), part, "f32")
    else:
        _write_llama(model.hf, part)
    part.rename(path)
    return path


def _write_gpt2(folder: Path, path: Path) -> None:
    import gguf
    import numpy
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text())
    out = gguf.GGUFWriter(str(path), "gpt2")
    out.add_block_count(config["n_layer"])
    out.add_context_length(config["n_positions"])
    out.add_embedding_length(config["n_embd"])
    out.add_feed_forward_length(config.get("n_inner") or 4 * config["n_embd"])
    out.add_head_count(config["n_head"])
    out.add_layer_norm_eps(config["layer_norm_epsilon"])
    out.add_file_type(0)  # all f32
    _add_tokenizer(out, folder, config)
    tensors = {name.removeprefix("transformer."): t for name, t in load_file(folder / "model.safetensors").items()}

    def add(name: str, source: str, transposed: bool = False) -> None:
        values = tensors[source].float().numpy()
        out.add_tensor(name, numpy.ascontiguousarray(values.T if transposed else values))

    add("token_embd.weight", "wte.weight")  # llama.cpp takes it for the head too
    add("position_embd.weight", "wpe.weight")
    for part in ("weight", "bias"):
        add(f"output_norm.{part}", f"ln_f.{part}")
        for layer in range(config["n_layer"]):
            for source, (name, transposed) in _GPT2_BLOCK.items():
                add(f"blk.{layer}.{name}.{part}", f"h.{layer}.{source}.{part}", transposed and part == "weight")
    _write(out)


def _write_llama(folder: Path, path: Path) -> None:
    """Of a tied head and plain RoPE only: no other is measured."""
    import gguf
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text())
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    out = gguf.GGUFWriter(str(path), "llama")
    out.add_block_count(config["num_hidden_layers"])
    out.add_context_length(config["max_position_embeddings"])
    out.add_embedding_length(config["hidden_size"])
    out.add_feed_forward_length(config["intermediate_size"])
    out.add_head_count(heads["q_proj"])
    out.add_head_count_kv(heads["k_proj"])
    out.add_layer_norm_rms_eps(config["rms_norm_eps"])
    out.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    out.add_vocab_size(config["vocab_size"])
    out.add_file_type(0)  # all f32
    _add_tokenizer(out, folder, config)
    tensors = {name.removeprefix("model."): t.float().numpy() for name, t in load_file(folder / "model.safetensors").items()}
    out.add_tensor("token_embd.weight", tensors["embed_tokens.weight"])
    out.add_tensor("output_norm.weight", tensors["norm.weight"])
    for layer in range(config["num_hidden_layers"]):
        for source, name in _LLAMA_BLOCK.items():
            values = tensors[f"layers.{layer}.{source}.weight"]
            if count := heads.get(source.removeprefix("self_attn.")):  # RoPE's pairs (i, i + d/2) become neighbours
                values = values.reshape(count, 2, -1, values.shape[1]).swapaxes(1, 2).reshape(values.shape)
            out.add_tensor(f"blk.{layer}.{name}.weight", values)
    _write(out)


def _write(out) -> None:  # out: gguf.GGUFWriter
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def _add_tokenizer(out, folder: Path, config: dict) -> None:  # out: gguf.GGUFWriter
    import gguf

    described = json.loads((folder / "tokenizer.json").read_text())
    ids = dict(described["model"]["vocab"])
    special = {t["content"] for t in described["added_tokens"] if t["special"]}
    ids |= {t["content"]: t["id"] for t in described["added_tokens"]}
    tokens = [f"[unused {i}]" for i in range(config["vocab_size"])]
    for token, i in ids.items():
        tokens[i] = token
    merges = [m if isinstance(m, str) else " ".join(m) for m in described["model"]["merges"]]
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("gpt-2")
    out.add_token_list(tokens)
    out.add_token_types([gguf.TokenType.CONTROL if t in special else gguf.TokenType.NORMAL for t in tokens])
    out.add_token_merges(merges)
    end = config.get("eos_token_id")
    if isinstance(end, int) and end < config["vocab_size"]:
        out.add_eos_token_id(end)
        out.add_bos_token_id(end)


@functools.cache
def silence_llama_cpp() -> object:
    """What it returns must outlive llama.cpp, which keeps calling it: the cache sees to that."""
    import llama_cpp

    silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    return silent


def _quantise(source: Path, target: Path, precision: str) -> None:
    import llama_cpp

    types = {
        "f32": llama_cpp.LLAMA_FTYPE_ALL_F32,
        "f16": llama_cpp.LLAMA_FTYPE_MOSTLY_F16,
        "q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
        "q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0,
    }
    silence_llama_cpp()
    options = llama_cpp.llama_model_quantize_default_params()
    options.ftype = types[precision]
    options.allow_requantize = True
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(options)) != 0:
        raise RuntimeError(f"llama.cpp could not make {precision} of {source.name}")
