"""Measure what the machine's numbers cost a model, for docs/quality.md:

    python3 -m tools.generate.quality embedded
    python3 -m tools.generate.quality SmolLM2-135M --model FILE.gguf --text FILE.txt [--max-tokens N]

Compiles the model with each scheme and each number of activation bits, and compares golden with the fp32 reference over the
text (`godwit check`). Writes the model's rows of docs/data/quality.csv, which is committed: it is a measurement.
"""
import argparse
import csv
import datetime
import json
import pathlib
import subprocess
import tempfile
import time

from tools.files import ROOT
from tools.verify.record import machine

TABLE = ROOT / "docs/data/quality.csv"
PROGRAM = ROOT / "build/release/bin/godwit"
COLUMNS = ("model", "text", "tokens", "context", "scheme", "activations", "one_digit", "matrices", "perplexity_fp32", "perplexity", "increase",
           "kl_divergence", "greedy_agreement", "predicted_divergence", "compile_seconds", "saturations", "machine", "date")
BITS = ("15", "auto", "8")


def godwit(*arguments: object) -> dict:
    command = [str(PROGRAM), *map(str, arguments), "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def row_of(options: argparse.Namespace, scheme: str, bits: str, folder: pathlib.Path) -> dict:
    artefact = folder / "a.godwit"
    given = () if scheme == "default" else ("--scheme", scheme)
    start = time.monotonic()
    compiled = godwit("compile", options.model, "-o", artefact, "--context", options.context, "--activations", bits, *given)
    seconds = time.monotonic() - start
    limit = ("--max-tokens", options.max_tokens) if options.max_tokens else ()
    checked = godwit("check", artefact, "--model", options.model, "-f", options.text, "--context", options.context, *limit)
    digits = [one["digits"] for one in compiled["activations"]]
    return {
        "model": options.name, "text": pathlib.Path(options.text).name, "tokens": checked["tokens"], "context": options.context,
        "scheme": scheme, "activations": bits, "one_digit": digits.count(1), "matrices": len(digits),
        "perplexity_fp32": f"{checked['perplexity_fp32']:.4f}", "perplexity": f"{checked['perplexity']:.4f}",
        "increase": f"{checked['ppl_increase_percent']:+.3f} %", "kl_divergence": f"{checked['kl_divergence']:.6f}",
        "greedy_agreement": f"{100 * checked['greedy_agreement']:.2f} %",
        "predicted_divergence": f"{compiled['activations_divergence']:.6f}" if "activations_divergence" in compiled else "",
        "compile_seconds": f"{seconds:.2f}", "saturations": checked["saturations"], "machine": machine(),
        "date": datetime.date.today().isoformat()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the model, as the page has it")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--text", default=ROOT / "models/kjv/heldout.txt")
    parser.add_argument("--max-tokens", type=int, default=0)
    parser.add_argument("--context", type=int, default=512)
    parser.add_argument("--schemes", nargs="+", default=["w8"])
    options = parser.parse_args()
    rows = list(csv.DictReader(TABLE.open())) if TABLE.exists() else []
    with tempfile.TemporaryDirectory() as folder:
        measured = [row_of(options, scheme, bits, pathlib.Path(folder)) for scheme in options.schemes for bits in BITS]
    replaced = {(row["model"], row["scheme"]) for row in measured}
    rows = [row for row in rows if (row["model"], row["scheme"]) not in replaced] + measured
    rows.sort(key=lambda row: (row["model"], row["scheme"], BITS.index(row["activations"])))
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    beside = TABLE.with_suffix(".tmp")
    with beside.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    beside.replace(TABLE)


if __name__ == "__main__":
    main()
