"""docs/quality.md, from what tools/generate/quality.py measured."""
import csv

from tools.generate.quality import TABLE

PAGE = "docs/quality.md"

TEXT = """# What the machine's numbers cost

Written by `python3 -m tools.checks.generated --write` from `docs/data/quality.csv`, which `python3 -m tools.generate.quality` measures: a model is
compiled for `nano`, and golden is compared with the fp32 reference over a text, in windows side by side (`godwit check`). Perplexity is golden's; KL divergence
is from fp32 to golden, in nats a token; greedy agreement is how often both hold the same token for the likeliest. SmolLM2's
weights in fp32 are those of its GGUF file (Q4_1), which `keep` takes code for code.

"""

AFTER = """
`auto` chooses for each place of a matrix in the blocks whether its inputs enter with one digit (A8) or two (A15): one, as long as the divergence of
all such places, each measured alone on 128 tokens of a text that is none of these, adds up to at most 0.002 nats ([the compiler](compiler.md)). The last column is that sum: what KL
divergence should be above that of A15. `godwit compile --json` says for each matrix what was measured, and so does the artefact's provenance.
"""

HEAD = ("| model | text | scheme | activations | matrices at A8 | perplexity | fp32 | change | KL divergence | greedy agreement | what `auto` expected |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")


def line(row: dict) -> str:
    text = f"{row['text']}, {int(row['tokens']):,} tokens, windows of {row['context']}"
    bits = row["activations"] if row["activations"] == "auto" else f"A{row['activations']}"
    cells = (row["model"], text, row["scheme"], bits, f"{row['one_digit']} of {row['matrices']}", row["perplexity"], row["perplexity_fp32"],
             row["increase"], row["kl_divergence"], row["greedy_agreement"], row["predicted_divergence"])
    return f"| {' | '.join(cells)} |"


def generate() -> dict[str, str]:
    rows = list(csv.DictReader(TABLE.open()))
    return {PAGE: TEXT + "\n".join((*HEAD, *map(line, rows))) + "\n" + AFTER}
