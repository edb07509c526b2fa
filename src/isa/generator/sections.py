"""The sections of isa.toml, one function each, in the order of the file."""
from . import names, tables
from .contract import (Beat, Chunk, Contract, Entry, Enum, Field, Kinds, Layout, Register, Unit, bits_of, expand, place)

# What the generator itself needs.
SIZES = ("instruction_bits", "descriptor_bits", "registers", "semaphores", "block_rows", "block_inputs", "chunk_inputs",
         "granule_bits", "kind_bits")


def read(file: Entry) -> Contract:
    version = file.take("version", int)
    sizes = read_sizes(file)
    enums = read_enums(file)
    beats = read_beats(file, sizes)
    chunks = read_chunks(file, sizes, beats)
    for name, of, text in (("beat", beats, "what the lanes take in one cycle: one block with N = 16, a pair with N = 8, four with N = 4, 2 or 1"),
                           ("chunk", chunks, "which blocks of a chunk share a cycle: its beats in order")):
        if name in enums:
            file.fail(f"enum.{name}: stands in [{name}] too; expected it there only")
        enums[name] = Enum(name, tuple(one.name for one in of), text)
    functions = tables.read(file)
    units = read_units(file)
    enums["unit"] = Enum("unit", tuple(unit.name for unit in units), "part of the machine that executes an instruction")
    kinds = Kinds(enums, read_numbers(file), {}, (sizes["registers"][0] - 1).bit_length(),
                  (sizes["semaphores"][0] - 1).bit_length())
    read_affine(file, kinds)
    taken = set(enums) & set(kinds.numbers) | set(enums) & set(kinds.affine) | set(kinds.numbers) & set(kinds.affine)
    if taken:
        file.fail(f"the kind '{min(taken)}' is defined twice; expected one of [enum], [unit], [number], [affine]")
    formats = tuple(read_layout(entry, kinds, name, 64) for name, entry in file.entries("format"))
    width = sizes["instruction_bits"][0]
    common = read_common(file, kinds, width)
    instructions = read_instructions(file, kinds, units, common, width)
    descriptor = read_layout(Entry(f"{file.place}descriptor", file.take("descriptor", dict)), kinds, "descriptor",
                             sizes["descriptor_bits"][0])
    registers = read_registers(file, kinds)
    file.done()
    return Contract(version, sizes, formats, enums, beats, chunks, functions, units, common, instructions, descriptor, registers)


def read_sizes(file: Entry) -> dict[str, tuple[int, str]]:
    out = {}
    for name, entry in file.entries("sizes"):
        out[name] = (entry.take("value", int), entry.text())
        if not 0 < out[name][0] < 1 << 31:
            entry.fail(f"value = {out[name][0]}; expected a positive 32-bit number")
        entry.done()
    for name in SIZES:
        if name not in out:
            file.fail(f"[sizes] has no '{name}'")
    for name in ("registers", "semaphores"):
        if out[name][0] & (out[name][0] - 1):
            file.fail(f"sizes.{name} = {out[name][0]}; expected a power of two, so that every field value names one")
    for name in ("instruction_bits", "descriptor_bits"):
        if out[name][0] != 256:
            file.fail(f"sizes.{name} = {out[name][0]}; expected 256: the codec keeps one in four words of 64 bits")
    return out


def read_enums(file: Entry) -> dict[str, Enum]:
    out = {}
    for name, entry in file.entries("enum"):
        values = entry.take("names", list)
        if len(values) < 2:
            entry.fail(f"{len(values)} names; expected at least two")
        for value in values:
            entry.check_name(value) if isinstance(value, str) else entry.fail(f"the name {value!r}; expected a string")
        unique(entry, values)
        out[name] = Enum(name, tuple(values), entry.text())
        entry.done()
    return out


def read_beats(file: Entry, sizes: dict[str, tuple[int, str]]) -> tuple[Beat, ...]:
    rows, lanes, granule = (sizes[name][0] for name in ("block_rows", "block_inputs", "granule_bits"))
    out = []
    for name, entry in file.entries("beat"):
        blocks, kept, positions = entry.take("blocks", int), entry.take("kept", int), entry.take("positions", str)
        entry.done()
        if blocks not in (1, 2, 4) or not 0 < blocks * kept <= lanes or granule % (plane := rows * blocks * kept):
            entry.fail(f"{kept} inputs of {blocks} blocks; expected 1, 2 or 4 blocks on {lanes} lanes, whose planes divide a granule")
        position_bits = {"none": 0, "bitmaps": rows * lanes * blocks, "indices": plane * (lanes - 1).bit_length()}
        if positions not in position_bits or (positions == "none") != (kept == lanes):
            entry.fail(f"positions = '{positions}'; expected none where all are kept, else bitmaps or indices")
        out.append(Beat(name, blocks, kept, positions, -(-position_bits[positions] // granule), granule // plane))
    return tuple(out)


def read_chunks(file: Entry, sizes: dict[str, tuple[int, str]], beats: tuple[Beat, ...]) -> tuple[Chunk, ...]:
    by_name = {beat.name: beat for beat in beats}
    blocks = sizes["chunk_inputs"][0] // sizes["block_inputs"][0]
    out = []
    for name, entry in file.entries("chunk"):
        at, named = 0, entry.take("beats", list)
        entry.done()
        for beat in named:
            if beat not in by_name:
                entry.fail(f"beat {beat!r}; expected one of {', '.join(by_name)}")
            if at % by_name[beat].blocks:
                entry.fail(f"beat '{beat}' begins at block {at}; expected a multiple of its {by_name[beat].blocks}")
            at += by_name[beat].blocks
        if at != blocks:
            entry.fail(f"its beats cover {at} blocks; expected {blocks}")
        out.append(Chunk(name, tuple(by_name[beat] for beat in named)))
    if len(out) > 1 << sizes["kind_bits"][0]:
        file.fail(f"{len(out)} kinds of chunks; expected at most {1 << sizes['kind_bits'][0]}, as sizes.kind_bits says")
    return tuple(out)


def unique(entry: Entry, values: list[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            entry.fail(f"'{value}' stands there twice")


def read_units(file: Entry) -> tuple[Unit, ...]:
    units: list[Unit] = []
    for name, entry in file.entries("unit"):
        opcodes = entry.take("opcodes", list)
        if len(opcodes) != 2 or not all(isinstance(code, int) for code in opcodes) or not 0 <= opcodes[0] <= opcodes[1] < 256:
            entry.fail(f"opcodes = {opcodes}; expected the first and the last, 0 to 255")
        for other in units:
            if opcodes[0] <= other.last and other.first <= opcodes[1]:
                entry.fail(f"opcodes 0x{opcodes[0]:02x} to 0x{opcodes[1]:02x} overlap those of unit '{other.name}'")
        units.append(Unit(name, opcodes[0], opcodes[1], entry.text()))
        entry.done()
    return tuple(units)


def read_numbers(file: Entry) -> dict[str, dict]:
    out = {}
    for name, entry in file.entries("number"):
        bits = entry.take("bits", int)
        if not 1 <= bits <= 63:
            entry.fail(f"bits = {bits}; expected 1 to 63")
        number = {"bits": bits, "values": tuple(entry.take("values", list, [])),
                  "multiple_of": entry.take("multiple_of", int, 1), "text": entry.take("text", str, "")}
        if not all(isinstance(value, int) and 0 <= value < 1 << bits for value in number["values"]):
            entry.fail(f"values = {list(number['values'])}; expected numbers of {bits} bits")
        if list(number["values"]) != sorted(set(number["values"])):
            entry.fail(f"values = {list(number['values'])}; expected them in rising order, each once")
        step = number["multiple_of"]
        if step < 1 or step & (step - 1) or step >= 1 << bits:
            entry.fail(f"multiple_of = {step}; expected a power of two below 2^{bits}")
        out[name] = number
        entry.done()
    return out


def read_affine(file: Entry, kinds: Kinds) -> None:
    forms = {}
    for name, entry in file.entries("affine"):
        forms[name] = {"base": entry.take("base", str), "stride": entry.take("stride", str)}
        if bits_of(entry, forms[name]["stride"]) is None:
            entry.fail(f"stride = '{forms[name]['stride']}'; expected N or sN")
        if bits_of(entry, forms[name]["base"]) is None and forms[name]["base"] not in kinds.numbers:
            entry.fail(f"base = '{forms[name]['base']}'; expected N, sN or one of [number]")
        entry.done()
    kinds.affine.update(forms)


def read_fields(entry: Entry, kinds: Kinds) -> list[Field]:
    """Fields as tables: { name, kind, text }; the text may be left out where the name says it all."""
    fields = []
    for number, table in enumerate(entry.take("fields", list)):
        field = Entry(f"{entry.place}: field {number}", table)
        name = field.name()
        fields += expand(field, kinds, name, field.take("kind", str), field.take("text", str, name.replace("_", " ")))
        field.done()
    return fields


def read_layout(entry: Entry, kinds: Kinds, name: str, width: int) -> Layout:
    text = entry.text()
    fields = read_fields(entry, kinds)
    entry.done()
    placed = place(entry, fields, 0, width)
    if not placed:
        entry.fail("has no fields")
    return Layout(name, width, text, placed)


def read_common(file: Entry, kinds: Kinds, width: int) -> tuple[Field, ...]:
    entry = Entry(f"{file.place}common", file.take("common", dict))
    fields = place(entry, read_fields(entry, kinds), 0, width)
    entry.done()
    if not fields or (fields[0].name, fields[0].bits) != ("opcode", 8):
        entry.fail("expected the opcode of 8 bits first")
    if any(field.kind != "semaphore" for field in fields[1:]):
        entry.fail("expected semaphores after the opcode")
    return fields


def read_instructions(file: Entry, kinds: Kinds, units: tuple[Unit, ...], common: tuple[Field, ...],
                      width: int) -> tuple[Layout, ...]:
    meaning = file.take("names", dict)
    used: set[str] = set()
    out: list[Layout] = []
    for number, table in enumerate(file.take("instruction", list)):
        entry = Entry(f"{file.place}instruction {number}", table)
        name = entry.name("type")
        entry.place = f"{file.place}instruction '{name}'"
        opcode, unit = entry.take("opcode", int), entry.take("unit", str)
        check_opcode(entry, opcode, unit, units)
        for other in out:
            if other.name == name:
                entry.fail("stands there twice")
            if other.opcode == opcode:
                entry.fail(f"opcode 0x{opcode:02x} is that of '{other.name}'")
        fields = []
        for shorthand in entry.take("fields", list):
            field, colon, kind = shorthand.partition(":") if isinstance(shorthand, str) else ("", "", "")
            if not colon:
                entry.fail(f"field {shorthand!r}; expected \"name:KIND\"")
            entry.check_name(field)
            if not isinstance(meaning.get(field), str):
                entry.fail(f"field '{field}' has no meaning; expected a sentence in [names]")
            used.add(field)
            fields += expand(entry, kinds, field, kind, meaning[field])
        placed = place(entry, [*common, *fields], 0, width)
        if any(field.bits > 63 for field in placed):
            entry.fail("a field of 64 bits; expected at most 63: the codec's values are signed 64-bit numbers")
        out.append(Layout(name, width, entry.text(), placed, opcode, unit))
        entry.done()
    for name in meaning:
        if name not in used:
            file.fail(f"[names] explains '{name}', which no instruction has")
    return tuple(out)


def check_opcode(entry: Entry, opcode: int, unit: str, units: tuple[Unit, ...]) -> None:
    known = {u.name: u for u in units}
    if unit not in known:
        entry.fail(f"unit = '{unit}'; expected one of {', '.join(known)}")
    if not known[unit].first <= opcode <= known[unit].last:
        entry.fail(f"opcode 0x{opcode:02x} is not one of unit '{unit}'; expected 0x{known[unit].first:02x} to "
                   f"0x{known[unit].last:02x}")


def read_registers(file: Entry, kinds: Kinds) -> tuple[Register, ...]:
    out: list[Register] = []
    for number, table in enumerate(file.take("register", list)):
        entry = Entry(f"{file.place}register {number}", table)
        name = entry.name("cpp")
        entry.place = f"{file.place}register '{name}'"
        address, access, width = entry.take("address", int), entry.take("access", str), entry.take("width", int, 32)
        if width not in (32, 64):
            entry.fail(f"width = {width}; expected 32 or 64")
        if address < 0 or address % 4:
            entry.fail(f"address = 0x{address:x}; expected a multiple of 4")
        if access not in ("rw", "ro", "wo"):
            entry.fail(f"access = '{access}'; expected rw, ro or wo")
        for other in out:
            if other.layout.name == name:
                entry.fail("stands there twice")
            if address < other.address + other.layout.width // 8 and other.address < address + width // 8:
                entry.fail(f"address 0x{address:02x} overlaps register '{other.layout.name}'")
        out.append(Register(read_layout(entry, kinds, name, width), address, access))
    return tuple(out)
