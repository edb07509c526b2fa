"""Where a placed machine's multipliers and block RAMs should lie instead.

Nextpnr's placers spread tables well and put the few hard blocks wherever one was left: the mean way to a multiplier was 30 tiles where
tables lie 3 apart. So they are exchanged, each kind among the places that it has, by simulated annealing on the distance to what they
are connected to; a second placement takes these places as given.
"""
import collections
import math
import random
import re

KINDS = ("MULT18X18D", "DP16KD")
SWAPS = 300_000
HOTTEST, COLDEST = 60.0, 0.01  # tiles
CROWD = 40  # a net of more pins says nothing of where one of them should be

Point = tuple[int, int]


def point(bel: str) -> Point:
    """Of a name as X12/Y34/MULT18_0. ValueError for another."""
    found = re.match(r"X(\d+)/Y(\d+)/", bel)
    if not found:
        raise ValueError(f"no place of an ECP5: {bel}")
    return int(found[1]), int(found[2])


def places(placed: dict) -> dict[str, str]:
    """Of each cell of the netlist, from the cells that nextpnr wrote; of a carry cell or a small RAM, which it splits, that of a part."""
    found: dict[str, str] = {}
    for name, what in placed.items():
        if bel := what["attributes"].get("NEXTPNR_BEL"):
            found.setdefault(re.sub(r"\$(CCU2_COMB\d|DPRAM_COMB\d)$", "", name), bel)
    return found


def neighbours(module: dict) -> dict[str, dict[str, float]]:
    """Of each hard block: what it is connected to, and how much it draws."""
    nets: dict[int, set[str]] = collections.defaultdict(set)
    for name, what in module["cells"].items():
        for port, bits in what["connections"].items():
            if not re.search("CLK|WCK", port):
                for bit in bits:
                    if isinstance(bit, int):
                        nets[bit].add(name)
    near: dict[str, dict[str, float]] = {name: collections.Counter() for name, what in module["cells"].items() if what["type"] in KINDS}
    for cells in nets.values():
        if 1 < len(cells) <= CROWD:
            for name in cells & near.keys():
                for other in cells - {name}:
                    near[name][other] += 1 / math.sqrt(len(cells))
    return near


class Exchange:
    """Hard blocks and their places, which swap() exchanges."""

    def __init__(self, module: dict, placed: dict):
        known = places(placed)
        self.near = neighbours(module)
        self.bels = {name: known[name] for name in self.near}
        self.points = {name: point(bel) for name, bel in known.items()}

    def pull(self, name: str, at: Point, partner: str = "") -> float:
        """Tiles to all that a block is connected to but its partner, if it were there."""
        x, y = at
        return sum(weight * (abs(x - to[0]) + abs(y - to[1]))
                   for other, weight in self.near[name].items() if other != partner and (to := self.points.get(other)))

    def gain(self, one: str, two: str) -> float:
        """Tiles fewer if these two change places; the way between them stays."""
        here, there = self.points[one], self.points[two]
        return self.pull(one, here, two) + self.pull(two, there, one) - self.pull(one, there, two) - self.pull(two, here, one)

    def swap(self, one: str, two: str) -> None:
        self.bels[one], self.bels[two] = self.bels[two], self.bels[one]
        self.points[one], self.points[two] = self.points[two], self.points[one]


def rearranged(module: dict, placed: dict, seed: int, swaps: int = SWAPS) -> dict[str, str]:
    """The place of each hard block of the netlist. The same seed gives the same ones."""
    exchange = Exchange(module, placed)
    chance = random.Random(seed)
    kinds = [names for kind in KINDS if len(names := [name for name in exchange.near if module["cells"][name]["type"] == kind]) > 1]
    for step in range(swaps if kinds else 0):
        heat = HOTTEST * (COLDEST / HOTTEST) ** (step / swaps)
        one, two = chance.sample(chance.choice(kinds), 2)
        gain = exchange.gain(one, two)
        if gain > 0 or chance.random() < math.exp(gain / heat):
            exchange.swap(one, two)
    return exchange.bels
