"""A checkpoint of a few thousand random weights, so that the program can be tested without downloads.

GPT-2's architecture, a byte-level tokenizer without merges (a token a byte, then <|end|>), and a chat template.
"""
import json
import random
import struct
from pathlib import Path

HIDDEN, HEADS, CONTEXT = 32, 2, 16384  # heads of 16, as the machine has them
END = 256
VOCABULARY = 257


def byte_characters():
    """GPT-2's printable stand-ins for the 256 bytes."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + i) for i, b in enumerate(others)}}


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        packed = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write(folder: Path):
    rng = random.Random(1)

    def normal(*shape, sigma=0.3):
        count = 1
        for n in shape:
            count *= n
        return list(shape), [rng.gauss(0, sigma) for _ in range(count)]

    def constant(n, value):
        return [n], [value] * n

    tensors = {"wte.weight": normal(VOCABULARY, HIDDEN), "wpe.weight": normal(CONTEXT, HIDDEN, sigma=1)}
    for name, inputs, outputs in (("attn.c_attn", HIDDEN, 3 * HIDDEN), ("attn.c_proj", HIDDEN, HIDDEN),
                                  ("mlp.c_fc", HIDDEN, 4 * HIDDEN), ("mlp.c_proj", 4 * HIDDEN, HIDDEN)):
        tensors[f"h.0.{name}.weight"] = normal(inputs, outputs)
        tensors[f"h.0.{name}.bias"] = constant(outputs, 0.0)
    for norm in ("h.0.ln_1", "h.0.ln_2", "ln_f"):
        tensors[f"{norm}.weight"] = constant(HIDDEN, 1.0)
        tensors[f"{norm}.bias"] = constant(HIDDEN, 0.0)
    folder.mkdir(parents=True)
    write_safetensors(folder / "model.safetensors", tensors)

    characters = byte_characters()
    vocabulary = {characters[b]: b for b in range(256)}
    end = {"id": END, "content": "<|end|>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
           "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    files = {
        "config.json": {
            "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_layer": 1, "n_head": HEADS, "n_embd": HIDDEN,
            "n_positions": CONTEXT, "n_ctx": CONTEXT, "vocab_size": VOCABULARY, "activation_function": "gelu_new",
            "layer_norm_epsilon": 1e-5, "bos_token_id": END, "eos_token_id": END, "tie_word_embeddings": True},
        "tokenizer.json": {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": [end], "normalizer": None,
            "pre_tokenizer": byte_level, "post_processor": None, "decoder": byte_level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                      "vocab": {**vocabulary, "<|end|>": END}, "merges": []}},
        "tokenizer_config.json": {
            "tokenizer_class": "GPT2Tokenizer", "bos_token": "<|end|>", "eos_token": "<|end|>",
            "chat_template": "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + eos_token }}{% endfor %}"
                             "{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}"},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
