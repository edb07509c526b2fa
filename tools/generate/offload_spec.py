"""docs/offload_spec.md: which nodes go to the accelerator, what crosses the border, and the shares that justify it.

Everything but the measured times comes from `godwit inspect --layers` and is the same on every machine. The times come from
docs/data/profile.csv, which `python3 -m tools.generate.profile_times` measures again.
"""
import collections
import csv
import json
import math
import re
import subprocess

from tools.files import ROOT

PAGE = "docs/offload_spec.md"
TIMES = ROOT / "docs/data/profile.csv"
MODELS = ("distilgpt2", "smollm2-135m", "llama2-7b")
CONTEXT = 512

# How each kind of node runs: unit, type of its inputs, type of its output, why it is there.
PLACES = {
    "embedding": ("accelerator", "token id, u17", "real", "one row a token; keeps the token loop on the card"),
    "position": ("accelerator", "real, position", "real", "one row a token"),
    "norm": ("accelerator, SFU", "real", "digits, a scale a row", "exact sum of squares; output goes straight into the next product"),
    "linear": ("accelerator, MPE", "digits A8 or A15, weight codes", "real", "nearly all bytes and multiply-accumulates"),
    "head": ("accelerator, MPE", "digits A8 or A15, weight codes", "real, reduced to the best 256", "the largest single matrix of a small model"),
    "rope": ("accelerator, SFU", "real, position", "real", "between two products; a way to the host costs more than the work"),
    "attention": ("accelerator, MPE and SFU", "real; keys and values INT8 with a scale a head", "digits, a scale a row", "grows with the context; reads the KV cache as a stream"),
    "activation": ("accelerator, SFU", "real", "digits, a scale a row", "a table with interpolation, as the product's results come"),
    "multiply": ("accelerator, SFU", "real, real", "digits, a scale a row", "fused with the activation"),
    "add": ("accelerator, SFU", "real, real", "real", "the residual stream stays on the chip"),
}

HOST = """| what crosses | when | direction | size |
| --- | --- | --- | --- |
| program and memory image | once a model | host to card's memory | the packed weights and at most 64 KiB of instructions |
| prompt | once a generation | host to card | 4 bytes a token |
| chosen token | a token, greedy | card to host | 4 bytes |
| best 256 logits with ids, log-sum-exp | a token, sampled | card to host | 2,052 bytes |
| all logits | only when a sampler or a test asks | card to host | 4 bytes a vocabulary entry |
| position | at a rollback, stop or new prompt | host to card | one register |
| hidden states, keys, values | never | - | they stay in the chip and in the card's memory |
"""


def inspect(model: str) -> dict:
    done = subprocess.run([ROOT / "build/release/bin/godwit", "inspect", f"shape:{model}", "--layers", "--json"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def weight_shape(tensor: str) -> list[int]:
    """The dimensions in "F32 [768, 2304]", empty for a node without a tensor."""
    return [int(n) for n in re.findall(r"\d+", tensor[tensor.index("["):])] if "[" in tensor else []


def cost(node: dict, facts: dict) -> tuple[int, int]:
    """Multiply-accumulates and bytes of external memory that one decoded token takes at CONTEXT: weights at 8 bits,
    keys and values at INT8, without scales. A row of a table counts as its bytes at 8 bits."""
    if node["kind"] in ("linear", "head"):
        weights = math.prod(weight_shape(node["tensor"]))
        return weights, weights
    if node["kind"] == "attention":
        layers = facts["layers"]
        return facts["attention_macs_per_context_token"] // layers * CONTEXT, facts["kv_bytes_per_context_token"] // layers * CONTEXT
    return 0, node["width"] if node["kind"] in ("embedding", "position") else 0


def share(part: int, whole: int) -> str:
    return "-" if part == 0 else f"{100 * part / whole:.1f} %"


def nodes_table(facts: dict) -> str:
    """One line a node of a block, with how often it stands in the model."""
    total_macs, total_bytes = (sum(column) for column in zip(*(cost(n, facts) for n in facts["graph"])))
    groups: dict[str, list[dict]] = collections.OrderedDict()
    for node in facts["graph"]:
        groups.setdefault(re.sub(r"\.\d+\.", ".*.", node["name"]), []).append(node)
    rows = ["| node | kind | times | weight | gives a token | MACs | bytes | share of MACs | share of bytes |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for name, nodes in groups.items():
        macs, bytes_ = (sum(column) for column in zip(*(cost(n, facts) for n in nodes)))
        first = nodes[0]
        shape = " x ".join(str(n) for n in weight_shape(first["tensor"])) or "-"
        rows.append(f"| `{name}` | {first['kind']} | {len(nodes)} | {shape} | {first['width']} | {macs:,} | {bytes_:,} | "
                    f"{share(macs, total_macs)} | {share(bytes_, total_bytes)} |")
    rows.append(f"| all | | {len(facts['graph'])} | | | {total_macs:,} | {total_bytes:,} | 100 % | 100 % |")
    return "\n".join(rows) + "\n"


def kinds_table(all_facts: dict[str, dict]) -> str:
    """Shares by kind of node, a column a model."""
    rows = ["| | " + " | ".join(f"{m}: MACs | bytes" for m in all_facts) + " |", "| --- |" + " --- | --- |" * len(all_facts)]
    sums = {m: collections.Counter() for m in all_facts}
    for model, facts in all_facts.items():
        for node in facts["graph"]:
            macs, bytes_ = cost(node, facts)
            kind = node["kind"] if node["kind"] in ("linear", "head", "attention") else "everything else"
            sums[model].update({(kind, 0): macs, (kind, 1): bytes_, ("all", 0): macs, ("all", 1): bytes_})
    for kind in ("linear", "head", "attention", "everything else"):
        cells = [share(sums[m][kind, i], sums[m]["all", i]) for m in all_facts for i in (0, 1)]
        rows.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def times_section() -> str:
    if not TIMES.exists():
        return "Not measured yet.\n"
    with TIMES.open() as file:
        rows = list(csv.DictReader(file))
    out = ""
    for model in dict.fromkeys(row["model"] for row in rows):
        mine = [row for row in rows if row["model"] == model]
        out += f"\n**{model}**, {mine[0]['date']}, {mine[0]['machine']}, {mine[0]['threads']} threads: `{mine[0]['command']}`\n\n"
        out += "| kind | prefill, ms | share | decode, ms a token | share |\n| --- | --- | --- | --- | --- |\n"
        out += "".join(f"| {r['kind']} | {r['prefill_ms']} | {r['prefill_share']} | {r['decode_ms']} | {r['decode_share']} |\n" for r in mine)
    return out.lstrip("\n")


def generate() -> dict[str, str]:
    facts = {model: inspect(model) for model in MODELS}
    unknown = {n["kind"] for f in facts.values() for n in f["graph"]} - set(PLACES)
    if unknown:
        raise SystemExit(f"tools/generate/offload_spec.py: no place for nodes of kind {', '.join(sorted(unknown))}")
    places = "".join(f"| {kind} | {' | '.join(cells)} |\n" for kind, cells in PLACES.items())
    models = "".join(f"\n### {model}\n\nOne decoded token at context {CONTEXT}: `godwit inspect shape:{model} --layers`\n\n"
                     + nodes_table(f) for model, f in facts.items())
    return {PAGE: f"""# Offload specification

Written by `python3 -m tools.checks.generated --write` from `godwit inspect` and `godwit profile`; `./test` checks that it is what they give.

Which nodes of a model's graph run on the accelerator, what crosses the border between it and the host, and why. The machine is
[designed](architecture.md) to this; golden, the RTL and the cycle model run the nodes there.

## What decides

A decoded token uses every weight once, so it costs one byte of memory traffic (at 8 bits) for every multiply-accumulate:
bandwidth decides, and whatever makes the memory wait costs as much as the work itself. Three conclusions:

1. **All matrices go to the accelerator, the head among them.** They are where the bytes are.
2. **Everything between two matrices goes there, too.** It is next to nothing in bytes and multiply-accumulates, but it lies on the path from
   one product to the next: a round trip to the host takes microseconds, and there are several such places in every layer.
3. **What remains on the host** is what happens once a token or less and is no arithmetic on the residual stream: text, sampling
   beyond greedy, stopping.

Shares of one decoded token at context {CONTEXT}, weights at 8 bits, keys and values at INT8:

{kinds_table(facts)}
Prefill multiplies every weight with all tokens of the prompt and reads it once: multiply-accumulates decide there, with the same shares of the matrices (the
head is needed for the last token only), so the same nodes are on the accelerator.

## Where each kind of node runs

*Real*: saturating 32-bit fixed point, 16 fraction bits. *Digits*: a row's activations as one (A8) or two (A15) signed 8-bit
digits with one scale. *Codes*: weights of 2 to 8 bits with steps and offsets a group and a scale a row. MPE: the
multiplier chains; SFU: the vector unit.

| kind | where | takes | gives | why |
| --- | --- | --- | --- | --- |
{places}
## What crosses the border

{HOST}
## The nodes
{models}
Bytes: matrices at 8 bits without scales, keys and values of the context, rows of tables. A weight's shape is as the checkpoint
stores it.

## Measured on the fp32 reference

Where the time goes today, on a processor. These are measurements, not compared by any test; what renews them is
`python3 -m tools.generate.profile_times`.

{times_section()}"""}
