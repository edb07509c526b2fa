"""Tables of a mapped module that share one of the part's: a table of six inputs gives two functions of the same five (AMD UG574, "Look-Up
Table"; LUT6_2 of UG974). What is counted table by table stands twice where a part has it once, as a choice between two words does,
whose bits have the index in common."""
import collections
import itertools
import json
import pathlib

INPUTS_MOST = 5
# Their inputs come from the table below them in the slice, by its own output alone.
BEHIND = ("MUXF7", "MUXF8", "MUXF9", "CARRY4", "CARRY8")
Inputs = frozenset[int]


def small_tables(cells: dict[str, dict]) -> list[Inputs]:
    """Inputs of the tables that could share one, by the cells' names: of five inputs at most, whose output goes to no multiplexer
    or carry chain that lies behind tables."""
    taken = {bit for cell in cells.values() if cell["type"] in BEHIND
             for port, bits in cell["connections"].items() if cell["port_directions"][port] == "input" for bit in bits}
    tables = []
    for _, cell in sorted(cells.items()):
        if cell["type"] not in (f"LUT{n}" for n in range(1, 7)) or cell["connections"]["O"][0] in taken:
            continue
        inputs = frozenset(bits[0] for port, bits in cell["connections"].items() if port != "O" and isinstance(bits[0], int))
        if len(inputs) <= INPUTS_MOST:
            tables.append(inputs)
    return tables


def subsets(inputs: Inputs, size: int) -> list[Inputs]:
    return [frozenset(some) for some in itertools.combinations(sorted(inputs), size)]


def pairs_among(tables: list[Inputs]) -> int:
    """How many pairs of tables have at most five inputs between them and at least one in common; each table is in one pair at most. Those
    with most in common first, each with the largest that fits: not the most pairs that there are, but nearly."""
    left = set(range(len(tables)))
    pairs = 0
    for common in range(INPUTS_MOST, 0, -1):
        sharing: dict[Inputs, dict[int, list[int]]] = collections.defaultdict(lambda: collections.defaultdict(list))
        for number in sorted(left):
            for some in subsets(tables[number], common):
                sharing[some][len(tables[number])].append(number)
        for by_size in sharing.values():
            pairs += pairs_of_one(by_size, common, left)
    return pairs


def pairs_of_one(by_size: dict[int, list[int]], common: int, left: set[int]) -> int:
    """Pairs among tables that have these inputs in common; takes them out of `left`."""
    waiting = {size: [number for number in numbers if number in left] for size, numbers in by_size.items()}
    pairs = 0
    for size in sorted(waiting, reverse=True):
        while waiting[size]:
            number = waiting[size].pop()
            partner = next((other for other in range(INPUTS_MOST + common - size, 0, -1) if waiting.get(other)), None)
            if partner is None:
                break
            left -= {number, waiting[partner].pop()}
            pairs += 1
    return pairs


def pairs_of(netlist: pathlib.Path, module: str) -> int:
    """Pairs in a module of what Yosys' write_json wrote."""
    return pairs_among(small_tables(json.loads(netlist.read_text())["modules"][module]["cells"]))
