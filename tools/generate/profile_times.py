"""Measure where the fp32 reference's time goes, for docs/offload_spec.md: python3 -m tools.generate.profile_times

Writes docs/data/profile.csv, which is committed: it is a measurement, of one machine and one day.
"""
import csv
import datetime
import json
import subprocess

from tools.files import ROOT
from tools.verify.record import machine

TABLE = ROOT / "docs/data/profile.csv"
MODELS = ("shape:distilgpt2", "shape:smollm2-135m", "embedded")
COLUMNS = ("model", "kind", "prefill_ms", "prefill_share", "decode_ms", "decode_share", "threads", "machine", "date", "command")


def rows_of(model: str) -> list[dict]:
    command = ["godwit", "profile", model, "--prompt", "128", "--generate", "32", "--threads", "2", "--json"]
    done = subprocess.run([ROOT / "build/release/bin/godwit", *command[1:]], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    shared = {"model": model, "threads": found["threads"], "machine": machine(), "command": " ".join(command),
              "date": datetime.date.today().isoformat()}
    phases = (("prefill", found["prefill_ms"], found["prefill_groups"]), ("decode", found["ms_per_token"], found["groups"]))
    rows = []
    for kind in (*found["groups"], "all"):
        row = {**shared, "kind": kind}
        for phase, ms, shares in phases:
            share = shares.get(kind, 1.0)
            row |= {f"{phase}_ms": f"{share * ms:.3f}", f"{phase}_share": f"{100 * share:.1f} %"}
        rows.append(row)
    return rows


def main() -> None:
    rows = [row for model in MODELS for row in rows_of(model)]
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    beside = TABLE.with_suffix(".tmp")
    with beside.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    beside.replace(TABLE)


if __name__ == "__main__":
    main()
