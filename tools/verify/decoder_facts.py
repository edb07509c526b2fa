"""What src/isa/isa.toml says that each instruction asks of the registers, as a SystemVerilog package for the proof of
rtl/operands.sv and rtl/resolved_word.sv: made from the contract's fields, and not from the types that the RTL is written with."""
import sys

from tools.files import ROOT

sys.path.insert(0, str(ROOT / "src/isa"))
from generator import contract  # noqa: E402

HEAD = """// Made from src/isa/isa.toml by tools/verify/decoder_facts.py.
`default_nettype none
/// Where each instruction has its operands.
package decoder_facts_pkg;
  typedef struct packed {
    logic               legal;      // there is such an opcode
    logic               affine;     // base + register x stride
    logic signed [63:0] base;
    logic        [3:0]  register_number;
    logic signed [63:0] stride;
    logic        [7:0]  base_bits;
    logic       [255:0] resolved;   // the word with `value` where the base was
    logic               tokens_there;
    logic        [3:0]  tokens;
    logic        [3:0]  position;
    logic        [3:0]  length;
    logic        [3:0]  spill;
    logic        [3:0]  first;
    logic        [3:0]  second;
    logic               described;
  } facts_t;

  function automatic facts_t facts_of(input logic [255:0] word, input logic [39:0] value);
    facts_t f;
    f = '0;
    f.legal = 1'b1;
    f.resolved = word;
    case (word[7:0])
"""
TAIL = """      default: f.legal = 1'b0;
    endcase
    return f;
  endfunction
endpackage
`default_nettype wire
"""

# Registers by the names of their fields; rs is the first operand of what computes with registers.
SCALARS = {"tokens": "tokens", "position": "position", "length": "length", "spill": "spill", "rs": "first", "second": "second"}
# Control uses these values itself, so they go back into no field.
KEPT = ("set", "loop")


def extended(field: contract.Field) -> str:
    """The field's value in 64 bits."""
    bits = f"word[{field.msb}:{field.lsb}]"
    if field.bits >= 64:
        return bits
    fill = f"{{{64 - field.bits}{{word[{field.msb}]}}}}" if field.signed else f"{64 - field.bits}'b0"
    return f"{{{fill}, {bits}}}"


def facts(layout: contract.Layout) -> list[str]:
    out = []
    for field in layout.fields:
        if field.kind == "scalar" and field.name in SCALARS:
            out.append(f"f.{SCALARS[field.name]} = word[{field.msb}:{field.lsb}];")
            if field.name == "tokens":
                out.append("f.tokens_there = 1'b1;")
        elif field.kind in ("affine", "affine_address"):
            out += ["f.affine = 1'b1;", f"f.base = {extended(field)};", f"f.base_bits = 8'd{field.bits};"]
            if layout.name not in KEPT:
                out.append(f"f.resolved[{field.msb}:{field.lsb}] = value[{field.bits - 1}:0];")
            if field.name == "matrix":
                out.append("f.described = 1'b1;")
        elif field.kind == "affine_register":
            out.append(f"f.register_number = word[{field.msb}:{field.lsb}];")
        elif field.kind == "affine_stride":
            out.append(f"f.stride = {extended(field)};")
    return out


def package() -> str:
    text = HEAD
    for layout in contract.load(ROOT / "src/isa/isa.toml").instructions:
        lines = "".join(f"        {line}\n" for line in facts(layout))
        text += f"      8'd{layout.opcode}: begin  // {layout.name}\n{lines}      end\n"
    return text + TAIL
