"""What prefetch and tiles bring to the matrix engine, for docs/qor.md: python -m bench.engine (docs/data/engine.csv)

A prefetch FIFO that runs ahead over the borders of matrices, beside a double buffer of two bursts; tiles of up to 16 tokens that meet
a block of weights, beside one token after the other. Each is taken away alone and both together, by the card's FIFO and by decoding
the prompt token by token; the cycle model gives the times.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import tempfile
import tomllib

from tools.files import ROOT

PLACE = ROOT / "docs/data/engine.csv"
MODEL, CARD, SCHEME, PROMPT, GENERATE = "shape:llama2-7b", "u280", "w4g128", 128, 32
DOUBLE_BUFFER = 2 * 16 * 64  # bytes: two bursts of 16 words of the port
COLUMNS = ("prefetch_bytes", "tile_tokens", "decode_cycles", "decode_lanes", "decode_bandwidth", "prompt_cycles", "prompt_lanes", "prompt_bandwidth")


def simulated(program: str, prefetch: int, folder: pathlib.Path) -> dict:
    lines = (ROOT / f"configs/cards/{CARD}.toml").read_text().splitlines()
    changed = [f"prefetch_bytes = {prefetch}" if line.startswith("prefetch_bytes") else line for line in lines]
    card = folder / f"{CARD}.toml"
    card.write_text("\n".join(changed) + "\n")
    done = subprocess.run([program, "simulate", MODEL, "--card", card, "--scheme", SCHEME, "--prompt", str(PROMPT), "--generate", str(GENERATE),
                           "--points", "2", "--oversize", "--quiet", "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def rows(program: str) -> list[dict]:
    whole = tomllib.loads((ROOT / f"configs/cards/{CARD}.toml").read_text())
    out = []
    with tempfile.TemporaryDirectory() as folder:
        for prefetch in (DOUBLE_BUFFER, whole["prefetch_bytes"]):
            said = simulated(program, prefetch, pathlib.Path(folder))
            decode = {"decode_cycles": round(1000 * whole["frequency_mhz"] * said["ms_per_token"]), "decode_lanes": said["mpe_utilisation"],
                      "decode_bandwidth": said["useful_bandwidth_utilisation"]}
            one = {"prompt_cycles": PROMPT * decode["decode_cycles"], "prompt_lanes": decode["decode_lanes"],
                   "prompt_bandwidth": decode["decode_bandwidth"]}
            tiles = {"prompt_cycles": round(1000 * whole["frequency_mhz"] * said["prefill_ms"]), "prompt_lanes": said["prefill_mpe_utilisation"],
                     "prompt_bandwidth": said["prefill_bandwidth_utilisation"]}
            out += [{"prefetch_bytes": prefetch, "tile_tokens": tokens, **decode, **prompt} for tokens, prompt in ((1, one), (16, tiles))]
    return out


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--program", default=str(ROOT / "build/release/bin/godwit"), help="the godwit that simulates")
    given = words.parse_args()
    found = rows(given.program)
    with PLACE.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows({key: f"{value:.4f}" if isinstance(value, float) else value for key, value in row.items()} for row in found)
    print(f"{len(found)} rows in {PLACE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
