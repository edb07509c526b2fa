"""docs/verification.md: which long checks passed, on which inputs, when, and on what machine."""
import datetime
import os
import pathlib
import re

from tools.files import ROOT, hash_of
from tools.verify.parts import LONG

PAGE = ROOT / "docs/verification.md"
HEAD = """# The long checks

Written by `./test full`, which runs each of these checks again only where its inputs changed: the hash is over the names
and contents of those files. `./test full PART` runs one regardless.

| check | what it proves | inputs | passed on | result | minutes | machine |
| --- | --- | --- | --- | --- | --- | --- |
"""


def machine() -> str:
    """The processor and how many of its cores this process may use: "Xeon ... x 2"."""
    model = "unknown processor"
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)
        model = re.sub(r"\((R|TM)\)", "", found[1]).strip() if found else model
    return f"{model} x {len(os.sched_getaffinity(0))}"


def read() -> dict[str, list[str]]:
    """Rows of the table by the check's name; empty where there is no page yet."""
    if not PAGE.exists():
        return {}
    rows = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 7 and not cells[0].startswith(("check", "---")):
            rows[cells[0]] = cells
    return rows


def passed_before(part) -> str | None:
    """The date on which `part` passed with the inputs as they are, or None."""
    cells = read().get(part.name)
    return cells[3] if cells and cells[2] == hash_of(part.inputs) else None


def write(outcome) -> None:
    """Enter a long check that passed; one that failed loses its row."""
    rows = read()
    part = outcome.part
    rows.pop(part.name, None)
    if outcome.good:
        rows[part.name] = [part.name, part.proves, hash_of(part.inputs), datetime.date.today().isoformat(),
                           outcome.tally.line(), f"{outcome.seconds / 60:.1f}", machine()]
    order = [p.name for p in LONG]
    kept = sorted((row for name, row in rows.items() if name in order), key=lambda row: order.index(row[0]))
    beside = PAGE.with_suffix(".tmp")
    beside.write_text(HEAD + "".join("| " + " | ".join(row) + " |\n" for row in kept))
    beside.replace(PAGE)
