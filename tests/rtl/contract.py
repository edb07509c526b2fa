"""The host's registers as the contract states them (src/isa/isa.toml)."""
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


REGISTERS = tuple(
    Register(r.layout.name, r.address, r.layout.width, r.access, tuple((f.lsb, f.bits) for f in r.layout.fields))
    for r in contract.load(ISA / "isa.toml").registers)
