"""What the machine of a card takes of its FPGA, module by module, mapped by Yosys: python -m synth --card C [--check]

The result goes to configs/synthesis/C.toml, which `godwit synth` and docs/qor.md show; with --check nothing is written, and any
difference from what stands there is an error. Every module is mapped once, for itself, and counted as often as it stands in
the machine; what a whole design would share or lose across borders of modules is not known here.
"""
import argparse
import pathlib
import subprocess
import sys
import tomllib

from synth.cells import FAMILIES, KINDS, Family
from synth.elaborate import Unit, elaborate, sources
from synth.hierarchy import rows_of, total_of
from synth.mapping import counts_of
from synth.yosys import version
from tools.files import ROOT
from tools.rtl_parameters import parameters, values
from tools.tally import Tally

# What a family's own modules need to be told: the cascade of DSP48E2 takes three cycles more than there are lanes.
EXTRA = {"ultrascale": {"CascadeLatency": 11}, "ecp5": {}}


def family_of(card: str) -> tuple[str, Family]:
    """The card's part and its family. SystemExit where the card has no FPGA or its family is not known here."""
    board = tomllib.loads((ROOT / f"configs/boards/{card}.toml").read_text())
    if "part" not in board:
        raise SystemExit(f"the card {card} is only simulated: there is no FPGA to map it to")
    name = tomllib.loads((ROOT / f"configs/parts/{board['part']}.toml").read_text())["family"]
    return board["part"], FAMILIES[name]


def counted_of(card: str, family: Family, folder: pathlib.Path) -> dict[str, dict[str, dict[str, int]]]:
    """Cells by type of each mapped module, unit by unit (synth.elaborate)."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-B", ROOT / "src/isa/generate.py", "--into", folder / "generated"], check=True)
    files = sources(family.name, folder / "generated/godwit_isa_pkg.sv")
    machine = Unit("machine", tuple({**parameters(card), **EXTRA[family.name]}.items()))
    waiting, counted = [machine], {}
    while waiting:
        unit = waiting.pop()
        if unit.name in counted:
            continue
        waiting += elaborate(unit, files, folder)
        counted[unit.name] = counts_of(unit.name, family, folder)
    return counted


def number(value: float) -> str:
    return f"{int(value):_}" if value == int(value) else f"{value:_}"


def text_of(card: str, part: str, rows: list[dict], units: list[dict]) -> str:
    total = total_of(rows)
    lines = [f"# What the machine of {card} takes of its FPGA, mapped module by module; made by: python -m synth --card {card}",
             f'part = "{part}"', f'tool = "{version()}"',
             "modules = [" + ", ".join(f'"{row["module"]}"' for row in rows) + "]", "", "[sizes]",
             *(f"{key} = {value:_}" for key, value in values(card).items()), "", "[total]",
             *(f"{kind} = {number(-(-total[kind] // 1))}" for kind in KINDS)]
    if total["lut_pairs"]:
        lines += [f"lut_pairs = {total['lut_pairs']:_}  # of lut: hold two of the tables that were mapped (synth/pairs.py)"]
    for table, own, remark in (("unit", units, "with what it holds but other units"), ("module", rows, "without what it holds")):
        for row in own:
            lines += ["", f"[{table}.{row['module']}]  # {remark}", f"instances = {row['instances']}",
                      *(f"{kind} = {number(row[kind])}" for kind in KINDS)]
    return "\n".join(lines) + "\n"


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m synth", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--card", required=True, help="of configs/cards, with an FPGA")
    words.add_argument("--check", action="store_true", help="compare with the result that is there instead of writing it")
    given = words.parse_args()
    part, family = family_of(given.card)
    rows, units = rows_of(counted_of(given.card, family, ROOT / "build/synth" / given.card), family)
    text = text_of(given.card, part, rows, units)
    place = ROOT / f"configs/synthesis/{given.card}.toml"
    if given.check:
        tally = Tally()
        tally.check(place.exists() and place.read_text() == text, f"{place.relative_to(ROOT)} is not what Yosys counts now; "
                                                                  f"python -m synth --card {given.card}, and read what changed")
        tally.finish()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    total = total_of(rows)
    print(f"{given.card} on {part}: " + ", ".join(f"{kind} {number(total[kind])}" for kind in KINDS))


if __name__ == "__main__":
    main()
