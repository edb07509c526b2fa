"""Every seeded fault of the RTL is found by random programs: python -m tools.verify.faults [--write]

Runs `godwit cosim --fault NAME` for each, and holds docs/faults.md to what it said; --write renews that page.
"""
import json
import re
import subprocess
import sys

from tools.files import ROOT
from tools.tally import Tally

GODWIT = ROOT / "build/release/bin/godwit"
PAGE = ROOT / "docs/faults.md"
PROGRAMS, SEED = 300, 5
# What the first difference begins with or holds, and the check that this is; the first that fits.
CHECKS = (("an assertion", "an assertion of the RTL"), ("the bus:", "a rule of the bus"), ("it does not end", "nothing moves any more"),
          ("golden has instruction", "order of a unit's instructions"), ("it is one more", "order of a unit's instructions"),
          ("sums of activations", "write of activations: a sum"), ("activations", "write of activations"), ("scales are", "write of scales"),
          ("vector memory", "write to the vector memory"), ("channel ", "external memory at the end"),
          ("saturations at the end", "count of saturations"), ("register 1", "register 1 at the end"), (": error ", "the machine's error register"),
          ("scales ", "write of scales"))


def check_of(difference: str) -> str:
    said = difference.split("\n  ", 1)[-1] if "\n  " in difference else difference
    return next((check for sign, check in CHECKS if sign in said), said)


def find(name: str) -> dict | None:
    done = subprocess.run([GODWIT, "cosim", "--fault", name, "--programs", str(PROGRAMS), "--seed", str(SEED), "--json", "--quiet"],
                          capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 1 else None


def main() -> None:
    tally = Tally()
    listed = subprocess.run([GODWIT, "cosim", "--list-faults"], capture_output=True, text=True, check=True).stdout
    rows = []
    for line in listed.splitlines():
        name, what = line.split(None, 1)
        found = find(name)
        tally.check(found is not None, f"{name} was not found in {PROGRAMS} programs")
        if found is None:
            continue
        index = int(re.search(rf"--replay {SEED}:(\d+)", found["replay"])[1])
        rows.append(f"| {len(rows) + 1} | `{name}` | {what} | {index} | {check_of(found['difference'])} |\n")
        print(rows[-1], end="", flush=True)
    page = PAGE.read_text()
    head, tail = page.split("<!-- faults -->\n")[0], page.split("<!-- end -->")[1]
    table = "| number | name | mistake | in program | seen by |\n| --- | --- | --- | --- | --- |\n" + "".join(rows)
    new = f"{head}<!-- faults -->\n{table}<!-- end -->{tail}"
    if "--write" in sys.argv:
        PAGE.write_text(new)
    tally.check(PAGE.read_text() == new, "docs/faults.md does not say this; python3 -m tools.verify.faults --write, and read what changed")
    tally.finish()


if __name__ == "__main__":
    main()
