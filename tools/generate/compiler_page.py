"""The tables of docs/compiler.md, from what `godwit compile` counts in its programs."""
import json
import pathlib
import re
import subprocess
import tempfile

from tools.files import ROOT

PAGE = ROOT / "docs/compiler.md"
PROGRAM = ROOT / "build/release/bin/godwit"

SHAPES = (("LLaMA2-7B", "shape:llama2-7b", 2048), ("OPT-6.7B", "shape:opt-6.7b", 2048), ("DistilGPT2", "shape:distilgpt2", 1024))
STRATEGIES = ("unrolled", "bucketed", "looped")
CONTEXT = 512

KINDS = (("weights", "weights"), ("kv_read", "KV read"), ("kv_write", "KV written"), ("vectors", "vectors"),
         ("activations", "activations"), ("instructions", "instructions"), ("logits", "logits"))


def compiled(shape: str, *options: str) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        command = [PROGRAM, "compile", shape, "-o", pathlib.Path(folder) / "a.godwit", *options, "--json", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
        return json.loads(done.stdout)


def lengths() -> str:
    rows = ["| model, card | lengths | unrolled | bucketed | looped |", "| --- | --- | --- | --- | --- |"]
    for name, shape, context in SHAPES:
        cells = []
        for strategy in STRATEGIES:
            found = compiled(shape, "--card", "u280", "--context", str(context), "--lengths", strategy)
            programs = f", {found['programs']:,} programs" if found["programs"] > 1 else ""
            cells.append(f"{found['instruction_bytes_all_lengths']:,}{programs}")
        rows.append(f"| {name}, u280 | {context:,} | {' | '.join(cells)} |")
    return "\n".join(rows)


def token() -> str:
    found = {card: compiled("shape:distilgpt2", "--card", card, "--traffic-at", str(CONTEXT)) for card in ("u280", "nano")}
    rows = ["| bytes | u280 | nano |", "| --- | --- | --- |"]
    for key, title in KINDS:
        rows.append(f"| {title} | " + " | ".join(f"{one['traffic_per_token'][key]:,}" for one in found.values()) + " |")
    profile = found["u280"]["profile_per_token"]
    executed = ", ".join(f"{count} {name}" for name, count in profile["executed"].items())
    return "\n".join((
        *rows, "",
        f"{profile['instructions']} instructions are executed ({executed}), ordered by {profile['semaphores']} semaphores. They multiply",
        f"{profile['matrix_macs'] / 1e6:.2f} M times in matrices and {profile['attention_macs'] / 1e6:.2f} M times in attention."))


SECTIONS = {"lengths": lengths, "token": token}


def generate() -> dict[str, str]:
    text = PAGE.read_text()
    for name, section in SECTIONS.items():
        mark = re.compile(rf"(<!-- {name}: tools/generate/compiler_page.py -->\n).*?(<!-- end -->)", re.DOTALL)
        text, found = mark.subn(lambda at, section=section: f"{at[1]}{section()}\n{at[2]}", text)
        if found != 1:
            raise SystemExit(f"{PAGE}: no place for '{name}'")
    return {"docs/compiler.md": text}
