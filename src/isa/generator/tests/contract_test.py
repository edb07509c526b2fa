"""Every mistake in the contract is refused, with its place; the contract itself is not."""
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

ROOM = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOM))

from generator import contract, cpp, markdown, systemverilog, tables, vectors  # noqa: E402

DATA = (ROOM / "isa.toml").read_text()

# (what is replaced, by what, what the message must say)
MISTAKES = (
    ("version = 1", "version = ", "isa.toml: not TOML"),
    ("version = 1", 'version = "1"', "version = '1'; expected a int"),
    ("version = 1", "version = 1\nvariant = 2", "unknown key 'variant'"),
    ("registers = { value = 16", "registers = { value = 12", "sizes.registers = 12; expected a power of two"),
    ("registers = { value = 16", "registers = { value = 0", "sizes.registers: value = 0; expected a positive"),
    ("instruction_bits = { value = 256", "instruction_bits = { value = 128", "sizes.instruction_bits = 128; expected 256"),
    ('digit_bits = { value = 7, text = "', 'digit_bits = { value = 7, text = "", note = "', "sizes.digit_bits: its text is empty"),
    ('[{ name = "value", kind = "s32" }]', '[{ name = "value", kind = "s65" }]', "format.real: field 0: 65 bits; expected 1 to 64"),
    ('[{ name = "value", kind = "s32" }]', '[{ name = "value", bits = 32 }]', "format.real: field 0: has no 'kind'"),
    ('[{ name = "value", kind = "s32" }]', '[{ name = "value", kind = "s32", width = 1 }]', "unknown key 'width'"),
    ('[{ name = "value", kind = "s32" }]', "[]", "format.real: has no fields"),
    ('name = "hi", kind = "s8"', 'name = "lo", kind = "s8"', "format.digits: two fields are called 'lo'"),
    ('name = "mantissa", kind = "16"', 'name = "mantissa", kind = "60"', "field 'exponent' needs bits 60 to 67; expected at most 64"),
    ('combine = { names = ["none", "add", "multiply"]', 'combine = { names = ["none", "add", "add"]', "enum.combine: 'add' stands there twice"),
    ('combine = { names = ["none", "add", "multiply"]', 'combine = { names = ["none"]', "enum.combine: 1 names; expected at least two"),
    ('combine = { names = ["none", "add", "multiply"]', 'combine = { names = ["none", "and"]', "enum.combine: the name 'and'"),
    ('combine = { names = ["none", "add", "multiply"]', 'beat = { names = ["none", "add", "multiply"]', "enum.beat: stands in [beat] too"),
    ('pair = { blocks = 2', 'pair = { blocks = 3', "beat.pair: 8 inputs of 3 blocks; expected 1, 2 or 4 blocks on 16 lanes"),
    ('pair = { blocks = 2, kept = 8', 'pair = { blocks = 2, kept = 9', "beat.pair: 9 inputs of 2 blocks"),
    ('positions = "bitmaps"', 'positions = "none"', "beat.pair: positions = 'none'; expected none where all are kept"),
    ('beats = ["pair", "pair"]', 'beats = ["pair", "triple"]', "chunk.pairs: beat 'triple'; expected one of single, pair"),
    ('beats = ["single", "single", "pair"]', 'beats = ["single", "pair", "single"]', "beat 'pair' begins at block 1; expected a multiple of its 2"),
    ('beats = ["pair", "pair"]', 'beats = ["pair"]', "chunk.pairs: its beats cover 2 blocks; expected 4"),
    ("kind_bits = { value = 4", "kind_bits = { value = 2", "7 kinds of chunks; expected at most 4"),
    ("exp2 = { intervals = 256", "exp3 = { intervals = 256", "table.exp3: no function of that name; expected one of exp2, gelu_tanh"),
    ("exp2 = { intervals = 256", "exp2 = { intervals = 255", "table.exp2: 255 intervals up to 1; expected powers of two"),
    ("gelu_erf = { intervals = 1024", "gelu_erf = { intervals = 4", "table.gelu_erf: 4 intervals up to 8; expected powers of two, at most 4096 intervals, none wider"),
    ("end = 1, fraction_bits = 24", "end = 1, fraction_bits = 29", "table.exp2: fraction_bits = 29; expected 1 to 28"),
    ("end = 1, fraction_bits = 24", "end = 1, fraction_bits = 24, entries = 2", "unknown key 'entries'"),
    ("mpe = { opcodes = [0x20, 0x2f]", "mpe = { opcodes = [0x1f, 0x2f]", "unit.mpe: opcodes 0x1f to 0x2f overlap those of unit 'load'"),
    ("mpe = { opcodes = [0x20, 0x2f]", "mpe = { opcodes = [0x2f, 0x20]", "expected the first and the last"),
    ("values = [2, 3, 4, 5, 6, 8]", "values = [2, 3, 4, 5, 6, 16]", "number.code_bits: values = [2, 3, 4, 5, 6, 16]; expected numbers of 4 bits"),
    ("values = [2, 3, 4, 5, 6, 8]", "values = [2, 3, 3]", "expected them in rising order, each once"),
    ("multiple_of = 16", "multiple_of = 12", "number.inputs: multiple_of = 12; expected a power of two"),
    ("vec = { bits = 24", "combine = { bits = 24", "the kind 'combine' is defined twice"),
    ('sum = { base = "s32", stride = "s16"', 'sum = { base = "s32", stride = "vec"', "affine.sum: stride = 'vec'; expected N or sN"),
    ('name = "wait_a", kind = "sem"', 'name = "wait_a", kind = "4"', "common: expected semaphores after the opcode"),
    ('name = "opcode", kind = "8"', 'name = "opcode", kind = "7"', "common: expected the opcode of 8 bits first"),
    ('rd = "register written"\n', "", "instruction 'set': field 'rd' has no meaning; expected a sentence in [names]"),
    ('rd = "register written"\n', 'rd = "register written"\nspare = "x"\n', "[names] explains 'spare', which no instruction has"),
    ("opcode = 0x21", "opcode = 0x20", "instruction 'head': opcode 0x20 is that of 'matmul'"),
    ("opcode = 0x21", "opcode = 0x30", "instruction 'head': opcode 0x30 is not one of unit 'mpe'; expected 0x20 to 0x2f"),
    ('unit = "mpe"', 'unit = "dma"', "instruction 'matmul': unit = 'dma'; expected one of control, stream"),
    ('name = "scores"', 'name = "matmul"', "instruction 'matmul': stands there twice"),
    ('"rd:reg", "value:sum"', '"rd:reg", "value"', "instruction 'set': field 'value'; expected \"name:KIND\""),
    ('"rd:reg", "value:sum"', '"rd:reg", "value:word"', "field 'value' is of kind 'word'; expected N, sN, reg, sem"),
    ('"rd:reg", "value:sum"', '"rd:reg", "value:64", "address:64", "count:64", "to:64"', "needs bits 220 to 283; expected at most 256"),
    ('"rd:reg", "value:sum"', '"rd:reg", "value:64"', "a field of 64 bits; expected at most 63"),
    ('"rd:reg", "value:sum"', '"rd:reg", "value:sum", "value_reg:4"', "field 'value_reg' has no meaning"),
    ('name = "granules", kind = "32"', 'name = "granules", kind = "140"', "descriptor: field 1: 140 bits; expected 1 to 64"),
    ('name = "granules", kind', 'name = "signed", kind', "descriptor: field 1: the name 'signed'; expected lower-case"),
    ("address = 0x18", "address = 0x14", "register 'error': address 0x14 overlaps register 'program'"),
    ("address = 0x18", "address = 0x19", "register 'error': address = 0x19; expected a multiple of 4"),
    ('access = "ro"', 'access = "r"', "register 'error': access = 'r'; expected rw, ro or wo"),
    ("address = 0x20\naccess = \"rw\"\nwidth = 32", "address = 0x20\naccess = \"rw\"\nwidth = 16", "width = 16; expected 32 or 64"),
)


def load(text: str) -> contract.Contract:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "isa.toml"
        path.write_text(text)
        return contract.load(path)


class Mistakes(unittest.TestCase):
    def test_each_is_refused_with_its_place(self):
        for old, new, expected in MISTAKES:
            with self.subTest(new=new):
                self.assertIn(old, DATA)
                with self.assertRaises(contract.ContractError) as caught:
                    load(DATA.replace(old, new, 1))
                self.assertIn(expected, str(caught.exception))
                self.assertTrue(str(caught.exception).startswith("isa.toml: "))


class TheContract(unittest.TestCase):
    def setUp(self):
        self.contract = load(DATA)

    def test_fields_are_packed_without_holes(self):
        for layout in (*self.contract.instructions, self.contract.descriptor, *self.contract.formats):
            bit = 0
            for field in layout.fields:
                self.assertEqual(field.lsb, bit, f"{layout.name}.{field.name}")
                bit += field.bits
            self.assertEqual(bit, layout.used)
            self.assertLessEqual(bit, layout.width)

    def test_beats_take_the_granules_that_their_bits_fill(self):
        of = {beat.name: (beat.position_granules, beat.planes_a_granule) for beat in self.contract.beats}
        self.assertEqual(of, {"single": (0, 1), "pair": (2, 1), "quad4": (4, 1), "quad2": (2, 2), "quad1": (1, 4)})
        second = self.contract.chunks[2]
        self.assertEqual([second.beat_at(block).name for block in range(4)], ["single", "single", "pair", "pair"])

    def test_tables_have_the_functions_at_their_nodes(self):
        self.assertEqual([t.name for t in self.contract.tables], list(tables.FUNCTIONS))
        for t in self.contract.tables:
            one = 1 << t.fraction_bits
            for i, value in enumerate(t.values):
                # Interior nodes are moved by 1/16 of the second difference, which no function here has above 2^-13.
                self.assertAlmostEqual(value / one, tables.FUNCTIONS[t.name](i / 2**t.step_bits), delta=2**-17 + 0.5 / one)
            self.assertEqual([a + slope for a, slope in zip(t.values, t.slopes)][:-1], list(t.values[1:]))

    def test_a_node_between_two_integers_is_refused(self):
        with mock.patch.dict(tables.FUNCTIONS, {"exp2": lambda x: 1 + x * 2.0**-17}), self.assertRaises(contract.ContractError) as caught:
            load(DATA)
        self.assertIn("table.exp2: node 1 lies in the middle between two integers", str(caught.exception))

    def test_generators_give_the_same_text_twice(self):
        for generate in (cpp.header, cpp.source, vectors.header, vectors.module, systemverilog.package, markdown.page):
            self.assertEqual(generate(self.contract), generate(load(DATA)))

    def test_a_moved_field_changes_the_vectors(self):
        moved = load(DATA.replace('"heads:heads", "head_dim:dim"', '"head_dim:dim", "heads:heads"', 1))
        self.assertNotEqual([v.word for v in vectors.legal(moved)], [v.word for v in vectors.legal(self.contract)])

    def test_the_reference_page_is_fresh(self):
        page = ROOM.parents[1] / "docs" / "isa.md"
        self.assertEqual(page.read_text(), markdown.page(self.contract),
                         "docs/isa.md is stale: cmake --build build/release --target isa_docs")


if __name__ == "__main__":
    unittest.main()
