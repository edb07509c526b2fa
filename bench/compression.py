"""Measure what compression costs: .venv/bin/python -m bench.compression --help (docs/compression.md).

Each row compresses a model by one setting, compiles the folder, compares the program on golden with the model in
fp32 over a held-out text, and simulates a generation on two cards. Rows that are there already are kept; a run that was
cut off goes on. With --reference the model was made from that one (trained on under a pattern, by models/train), and is
compared with it.
"""
import argparse
import concurrent.futures
import csv
import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time

from tools.files import ROOT
from tools.verify.record import machine

TABLE = ROOT / "docs/data/compression.csv"
PROGRAM = os.environ.get("GODWIT", ROOT / "build/release/bin/godwit")
COLUMNS = ("model", "setting", "method", "mean_bits", "density", "bytes", "perplexity_fp32", "perplexity", "increase", "kl",
           "agreement", "text", "tokens", "u280_tokens_per_second", "kv260_tokens_per_second", "seconds", "cpu_seconds",
           "megabytes", "machine", "date", "command")
CARDS = ("u280", "kv260")

WIDTHS = ("w8", "w6", "w5", "w4", "w3.5", "w3")
PATTERNS = ("u0.75", "d0.75", "u0.5", "4:2", "8:4", "n8", "d0.5", "u0.25", "n4", "d0.25")
GROUPS = ("w6g32", "w6g128", "w4g16", "w4g32", "w4g128", "w3g16", "w3g32", "w3g128")
STEPS = ("w4s7", "w4s5", "w4s4", "w4s3", "w3s7", "w3s5", "w3s4", "w3s3")  # bits of a group's step, of its offset two more
BOTH = ("gptq", "rtn")
GOALS = ("--target-bits 5", "--target-bits 4", "--target-bits 3.5", "--target-bits 3", "--max-ppl-increase 1",
         "--max-ppl-increase 3", "--max-ppl-increase 10")
LARGE = 30_000_000  # parameters: of larger models not every variant of every setting is measured


def schemes(names, methods=("gptq",), options="") -> list[tuple[str, str]]:
    return [(f"--scheme {name}{options}", method) for name in names for method in methods]


def settings(large: bool) -> list[tuple[str, str]]:
    """What to pass to compress, and the method; what takes longest first."""
    sparse = [f"w4-{pattern}" for pattern in PATTERNS]
    out = [(goal, "gptq") for goal in GOALS if not large]
    out += schemes(reversed(WIDTHS), BOTH) + schemes(reversed(WIDTHS), BOTH, " --rotate")
    out += schemes(("w4", "w3", "w4-n8"), options=" --sequential") + schemes(("w4", "w3"), options=" --rotate --sequential")
    if large:
        return out + schemes(sparse) + schemes(sparse, options=" --rotate")
    out += schemes(("w2", "w2g32"), BOTH) + schemes(GROUPS, BOTH) + schemes(STEPS) + schemes(sparse, BOTH)
    out += schemes(f"w8-{pattern}" for pattern in PATTERNS)
    out += schemes(f"{bits}-{pattern}" for bits in ("w6", "w5", "w3") for pattern in ("d0.75", "4:2", "n8", "d0.5"))
    return out + schemes(("w4-n8", "w4-4:2", "w4-d0.5", "w4-d0.75", "w3-n8"), options=" --rotate")


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


def kind_of_row(method: str, given: argparse.Namespace) -> str:
    return f"trained, {method}" if given.reference else method


def measure(model: str, setting: str, method: str, given: argparse.Namespace) -> dict:
    """`setting` as it stands in the table; a model trained on keeps what its training kept."""
    with tempfile.TemporaryDirectory(prefix="godwit-compression-") as folder:
        out, artefact = pathlib.Path(folder) / "model", pathlib.Path(folder) / "model.godwit"
        command = ["compress", model, "-o", out, *setting.split(), "--method", method]
        if given.reference:
            command += ["--keep", "magnitude"]
        if given.calibration:
            command += ["--calibration", given.calibration]
        if given.calibration_tokens:
            command += ["--calibration-tokens", given.calibration_tokens]
        start = time.monotonic()
        made = ask(given.threads, *command)
        seconds = time.monotonic() - start
        ask(given.threads, "compile", out, "-o", artefact, "--card", given.card, "--context", given.window)
        found = ask(given.threads, "check", artefact, "--model", given.reference or model, "-f", given.text, "--context", given.window,
                    "--max-tokens", given.tokens)
        speeds = {f"{card}_tokens_per_second": simulated(out, card, given.threads) for card in CARDS}
    names = {out: "FOLDER", model: "TRAINED" if given.reference else given.name, given.calibration: pathlib.Path(given.calibration or "").name}
    said = " ".join(str(names.get(word, word)) for word in command)
    return {"model": given.name, "setting": setting, "method": kind_of_row(method, given), "mean_bits": f"{made['mean_bits']:.3f}",
            "density": f"{made['density']:.4f}", "bytes": made["weight_bytes_per_token"],
            "perplexity_fp32": f"{found['perplexity_fp32']:.4f}", "perplexity": f"{found['perplexity']:.4f}",
            "increase": f"{100 * (found['perplexity'] / found['perplexity_fp32'] - 1):.2f}",
            "kl": f"{found['kl_divergence']:.5f}", "agreement": f"{found['greedy_agreement']:.4f}",
            "text": pathlib.Path(given.text).name, "tokens": given.tokens, **speeds, "seconds": f"{seconds:.1f}",
            "cpu_seconds": f"{made['cpu_seconds']:.1f}", "megabytes": round(made["megabytes"]), "machine": machine(),
            "date": datetime.date.today().isoformat(), "command": f"godwit {said}"}


def read_rows(table: pathlib.Path) -> list[dict]:
    if not table.exists():
        return []
    with table.open(newline="") as file:
        return list(csv.DictReader(file))


def write_rows(table: pathlib.Path, rows: list[dict]) -> None:
    table.parent.mkdir(parents=True, exist_ok=True)
    beside = table.with_suffix(".tmp")
    with beside.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    beside.replace(table)


def key(row: dict) -> tuple[str, str, str]:
    return row["model"], row["setting"], row["method"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.compression", description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="embedded", help="%(default)s")
    parser.add_argument("--name", help="of the model in the table, if not as it was given")
    parser.add_argument("--reference", help="what the model was made from by training on; rows are then called trained")
    parser.add_argument("--text", default="models/kjv/heldout.txt", help="to judge by (%(default)s)")
    parser.add_argument("--calibration", help="a text to learn from; without it the model writes its own")
    parser.add_argument("--calibration-tokens", type=int, default=0, help="0: as many as compress takes by itself")
    parser.add_argument("--tokens", type=int, default=8192, help="of the text (%(default)s)")
    parser.add_argument("--window", type=int, default=512, help="tokens (%(default)s)")
    parser.add_argument("--card", default="nano", help="that golden computes for (%(default)s)")
    parser.add_argument("--threads", type=int, default=0, help="of a row; 0: all cores (%(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="rows at a time (%(default)s)")
    parser.add_argument("--settings", help="these, separated by commas: 'w4,w4-n8 --rotate' or '--target-bits 4'")
    parser.add_argument("--methods", default="gptq,rtn", help="only these (%(default)s)")
    parser.add_argument("--table", type=pathlib.Path, default=TABLE, help="to add to (%(default)s)")
    parser.add_argument("--again", action="store_true", help="also rows that are there already")
    given = parser.parse_args()
    given.name = given.name or given.model
    methods = given.methods.split(",")
    if given.settings:
        names = [s if s.startswith("-") else f"--scheme {s}" for s in given.settings.split(",")]
        wanted = [(name, method) for name in names for method in methods]
    else:
        large = ask(1, "inspect", given.reference or given.model)["parameters"] > LARGE
        wanted = [(setting, method) for setting, method in settings(large) if method in methods]
    rows = {key(row): row for row in read_rows(given.table)}
    missing = [(s, m) for s, m in wanted if given.again or (given.name, s, kind_of_row(m, given)) not in rows]
    one_at_a_time = threading.Lock()

    def one(setting: str, method: str) -> None:
        row = measure(given.model, setting, method, given)
        with one_at_a_time:
            rows[key(row)] = row
            write_rows(given.table, list(rows.values()))
            print(f"{row['model']} {setting} {row['method']}: {row['bytes']} bytes, {row['increase']} %, {row['seconds']} s", flush=True)

    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(one, *pair) for pair in missing]):
            done.result()


if __name__ == "__main__":
    main()
