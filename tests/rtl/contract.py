"""The host's registers and the instructions as the contract states them (src/isa/isa.toml)."""
import dataclasses
import pathlib
import sys

ISA = pathlib.Path(__file__).resolve().parent.parent.parent / "src/isa"
sys.path.insert(0, str(ISA))

from generator import contract  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Register:
    name: str
    address: int
    width: int
    access: str
    fields: tuple[tuple[int, int], ...]  # lowest bit, bits


CONTRACT = contract.load(ISA / "isa.toml")
REGISTERS = tuple(
    Register(r.layout.name, r.address, r.layout.width, r.access, tuple((f.lsb, f.bits) for f in r.layout.fields))
    for r in CONTRACT.registers)


def encode(instruction: str, **fields: int) -> int:
    """The word of an instruction. Registers, flags and the rest are zero where they are not named; semaphores are none."""
    layout = next(i for i in CONTRACT.instructions if i.name == instruction)
    word, left = layout.opcode, dict(fields)
    there = {field.name: field for field in (*CONTRACT.common, *layout.fields) if field.name != "opcode"}
    for field in there.values():
        value = left.pop(field.name, CONTRACT.no_semaphore if field.kind == "semaphore" else 0)
        assert field.least <= value <= field.most, field.name
        word |= (value & (1 << field.bits) - 1) << field.lsb
    assert not left, f"{instruction} has no {', '.join(left)}"
    return word
