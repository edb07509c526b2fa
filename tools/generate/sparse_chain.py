"""The cycles in docs/tutorial/sparse_chain.md, read from the waveform of its program: python -m tools.generate.sparse_chain [--write]

The page names signals and the values that they take, in the order in which they take them. Each is looked up with pywellen, which shares no code
with what drew the waveform: a row's cycle is the first one, from the row before on, in which the signal takes the value. A value that it never takes is a failure;
a cycle that is another is one, too, or is written into the page.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from tools.files import ROOT
from tools.tally import Tally

PAGE = ROOT / "docs/tutorial/sparse_chain.md"
TESTS = ROOT / "build/release/bin/cosim_test"
TOP = "TOP.machine_bench.u_machine."
CORE = "gen_core[0].u_core."
SHORT = {"slice.": CORE + "gen_slice[0].u_slice.", "core.": CORE}
ROW = re.compile(r"^\| (\d+) \| `([^`]+)` \| (-?\d+) \|", re.MULTILINE)
CYCLE = 10  # units of time in the file


def drawn(tests: pathlib.Path, folder: str):
    """The waveform of the page's second program."""
    import pywellen
    path = f"{folder}/sparse_chain.fst"
    subprocess.run([tests, "--gtest_filter=WorkedExample.ThenADiagonal*"], env={**os.environ, "GODWIT_WAVEFORM": path},
                   stdout=subprocess.DEVNULL, check=True)
    return pywellen.Waveform(path)


def full_name(name: str) -> str:
    for short, meant in SHORT.items():
        if name.startswith(short):
            return TOP + meant + name.removeprefix(short)
    return TOP + name


def first_cycle(waves, name: str, value: int, begin: int) -> int | None:
    """The first cycle, `begin` or later, in which the signal takes the value, as the end of the cycle finds it; `begin` where it has it already."""
    signal = waves[full_name(name)].signal
    at = signal.value_at(CYCLE * begin + CYCLE - 1)
    if at is not None and int(at) == value:
        return begin
    changes = (signal[i] for i in range(len(signal)))
    return next((time // CYCLE for time, found in changes if time >= CYCLE * (begin + 1) and int(found) == value), None)


def looked_up(waves, page: str) -> tuple[str, list[str], list[str]]:
    """The page with the waveform's cycles; rows whose cycle is another; rows that are not there at all."""
    moved, wrong = [], []
    last = 0

    def row(match: re.Match) -> str:
        nonlocal last
        cycle, name, value = int(match[1]), match[2], int(match[3])
        found = first_cycle(waves, name, value, last)
        if found is None:
            wrong.append(f"{name} is never {value} from cycle {last} on")
            return match[0]
        if found != cycle:
            moved.append(f"{name} is {value} in cycle {found}, not first in {cycle}")
        last = found
        return match[0].replace(f"| {cycle} |", f"| {found} |", 1)

    return ROW.sub(row, page), moved, wrong


def main() -> None:
    page = PAGE.read_text()
    with tempfile.TemporaryDirectory() as folder:
        text, moved, wrong = looked_up(drawn(TESTS, folder), page)
    if "--write" in sys.argv:
        PAGE.write_text(text)
    else:
        wrong += moved
    tally = Tally(passed=len(ROW.findall(page)) - len(wrong))
    for what in wrong:
        tally.fail(what)
    tally.finish()


if __name__ == "__main__":
    main()
