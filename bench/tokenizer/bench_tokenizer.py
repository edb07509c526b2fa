"""MB/s of `godwit tokenize` against the tokenizers package, one thread each, in one run.

    .venv/bin/python bench/tokenizer/bench_tokenizer.py [--godwit build/release/bin/godwit] [--repeats 11] [-o bench/tokenizer/results.csv]

Texts: English (the licences that Debian installs, or --text FILE), and random nasty text (tests/references/nasty_text.py). Ways: the
whole text in one call, and documents of some kB, one call each. Tokenizers: SmolLM2's GGUF where it is, and small ones of
every family. godwit's time is that of the encode calls alone, inside one process (`--repeat`); the package's is that of
Tokenizer.encode. Rounds of the two alternate; the ratio is that of the medians. Every result is compared for equality first.
"""

import argparse
import csv
import dataclasses
import datetime
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/references")]

import nasty_text  # noqa: E402
import small_tokenizers  # noqa: E402
import tokenizers  # noqa: E402

from bench.baselines import machine  # noqa: E402

DOCUMENT = 4000  # bytes
FAMILIES = ("gpt2", "llama3", "gpt4o", "llama2", "metaspace_first")


def english(path, size):
    if path:
        text = pathlib.Path(path).read_bytes()
    else:
        licences = sorted({f.resolve() for f in pathlib.Path("/usr/share/common-licenses").iterdir() if f.is_file()})
        text = b"\n".join(f.read_bytes() for f in licences)
    return text.decode("utf-8", "replace").replace("\0", " ").encode()[:size]


def documents(text):
    """Pieces of about DOCUMENT bytes, cut at line ends where there are some."""
    out, begin = [], 0
    while begin < len(text):
        end = text.rfind(b"\n", begin, begin + DOCUMENT) + 1
        end = end if end > begin else min(begin + DOCUMENT, len(text))
        while end < len(text) and text[end] & 0xC0 == 0x80:
            end += 1
        out.append(text[begin:end])
        begin = end
    return out


def godwit_round(godwit, model, texts):
    done = subprocess.run([godwit, "tokenize", str(model), "--json", "-z", "--repeat", "3"], input=b"\0".join(texts), capture_output=True, check=True)
    result = json.loads(done.stdout)
    return result["mb_per_second"], result["tokens"]


def package_round(tokenizer, texts):
    strings = [t.decode("utf-8", "replace") for t in texts]
    begin = time.perf_counter()
    encoded = [tokenizer.encode(s, add_special_tokens=False) for s in strings]
    seconds = time.perf_counter() - begin
    return sum(map(len, texts)) / seconds / 1e6, [i for e in encoded for i in e.ids]


def measure(godwit, model, tokenizer, texts, repeats):
    """(godwit's MB/s, the package's) of each round."""
    package_round(tokenizer, texts[:8])  # warm up
    rounds = []
    for i in range(repeats):
        ours, our_ids = godwit_round(godwit, model, texts)
        theirs, their_ids = package_round(tokenizer, texts)
        if i == 0 and our_ids != their_ids:
            sys.exit(f"{model}: the ids differ")
        rounds.append((ours, theirs))
    return rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--godwit", default=str(ROOT / "build/release/bin/godwit"))
    parser.add_argument("--text", help="English text (default: /usr/share/common-licenses)")
    parser.add_argument("--bytes", type=int, default=300_000, help="of each text")
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("-o", "--output", help="a CSV file")
    arguments = parser.parse_args()
    nasty = b"".join(t.replace(b"\0", b"\x01") for t in nasty_text.random_texts(11, arguments.bytes))
    nasty = nasty.decode("utf-8", "replace").encode()
    texts = {"english": english(arguments.text, arguments.bytes), "nasty": nasty}
    common = {"date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), **dataclasses.asdict(machine.this_machine()),
              "godwit_commit": machine.godwit_commit(), "package_version": tokenizers.__version__}
    command = shlex.join([".venv/bin/python", "bench/tokenizer/bench_tokenizer.py", *sys.argv[1:]])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        cases = []
        if path := small_tokenizers.smollm2_gguf():
            cases.append(("smollm2", path, small_tokenizers.from_gguf(path)))
        small = small_tokenizers.small_tokenizers()
        for name in FAMILIES:
            model = pathlib.Path(folder) / name
            model.mkdir()
            small[name].save(str(model / "tokenizer.json"))
            cases.append((name, model, small[name]))
        print(f"{'tokenizer':16} {'text':8} {'way':10} {'godwit MB/s':>12} {'package MB/s':>13} {'ratio':>7}")
        for name, model, tokenizer in cases:
            for kind, text in texts.items():
                for way, pieces in (("documents", documents(text)), ("whole", [text])):
                    rounds = measure(arguments.godwit, model, tokenizer, pieces, arguments.repeats)
                    ours, theirs = (statistics.median(r[i] for r in rounds) for i in (0, 1))
                    rows.append(common | {"tokenizer": name, "text": kind, "way": way, "bytes": len(text), "repeats": arguments.repeats,
                                          "godwit_mb_per_second": f"{ours:.2f}", "package_mb_per_second": f"{theirs:.2f}", "ratio": f"{ours / theirs:.2f}"})
                    print(f"{name:16} {kind:8} {way:10} {ours:12.2f} {theirs:13.2f} {ours / theirs:7.2f}", flush=True)
    if arguments.output:
        with open(arguments.output, "w", newline="") as file:
            writer = csv.DictWriter(file, [*rows[0], "command"])
            rows = [row | {"command": command} for row in rows]
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
