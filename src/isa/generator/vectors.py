"""Random legal words with their fields, and words that must be refused: what C++ and SystemVerilog are both held to."""
import dataclasses
import random

from .contract import Contract, Field, Layout
from .cpp import BANNER
from .names import camel
from .systemverilog import field_type

EACH = 12  # words of every layout


@dataclasses.dataclass(frozen=True)
class Vector:
    layout: Layout
    values: dict[str, int]
    word: int


def legal_values(c: Contract, f: Field, layout: Layout) -> list[int]:
    """The extremes and two in between, of those allowed."""
    if f.name == "opcode":
        return [layout.opcode]
    if f.values:
        return list(f.values)
    if f.kind == "choice":
        return list(range(len(c.enums[f.enum].names)))
    middle = [random.randint(f.least, f.most) for _ in range(2)]
    return [value // f.multiple_of * f.multiple_of for value in (f.least, f.most, *middle)]


def pack(layout: Layout, values: dict[str, int]) -> int:
    return sum((values[f.name] & ((1 << f.bits) - 1)) << f.lsb for f in layout.fields)


def all_layouts(c: Contract) -> tuple[Layout, ...]:
    return (*c.instructions, c.descriptor)


def legal(c: Contract) -> list[Vector]:
    random.seed(1)
    out = []
    for layout in all_layouts(c):
        for _ in range(EACH):
            values = {f.name: random.choice(legal_values(c, f, layout)) for f in layout.fields}
            out.append(Vector(layout, values, pack(layout, values)))
    return out


def illegal(c: Contract) -> list[tuple[str, int]]:
    """(layout's name, word): a bit outside the fields, or a value that a field may not have."""
    out = []
    for vector in legal(c)[::EACH]:
        layout = vector.layout
        out += [(layout.name, vector.word | 1 << bit) for bit in (layout.used, 255)]
        for f in layout.fields:
            allowed = set(f.values or range(len(c.enums[f.enum].names)) if f.kind == "choice" or f.values else ())
            bad = [value for value in range(1 << f.bits) if value not in allowed][:2] if allowed else []
            bad += [1] if f.multiple_of > 1 else []
            out += [(layout.name, pack(layout, {**vector.values, f.name: value})) for value in bad]
    known = {layout.opcode for layout in c.instructions}
    return out + [("unknown opcode", code) for code in (0, 6, 0x3F, 0xFF) if code not in known]


def header(c: Contract) -> str:
    """For the C++ test: `name word field=value ...`, and `illegal name word`."""
    lines = [f"{v.layout.name} {v.word:064x} " + " ".join(f"{name}={value}" for name, value in v.values.items())
             for v in legal(c)]
    lines += [f"illegal {'descriptor' if name == 'descriptor' else 'instruction'} {word:064x}" for name, word in illegal(c)]
    rows = "".join(f'    "{line}",\n' for line in lines)
    return BANNER + f"""#pragma once

#include <array>
#include <string_view>

namespace godwit::isa {{

inline constexpr std::array<std::string_view, {len(lines)}> vectors = {{{{
{rows}}}}};

}}  // namespace godwit::isa
"""


def literal(f: Field, value: int) -> str:
    return f"{f.bits}'h{value & (1 << f.bits) - 1:x}"


def compare(condition: str, what: str, indent: str = "    ") -> str:
    return f'{indent}count += agree({condition}, "{what}");\n'


def checker(layout: Layout, c: Contract) -> str:
    """A function that takes a word apart and builds it again from its fields, and counts its comparisons."""
    kind = "descriptor_t" if layout is c.descriptor else f"{layout.name}_instr_t"
    ok = "is_legal_descriptor" if layout is c.descriptor else "is_legal"
    arguments = ",\n      ".join(f"input {field_type(f)} f_{f.name}" for f in layout.fields if f.name != "opcode")
    member = {f.name: f"x.{'header.' if f in c.common else ''}{f.name}" for f in layout.fields}
    wanted = {f.name: f"Op{camel(layout.name)}" if f.name == "opcode" else f"f_{f.name}" for f in layout.fields}
    out = f"  function automatic int unsigned check_{layout.name}(input logic [255:0] word,\n      {arguments});\n"
    out += f"    /* verilator no_inline_task */\n    int unsigned count = 0;\n    {kind} x = {kind}'(word);\n"
    out += compare(f"{ok}(word)", f"{layout.name} is legal")
    for f in layout.fields:
        out += compare(f"{member[f.name]} == {wanted[f.name]}", f"{layout.name}.{f.name}")
    out += "    x = '0;\n"
    out += "".join(f"    {member[f.name]} = {wanted[f.name]};\n" for f in layout.fields)
    out += compare("x == word", f"{layout.name} built from its fields")
    if layout.unit:
        out += compare(f"unit_of(x.header.opcode) == Unit{camel(layout.unit)}", f"unit of {layout.name}")
    return out + "    return count;\n  endfunction\n\n"


def call(v: Vector, c: Contract) -> str:
    arguments = []
    for f in v.layout.fields:
        if f.kind == "choice":
            arguments.append(f"{camel(f.enum)}{camel(c.enums[f.enum].names[v.values[f.name]])}")
        elif f.name != "opcode":
            arguments.append(literal(f, v.values[f.name]))
    return f"    count += check_{v.layout.name}(256'h{v.word:064x} ^ fault, {', '.join(arguments)});\n"


def checksum(table: str, part: str, numbers: tuple[int, ...]) -> str:
    """Of a table's numbers, each weighted by its place."""
    name = camel(table) + part
    wanted = sum((i + 1) * number for i, number in enumerate(numbers))
    return (f"    begin\n      automatic longint total = 0;\n      for (int i = 0; i < {len(numbers)}; ++i) "
            f"total += (64'sd1 + longint'(i)) * longint'({name}[i]);\n"
            + compare(f"total == {'-' if wanted < 0 else ''}64'sd{abs(wanted)}", name, "      ") + "    end\n")


def module(c: Contract) -> str:
    out = BANNER + """`default_nettype none

/// Holds godwit_isa_pkg to the vectors that the C++ codec is held to; ends with the number of comparisons or $fatal.
/// +fault turns one bit of every word, to show that this is seen.
module godwit_isa_vectors;
  import godwit_isa_pkg::*;

  function automatic int unsigned agree(input logic good, input string what);
    /* verilator no_inline_task */
    if (!good) $fatal(1, "differs: %s", what);
    return 1;
  endfunction

"""
    out += "".join(checker(layout, c) for layout in all_layouts(c))
    out += "  initial begin\n    automatic int unsigned count = 0;\n"
    out += "    automatic logic [255:0] fault = $test$plusargs(\"fault\") != 0 ? 256'h1 << 24 : '0;\n"
    out += "".join(call(v, c) for v in legal(c))
    for name, word in illegal(c):
        ok = "is_legal_descriptor" if name == "descriptor" else "is_legal"
        out += compare(f"!{ok}(256'h{word:064x})", f"{name} is refused")
    for layout in (*c.formats, *(r.layout for r in c.registers)):
        kind = f"{layout.name}_t" if layout in c.formats else f"reg_{layout.name}_t"
        width = layout.used if layout in c.formats else layout.width
        for f in layout.fields:
            ones = literal(f, -1)
            value = f"{f.enum}_e'({ones})" if f.enum else ones
            out += f"    begin\n      automatic {kind} x = '0;\n      x.{f.name} = {value};\n"
            out += compare(f"x == {width}'h{((1 << f.bits) - 1) << f.lsb:x}", f"{kind}.{f.name}", "      ") + "    end\n"
    out += "".join(checksum(t.name, part, numbers) for t in c.tables
                   for part, numbers in (("Value", t.values), ("Slope", t.slopes)))
    return out + '    $display("%0d comparisons agree", count);\n    $finish;\n  end\nendmodule\n\n`default_nettype wire\n'
