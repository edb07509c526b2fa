#include "isa/assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "isa/codec.h"
#include "isa/disassembler.h"
#include "source_dir.h"

namespace godwit::isa {
namespace {

using testing::HasSubstr;

Instruction only(std::string_view line) {
  const Assembly program = assemble(line, "test.s");
  EXPECT_EQ(program.instructions.size(), 1U);
  return decode(program.instructions.at(0)).value();
}

TEST(Assembler, OperandsAreNamedAndInAnyOrder) {
  const op::Matmul expected{.matrix = 12,
                            .matrix_reg = 4,
                            .matrix_stride = 4,
                            .tokens = 3,
                            .from = 0,
                            .to = 4096,
                            .activation = Activation::gelu_tanh,
                            .combine = Combine::add,
                            .other = 0,
                            .wait_a = 2,
                            .signal_a = 5};
  const char* text =
      "matmul matrix=12+r4*4 tokens=r3 from=0 to=4096 activation=gelu_tanh combine=add other=0 wait_a=2 signal_a=5";
  EXPECT_EQ(only(text), Instruction(expected));
  EXPECT_EQ(text_of(expected), text);
  EXPECT_EQ(only("matmul signal_a = 5 wait_a=2 other=0 combine=add activation=gelu_tanh to=0x1000 from=0\ttokens=r3 "
                 "matrix = 4 * r4 + 12  # a comment"),
            Instruction(expected));
}

TEST(Assembler, NamesStandForRegistersNumbersAndMatrices) {
  const Assembly program = assemble(
      ".reg layer r4\n"
      ".equ per_layer 4\n"
      ".equ first per_layer*(2+1)\n"
      ".matrix other offset=0 granules=1 block_rows=1 rows=8 inputs=16 bits=8 group=0 pattern=dense bias=0 "
      "two_digits=0\n"
      ".matrix head offset=5 granules=1 block_rows=1 rows=8 inputs=16 bits=4 group=64 pattern=sparse bias=1 "
      "two_digits=1\n"
      "stream matrix=first+layer*per_layer-1\n"
      "stream matrix=head\n",
      "test.s");
  ASSERT_EQ(program.instructions.size(), 2U);
  EXPECT_EQ(decode(program.instructions[0]).value(),
            Instruction(op::Stream{.matrix = 11, .matrix_reg = 4, .matrix_stride = 4}));
  EXPECT_EQ(decode(program.instructions[1]).value(), Instruction(op::Stream{.matrix = 1}));
  ASSERT_EQ(program.descriptors.size(), 2U);
  EXPECT_EQ(decode_descriptor(program.descriptors[1]).value(), (Descriptor{.offset = 5,
                                                                           .granules = 1,
                                                                           .block_rows = 1,
                                                                           .rows = 8,
                                                                           .inputs = 16,
                                                                           .bits = 4,
                                                                           .group = 64,
                                                                           .pattern = Pattern::sparse,
                                                                           .bias = true,
                                                                           .two_digits = true}));
}

TEST(Assembler, LabelsEndBodiesAndTakeBranches) {
  const Assembly program = assemble(
      "again: loop count=3 body=done\n"
      "  set rd=r1 value=r1+1\n"
      "  loop count=r2 body=inner\n"
      "    set rd=r2 value=-5\n"
      "inner:\n"
      "done:\n"
      "branch rs=r1 condition=not_zero distance=again\n"
      "branch rs=r1 condition=zero distance=last\n"
      "branch rs=r1 condition=zero distance=-1\n"
      "last: end\n",
      "test.s");
  ASSERT_EQ(program.instructions.size(), 8U);
  EXPECT_EQ(decode(program.instructions[0]).value(), Instruction(op::Loop{.count = 3, .body = 3}));
  EXPECT_EQ(decode(program.instructions[2]).value(),
            Instruction(op::Loop{.count_reg = 2, .count_stride = 1, .body = 1}));
  EXPECT_EQ(decode(program.instructions[4]).value(),
            Instruction(op::Branch{.rs = 1, .condition = Condition::not_zero, .distance = -4}));
  EXPECT_EQ(decode(program.instructions[5]).value(), Instruction(op::Branch{.rs = 1, .distance = 2}));
  EXPECT_EQ(disassemble(program),
            "L0:\n"
            "loop count=3 body=L4\n"
            "  set rd=r1 value=1+r1\n"
            "  loop count=r2 body=L4\n"
            "    set rd=r2 value=-5\n"
            "L4:\n"
            "branch rs=r1 condition=not_zero distance=L0\n"
            "L5:\n"
            "branch rs=r1 condition=zero distance=L7\n"
            "branch rs=r1 condition=zero distance=L5\n"
            "L7:\n"
            "end\n");
  EXPECT_EQ(assemble(disassemble(program), "again.s"), program);
}

TEST(Assembler, TheExampleOfTheReferencePageAssembles) {
  EXPECT_EQ(assemble("", "empty.s").instructions.size(), 0U);
  const std::string page = read_text(std::string(GODWIT_SOURCE_DIR) + "/docs/isa.md");
  const std::size_t begin = page.find("```\n", page.find("## Assembler text")) + 4;
  const std::string example = page.substr(begin, page.find("```", begin) - begin);
  const Assembly program = assemble(example, "docs/isa.md");
  EXPECT_EQ(program.instructions.size(), 6U);
  EXPECT_EQ(program.descriptors.size(), 1U);
}

struct Mistake {
  const char* text;
  const char* where;
  const char* what;
  const char* expected;
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) {
  return out << mistake.text;
}

class MistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsRefusedAtItsPlace) {
  try {
    assemble(GetParam().text, "f.s");
    FAIL() << "was accepted";
  } catch (const UserError& error) {
    EXPECT_EQ(error.complaint().where, std::string("f.s:") + GetParam().where);
    EXPECT_THAT(error.complaint().what, HasSubstr(GetParam().what));
    EXPECT_THAT(error.complaint().expected, HasSubstr(GetParam().expected));
  }
}

constexpr const char* deep =
    "stream matrix=--------------------------------------------------------------------------1";

INSTANTIATE_TEST_SUITE_P(
    Text, MistakeTest,
    testing::Values(
        Mistake{"end\n  matmull to=1", "2:3", "no instruction is called 'matmull'", "matmul"},
        Mistake{"set rd=r1", "1:1", "set lacks the operand 'value'", "rd, value"},
        Mistake{"set rd=r1 value=1 value=2", "1:19", "given twice", "once"},
        Mistake{"set rd=r1 valeu=1", "1:11", "set has no operand 'valeu'", "rd, value"},
        Mistake{"set rd=r1 value_reg=1", "1:11", "no operand 'value_reg'", "rd, value"},
        Mistake{"set rd=r1 opcode=1", "1:11", "no operand 'opcode'", "rd, value"},
        Mistake{"set rd=5 value=1", "1:8", "'rd' is no register", "r0 to r15"},
        Mistake{"set rd=r16 value=1", "1:8", "'r16' is not defined", "a register"},
        Mistake{"set rd=r1 value=2147483648", "1:17", "value = 2147483648", "-2147483648 to 2147483647"},
        Mistake{"set rd=r1 value=r2*32768", "1:17", "value_stride = 32768", "-32768 to 32767"},
        Mistake{"set rd=r1 value=r2+r3", "1:19", "r2 and r3", "one register"},
        Mistake{"set rd=r1 value=r2*r3", "1:19", "a register times a register", "times a number"},
        Mistake{"set rd=r1 value=(1+2", "1:21", "found the end of the line", "')'"},
        Mistake{"set rd=r1 value=", "1:17", "found the end of the line", "a number"},
        Mistake{"set rd r1", "1:8", "found 'r1'", "'='"},
        Mistake{"set rd=r1 value=1 2", "1:19", "found '2'", "name=value"},
        Mistake{"set rd=r1 value=0x", "1:17", "'0x' is no number", "hexadecimal"},
        Mistake{"set rd=r1 value=12a", "1:17", "'12a' is no number", "decimal"},
        Mistake{"set rd=r1 value=9223372036854775808", "1:17", "too large", "2^63"},
        Mistake{"set rd=r1 value=9223372036854775807+1", "1:36", "the sum is too large", "64 bits"},
        Mistake{"set rd=r1 value=9223372036854775807*2", "1:36", "the product is too large", "64 bits"},
        Mistake{"set rd=r1 value=1 wait_a=r1", "1:26", "'wait_a' depends on a register", "0 to 15"},
        Mistake{"set rd=r1 value=1 wait_a=16", "1:26", "wait_a = 16", "0 to 15"},
        Mistake{"end;", "1:4", "0x3b", "comment after #"}, Mistake{deep, "1:79", "nested too deeply", "64"},
        Mistake{"loop count=1 body=done", "1:19", "no line has the label 'done'", "label"},
        Mistake{"done: loop count=1 body=done", "1:25", "before the body", "further down"},
        Mistake{"done:\ndone:\nend", "2:1", "'done' is taken", "once"},
        Mistake{"r1: end", "1:1", "'r1' is taken", "once"}, Mistake{".equ r2 5", "1:6", "'r2' is taken", "once"},
        Mistake{".equ a 5\n.equ a 6", "2:6", "'a' is taken", "once"},
        Mistake{".equ a r5", "1:8", "something else", "a number"},
        Mistake{".reg a 5", "1:8", "something else", "a register"},
        Mistake{".reg a r5 r6", "1:11", "found 'r6'", "end of the line"},
        Mistake{".mtrix a", "1:1", "found '.mtrix'", ".matrix"}, Mistake{"5: end", "1:1", "found '5'", "label"},
        Mistake{"branch rs=r1 condition=maybe distance=1", "1:24", "condition = 'maybe'", "zero, not_zero"},
        Mistake{"quantise two_digits=2 tokens=r1 count=16 from=0 to=0", "1:21", "two_digits = 2", "0 to 1"},
        Mistake{"matmul matrix=0 tokens=r1 from=0 to=0 activation=gelu combine=none other=0", "1:50",
                "activation = 'gelu'", "none, gelu_tanh, gelu_erf, silu, relu"},
        Mistake{".matrix offset=0 granules=1 block_rows=1 rows=8 inputs=17 bits=8 group=0 pattern=dense bias=0 "
                "two_digits=0",
                "1:56", "inputs = 17", "multiple of 16"}));

// ---- random programs
// ----------------------------------------------------------------------------------------------------

std::int64_t random_value(Random& random, const Field& field, std::int64_t to_end) {
  if (!field.values.empty()) return field.values[random.below(field.values.size())];
  if (field.kind == FieldKind::choice) return static_cast<std::int64_t>(random.below(field.names.size()));
  if ((field.kind == FieldKind::until || field.kind == FieldKind::jump) && random.below(4) != 0) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(to_end)));
  }
  const std::uint64_t word = random.below(3) == 0 ? random.below(3) : random.bits();
  const std::int64_t value =
      field.is_signed ? get_signed(word, 0, field.bits) : static_cast<std::int64_t>(get_bits(word, 0, field.bits));
  return value / field.multiple_of * field.multiple_of;
}

Words random_words(Random& random, const Layout& layout, std::int64_t to_end) {
  Values values{};
  for (std::size_t f = 0; f < layout.fields.size(); ++f) {
    values[f] = layout.fields[f].name == "opcode" ? layout.opcode : random_value(random, layout.fields[f], to_end);
  }
  EXPECT_FALSE(check(layout, values));
  return pack(layout, values);
}

Assembly random_program(Random& random) {
  Assembly program;
  const auto length = static_cast<std::int64_t>(random.below(24));
  for (std::int64_t i = 0; i < length; ++i) {
    const Layout& layout = instruction_layouts()[random.below(instruction_layouts().size())];
    program.instructions.push_back(random_words(random, layout, length - i));
  }
  for (std::uint64_t i = random.below(3); i > 0; --i) {
    program.descriptors.push_back(random_words(random, descriptor_layout(), 1));
  }
  return program;
}

TEST(Disassembler, TextAndBitsAreTheSameProgram) {
  Random random(11);
  for (int i = 0; i < 10000; ++i) {
    const Assembly program = random_program(random);
    const std::string text = disassemble(program);
    const Assembly again = assemble(text, "random.s");
    ASSERT_EQ(again, program) << text;
    ASSERT_EQ(disassemble(again), text);
  }
}

TEST(Disassembler, RefusesWhatIsNoInstruction) {
  Assembly program = assemble("end\nend", "test.s");
  program.instructions[1][3] = 1;
  try {
    disassemble(program);
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.complaint().where, "instruction 1");
    EXPECT_EQ(error.complaint().what, "end: bit 192 is set, which no field has");
  }
  EXPECT_THROW(disassemble({.instructions = {}, .descriptors = {Words{}}}), UserError);  // 0 bits a code
}

}  // namespace
}  // namespace godwit::isa
