"""Small random models of every family, with the options that large checkpoints rarely combine."""

import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
)


def llama(rope, **more):
    config = {
        "vocab_size": 97,
        "hidden_size": 48,
        "intermediate_size": 80,
        "num_hidden_layers": 2,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "max_position_embeddings": 64,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "rope_parameters": {"rope_theta": 10000.0, **rope},
    }
    config.update(more)
    return LlamaForCausalLM(LlamaConfig(**config))


def opt(**more):
    config = {
        "vocab_size": 97,
        "hidden_size": 48,
        "ffn_dim": 72,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 64,
        "word_embed_proj_dim": 48,
        "pad_token_id": 1,
        "bos_token_id": 2,
        "eos_token_id": 2,
    }
    config.update(more)
    return OPTForCausalLM(OPTConfig(**config))


def gpt2(**more):
    config = {"vocab_size": 97, "n_positions": 64, "n_embd": 36, "n_layer": 3, "n_head": 3}
    config.update(bos_token_id=0, eos_token_id=0)
    config.update(more)
    return GPT2LMHeadModel(GPT2Config(**config))


LONG_FACTORS = [1.0, 1.5, 2.0, 4.0]
SHORT_FACTORS = [1.0, 1.1, 1.2, 1.3]

# name: (maker, type of the saved weights, prompt length, largest shard)
TINY = {
    "gpt2-plain": (lambda: gpt2(), torch.float32, 20, None),
    "gpt2-odd": (
        lambda: gpt2(
            n_inner=100,
            activation_function="gelu",
            layer_norm_epsilon=1e-3,
            scale_attn_by_inverse_layer_idx=True,
            tie_word_embeddings=False,
        ),
        torch.float16,
        20,
        None,
    ),
    "llama-default": (lambda: llama({"rope_type": "default"}, head_dim=16), torch.float32, 20, None),
    "llama-llama3": (
        lambda: llama(
            {
                "rope_type": "llama3",
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 32,
            },
            attention_bias=True,
            mlp_bias=True,
        ),
        torch.float32,
        20,
        None,
    ),
    "llama-linear": (
        lambda: llama({"rope_type": "linear", "factor": 2.5}, tie_word_embeddings=True),
        torch.float16,
        20,
        None,
    ),
    "llama-dynamic": (
        lambda: llama({"rope_type": "dynamic", "factor": 2.0}, max_position_embeddings=24),
        torch.bfloat16,
        16,
        None,
    ),
    "llama-yarn": (
        lambda: llama({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}),
        torch.float32,
        20,
        "60KB",
    ),
    "llama-longrope": (
        lambda: llama(
            {
                "rope_type": "longrope",
                "factor": 4.0,
                "original_max_position_embeddings": 24,
                "long_factor": LONG_FACTORS,
                "short_factor": SHORT_FACTORS,
            }
        ),
        torch.float32,
        16,
        None,
    ),
    "opt-first": (lambda: opt(), torch.float16, 20, None),
    "opt-after": (
        lambda: opt(do_layer_norm_before=False, word_embed_proj_dim=32),
        torch.float32,
        20,
        None,
    ),
}


def make(name, seed):
    """The model in fp32, its weights rounded to the type in which it is saved."""
    maker, dtype, _, _ = TINY[name]
    torch.manual_seed(seed)
    model = maker().eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            norm = key.endswith("weight") and parameter.ndim == 1
            parameter.copy_((torch.randn_like(parameter) * 0.3 + (1.0 if norm else 0.0)).to(dtype).float())
    return model
