"""Commands in the documents: python -m tools.checks.commands [long] [--write] [PAGE...]

A block fenced as ```sh run``` must end with exit code 0. One fenced as ```sh exact``` must also print what stands in the
```text``` block right below it (standard output only); --write puts it there. ```sh long``` blocks are run only with `long`,
and then nothing else is. Other blocks are for people; so are those of docs/ko, which tools/checks/korean.py holds to the
English ones. All run in the root, with build/release/bin on the path.
"""
import os
import pathlib
import re
import subprocess
import sys

from tools.files import ROOT, ours
from tools.tally import Tally

BLOCK = re.compile(r"^```sh (?P<kind>run|exact|long)\n(?P<code>.*?)^```\n(?:\n*```text\n(?P<output>.*?)^```\n)?",
                   re.MULTILINE | re.DOTALL)


def run(code: str) -> subprocess.CompletedProcess:
    path = f"{ROOT}/build/release/bin:{os.environ['PATH']}"
    return subprocess.run(["bash", "-euo", "pipefail", "-c", code], cwd=ROOT, env={**os.environ, "PATH": path},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)


def check(page: pathlib.Path, block: re.Match, tally: Tally) -> str:
    """Run one block; returns the text that it prints where it is exact, and what stood there otherwise."""
    place = f"{page}: {block['code'].strip().splitlines()[0][:90]}"
    try:
        done = run(block["code"])
    except subprocess.TimeoutExpired:
        tally.fail(f"{place}: not done after 15 minutes")
        return block["output"] or ""
    if done.returncode:
        tally.fail(f"{place}: exit code {done.returncode}\n{done.stdout[-500:]}{done.stderr[-1000:]}")
    elif block["kind"] == "exact" and done.stdout != block["output"] and "--write" not in sys.argv:
        tally.fail(f"{place}: prints\n{done.stdout}but the page says\n{block['output']}")
    else:
        tally.ok()
    return done.stdout if block["kind"] == "exact" and not done.returncode else block["output"] or ""


def main() -> None:
    kinds = ("long",) if "long" in sys.argv else ("run", "exact")
    named = [pathlib.Path(a) for a in sys.argv[1:] if a.endswith(".md")]
    tally = Tally()
    for page in named or (p for p in ours("**/*.md") if p.parent.name != "ko"):
        text = (ROOT / page).read_text()
        written, at = "", 0
        for block in BLOCK.finditer(text):
            if block["kind"] not in kinds:
                continue
            output = check(page, block, tally)
            if block["kind"] == "exact" and "--write" in sys.argv:
                written += text[at : block.start()] + f"```sh exact\n{block['code']}```\n```text\n{output}```\n"
                at = block.end()
        if written:
            (ROOT / page).write_text(written + text[at:])
    tally.finish()


if __name__ == "__main__":
    main()
