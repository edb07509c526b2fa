"""Modules mapped to a family's cells and counted, each once: what was counted of the same text by the same script is not mapped again."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import threading

from synth.cells import PAIR, Family
from synth.pairs import pairs_of
from synth.rtlil import modules_of, plain
from synth.yosys import run, version
from tools.files import ROOT

PORT = re.compile(r"^  wire (?:.* )?(?:input|output|inout) \d+ .*\n", re.MULTILINE)


CELL = re.compile(r"^(  cell )(\\\S+)( .*)$", re.MULTILINE)


def held(body: str) -> list[str]:
    """The modules that stand in this one, and the part's own cells, in the order in which they come."""
    return list(dict.fromkeys(match[2] for match in CELL.finditer(body)))


def split(family: Family, body: str) -> str:
    """What goes before the family's script for a module with products."""
    if not family.products or "cell $mul" not in body:
        return ""
    return f"wreduce t:$mul\ntechmap -map {family.products} t:$mul\n"


def key_of(tool: str, family: Family, body: str) -> str:
    """The same for the same text, whatever number the modules have that stand in it."""
    numbers = {name: f"{plain(name)}@{i}" for i, name in enumerate(held(body))}
    text = CELL.sub(lambda cell: cell[1] + numbers[cell[2]] + cell[3], body)
    maps = "".join((ROOT / path).read_text() for path in family.maps) if "cell $bmux" in body else ""  # which they are for
    if family.paired:
        maps += (ROOT / "synth/pairs.py").read_text()
    if before := split(family, body):
        maps += before + (ROOT / family.products).read_text()
    return hashlib.sha256("\n".join((tool, family.script, maps, text)).encode()).hexdigest()


def box(name: str, body: str) -> str:
    """The module as a black box: its ports alone."""
    return f"attribute \\blackbox 1\nmodule {name}\n{''.join(PORT.findall(body))}end\n"


def numbered(cells: dict[str, int], inside: list[str]) -> dict[str, int]:
    """Modules by their place in `inside` (which has RTLIL's backslash, where cells have none)."""
    return {str(inside.index(f"\\{cell}")) if f"\\{cell}" in inside else cell: number for cell, number in cells.items()}


def named(cells: dict[str, int], inside: list[str]) -> dict[str, int]:
    return {inside[int(cell)].removeprefix("\\") if cell.isdigit() else cell: number for cell, number in cells.items()}


def mapped(unit: str, family: Family, folder: pathlib.Path, name: str, modules: dict[str, tuple[str, str]]) -> dict[str, int]:
    """Cells by type of one module, which is mapped alone, what it holds as black boxes: Yosys' mapper copies the whole design for
    every module of it."""
    body = modules[name][1]
    inside = held(body)
    place = folder.parent / "counted" / key_of(version(), family, body)
    if not place.exists():
        alone = f"{unit}.{name[1:].replace('$', '-')}"
        boxes = "".join(box(other, modules[other][1]) for other in inside if other in modules)
        (folder / f"{alone}.il").write_text(f"{boxes}module {name}\n{body}end\n")
        netlist = f"select -module {name}\nwrite_json -selected {folder}/{alone}.net.json\n" if family.paired else ""
        run(f"read_rtlil {folder}/{alone}.il\n{split(family, body)}{family.script} -top {name}\ntee -q -o {folder}/{alone}.json stat -json\n{netlist}", folder, alone)
        cells = json.loads((folder / f"{alone}.json").read_text())["modules"][name]["num_cells_by_type"]
        if family.paired:
            cells[PAIR] = pairs_of(folder / f"{alone}.net.json", name[1:])
            (folder / f"{alone}.net.json").unlink()
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"{place.name}.{threading.get_ident()}")
        part.write_text(json.dumps(numbered(cells, inside)))
        part.rename(place)
    return named(json.loads(place.read_text()), inside)


def counts_of(unit: str, family: Family, folder: pathlib.Path) -> dict[str, dict[str, int]]:
    """Cells by type of every module in FOLDER/UNIT.il, whose black boxes are other units or the part's cells; as many at once as there
    are processors."""
    modules = modules_of((folder / f"{unit}.il").read_text())
    names = [name for name, (attributes, _) in modules.items() if "blackbox" not in attributes]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(lambda name: mapped(unit, family, folder, name, modules), names)))
