"""What a mapped cell takes of a part, by family of FPGAs: look-up tables, flip-flops, multipliers, block RAMs (of 36 kbit, halves
counted), UltraRAMs. Names of UltraScale+ cells: AMD UG974; what a slice holds: UG574. Of ECP5: Yosys' cells of techlibs/ecp5."""
import dataclasses

KINDS = ("lut", "ff", "dsp", "bram36", "uram")
PAIR = "two tables that share one"  # in counts of cells, where cells have their names


@dataclasses.dataclass(frozen=True)
class Family:
    name: str
    maps: tuple[str, ...]  # files that the script reads
    script: str  # of Yosys, which maps the design to the family's cells and keeps its hierarchy; ends open, for more options
    cells: dict[str, tuple[str, float]]  # kind and number
    free: frozenset[str]  # take none of what is counted
    flat: str = ""  # of Yosys, which maps {top} with all borders of its modules open; empty where nothing is placed
    paired: bool = False  # two tables may share one of the part's: synth.pairs
    products: str = ""  # a file of rules for $mul, of operands as narrow as their values, that go before the script


def all_of(kind: str, cells: dict[str, float]) -> dict[str, tuple[str, float]]:
    return {cell: (kind, number) for cell, number in cells.items()}


# Memories in look-up tables count the tables that they occupy. A carry chain of UltraScale+ lies behind tables that are counted as
# what they compute; an inverter in the table that it feeds. Memories that are wide and deep lie in UltraRAM, as docs/architecture.md
# plans; others where Yosys puts them. Delays are flip-flops (-nosrl), of which the part has twice as many as tables.
# No `opt_expr -mux_undef` before: it made the decoder 6,267 tables instead of 4,014.
ULTRASCALE = Family(
    "ultrascale", ("synth/maps/ultrascale.v",),
    'setattr -set ram_style "huge" activation_memory/m:* vector_bank/m:*\ntechmap -map synth/maps/ultrascale.v\n'
    "synth_xilinx -family xcup -widemux 5 -nosrl -noiopad -noclkbuf",
    {**all_of("lut", {**{f"LUT{n}": 1 for n in range(1, 7)}, "SRL16E": 1, "SRLC32E": 1, "RAM32X1S": 1, "RAM64X1S": 1, "RAM32X1D": 2,
                      "RAM64X1D": 2, "RAM128X1S": 2, "RAM128X1D": 4, "RAM256X1S": 4, "RAM256X1D": 8, "RAM512X1S": 8, "RAM32M": 4,
                      "RAM64M": 4, "RAM32M16": 8, "RAM64M8": 8}),
     **all_of("ff", {"FDRE": 1, "FDSE": 1, "FDCE": 1, "FDPE": 1}),
     **all_of("dsp", {"DSP48E2": 1}), **all_of("bram36", {"RAMB18E2": 0.5, "RAMB36E2": 1}), **all_of("uram", {"URAM288": 1})},
    frozenset(("MUXF7", "MUXF8", "MUXF9", "CARRY4", "CARRY8", "INV", "VCC", "GND")), paired=True,
    products="synth/maps/ultrascale_products.v")

# A carry cell is two tables; a memory of 16 x 4 takes four, and two more write it. DP16KD has 18 kbit. Tables by ABC's older mapper and
# none wider than four inputs: with synth_lattice's own, which is for speed and joins up to eight by multiplexers, the window of
# granules took 17,442 where these are 3,107. What is read of a word in the cycle in which it is written is used of none of the memories
# named: Yosys need not put registers and a choice beside them that give the old one.
UNCHECKED = "setattr -set no_rw_check 1 activation_memory*/m:* vector_bank*/m:* instruction_cache*/m:* best_heap*/m:* place_memory*/m:*\n"
SYNTH_ECP5 = "synth_lattice -family ecp5 -nowidelut"
TABLES_ECP5 = f"abc -lut 4 -dress\nclean\n{SYNTH_ECP5}"
# Flat only when words have become adders and memories: cells shared among all of the machine's would be sought for long.
FLAT_ECP5 = (f"{UNCHECKED}{SYNTH_ECP5} -noflatten -top {{top}} -run :map_ram\nflatten\nopt\nclean\n"
             f"{SYNTH_ECP5} -top {{top}} -run map_ram:map_luts\n{TABLES_ECP5} -top {{top}} -run map_cells:")
ECP5 = Family(
    "ecp5", (), f"{UNCHECKED}{SYNTH_ECP5} -noflatten -run :map_luts\n{TABLES_ECP5} -noflatten -run map_cells:",
    {**all_of("lut", {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 6}), **all_of("ff", {"TRELLIS_FF": 1}),
     **all_of("dsp", {"MULT18X18D": 1}), **all_of("bram36", {"DP16KD": 0.5, "PDPW16KD": 0.5})},
    frozenset(("PFUMX", "L6MUX21", "$scopeinfo")), FLAT_ECP5)

FAMILIES = {family.name: family for family in (ULTRASCALE, ECP5)}


def taken(family: Family, cell: str) -> tuple[str, float] | None:
    """What kind of resource `cell` takes and how many, or None where it takes none. KeyError for a cell not known here: a
    count that leaves something out would be worse than none."""
    if cell in family.free:
        return None
    return family.cells[cell]
