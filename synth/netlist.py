"""The chains as a netlist of UltraScale+ cells, in the machine of `ulx3s`' size, run programs beside golden: python -m synth.netlist

Yosys maps a chain (16 lanes: DSP48E2, look-up tables, flip-flops, carries) flat and writes it as Verilog; Verilator builds the machine
with it in place of rtl/chain.sv, the rest as it is, in a build folder of its own; there the embedded model takes a prompt and generates, and what the
machine wrote is compared with golden's. Models of the cells are Yosys' own, that of the DSP48E2 is synth/parts/ultrascale/DSP48E2.sv.
"""
import pathlib
import re
import shutil
import subprocess
import sys

from synth.cells import ULTRASCALE
from synth.elaborate import Unit, elaborate, sources
from synth.yosys import python, run
from tools.files import ROOT
from tools.tally import Tally

FOLDER = ROOT / "build/synth/netlist"
LATENCY = 11
CELL = re.compile(r"^  ([A-Z][A-Z0-9_]+) (?:#\(|\\?[\w$])", re.MULTILINE)
BUILD = ROOT / "build/netlist"
# A carry cell's outputs feed its own inputs, bit by bit; Yosys' flip-flops begin with a delayed assignment.
QUIET = "// verilator lint_off UNOPTFLAT\n// verilator lint_off INITIALDLY\n"
RUN = "run embedded -p And -n 4 --temp 0 --ignore-eos --device rtl --card ulx3s --activations 15 --json"


def cell_models(names: set[str]) -> str:
    """Those of Yosys' simulation models of AMD's cells that are `names`, without their timing. SystemExit where one is missing."""
    question = "import pathlib, pyosys; print(pathlib.Path(pyosys.__file__).parent / 'share/xilinx/cells_sim.v')"
    place = subprocess.run([python(), "-c", question], capture_output=True, text=True, check=True).stdout.strip()
    models = {match[1]: match[0] for match in re.finditer(r"^module (\w+)\b.*?^endmodule\n", pathlib.Path(place).read_text(),
                                                          re.MULTILINE | re.DOTALL)}
    if missing := names - models.keys():
        raise SystemExit(f"Yosys has no model of {', '.join(sorted(missing))}")
    return "".join(re.sub(r"^ *specify\n.*?^ *endspecify\n", "", models[name], flags=re.MULTILINE | re.DOTALL) for name in sorted(names))


def make() -> dict[str, int]:
    """Writes chain.v, cells.v into FOLDER; how many there are of each cell."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-B", ROOT / "src/isa/generate.py", "--into", FOLDER / "generated"], check=True)
    chain = Unit("chain", (("CascadeLatency", LATENCY),))
    elaborate(chain, sources("ultrascale", FOLDER / "generated/godwit_isa_pkg.sv"), FOLDER)
    run(f"read_rtlil {FOLDER}/{chain.name}.il\n{ULTRASCALE.script} -flatten -top chain\nrename chain chain_netlist\n"
        f"write_verilog -noattr {FOLDER}/chain.v\n", FOLDER, "map")
    cells = CELL.findall((FOLDER / "chain.v").read_text())
    (FOLDER / "cells.v").write_text(QUIET + cell_models(set(cells) - {"DSP48E2"}))
    return {name: cells.count(name) for name in sorted(set(cells))}


def main() -> None:
    tally = Tally()
    cells = make()
    print("a chain is " + ", ".join(f"{count} {name}" for name, count in cells.items()), flush=True)
    tally.check(cells.get("DSP48E2") == 16, "a chain of 16 lanes has another number of DSP48E2")
    ninja = shutil.which("ninja") or "ninja"
    for command in (["cmake", "--preset", "release", "-B", str(BUILD), f"-DGODWIT_NETLIST={FOLDER}"],
                    [ninja, "-C", str(BUILD), "godwit"], [str(BUILD / "bin/godwit"), *RUN.split()]):
        done = subprocess.run(command, cwd=ROOT)
        tally.check(done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}")
        if done.returncode:
            break
    tally.finish()


if __name__ == "__main__":
    main()
