"""docs/isa.md: the reference page."""
from .contract import Contract, Field, Layout

HEAD = """# The instruction set

<!-- Made from src/isa/isa.toml; `cmake --build build/release --target isa_docs` renews it. -->

Version {version} of the contract between the compiler, the machine and its models ([the machine](architecture.md),
[why this is data](why/isa-as-data.md)). Numbers are unsigned unless *signed* stands beside them; bit 0 is the lowest. Bits that no
field has are zero; decoders refuse words where they are not, opcodes that are not here, and values that a field may not have. Three
fields `x`, `x_reg` and `x_stride` are one affine operand: x + register x stride, resolved when the instruction is sent to its unit.

"""

BEATS = """## Beats and chunks

A beat is what the lanes take in one cycle, all of it from one chunk. In the stream its positions come first (bitmaps: 16 bits a row and
block; indices: four bit planes), then its codes (a bit plane for each bit, the sign last). A chunk's kind says which beats it has.

"""

TABLES = """## Tables

Values where an interval begins, and slopes, made by `src/isa/generator/tables.py`; `src/isa/functions.h` says how they are used, [the numbers](precision_policy.md)
how exact that is.

"""

TEXT = """## Assembler text

One instruction a line: its name, then every field as `name=value` in any order; semaphores are left out where there is none.

```
.reg layer r4                  # a name for a scalar register
.equ layers 12                 # a name for a number
.matrix head offset=0 granules=4096 block_rows=8 rows=64 inputs=256 bits=8 group=0 pattern=dense bias=0 two_digits=1
set rd=layer value=0
loop count=layers body=done    # up to the label
  stream matrix=layer*4 signal_a=2
  matmul matrix=layer*4+2 tokens=r3 from=0 to=4096 activation=gelu_tanh combine=none other=0 wait_a=2
  set rd=layer value=layer+1
done:
end
```

A value is a number (decimal, or hexadecimal as `0x1f`), a register (`r0` to `r15` or its name), one of an enumeration's names, a label,
or an expression of those with `+`, `-`, `*` and parentheses, in which one register may stand, times a number. `.matrix` adds a matrix
descriptor; its name, which may be left out, stands for its number. Everything after `#` is a comment.
"""


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def table(*heads: str) -> str:
    return row(*heads) + row(*("---" for _ in heads))


def bits(f: Field) -> str:
    return str(f.lsb) if f.bits == 1 else f"{f.msb}:{f.lsb}"


def meaning(f: Field, c: Contract) -> str:
    out = f.text
    if f.enum:
        out += ": " + ", ".join(f"{i} `{name}`" for i, name in enumerate(c.enums[f.enum].names))
    if f.values:
        out += f" ({', '.join(map(str, f.values))})"
    if f.multiple_of > 1:
        out += f" (a multiple of {f.multiple_of})"
    return out + (" (signed)" if f.signed else "")


def fields(c: Contract, layout: Layout, chosen: tuple[Field, ...], width: int) -> str:
    out = table("bits", "field", "meaning")
    out += "".join(row(bits(f), f"`{f.name}`", meaning(f, c)) for f in chosen)
    if layout.used < width:
        out += row(f"{width - 1}:{layout.used}", "", "zero")
    return out + "\n"


def page(c: Contract) -> str:
    out = HEAD.format(version=c.version)
    out += "## Sizes\n\n" + table("name", "value", "what")
    out += "".join(row(f"`{name}`", value, text) for name, (value, text) in c.sizes.items())
    out += "\n## Number formats\n\n"
    for layout in c.formats:
        out += f"**{layout.name}**, {layout.used} bits. {layout.text}\n\n" + fields(c, layout, layout.fields, layout.used)
    out += BEATS + table("beat", "blocks", "inputs kept of each row of a block", "granules of positions", "granules of codes of b bits")
    for b in c.beats:
        positions = f"{b.position_granules}, {b.positions}" if b.position_granules else "none"
        codes = "b" if b.planes_a_granule == 1 else f"b / {b.planes_a_granule}, rounded up"
        out += row(f"`{b.name}`", b.blocks, b.kept, positions, codes)
    out += "\n" + table("number", "chunk", "beats")
    out += "".join(row(i, f"`{chunk.name}`", ", ".join(beat.name for beat in chunk.beats)) for i, chunk in enumerate(c.chunks))
    out += "\n" + TABLES + table("table", "intervals", "up to", "fraction bits", "function")
    out += "".join(row(f"`{t.name}`", len(t.values), len(t.values) >> t.step_bits, t.fraction_bits, t.text) for t in c.tables)
    out += "\n## Units\n\n" + table("unit", "opcodes", "what it does")
    out += "".join(row(u.name, f"0x{u.first:02x} to 0x{u.last:02x}", u.text) for u in c.units)
    out += "\n## Every instruction\n\n"
    common = Layout("common", 0, "", c.common)
    out += fields(c, common, c.common, 0)
    out += f"Semaphore {c.no_semaphore} means none.\n\n"
    out += table("opcode", "instruction", "unit", "what it does")
    out += "".join(row(f"0x{i.opcode:02x}", f"[`{i.name}`](#{i.name})", i.unit, i.text) for i in c.instructions)
    for layout in c.instructions:
        out += f"\n### {layout.name}\n\n{layout.text} Opcode 0x{layout.opcode:02x}, unit {layout.unit}.\n\n"
        out += fields(c, layout, layout.fields[len(c.common):], layout.width).rstrip("\n") + "\n"
    out += f"\n## Matrix descriptor\n\n{c.descriptor.text}\n\n" + fields(c, c.descriptor, c.descriptor.fields, 256)
    out += "## Registers of the host\n\nAXI4-Lite, byte addresses.\n"
    for r in c.registers:
        out += f"\n**{r.layout.name}** at 0x{r.address:02x}, {r.layout.width} bits, {r.access}. {r.layout.text}\n\n"
        out += fields(c, r.layout, r.layout.fields, r.layout.width).rstrip("\n") + "\n"
    return out + "\n" + TEXT
