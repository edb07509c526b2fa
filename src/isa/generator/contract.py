"""The contract in memory, and how it is read: every key, name, number and bit is checked, and a mistake names its place."""
import dataclasses
import pathlib
import tomllib

from . import names


class ContractError(Exception):
    """`file: entry: what is wrong; expected ...`"""


@dataclasses.dataclass(frozen=True)
class Field:
    name: str
    bits: int
    signed: bool = False
    # number, address, flag, scalar (register), semaphore, choice, until, jump, or a part of an affine operand:
    # affine, affine_address (the base, followed by) affine_register, affine_stride
    kind: str = "number"
    enum: str = ""
    values: tuple[int, ...] = ()  # the only ones allowed, if any
    multiple_of: int = 1
    text: str = ""
    lsb: int = 0

    @property
    def msb(self) -> int:
        return self.lsb + self.bits - 1

    @property
    def least(self) -> int:
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def most(self) -> int:
        return (1 << (self.bits - self.signed)) - 1


@dataclasses.dataclass(frozen=True)
class Layout:
    """Fields packed from bit 0 up; what is left of `width` is zero."""
    name: str
    width: int
    text: str
    fields: tuple[Field, ...]
    opcode: int = 0
    unit: str = ""

    @property
    def used(self) -> int:
        return sum(field.bits for field in self.fields)


@dataclasses.dataclass(frozen=True)
class Enum:
    name: str
    names: tuple[str, ...]
    text: str

    @property
    def bits(self) -> int:
        return max(1, (len(self.names) - 1).bit_length())


@dataclasses.dataclass(frozen=True)
class Beat:
    """What the lanes take in one cycle, and the granules that it takes in the stream."""
    name: str
    blocks: int
    kept: int
    positions: str  # none, bitmaps, indices
    position_granules: int
    planes_a_granule: int  # bit planes of codes


@dataclasses.dataclass(frozen=True)
class Chunk:
    name: str
    beats: tuple[Beat, ...]  # in order

    def beat_at(self, block: int) -> Beat:
        return [beat for beat in self.beats for _ in range(beat.blocks)][block]


@dataclasses.dataclass(frozen=True)
class Table:
    """Of a function: at the beginning of every interval its value, and what it gains over the interval."""
    name: str
    step_bits: int  # an interval is 2^-step_bits wide
    fraction_bits: int
    values: tuple[int, ...]
    slopes: tuple[int, ...]
    text: str


@dataclasses.dataclass(frozen=True)
class Unit:
    name: str
    first: int
    last: int
    text: str


@dataclasses.dataclass(frozen=True)
class Register:
    layout: Layout
    address: int
    access: str


@dataclasses.dataclass(frozen=True)
class Contract:
    version: int
    sizes: dict[str, tuple[int, str]]
    formats: tuple[Layout, ...]
    enums: dict[str, Enum]
    beats: tuple[Beat, ...]
    chunks: tuple[Chunk, ...]
    tables: tuple[Table, ...]
    units: tuple[Unit, ...]
    common: tuple[Field, ...]
    instructions: tuple[Layout, ...]
    descriptor: Layout
    registers: tuple[Register, ...]

    @property
    def chunk_blocks(self) -> int:
        return self.sizes["chunk_inputs"][0] // self.sizes["block_inputs"][0]

    @property
    def no_semaphore(self) -> int:
        return self.sizes["semaphores"][0] - 1


@dataclasses.dataclass(frozen=True)
class Kinds:
    """What a field can be, beside a plain number."""
    enums: dict[str, Enum]
    numbers: dict[str, dict]
    affine: dict[str, dict]
    register_bits: int
    semaphore_bits: int


class Entry:
    """A table of the file, with its place for messages; `take` checks the type, `done` that nothing is left."""

    def __init__(self, place: str, table: object):
        self.place = place
        if not isinstance(table, dict):
            self.fail(f"{table!r} is no table; expected {{ key = value }}")
        self.left = dict(table)

    def fail(self, text: str):
        raise ContractError(f"{self.place}: {text}")

    def take(self, key: str, kind: type, default=None):
        if key not in self.left:
            if default is None:
                self.fail(f"has no '{key}'; expected one of type {kind.__name__}")
            return default
        value = self.left.pop(key)
        if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
            self.fail(f"{key} = {value!r}; expected a {kind.__name__}")
        return value

    def name(self, style: str = "snake") -> str:
        return self.check_name(self.take("name", str), style)

    def check_name(self, name: str, style: str = "snake") -> str:
        if not names.is_legal(name, style):
            self.fail(f"the name '{name}'; expected lower-case words with underscores, no keyword of C++ or SystemVerilog")
        return name

    def text(self) -> str:
        text = self.take("text", str)
        if not text.strip() or "\n" in text:
            self.fail("its text is empty or has several lines; expected one sentence")
        return text

    def done(self) -> None:
        if self.left:
            self.fail(f"unknown key '{next(iter(self.left))}'")

    def entries(self, key: str) -> list[tuple[str, "Entry"]]:
        """The named tables of a table, in order."""
        table = Entry(f"{self.place}{key}", self.take(key, dict))
        out = []
        for name, value in table.left.items():
            table.check_name(name, "type")
            out.append((name, Entry(f"{table.place}.{name}", value)))
        return out


def bits_of(entry: Entry, shorthand: str) -> tuple[int, bool] | None:
    """`12` or `s12`; None if it is neither."""
    digits = shorthand.removeprefix("s")
    if not digits.isdecimal():
        return None
    bits = int(digits)
    if not 1 <= bits <= 64:
        entry.fail(f"{bits} bits; expected 1 to 64")
    return bits, shorthand != digits


def expand(entry: Entry, kinds: Kinds, name: str, shorthand: str, text: str) -> list[Field]:
    """The fields that `name:shorthand` stands for, without positions."""
    if number := bits_of(entry, shorthand):
        bits, signed = number
        return [Field(name, bits, signed, "flag" if bits == 1 and not signed else "number", text=text)]
    if shorthand in kinds.enums:
        return [Field(name, kinds.enums[shorthand].bits, kind="choice", enum=shorthand, text=text)]
    if shorthand in kinds.numbers:
        number = kinds.numbers[shorthand]
        kind = "address" if shorthand == "wide" else "number"
        more = f", {number['text']}" if number["text"] else ""
        return [Field(name, number["bits"], kind=kind, values=number["values"], multiple_of=number["multiple_of"],
                      text=text + more)]
    if shorthand in kinds.affine:
        form = kinds.affine[shorthand]
        base = expand(entry, kinds, name, form["base"], text)[0]
        stride = expand(entry, kinds, name + "_stride", form["stride"], f"of {name}")[0]
        kind = "affine_address" if base.kind == "address" else "affine"
        return [dataclasses.replace(base, kind=kind, text=f"{text}: the base"),
                Field(name + "_reg", kinds.register_bits, kind="affine_register", text=f"{text}: the register"),
                dataclasses.replace(stride, kind="affine_stride", text=f"{text}: what is added for each one in the register")]
    fixed = {"reg": Field(name, kinds.register_bits, kind="scalar", text=text),
             "sem": Field(name, kinds.semaphore_bits, kind="semaphore", text=text),
             "until": Field(name, 16, kind="until", text=f"{text}, as instructions from the next one on"),
             "jump": Field(name, 16, True, "jump", text=f"{text}, as a distance from here")}
    if shorthand not in fixed:
        entry.fail(f"field '{name}' is of kind '{shorthand}'; expected N, sN, {', '.join(fixed)}, or one of "
                   f"{', '.join([*kinds.enums, *kinds.numbers, *kinds.affine])}")
    return [fixed[shorthand]]


def place(entry: Entry, fields: list[Field], first: int, width: int) -> tuple[Field, ...]:
    """The fields at their bits, from `first` up; refuses doubles and what does not fit."""
    out: list[Field] = []
    for field in fields:
        if any(field.name == other.name for other in out):
            entry.fail(f"two fields are called '{field.name}'")
        if first + field.bits > width:
            entry.fail(f"field '{field.name}' needs bits {first} to {first + field.bits - 1}; expected at most {width}")
        out.append(dataclasses.replace(field, lsb=first))
        first += field.bits
    return tuple(out)


def load(path: pathlib.Path) -> Contract:
    from . import sections  # which reads each part of the file with the tools above

    try:
        table = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise ContractError(f"{path.name}: not TOML: {error}") from error
    return sections.read(Entry(f"{path.name}: ", table))
