"""Measure what compression costs: .venv/bin/python -m bench.compression --help (docs/compression.md).

Each row compresses a model by one setting, compiles the folder, compares the program on golden with the model in
fp32 over a held-out text, and simulates a generation on two cards. Rows that are there already are kept; a run that was
cut off goes on.
"""
import argparse
import csv
import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import time

from tools.files import ROOT
from tools.verify.record import machine

TABLE = ROOT / "docs/data/compression.csv"
PROGRAM = os.environ.get("GODWIT", ROOT / "build/release/bin/godwit")
COLUMNS = ("model", "setting", "method", "mean_bits", "density", "bytes", "perplexity_fp32", "perplexity", "increase", "kl",
           "agreement", "text", "tokens", "u280_tokens_per_second", "kv260_tokens_per_second", "seconds", "cpu_seconds",
           "megabytes", "machine", "date", "command")
CARDS = ("u280", "kv260")

DENSE = [f"--scheme {scheme}" for scheme in ("w8", "w6", "w5", "w4", "w3.5", "w3", "w4g16", "w4g32", "w4g128", "w3g32", "w3g128")]
SPARSE = [f"--scheme {bits}-{pattern}" for bits in ("w4", "w6", "w8")
          for pattern in ("4:2", "n8", "d0.5", "u0.5", "n4", "d0.25", "u0.25")]
ROTATED = [f"--scheme {scheme} --rotate" for scheme in ("w8", "w6", "w5", "w4", "w3.5", "w3", "w4-n8", "w4-4:2", "w4-d0.5")]
GOALS = ["--target-bits 5", "--target-bits 4", "--target-bits 3.5", "--target-bits 3", "--max-ppl-increase 1",
         "--max-ppl-increase 3", "--max-ppl-increase 10"]


def settings() -> list[tuple[str, str]]:
    """What to pass to compress, and the method."""
    both = [(setting, method) for setting in DENSE + ROTATED + SPARSE for method in ("gptq", "rtn")]
    return both + [(setting, "gptq") for setting in GOALS]


def ask(threads: int, *words) -> dict:
    """The verb's answer, with what it took: "cpu_seconds" of all threads, and "megabytes" at most."""
    command = [PROGRAM, *map(str, words), "--json", "--quiet", "--threads", str(threads)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, stdout=out, stderr=said) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, said):
            file.seek(0)
        if process.returncode:
            raise SystemExit(f"godwit {' '.join(map(str, words))}: {said.read().decode().strip()}")
        return {**json.loads(out.read()), "cpu_seconds": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1024}


def simulated(folder: pathlib.Path, card: str, threads: int) -> str:
    """Tokens a second, simulated, of 128 tokens after a prompt of 128."""
    words = ("simulate", folder, "--card", card, "--prompt", 128, "--generate", 128, "--points", 3, "--activations", 15)
    return f"{ask(threads, *words)['tokens_per_second']:.1f}"


def measure(model: str, setting: str, method: str, given: argparse.Namespace) -> dict:
    with tempfile.TemporaryDirectory(prefix="godwit-compression-") as folder:
        out, artefact = pathlib.Path(folder) / "model", pathlib.Path(folder) / "model.godwit"
        command = ["compress", model, "-o", out, *setting.split(), "--method", method]
        if given.calibration:
            command += ["--calibration", given.calibration]
        start = time.monotonic()
        made = ask(given.threads, *command)
        seconds = time.monotonic() - start
        ask(given.threads, "compile", out, "-o", artefact, "--card", given.card, "--context", given.window)
        found = ask(given.threads, "check", artefact, "--model", model, "-f", given.text, "--context", given.window,
                    "--max-tokens", given.tokens)
        speeds = {f"{card}_tokens_per_second": simulated(out, card, given.threads) for card in CARDS}
    names = {out: "FOLDER", model: given.name}
    said = " ".join(str(names.get(word, word)) for word in command)
    return {"model": given.name, "setting": setting, "method": method, "mean_bits": f"{made['mean_bits']:.3f}",
            "density": f"{made['density']:.4f}", "bytes": made["weight_bytes_per_token"],
            "perplexity_fp32": f"{found['perplexity_fp32']:.4f}", "perplexity": f"{found['perplexity']:.4f}",
            "increase": f"{100 * (found['perplexity'] / found['perplexity_fp32'] - 1):.2f}",
            "kl": f"{found['kl_divergence']:.5f}", "agreement": f"{found['greedy_agreement']:.4f}",
            "text": pathlib.Path(given.text).name, "tokens": given.tokens, **speeds, "seconds": f"{seconds:.1f}",
            "cpu_seconds": f"{made['cpu_seconds']:.1f}", "megabytes": round(made["megabytes"]), "machine": machine(),
            "date": datetime.date.today().isoformat(), "command": f"godwit {said}"}


def read_rows() -> list[dict]:
    if not TABLE.exists():
        return []
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


def write_rows(rows: list[dict]) -> None:
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    beside = TABLE.with_suffix(".tmp")
    with beside.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    beside.replace(TABLE)


def key(row: dict) -> tuple[str, str, str]:
    return row["model"], row["setting"], row["method"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.compression", description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="embedded", help="%(default)s")
    parser.add_argument("--name", help="of the model in the table, if not as it was given")
    parser.add_argument("--text", default="models/kjv/heldout.txt", help="to judge by (%(default)s)")
    parser.add_argument("--calibration", help="a text to learn from; without it the model writes its own")
    parser.add_argument("--tokens", type=int, default=8192, help="of the text (%(default)s)")
    parser.add_argument("--window", type=int, default=512, help="tokens (%(default)s)")
    parser.add_argument("--card", default="nano", help="that golden computes for (%(default)s)")
    parser.add_argument("--threads", type=int, default=0, help="0: all cores (%(default)s)")
    parser.add_argument("--settings", help="only these, separated by commas: 'w4,w4-n8' or '--target-bits 4'")
    parser.add_argument("--methods", default="gptq,rtn", help="only these (%(default)s)")
    parser.add_argument("--again", action="store_true", help="also rows that are there already")
    given = parser.parse_args()
    given.name = given.name or given.model
    wanted = [(setting, method) for setting, method in settings() if method in given.methods.split(",")]
    if given.settings:
        names = [s if s.startswith("-") else f"--scheme {s}" for s in given.settings.split(",")]
        wanted = [(setting, method) for setting, method in wanted if setting in names]
    rows = {key(row): row for row in read_rows()}
    for setting, method in wanted:
        if (given.name, setting, method) in rows and not given.again:
            continue
        row = measure(given.model, setting, method, given)
        rows[key(row)] = row
        write_rows(list(rows.values()))
        print(f"{row['model']} {setting} {method}: {row['bytes']} bytes, {row['increase']} %, {row['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
