"""godwit_isa_pkg.sv: the same sizes, enumerations, formats, instructions and registers, bit for bit."""
import textwrap

from .contract import Contract, Enum, Field, Layout
from .cpp import BANNER
from .names import camel


def doc(text: str, indent: str = "  ") -> str:
    return "".join(f"{indent}/// {line}\n" for line in textwrap.wrap(text, 100))


def enum(e: Enum) -> str:
    values = ",\n".join(f"    {camel(e.name)}{camel(value)} = {e.bits}'d{i}" for i, value in enumerate(e.names))
    return f"{doc(e.text)}  typedef enum logic [{e.bits - 1}:0] {{\n{values}\n  }} {e.name}_e;\n"


def beats(c: Contract) -> str:
    """What the data says of beats and chunks, as functions of their names."""
    block_bits = (c.chunk_blocks - 1).bit_length()
    out = f"{doc('Blocks of a chunk.')}  localparam int unsigned ChunkBlocks = {c.chunk_blocks};\n\n"
    out += doc("The beat that a block of a chunk lies in. A kind that does not exist counts as the first.")
    out += f"  function automatic beat_e beat_of(input chunk_e chunk, input logic [{block_bits - 1}:0] block);\n    case (chunk)\n"
    for chunk in c.chunks[1:]:
        choice, at = f"Beat{camel(chunk.beats[-1].name)}", c.chunk_blocks
        for beat, after in reversed([*zip(chunk.beats, chunk.beats[1:])]):
            at -= after.blocks
            if beat != after:
                choice = f"block < {block_bits}'d{at} ? Beat{camel(beat.name)} : {choice}"
        out += f"      Chunk{camel(chunk.name)}: return {choice};\n"
    out += f"      default: return Beat{camel(c.chunks[0].beats[0].name)};\n    endcase\n  endfunction\n\n"
    out += of_beat(c, "beat_blocks", "Blocks that share the cycle of a beat.", lambda b: f"3'd{b.blocks}")
    out += of_beat(c, "position_granules", "Granules of the positions of a beat.", lambda b: f"3'd{b.position_granules}")
    out += doc("Granules of the codes of a beat, at `bits` bits a code.")
    out += "  function automatic logic [3:0] code_granules(input beat_e beat, input logic [3:0] bits);\n    case (beat)\n"
    for b in c.beats:
        n = b.planes_a_granule
        if n > 1:
            out += f"      Beat{camel(b.name)}: return (bits + 4'd{n - 1}) >> {n.bit_length() - 1};\n"
    return out + "      default: return bits;\n    endcase\n  endfunction\n"


def of_beat(c: Contract, name: str, text: str, value) -> str:
    rows = "".join(f"      Beat{camel(b.name)}: return {value(b)};\n" for b in c.beats[1:])
    return (f"{doc(text)}  function automatic logic [2:0] {name}(input beat_e beat);\n    case (beat)\n{rows}"
            f"      default: return {value(c.beats[0])};\n    endcase\n  endfunction\n\n")


def tables(c: Contract) -> str:
    """Values and slopes as arrays of just their width."""
    out = ""
    for t in c.tables:
        out += doc(f"{t.text}. An interval is 2^-StepBits wide; values and slopes (the gain over an interval) have FractionBits.")
        out += f"  localparam int unsigned {camel(t.name)}StepBits = {t.step_bits};\n"
        out += f"  localparam int unsigned {camel(t.name)}FractionBits = {t.fraction_bits};\n"
        out += numbers(f"{camel(t.name)}Value", t.values) + numbers(f"{camel(t.name)}Slope", t.slopes)
    return out


def numbers(name: str, values: tuple[int, ...]) -> str:
    signed = min(values) < 0
    bits = max((value if value >= 0 else ~value).bit_length() for value in values) + signed
    sign = "s" if signed else ""
    texts = [f"{'-' if value < 0 else ''}{bits}'{sign}d{abs(value)}" for value in values]
    lines = ",\n".join("    " + ", ".join(texts[i:i + 8]) for i in range(0, len(texts), 8))
    return f"  localparam logic {'signed ' if signed else ''}[{bits - 1}:0] {name}[{len(values)}] = '{{\n{lines}\n  }};\n"


def field_type(field: Field) -> str:
    if field.kind == "choice":
        return f"{field.enum}_e"
    sign = " signed" if field.signed else ""
    return f"logic{sign}" if field.bits == 1 else f"logic{sign} [{field.bits - 1}:0]"


def struct(name: str, layout: Layout, fields: list[Field], lowest: str = "", width: int = 0) -> str:
    """A packed struct lists its highest bits first, so the fields come in reverse."""
    rest = width - layout.used if width else 0
    out = f"{doc(layout.text)}  typedef struct packed {{\n"
    if rest:
        out += f"    logic [{rest - 1}:0] zero;  // [{width - 1}:{layout.used}] must be\n"
    for f in reversed(fields):
        out += f"    {field_type(f)} {f.name};  // [{f.msb}:{f.lsb}] {f.text}\n"
    return f"{out}{lowest}  }} {name};\n"


def header(c: Contract) -> str:
    layout = Layout("header", 0, "The lowest bits of every instruction.", c.common)
    fields = [f for f in c.common if f.name != "opcode"]
    opcode = c.common[0]
    return struct("header_t", layout, fields, f"    opcode_e opcode;  // [{opcode.msb}:{opcode.lsb}] {opcode.text}\n")


def conditions(layout: Layout, c: Contract) -> list[str]:
    """What must hold of a word beside its opcode."""
    out = []
    if layout.used < layout.width:
        out.append(f"word[{layout.width - 1}:{layout.used}] == '0")
    for f in layout.fields:
        bits = f"word[{f.msb}:{f.lsb}]" if f.bits > 1 else f"word[{f.lsb}]"
        if f.kind == "choice" and len(c.enums[f.enum].names) < 1 << f.bits:
            out.append(f"{bits} < {f.bits}'d{len(c.enums[f.enum].names)}")
        if f.values:
            out.append("(" + " || ".join(f"{bits} == {f.bits}'d{value}" for value in f.values) + ")")
        if f.multiple_of > 1:
            low = f.multiple_of.bit_length() - 2
            out.append(f"word[{f.lsb + low}:{f.lsb}] == '0")
    return out


def legal(c: Contract) -> str:
    out = doc("Whether a word is an instruction: a known opcode, no bits set outside its fields, no value that a field may "
              "not have. The C++ decoder refuses the same words.")
    out += "  function automatic logic is_legal(input logic [InstructionBits-1:0] word);\n    case (word[7:0])\n"
    for layout in c.instructions:
        out += f"      Op{camel(layout.name)}: return {' && '.join(conditions(layout, c))};\n"
    out += "      default: return 1'b0;\n    endcase\n  endfunction\n\n"
    out += doc("The same of a matrix descriptor.")
    out += "  function automatic logic is_legal_descriptor(input logic [DescriptorBits-1:0] word);\n"
    return out + f"    return {' && '.join(conditions(c.descriptor, c))};\n  endfunction\n"


def unit_of(c: Contract) -> str:
    out = doc("The unit that executes an opcode. Ask is_legal first: opcodes of no unit count as the first one's.")
    out += "  function automatic unit_e unit_of(input logic [7:0] opcode);\n"
    for unit in c.units[1:]:
        out += (f"    if (opcode >= 8'd{unit.first} && opcode <= 8'd{unit.last}) return Unit{camel(unit.name)};\n")
    return f"{out}    return Unit{camel(c.units[0].name)};\n  endfunction\n"


def registers(c: Contract) -> str:
    out = ""
    for r in c.registers:
        out += doc(f"{r.layout.text} Byte address, {r.access}, {r.layout.width} bits.")
        out += f"  localparam logic [15:0] Reg{camel(r.layout.name)} = 16'h{r.address:04x};\n"
        out += struct(f"reg_{r.layout.name}_t", r.layout, list(r.layout.fields), width=r.layout.width)
    return out


def package(c: Contract) -> str:
    out = BANNER + "`default_nettype none\n\n/// The contract between host, compiler and machine. Types and numbers only; it holds no state.\n"
    out += "/* verilator lint_off UNUSEDPARAM */  // a package is there for all of its users\npackage godwit_isa_pkg;\n"
    out += f"{doc('Version of the contract.')}  localparam int unsigned ContractVersion = {c.version};\n"
    for name, (value, text) in c.sizes.items():
        out += f"{doc(text)}  localparam int unsigned {camel(name)} = {value};\n"
    semaphore = next(f.bits for f in c.common if f.kind == "semaphore")
    out += f"{doc('Number of a semaphore: none.')}  localparam logic [{semaphore - 1}:0] NoSemaphore = {semaphore}'d{c.no_semaphore};\n\n"
    out += "\n".join(enum(e) for e in c.enums.values()) + "\n" + beats(c) + "\n" + tables(c) + "\n"
    codes = ",\n".join(f"    Op{camel(layout.name)} = 8'h{layout.opcode:02x}" for layout in c.instructions)
    out += f"{doc('What an instruction does; the lowest bits of its word.')}  typedef enum logic [7:0] {{\n{codes}\n  }} opcode_e;\n\n"
    out += "\n".join(struct(f"{layout.name}_t", layout, list(layout.fields)) for layout in c.formats) + "\n"
    out += header(c) + "\n"
    for layout in c.instructions:
        own = list(layout.fields[len(c.common):])
        out += struct(f"{layout.name}_instr_t", layout, own, "    header_t header;\n", layout.width) + "\n"
    out += struct("descriptor_t", c.descriptor, list(c.descriptor.fields), width=c.descriptor.width) + "\n"
    out += "  /* verilator lint_off UNUSEDSIGNAL */  // most fields may have any value\n" + legal(c)
    out += "  /* verilator lint_on UNUSEDSIGNAL */\n\n" + unit_of(c) + "\n" + registers(c)
    return out + "endpackage\n/* verilator lint_on UNUSEDPARAM */\n\n`default_nettype wire\n"
