"""The slowest path of nextpnr's report, by the instances of rtl/ that it runs through."""
import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Path:
    start: str  # a register's or memory's net, or the cell
    end: str
    logic: float  # ns, in cells
    routing: float  # ns, between them
    through: list[str]  # instances, in order


def outputs(module: dict) -> dict[str, str]:
    """From a cell of a netlist to the name of the net that its first output drives, where it has a name of the design."""
    names = {}
    for net, what in module["netnames"].items():
        if not what.get("hide_name"):
            for place, bit in enumerate(what["bits"]):
                names.setdefault(bit, net if len(what["bits"]) == 1 else f"{net}[{place}]")
    out = {}
    for cell, what in module["cells"].items():
        for port, bits in what["connections"].items():
            if what["port_directions"].get(port) == "output" and bits and bits[0] in names:
                out.setdefault(cell, names[bits[0]])
    return out


def shown(name: str, top: str) -> str:
    """Without the top's own name and what synthesis put behind a cell's."""
    return re.sub(r"^(\w+\.)*?" + re.escape(top) + r"\.", "", name).split("$")[0].rstrip("._")


def instance(name: str) -> str:
    """Where something lies: without its own name."""
    return name.rpartition(".")[0]


def slowest(report: dict, module: dict, top: str) -> Path:
    """Of the paths from one edge of the clock to the next."""
    clocked = [path for path in report["critical_paths"] if path["from"].startswith("posedge") and path["to"].startswith("posedge")]
    steps = max(clocked, key=lambda path: sum(step["delay"] for step in path["path"]))["path"]
    names = outputs(module)
    through: list[str] = []
    for step in steps:
        net = step.get("net", "")
        if net and not net.startswith("$") and "$abc$" not in net and (where := instance(shown(net, top))) and through[-1:] != [where]:
            through.append(where)

    def named(end: dict) -> str:
        cell = end["cell"]
        return shown(names.get(cell, cell), top)

    ns = {kind: sum(step["delay"] for step in steps if (step["type"] == "routing") == (kind == "routing")) for kind in ("logic", "routing")}
    return Path(named(steps[0]["from"]), named(steps[-1]["to"]), ns["logic"], ns["routing"], through)
