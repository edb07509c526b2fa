"""Which paths are long, before anything is placed: python -m synth.paths --card C [--module M --set Name=Value ...] [--ns N]

Maps the card's whole machine flat, or one module of it alone with the parameters that are given, and adds up what cells take along
each path and what lies between two of them, as a placed machine has it in the mean. For each pair of instances the slowest path
stands in one line: ns, ends like it, cells on it, where it ends <- what it comes through. It says in minutes where to cut; what the
clock is says place and route (synth/place.py). For ECP5 alone.
"""
import argparse
import collections
import dataclasses
import json
import pathlib
import re

from synth.__main__ import family_of
from synth.place import map_flat
from tools.files import ROOT

# ns, of speed grade 6, as nextpnr's reports show them.
CLOCK_TO_OUTPUT = {"TRELLIS_FF": 0.5, "DP16KD": 5.6, "PDPW16KD": 5.6}
SETUP = {"DP16KD": 0.3, "PDPW16KD": 0.3}
LUT, MULTIPLIER, CARRY, INTO_CARRY, OUT_OF_CARRY = 0.24, 3.6, 0.07, 0.45, 0.45
# Between two cells of a machine that fills four fifths of its part: the mean of what was placed, and more where many are driven.
WAY = 0.95
CROWDS = ((8, 0.25), (32, 0.25), (128, 0.5))


@dataclasses.dataclass(frozen=True)
class End:
    net: int
    cell: str
    kind: str  # of cell
    port: str


@dataclasses.dataclass
class Netlist:
    """Nets by number: what drives them, and what their paths end at."""

    arcs: dict[int, list[tuple[int, float]]]  # from a net to those that it is computed from, and in what time
    starts: dict[int, float]  # ns after the clock
    ends: list[End]
    driven: collections.Counter  # pins
    carries: set[int]  # go from a carry cell to the next without a way between
    names: dict[int, str]  # of the design
    owns: dict[str, str]  # from a cell to the name of what it drives


def through(kind: str, source: str, target: str) -> float | None:
    """ns from an input of a cell to one of its outputs; None where there is a clock between, or no way."""
    if kind == "LUT4" or (kind == "TRELLIS_DPR16X4" and source == "RAD"):
        return LUT
    if kind == "MULT18X18D" and re.fullmatch(r"[AB]\d+", source):
        return MULTIPLIER
    if kind == "CCU2C":
        if source == "CIN":
            return CARRY if target == "COUT" else OUT_OF_CARRY
        if target == "S0" and source.endswith("1"):
            return None
        return LUT if target == f"S{source[-1]}" else INTO_CARRY
    return None


def read(module: dict) -> Netlist:
    names: dict[int, str] = {}
    for name, what in module["netnames"].items():
        if what.get("hide_name") or "$" in name:
            continue
        for place, bit in enumerate(what["bits"]):
            known = name if len(what["bits"]) == 1 else f"{name}[{place}]"
            if isinstance(bit, int) and (bit not in names or len(known) < len(names[bit])):
                names[bit] = known
    out = Netlist({}, {}, [], collections.Counter(), set(), names, {})
    for cell, what in module["cells"].items():
        kind, directions = what["type"], what["port_directions"]
        pins = [(port, bit) for port, bits in what["connections"].items() for bit in bits if isinstance(bit, int)]
        sources = [pin for pin in pins if directions[pin[0]] == "input"]
        targets = [pin for pin in pins if directions[pin[0]] == "output"]
        out.driven.update(bit for _, bit in sources)
        out.carries.update(bit for port, bit in targets if kind == "CCU2C" and port == "COUT")
        out.owns[cell] = next((names[bit] for _, bit in targets if bit in names), cell)
        passed = set()
        for target, net in targets:
            ways = [(bit, ns) for source, bit in sources if (ns := through(kind, source, target)) is not None]
            passed.update(source for source, _ in sources if through(kind, source, target) is not None)
            if ways:
                out.arcs[net] = ways
            else:
                out.starts[net] = CLOCK_TO_OUTPUT.get(kind, 0)
        out.ends += [End(bit, cell, kind, port) for port, bit in sources if port not in passed and not re.search("CLK|WCK", port)]
    return out


class Times:
    """When each net is there, ns after the clock, and through which one."""

    def __init__(self, netlist: Netlist):
        self.netlist = netlist
        self.known: dict[int, tuple[float, int | None]] = {}

    def way(self, net: int) -> float:
        if net in self.netlist.carries:
            return 0
        return WAY + sum(ns for pins, ns in CROWDS if self.netlist.driven[net] > pins)

    def at(self, net: int) -> float:
        stack = [net]
        while stack:
            here = stack[-1]
            ways = self.netlist.arcs.get(here, [])
            missing = [source for source, _ in ways if source not in self.known]
            if here not in self.known and missing:
                stack += missing
                if len(stack) > 1_000_000:
                    raise SystemExit(f"a loop through {self.netlist.names.get(here, here)}")
                continue
            stack.pop()
            if here not in self.known:
                latest = max(((self.known[source][0] + self.way(source) + ns, source) for source, ns in ways), default=None)
                self.known[here] = latest or (self.netlist.starts.get(here, 0), None)
        return self.known[net][0]

    def end(self, end: End) -> float:
        return self.at(end.net) + self.way(end.net) + SETUP.get(end.kind, 0)

    def path(self, end: End) -> list[int]:
        """Its nets, from the end back to the start."""
        nets, net = [], end.net
        self.at(net)
        while net is not None:
            nets.append(net)
            net = self.known[net][1]
        return nets


def plain(name: str) -> str:
    """Without the top's name, the bit, and what synthesis put behind a cell's name."""
    return re.split(r"_(?:TRELLIS|LUT4|CCU2C|DPR|DP16|PDPW|MULT)", re.sub(r"\[\d+\]$", "", name))[0].removeprefix("u_machine.")


def lines(netlist: Netlist, least: float) -> list[str]:
    times = Times(netlist)
    slow = sorted(((ns, end) for end in netlist.ends if (ns := times.end(end)) >= least), key=lambda found: -found[0])
    pairs: dict[tuple[str, str], list[tuple[float, End]]] = collections.defaultdict(list)
    for ns, end in slow:
        names = [plain(netlist.names[net]) for net in times.path(end) if net in netlist.names]
        pairs[plain(netlist.owns[end.cell]).rpartition(".")[0], names[-1].rpartition(".")[0] if names else ""].append((ns, end))
    out = []
    for found in pairs.values():
        ns, end = found[0]
        nets = times.path(end)
        names = [plain(netlist.names[net]) for net in nets if net in netlist.names]
        names = [name for place, name in enumerate(names) if place == 0 or name != names[place - 1]]
        pin = "" if end.kind == "TRELLIS_FF" and end.port == "DI" else f" {end.kind} {end.port}"
        out.append(f"{ns:5.1f} ns  {len(found):5} ends  {len(nets):3} cells  {plain(netlist.owns[end.cell])}{pin} <- {' < '.join(names)}")
    return out


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m synth.paths", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--card", required=True, help="of configs/cards, with an ECP5")
    words.add_argument("--module", default="scanned", help="of rtl/, alone (default: the whole machine)")
    words.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the module")
    words.add_argument("--ns", type=float, default=17, help="of the shortest path to be shown (default: 17)")
    given = words.parse_args()
    _, family = family_of(given.card)
    if not family.flat:
        raise SystemExit(f"the machine of {given.card} cannot be mapped flat: its part is no ECP5")
    folder: pathlib.Path = ROOT / "build/synth/paths" / given.card / given.module
    folder.mkdir(parents=True, exist_ok=True)
    netlist = map_flat(given.card, family, folder, given.module, dict(one.split("=", 1) for one in given.set))
    print("\n".join(lines(read(json.loads(netlist.read_text())["modules"][given.module]), given.ns)))


if __name__ == "__main__":
    main()
