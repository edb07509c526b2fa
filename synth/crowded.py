"""Which tiles should stay without tables, so that what lies around them can be routed.

Nextpnr's static placer fills a part evenly with tables, whatever these are connected to. Where most pins lie (a machine's decoder and its
multiplexers) there are not wires enough, and its router comes to no end. So in the quarter of the part with most pins each third row of
tiles is given to tables of nothing: the rows are whole ones, as carry chains go along them, and the wires above them are free.
"""
import collections

from synth.hard_blocks import Point, point

SHARE = 0.25  # of the part's tiles
EACH = 3  # rows
REACH = 4  # tiles to each side that a tile's pins are summed over
SLICES = tuple(f"SLICE{name}.K{table}" for name in "ABCD" for table in (0, 1))
BESIDE = "CLK", "WCK", "CIN", "COUT", "FCI", "FCO"  # ports with wires of their own


def pins(placed: dict) -> dict[Point, int]:
    """Of each tile with tables, from the cells that nextpnr wrote."""
    found: dict[Point, int] = collections.Counter()
    for what in placed.values():
        bel = what["attributes"].get("NEXTPNR_BEL", "")
        if "/SLICE" in bel:
            found[point(bel)] += sum(isinstance(bit, int) for port, bits in what["connections"].items() if port not in BESIDE for bit in bits)
    return found


def around(counts: dict[Point, int], at: Point) -> int:
    return sum(counts.get((x, y), 0) for x in range(at[0] - REACH, at[0] + REACH + 1) for y in range(at[1] - REACH, at[1] + REACH + 1))


def empty_tiles(placed: dict) -> list[Point]:
    """In order of their columns."""
    counts = pins(placed)
    densest = sorted(counts, key=lambda tile: (-around(counts, tile), tile))[:int(len(counts) * SHARE)]
    return sorted(tile for tile in densest if tile[1] % EACH == 0)


def keep_empty(module: dict, tiles: list[Point]) -> int:
    """Puts a table of nothing into each place of these tiles; how many there are now."""
    net = max((bit for what in module["cells"].values() for bits in what["connections"].values() for bit in bits if isinstance(bit, int)), default=1)
    for x, y in tiles:
        for place in SLICES:
            net += 1
            module["cells"][f"empty.X{x}/Y{y}/{place}"] = {
                "type": "LUT4", "parameters": {"INIT": "0" * 16}, "attributes": {"BEL": f"X{x}/Y{y}/{place}"},
                "port_directions": {**dict.fromkeys("ABCD", "input"), "Z": "output"},
                "connections": {**{port: ["x"] for port in "ABCD"}, "Z": [net]}}
    return len(tiles) * len(SLICES)
