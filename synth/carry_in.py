"""Carry chains that begin with a constant, without the cell that feeds it in.

Nextpnr gives a chain whose first carry is no other cell's two tables more, through which the constant comes over a wire from wherever
there is one. Here the first half of the first cell works out its carry from what it adds, and its sum, where anything reads it, goes into
a table of its own. What a CCU2C's half computes: Yosys' techlibs/lattice/cells_sim_ecp5.v; with T its table of A, B, C, D and G that of A
and B alone: sum = T xor carry in, carry out = T ? carry in : G.
"""
import collections

OWN = 16  # bits of a table


def bits(parameter: str) -> list[int]:
    """A table, its lowest place first."""
    return [int(bit) for bit in reversed(parameter[-OWN:])]


def constant(connection: list) -> int | None:
    return int(connection[0]) if connection[0] in ("0", "1") else None


def first_half(table: list[int], carry: int, c: int, d: int) -> tuple[list[int], list[int]]:
    """Sum and carry out of A and B (A is the low bit of a place)."""
    full = [table[ab | c << 2 | d << 3] for ab in range(4)]
    return [value ^ carry for value in full], [carry if full[ab] else table[ab] for ab in range(4)]


def text(table: list[int]) -> str:
    return "".join(str(bit) for bit in reversed(table))


def without_feeds(module: dict) -> int:
    """Changes the netlist; how many chains it were."""
    read = collections.Counter(bit for what in module["cells"].values() for port, nets in what["connections"].items()
                               if what["port_directions"][port] == "input" for bit in nets)
    net = max((bit for what in module["cells"].values() for nets in what["connections"].values() for bit in nets if isinstance(bit, int)), default=1)
    sums, chains = {}, 0
    for name, what in module["cells"].items():
        if what["type"] != "CCU2C" or what["parameters"]["INJECT1_0"] != "NO":
            continue
        ports = what["connections"]
        carry, c, d = constant(ports["CIN"]), constant(ports["C0"]), constant(ports["D0"])
        if carry is None or c is None or d is None:
            continue
        total, out = first_half(bits(what["parameters"]["INIT0"]), carry, c, d)
        chains += 1
        # T is zero, as C and D are one: the carry out is G.
        what["parameters"]["INIT0"] = text(out + [0] * (OWN - 4))
        ports |= {"CIN": ["x"], "C0": ["1"], "D0": ["1"]}
        if read[ports["S0"][0]]:
            net += 1
            sums[f"{name}.sum"] = {
                "type": "LUT4", "parameters": {"INIT": text(total * 4)}, "attributes": {},
                "port_directions": {**dict.fromkeys("ABCD", "input"), "Z": "output"},
                "connections": {"A": ports["A0"], "B": ports["B0"], "C": ["0"], "D": ["0"], "Z": ports["S0"]}}
            ports["S0"] = [net]
    module["cells"].update(sums)
    return chains
