"""Makes the small checkpoints of tests/data/models-*: what transformers and the gguf package write, with the values that
they read back, so that the C++ tests need neither.

  .venv/bin/python tests/references/make_tiny_models.py

Everything is drawn from fixed seeds; a second run changes nothing but what newer packages write differently.
"""

import json
import pathlib
import shutil

import gguf
import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, OPTConfig, OPTForCausalLM
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"]


def gpt2():
    torch.manual_seed(1)
    return GPT2LMHeadModel(GPT2Config(vocab_size=61, n_positions=24, n_embd=32, n_layer=2, n_head=4, bos_token_id=60,
                                      eos_token_id=60))


def llama():
    torch.manual_seed(2)
    rope = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 32}
    return LlamaForCausalLM(LlamaConfig(vocab_size=67, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
                                        num_attention_heads=4, num_key_value_heads=2, head_dim=16,
                                        max_position_embeddings=256, rope_parameters=rope, attention_bias=True,
                                        bos_token_id=1, eos_token_id=[2, 5]))


def opt():
    torch.manual_seed(3)
    return OPTForCausalLM(OPTConfig(vocab_size=59, hidden_size=32, ffn_dim=40, num_hidden_layers=2,
                                    num_attention_heads=4, max_position_embeddings=24, do_layer_norm_before=False,
                                    word_embed_proj_dim=16))


def opt_plain():
    torch.manual_seed(4)
    return OPTForCausalLM(OPTConfig(vocab_size=59, hidden_size=32, ffn_dim=40, num_hidden_layers=2,
                                    num_attention_heads=4, max_position_embeddings=24))


def shake(model):
    """Norms start as ones and biases as zeros: draw those, too, or a test could not tell them apart."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn(parameter.shape, generator=generator)
    return model


def expected(model):
    """Parameter count, and for every tensor its shape, first and last value and sum."""
    tensors = {}
    for name, parameter in model.named_parameters():
        values = parameter.detach().double().numpy().ravel()
        tensors[name] = {"shape": list(parameter.shape), "first": float(values[0]), "last": float(values[-1]),
                         "sum": float(np.sum(values))}
    return {"parameters": sum(p.numel() for p in model.parameters()), "tensors": tensors}


def save_folder(name, model, **options):
    folder = DATA / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, **options)
    (folder / "expected.json").write_text(json.dumps(expected(model), indent=1) + "\n")
    return folder


def permute(matrix, heads):
    """The rows of q and k as llama.cpp stores them: rotary pairs (i, i + d/2) become neighbours."""
    rows = matrix.shape[0]
    return matrix.reshape(heads, 2, rows // heads // 2, *matrix.shape[1:]).swapaxes(1, 2).reshape(matrix.shape)


def add(writer, name, array, kind="F32"):
    array = np.ascontiguousarray(array.astype(np.float32))
    quant = gguf.GGMLQuantizationType[kind]
    writer.add_tensor(name, gguf.quants.quantize(array, quant), raw_dtype=quant)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def common_keys(writer, config, layers, hidden, heads, feed_forward, context):
    writer.add_block_count(layers)
    writer.add_context_length(context)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)
    writer.add_bos_token_id(config.bos_token_id)
    end = config.eos_token_id
    writer.add_eos_token_id(end[0] if isinstance(end, list) else end)


def numpy_state(model):
    return {name: p.detach().float().numpy() for name, p in model.named_parameters()}


def llama_gguf(model, path):
    c, s = model.config, numpy_state(model)
    w = gguf.GGUFWriter(path, "llama")
    common_keys(w, c, c.num_hidden_layers, c.hidden_size, c.num_attention_heads, c.intermediate_size,
                c.max_position_embeddings)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_key_length(c.head_dim)
    w.add_value_length(c.head_dim)
    w.add_rope_dimension_count(c.head_dim)
    w.add_rope_freq_base(c.rope_parameters["rope_theta"])
    w.add_layer_norm_rms_eps(c.rms_norm_eps)
    w.add_chat_template("{{ messages[0].content }}")
    plain = 1.0 / c.rope_parameters["rope_theta"] ** (np.arange(0, c.head_dim, 2) / c.head_dim)
    turned = LlamaRotaryEmbedding(c).inv_freq.double().numpy()  # the model's own may be in bfloat16
    add(w, "rope_freqs.weight", plain / turned)
    add(w, "token_embd.weight", s["model.embed_tokens.weight"], "F16")
    add(w, "output_norm.weight", s["model.norm.weight"])
    add(w, "output.weight", s["lm_head.weight"], "Q8_0")
    for i in range(c.num_hidden_layers):
        hf, b = f"model.layers.{i}.", f"blk.{i}."
        add(w, b + "attn_norm.weight", s[hf + "input_layernorm.weight"])
        add(w, b + "ffn_norm.weight", s[hf + "post_attention_layernorm.weight"])
        for mine, its, heads in (("attn_q", "q_proj", c.num_attention_heads), ("attn_k", "k_proj", c.num_key_value_heads)):
            add(w, b + mine + ".weight", permute(s[hf + f"self_attn.{its}.weight"], heads))
            add(w, b + mine + ".bias", permute(s[hf + f"self_attn.{its}.bias"], heads))
        for mine, its in (("attn_v", "v_proj"), ("attn_output", "o_proj")):
            add(w, b + mine + ".weight", s[hf + f"self_attn.{its}.weight"], "F16")
            add(w, b + mine + ".bias", s[hf + f"self_attn.{its}.bias"])
        for mine, its in (("ffn_gate", "gate_proj"), ("ffn_up", "up_proj")):
            add(w, b + mine + ".weight", s[hf + f"mlp.{its}.weight"], "Q4_1")
        add(w, b + "ffn_down.weight", s[hf + "mlp.down_proj.weight"])
    finish(w)


def gpt2_gguf(model, path):
    c, s = model.config, numpy_state(model)
    w = gguf.GGUFWriter(path, "gpt2")
    common_keys(w, c, c.n_layer, c.n_embd, c.n_head, 4 * c.n_embd, c.n_positions)
    w.add_layer_norm_eps(c.layer_norm_epsilon)
    add(w, "token_embd.weight", s["transformer.wte.weight"])
    add(w, "position_embd.weight", s["transformer.wpe.weight"])
    names = {"ln_1": "attn_norm", "ln_2": "ffn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
             "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
    for i in range(c.n_layer):
        for its, mine in names.items():
            weight = s[f"transformer.h.{i}.{its}.weight"]
            add(w, f"blk.{i}.{mine}.weight", weight.T if weight.ndim == 2 else weight)
            add(w, f"blk.{i}.{mine}.bias", s[f"transformer.h.{i}.{its}.bias"])
    for part in ("weight", "bias"):
        add(w, f"output_norm.{part}", s[f"transformer.ln_f.{part}"])
    finish(w)


def opt_gguf(model, path):
    c, s = model.config, numpy_state(model)
    w = gguf.GGUFWriter(path, "opt")
    common_keys(w, c, c.num_hidden_layers, c.hidden_size, c.num_attention_heads, c.ffn_dim, c.max_position_embeddings)
    w.add_layer_norm_eps(1e-5)
    add(w, "token_embd.weight", s["model.decoder.embed_tokens.weight"])
    add(w, "position_embd.weight", s["model.decoder.embed_positions.weight"])
    names = {"self_attn_layer_norm": "attn_norm", "final_layer_norm": "ffn_norm", "self_attn.q_proj": "attn_q",
             "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.out_proj": "attn_output",
             "fc1": "ffn_up", "fc2": "ffn_down"}
    for i in range(c.num_hidden_layers):
        for its, mine in names.items():
            for part in ("weight", "bias"):
                add(w, f"blk.{i}.{mine}.{part}", s[f"model.decoder.layers.{i}.{its}.{part}"])
    for part in ("weight", "bias"):
        add(w, f"output_norm.{part}", s[f"model.decoder.final_layer_norm.{part}"])
    finish(w)


def random_blocks(kind, rows, generator):
    """Random codes with scales that are finite: small, subnormal, negative and zero ones included."""
    quant = gguf.GGMLQuantizationType[kind]
    block, size = gguf.GGML_QUANT_SIZES[quant]
    blocks = generator.integers(0, 256, (rows * 512 // block, size), dtype=np.uint8)
    halves = {"Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q4_K": [0, 2], "Q5_K": [0, 2],
              "Q6_K": [208]}[kind]
    for at in halves:
        scales = generator.normal(0, 0.02, len(blocks)).astype(np.float16)
        scales[1::7] = np.float16(3e-6)
        scales[2::7] = np.float16(0)
        blocks[:, at:at + 2] = scales.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(rows, -1)


def every_type():
    """types.gguf: two rows of 512 weights of each type; types.f32: their values, in the same order."""
    folder = DATA / "models-gguf"
    generator = np.random.default_rng(6)
    w = gguf.GGUFWriter(folder / "types.gguf", "llama")
    values = []
    for kind in TYPES:
        quant = gguf.GGMLQuantizationType[kind]
        if kind == "F32":
            data = generator.normal(0, 1, (2, 512)).astype(np.float32)
        elif kind == "F16":  # every kind of half: normal, subnormal, zero, both infinities and a NaN among random bits
            data = generator.integers(0, 65536, (2, 512), dtype=np.uint16).view(np.float16)
        elif kind == "BF16":
            data = generator.integers(0, 65536, (2, 512), dtype=np.uint16).view(np.uint8).reshape(2, 1024)
        else:
            data = random_blocks(kind, 2, generator)
        w.add_tensor(kind, data, raw_dtype=quant)
        values.append(gguf.quants.dequantize(data, quant).astype(np.float32).ravel())
    finish(w)
    (folder / "types.f32").write_bytes(np.concatenate(values).tobytes())


def rotary():
    """rope.json: the rope fields of configurations, and the frequencies that transformers derives from them."""
    pairs = 32
    variants = [
        {"rope_type": "default", "rope_theta": 500000.0},
        {"rope_type": "linear", "factor": 4.0},
        {"rope_type": "dynamic", "factor": 2.5},
        {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 512},
        {"rope_type": "yarn", "factor": 40.0, "original_max_position_embeddings": 512, "beta_fast": 16.0,
         "beta_slow": 2.0, "mscale": 0.7, "mscale_all_dim": 1.1, "truncate": False},
        {"rope_type": "yarn", "factor": 8.0, "attention_factor": 1.25},
        {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
         "original_max_position_embeddings": 512, "rope_theta": 500000.0},
        {"rope_type": "longrope", "factor": 4.0, "original_max_position_embeddings": 512,
         "short_factor": [1.0 + 0.01 * i for i in range(pairs)], "long_factor": [1.0 + 0.5 * i for i in range(pairs)]},
        {"rope_type": "longrope", "original_max_position_embeddings": 512, "attention_factor": 1.5,
         "short_factor": [1.0] * pairs, "long_factor": [2.0] * pairs},
    ]
    cases = []
    for variant in variants:
        config = LlamaConfig(hidden_size=256, num_attention_heads=4, max_position_embeddings=2048,
                             rope_parameters=dict(variant))
        for context in (1, 512, 513, 2048, 4096):
            embedding = LlamaRotaryEmbedding(config)
            embedding(torch.zeros(1), torch.arange(context)[None])
            cases.append({"rope_parameters": variant, "context": context,
                          "frequencies": embedding.inv_freq.double().tolist(),
                          "magnitude": float(embedding.attention_scaling)})
    (DATA / "models-rope.json").write_text(json.dumps(cases) + "\n")


def main():
    models = {"gpt2": shake(gpt2()), "llama": shake(llama()), "opt": shake(opt())}
    save_folder("models-gpt2", models["gpt2"].half())
    folder = save_folder("models-llama", models["llama"].bfloat16(), max_shard_size="12kB")
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}) + "\n")
    save_folder("models-opt", models["opt"])
    gguf_folder = DATA / "models-gguf"
    shutil.rmtree(gguf_folder, ignore_errors=True)
    gguf_folder.mkdir(parents=True)
    gpt2_gguf(models["gpt2"], gguf_folder / "gpt2.gguf")
    llama_gguf(models["llama"], gguf_folder / "llama.gguf")
    plain = shake(opt_plain())
    opt_gguf(plain, gguf_folder / "opt.gguf")
    (gguf_folder / "opt.expected.json").write_text(json.dumps(expected(plain), indent=1) + "\n")
    every_type()
    rotary()


if __name__ == "__main__":
    main()
