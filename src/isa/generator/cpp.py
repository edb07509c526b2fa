"""isa/generated.h and isa/generated.cpp: types for people, one table of fields for the codec, the assembler and the tests."""
from .contract import Contract, Enum, Field, Layout
from .names import camel

BANNER = "// Made from src/isa/isa.toml by src/isa/generate.py; edit those.\n"


def integer(field: Field, least_bits: int) -> str:
    bits = next(b for b in (8, 16, 32, 64) if b >= max(field.bits, least_bits))
    return f"std::{'' if field.signed else 'u'}int{bits}_t"


def member_type(field: Field) -> str:
    if field.kind == "choice":
        return f"isa::{camel(field.enum)}"
    return "bool" if field.kind == "flag" else integer(field, 32)


def member(field: Field) -> str:
    """At least 32 bits wide, so that a number too large for its field is seen by check() and not cut on the way."""
    start = {"flag": "false", "choice": "{}", "semaphore": "no_semaphore"}.get(field.kind, "0")
    return f"  {member_type(field)} {field.name} = {start};  // {describe(field)}\n"


def describe(field: Field) -> str:
    only = f"; one of {', '.join(map(str, field.values))}" if field.values else ""
    multiple = f"; a multiple of {field.multiple_of}" if field.multiple_of > 1 else ""
    return f"{'s' if field.signed else ''}{field.bits}: {field.text}{only}{multiple}"


def own_fields(layout: Layout) -> list[Field]:
    """As people write them: an instruction's own fields first, its semaphores last."""
    plain = [field for field in layout.fields if field.kind != "semaphore" and field.name != "opcode"]
    return plain + [field for field in layout.fields if field.kind == "semaphore"]


def struct(layout: Layout, is_instruction: bool) -> str:
    name = camel(layout.name)
    out = f"/// {layout.text}\nstruct {name} {{\n"
    if is_instruction:
        out += (f"  static constexpr std::uint8_t opcode = 0x{layout.opcode:02x};\n"
                f"  static constexpr isa::Unit unit = isa::Unit::{layout.unit};\n")
    out += "".join(member(field) for field in own_fields(layout))
    return out + f"  friend bool operator==(const {name}&, const {name}&) = default;\n}};\n"


def enum(e: Enum) -> str:
    values = ", ".join(f'"{value}"' for value in e.names)
    return (f"/// {e.text}\nenum class {camel(e.name)} : std::uint8_t {{ {', '.join(e.names)} }};\n"
            f"inline constexpr std::array<std::string_view, {len(e.names)}> {e.name}_names = {{{values}}};\n")


def number_format(layout: Layout) -> str:
    """A struct in the smallest types (formats fill arrays), and its bits."""
    name = camel(layout.name)
    word = f"std::uint{next(b for b in (8, 16, 32, 64) if b >= layout.used)}_t"
    out = f"/// {layout.text}\nstruct {name} {{\n"
    out += "".join(f"  {integer(f, 8)} {f.name} = 0;  // {describe(f)}\n" for f in layout.fields)
    out += f"  friend constexpr bool operator==(const {name}&, const {name}&) = default;\n}};\n"
    out += f"inline constexpr int {layout.name}_bits = {layout.used};\n"
    out += f"/// Bits {layout.used - 1} to 0; panics at a number beyond its field.\nconstexpr {word} pack(const {name}& x) {{\n"
    for f in layout.fields:
        if f.bits not in (8, 16, 32, 64):
            low = f"x.{f.name} < {f.least} || " if f.signed else ""
            out += f'  if ({low}x.{f.name} > {f.most}) panic("{layout.name}.{f.name} does not fit {f.bits} bits");\n'
    parts = " | ".join(f"put_bits(static_cast<std::uint64_t>(x.{f.name}), {f.lsb}, {f.bits})" for f in layout.fields)
    out += f"  return static_cast<{word}>({parts});\n}}\n"
    out += f"constexpr {name} unpack_{layout.name}(std::uint64_t bits) {{\n  {name} x;\n"
    for f in layout.fields:
        get = "get_signed" if f.signed else "get_bits"
        out += f"  x.{f.name} = static_cast<{integer(f, 8)}>({get}(bits, {f.lsb}, {f.bits}));\n"
    return out + "  return x;\n}\n"


def beats(c: Contract) -> str:
    out = f"""inline constexpr int chunk_blocks = {c.chunk_blocks};  // blocks of a chunk
/// How the positions of what a beat keeps are written: not at all, 16 bits a row and block, four bit planes.
enum class Positions : std::uint8_t {{ none, bitmaps, indices }};
struct BeatShape {{
  int blocks;             // neighbours that share the cycle
  int kept;               // inputs of each of their rows: N of 16
  Positions positions;
  int position_granules;  // in the stream, before the codes
  int planes_a_granule;   // bit planes of codes
}};
/// Of each Beat.
inline constexpr std::array<BeatShape, {len(c.beats)}> beat_shapes = {{{{
"""
    for b in c.beats:
        out += f"    {{{b.blocks}, {b.kept}, Positions::{b.positions}, {b.position_granules}, {b.planes_a_granule}}},  // {b.name}\n"
    out += f"}}}};\n/// Of each Chunk: the beat that each of its blocks lies in.\n"
    out += f"inline constexpr std::array<std::array<Beat, chunk_blocks>, {len(c.chunks)}> chunk_beats = {{{{\n"
    for chunk in c.chunks:
        names = ", ".join(f"Beat::{chunk.beat_at(block).name}" for block in range(c.chunk_blocks))
        out += f"    {{{names}}},  // {chunk.name}\n"
    return out + "}};\n"


def table_shapes(c: Contract) -> str:
    out = """/// One interval of a table: the function where it begins, and what the function gains over it.
struct Interval {
  std::int32_t value;
  std::int32_t slope;
};
struct TableShape {
  int intervals;
  int step_bits;      // an interval is 2^-step_bits wide
  int fraction_bits;  // of values and slopes
};
"""
    for t in c.tables:
        out += f"/// {t.text}\ninline constexpr TableShape {t.name}_shape = {{{len(t.values)}, {t.step_bits}, {t.fraction_bits}}};\n"
        out += f"extern const std::array<Interval, {len(t.values)}> {t.name}_table;\n"
    return out


def table_rows(c: Contract) -> str:
    out = ""
    for t in c.tables:
        rows = [f"{{{value}, {slope}}}" for value, slope in zip(t.values, t.slopes)]
        lines = "".join(f"    {', '.join(rows[i:i + 6])},\n" for i in range(0, len(rows), 6))
        out += f"const std::array<Interval, {len(rows)}> {t.name}_table = {{{{\n{lines}}}}};\n"
    return out


def header(c: Contract) -> str:
    most = max(len(layout.fields) for layout in (*c.instructions, c.descriptor))
    out = BANNER + '''#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "isa/field.h"

namespace godwit::isa {

'''
    out += f"inline constexpr int contract_version = {c.version};\n"
    out += "".join(f"inline constexpr int {name} = {value};  // {text}\n" for name, (value, text) in c.sizes.items())
    out += f"inline constexpr int no_semaphore = {c.no_semaphore};  // in a semaphore's field: none\n\n"
    out += "\n".join(enum(e) for e in c.enums.values()) + "\n" + beats(c) + "\n" + table_shapes(c) + "\n"
    out += "\n".join(number_format(layout) for layout in c.formats) + "\n"
    out += struct(c.descriptor, False)
    out += "\n/// One struct an instruction, in the order of their opcodes' definition.\nnamespace op {\n\n"
    out += "\n".join(struct(layout, True) for layout in c.instructions)
    out += "\n}  // namespace op\n\n"
    names = ", ".join(f"op::{camel(layout.name)}" for layout in c.instructions)
    out += f"using Instruction = std::variant<{names}>;\n\n"
    out += f"""/// The fields of one instruction or descriptor as numbers, in the order of its layout; the rest zero.
using Values = std::array<std::int64_t, {most}>;

std::span<const Layout> instruction_layouts();  // in the order of Instruction's alternatives; fields[0] is the opcode
const Layout& descriptor_layout();
std::span<const HostRegister> host_registers();

Values values_of(const Instruction& instruction);
Values values_of(const Descriptor& descriptor);
Instruction instruction_of(std::size_t layout, const Values& values);  // layout: its number in instruction_layouts()
Descriptor descriptor_of(const Values& values);

/// What the host sees by AXI4-Lite: `at` is a register's byte address, the others are its fields.
namespace host {{

"""
    for r in c.registers:
        out += f"/// {r.layout.text} {r.layout.width} bits, {r.access}.\nnamespace {r.layout.name} {{\n"
        out += f"inline constexpr std::uint32_t at = 0x{r.address:02x};\n"
        out += "".join(f"inline constexpr BitField {f.name} = {{{f.lsb}, {f.bits}}};\n" for f in r.layout.fields)
        out += f"}}  // namespace {r.layout.name}\n\n"
    return out + "}  // namespace host\n}  // namespace godwit::isa\n"


def field_row(f: Field) -> str:
    enum_names = f"{f.enum}_names" if f.enum else "{}"
    values = f"values_{'_'.join(map(str, f.values))}" if f.values else "{}"
    return (f'    {{"{f.name}", {f.lsb}, {f.bits}, {str(f.signed).lower()}, FieldKind::{f.kind}, {enum_names}, {values}, '
            f"{f.multiple_of}}},\n")


def reserved(layout: Layout) -> str:
    free = ((1 << 256) - 1) & ~((1 << layout.used) - 1)
    return "{" + ", ".join(f"0x{free >> (64 * i) & (1 << 64) - 1:x}U" for i in range(4)) + "}"


def conversions(layout: Layout, type_name: str) -> str:
    ordered = [f"x.{f.name}" for f in layout.fields if f.name != "opcode"]
    values = [f"{type_name}::opcode" if layout.opcode else None, *ordered]
    out = f"Values values_of_one(const {type_name}& x) {{\n  return {{"
    out += ", ".join(f"number({value})" for value in values if value) + "};\n}\n"
    out += f"{type_name} make_{layout.name}(const Values& v) {{\n  {type_name} x;\n"
    for index, f in enumerate(layout.fields):
        if f.name != "opcode":
            out += f"  x.{f.name} = static_cast<{member_type(f)}>(v[{index}]);\n"
    return out + "  return x;\n}\n"


def source(c: Contract) -> str:
    out = BANNER + '''#include "isa/generated.h"

namespace godwit::isa {
namespace {

constexpr std::int64_t number(auto value) {
  return static_cast<std::int64_t>(value);
}

'''
    sets = {f.values for layout in (*c.instructions, c.descriptor) for f in layout.fields if f.values}
    for values in sorted(sets):
        out += (f"constexpr std::array<std::int64_t, {len(values)}> values_{'_'.join(map(str, values))} = "
                f"{{{', '.join(map(str, values))}}};\n")
    tables = [(f"{layout.name}_fields", layout) for layout in (*c.instructions, c.descriptor)]
    tables += [(f"host_{r.layout.name}_fields", r.layout) for r in c.registers]
    for name, layout in tables:
        rows = "".join(field_row(f) for f in layout.fields)
        out += f"constexpr std::array<Field, {len(layout.fields)}> {name} = {{{{\n{rows}}}}};\n"
    out += f"constexpr std::array<Layout, {len(c.instructions)}> layouts = {{{{\n"
    for layout in c.instructions:
        out += (f'    {{"{layout.name}", 0x{layout.opcode:02x}, number(Unit::{layout.unit}), {layout.name}_fields, '
                f"{reserved(layout)}}},\n")
    out += "}};\n"
    out += f'constexpr Layout descriptor = {{"matrix", 0, 0, descriptor_fields, {reserved(c.descriptor)}}};\n'
    out += f"constexpr std::array<HostRegister, {len(c.registers)}> registers_of_host = {{{{\n"
    for r in c.registers:
        out += f'    {{"{r.layout.name}", 0x{r.address:02x}, {r.layout.width}, "{r.access}", host_{r.layout.name}_fields}},\n'
    out += "}};\n\n"
    out += "\n".join(conversions(layout, f"op::{camel(layout.name)}") for layout in c.instructions)
    out += "\n" + conversions(c.descriptor, "Descriptor")
    makers = ",\n    ".join(f"[](const Values& v) -> Instruction {{ return make_{layout.name}(v); }}"
                            for layout in c.instructions)
    out += f"""
constexpr std::array<Instruction (*)(const Values&), {len(c.instructions)}> makers = {{
    {makers}}};

}}  // namespace

{table_rows(c)}
std::span<const Layout> instruction_layouts() {{
  return layouts;
}}
const Layout& descriptor_layout() {{
  return descriptor;
}}
std::span<const HostRegister> host_registers() {{
  return registers_of_host;
}}
Values values_of(const Instruction& instruction) {{
  return std::visit([](const auto& x) {{ return values_of_one(x); }}, instruction);
}}
Values values_of(const Descriptor& x) {{
  return values_of_one(x);
}}
Instruction instruction_of(std::size_t layout, const Values& values) {{
  return makers[layout](values);
}}
Descriptor descriptor_of(const Values& values) {{
  return make_descriptor(values);
}}

}}  // namespace godwit::isa
"""
    return out
