"""Compares `godwit tokenize` and `godwit detokenize` with the tokenizers package on random nasty text.

    .venv/bin/python tests/references/check_tokenizers.py [--godwit build/release/bin/godwit] [--seed S] [--bytes N] [--code-points]

Every small tokenizer of small_tokenizers.py, its vocab.json form where it has one, and SmolLM2's GGUF if it is there.
Prints a line for each, and ends with 1 if anything differs.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import nasty_text
import small_tokenizers


def run(godwit, verb, model, data, *options):
    done = subprocess.run([godwit, verb, str(model), "--json", *options], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"godwit {verb} {model}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def compare(name, tokenizer, model, godwit, texts, seed):
    """The number of texts and of id lists that come out differently."""
    bad = 0
    joined = b"\0".join(texts)
    for special in (False, True):
        result = run(godwit, "tokenize", model, joined, "-z", *(["--special"] if special else []))
        at = 0
        for text, count in zip(texts, result["counts"], strict=True):
            ours = result["tokens"][at : at + count]
            at += count
            theirs = tokenizer.encode(text.decode("utf-8", "replace"), add_special_tokens=special).ids
            if ours != theirs:
                bad += 1
                if bad <= 3:
                    first = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
                    print(f"  {name} special={special}: id {first} of {len(ours)}/{len(theirs)}: {ours[first:first+6]} for {theirs[first:first+6]}; "
                          f"near {tokenizer.decode(theirs[max(0, first-5):first+5])!r}; {text[:80]!r}")
    # One whole text, with its NULs.
    whole = b"".join(texts[: len(texts) // 4]) + b"\0 \0\0"
    if run(godwit, "tokenize", model, whole)["tokens"] != tokenizer.encode(whole.decode("utf-8", "replace"), add_special_tokens=False).ids:
        bad += 1
        print(f"  {name}: the whole text differs")
    rng = random.Random(seed)
    size = tokenizer.get_vocab_size()
    for round_ in range(12):
        ids = [rng.randrange(size) for _ in range(rng.choice([1, 5, 300, 5000]))]
        skip = round_ % 2 == 1
        ours = run(godwit, "detokenize", model, " ".join(map(str, ids)).encode(), *(["--skip-special"] if skip else []))["text"]
        theirs = tokenizer.decode(ids, skip_special_tokens=skip)
        if ours != theirs:
            bad += 1
            print(f"  {name}: decoding differs, skip={skip}: {ours[:80]!r} for {theirs[:80]!r}")
    return bad


def all_code_points():
    """Every code point between letters, digits, blanks and marks, 64 a text."""
    points = [chr(c) for c in range(1, 0x110000) if not 0xD800 <= c <= 0xDFFF]
    texts = []
    for begin in range(0, len(points), 64):
        texts.append("\n".join(f"x{c} {c}{c}1{c}1'{c} -{c}\u0301\u0316y {c}" for c in points[begin : begin + 64]).encode())
    return texts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--godwit", default=str(small_tokenizers.ROOT / "build/release/bin/godwit"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bytes", type=int, default=2_000_000, help="of random text for each tokenizer")
    parser.add_argument("--code-points", action="store_true", help="instead of random text, every code point among others")
    parser.add_argument("--only", help="names of small tokenizers, with commas between")
    arguments = parser.parse_args()
    if arguments.code_points:
        print("every code point")
        texts = all_code_points()
    else:
        print(f"seed {arguments.seed}, {arguments.bytes} bytes a tokenizer")
        texts = nasty_text.fixed_texts() + nasty_text.random_texts(arguments.seed, arguments.bytes)
    texts = [t.replace(b"\0", b"\x01") for t in texts]
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, tokenizer in small_tokenizers.small_tokenizers().items():
            if arguments.only and name not in arguments.only.split(","):
                continue
            model = pathlib.Path(folder) / name
            model.mkdir()
            tokenizer.save(str(model / "tokenizer.json"))
            one = compare(name, tokenizer, model, arguments.godwit, texts, arguments.seed)
            print(f"{name}: {len(texts)} texts, {one} differences", flush=True)
            bad += one
        if arguments.only:
            sys.exit(1 if bad else 0)
        gpt2 = small_tokenizers.small_tokenizers()["gpt2"]
        model = pathlib.Path(folder) / "vocab_json"
        model.mkdir()
        gpt2.model.save(str(model))
        (model / "special_tokens_map.json").write_text('{"eos_token": "<|endoftext|>"}')
        one = compare("vocab_json", gpt2, model, arguments.godwit, texts, arguments.seed)
        print(f"vocab_json: {one} differences", flush=True)
        bad += one
        path = small_tokenizers.smollm2_gguf()
        if path:
            one = compare("smollm2", small_tokenizers.from_gguf(path), path, arguments.godwit, texts, arguments.seed)
            print(f"smollm2: {one} differences")
            bad += one
        else:
            print("smollm2: skipped, its GGUF is not there")
    print("equal" if bad == 0 else f"{bad} differences")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
