// Registers, loops, branches, semaphores, and how a wrong program is refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "golden/machine.h"
#include "golden/program_test_support.h"

namespace godwit::golden {
namespace {

using testing::HasSubstr;

std::vector<std::int32_t> registers_after(const std::string& text, const HostRegisters& host = {}) {
  ProgramBuilder builder(2);
  const isa::Program program = builder.build(text);
  ThreadPool pool(1);
  Machine machine(program, pool);
  machine.run(host);
  const auto registers = machine.registers();
  return {registers.begin(), registers.end()};
}

/// What a machine says of the program, with the place.
std::string complaint_of(const std::string& text, std::uint64_t most = 1000) {
  ProgramBuilder builder(2);
  const isa::Program program = builder.build(text);
  ThreadPool pool(1);
  try {
    Machine machine(program, pool);
    machine.run({}, most);
  } catch (const UserError& error) {
    return error.complaint().where + ": " + error.complaint().what;
  }
  return "nothing";
}

TEST(Control, RegistersAddSubtractAndCompareAsSigned32Bits) {
  const auto r = registers_after(R"(
set rd=r5 value=7
set rd=r6 value=r5*3-30
add rd=r7 rs=r5 second=r6 subtract=0
add rd=r8 rs=r5 second=r6 subtract=1
least rd=r9 rs=r6 limit=4
least rd=r10 rs=r5 limit=4
set rd=r0 value=99
set rd=r11 value=2147483647
add rd=r11 rs=r11 second=r5 subtract=0
end
)");
  EXPECT_EQ(r[5], 7);
  EXPECT_EQ(r[6], -9);
  EXPECT_EQ(r[7], -2);
  EXPECT_EQ(r[8], 16);
  EXPECT_EQ(r[9], -9);
  EXPECT_EQ(r[10], 4);
  EXPECT_EQ(r[0], 0);
  EXPECT_EQ(r[11], -2147483642);
}

TEST(Control, TheHostSetsThreeRegisters) {
  const auto r = registers_after("end", {.position = 12, .tokens = 3, .spill = true});
  EXPECT_EQ(r[1], 12);
  EXPECT_EQ(r[2], 3);
  EXPECT_EQ(r[3], 1);
  EXPECT_EQ(r[4], 0);
}

TEST(Control, LoopsNestAndMayEndTogether) {
  const auto r = registers_after(R"(
set rd=r4 value=3
loop count=r4+1 body=outer
  set rd=r5 value=r5+1
  loop count=0 body=none
    set rd=r6 value=1
  none:
  loop count=2 body=inner
    loop count=5 body=innermost
      set rd=r7 value=r7+1
    innermost:
inner:
outer:
end
)");
  EXPECT_EQ(r[5], 4);
  EXPECT_EQ(r[6], 0);
  EXPECT_EQ(r[7], 40);
}

TEST(Control, BranchesStayWithinTheirLoop) {
  const auto r = registers_after(R"(
set rd=r4 value=5
again:
set rd=r5 value=r5+2
set rd=r4 value=r4-1
branch rs=r4 condition=not_zero distance=again
loop count=3 body=done
  branch rs=r4 condition=zero distance=over
  set rd=r6 value=77
  over:
  set rd=r7 value=r7+1
done:
end
)");
  EXPECT_EQ(r[5], 10);
  EXPECT_EQ(r[6], 0);
  EXPECT_EQ(r[7], 3);
}

TEST(Control, SemaphoresCount) {
  EXPECT_EQ(registers_after("set rd=r4 value=1 signal_a=2 signal_b=2\nset rd=r5 value=2 wait_a=2 wait_b=2\nend")[5], 2);
}

TEST(Control, WhatIsNotThereCannotBeTaken) {
  EXPECT_THAT(complaint_of("set rd=r4 value=1 wait_a=3\nend"), HasSubstr("wait for semaphore 3"));
  EXPECT_THAT(complaint_of("set rd=r4 value=1 signal_a=3\nset rd=r4 value=1 wait_a=3 wait_b=3\nend"),
              HasSubstr("instruction 1: set rd=r4 value=1 wait_a=3 wait_b=3"));
}

TEST(Control, NothingIsLeftOverAtTheEnd) {
  EXPECT_THAT(complaint_of("set rd=r4 value=1 signal_b=7\nend"), HasSubstr("semaphore 7 is still at 1"));
}

TEST(Control, ALoopThatLeavesWhatHoldsItIsRefused) {
  EXPECT_THAT(complaint_of("loop count=1 body=9\nend"), HasSubstr("leaves the program"));
  EXPECT_THAT(complaint_of("loop count=2 body=2\nloop count=2 body=2\nset rd=r4 value=1\nset rd=r4 value=1\nend"),
              HasSubstr("leaves that of the loop around it"));
  EXPECT_THAT(complaint_of("loop count=1 body=5\nloop count=1 body=4\nloop count=1 body=3\nloop count=1 body=2\n"
                           "loop count=1 body=1\nset rd=r4 value=1\nend"),
              HasSubstr("more than 4 loops"));
  EXPECT_THAT(complaint_of("set rd=r4 value=-1\nloop count=r4 body=1\nset rd=r4 value=1\nend"),
              HasSubstr("is no place"));
}

TEST(Control, ABranchOutOfALoopIsRefused) {
  EXPECT_THAT(complaint_of("loop count=1 body=1\nbranch rs=r0 condition=zero distance=1\nend"),
              HasSubstr("into or out of a loop"));
  EXPECT_THAT(complaint_of("branch rs=r0 condition=zero distance=2\nloop count=1 body=1\nset rd=r4 value=1\nend"),
              HasSubstr("into or out of a loop"));
  EXPECT_THAT(complaint_of("branch rs=r0 condition=zero distance=-1\nend"), HasSubstr("leaves the program"));
}

TEST(Control, AProgramEnds) {
  EXPECT_THAT(complaint_of("here:\nbranch rs=r0 condition=zero distance=here\nend"), HasSubstr("runs on"));
  EXPECT_THAT(complaint_of("set rd=r4 value=1"), HasSubstr("past its last instruction"));
}

TEST(Control, WordsThatAreNoInstructionAreRefused) {
  ProgramBuilder builder(1);
  isa::Program program = builder.build("end");
  program.instructions[0] = {0xff, 0, 0, 0};
  ThreadPool pool(1);
  EXPECT_THROW(Machine(program, pool), UserError);
  program = builder.build("end");
  program.descriptors.push_back({~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}});
  EXPECT_THROW(Machine(program, pool), UserError);
}

TEST(Control, CardsAndImagesThatCannotBeAreRefused) {
  ProgramBuilder builder(1);
  ThreadPool pool(1);
  const auto refused = [&](auto change) {
    isa::Program program = builder.build("end");
    change(program);
    EXPECT_THROW(Machine(program, pool), UserError);
  };
  refused([](isa::Program& p) { p.card.slices = 0; });
  refused([](isa::Program& p) { p.card.activation_words = 1 << 20; });
  refused([](isa::Program& p) { p.card.vector_reals = 0; });
  refused([](isa::Program& p) { p.card.most_tokens = 17; });
  refused([](isa::Program& p) { p.fraction_bits = 31; });
  refused([](isa::Program& p) { p.channel_bytes = p.card.channel_bytes + 1; });
  const std::vector<std::byte> bytes(128);
  refused([&](isa::Program& p) { p.segments.push_back({.name = "", .channel = 1, .address = 0, .bytes = bytes}); });
  refused([&](isa::Program& p) { p.segments.push_back({.name = "", .channel = 0, .address = 4064, .bytes = bytes}); });
  refused([&](isa::Program& p) {
    p.segments.push_back({.name = "", .channel = 0, .address = 0, .bytes = bytes});
    p.segments.push_back({.name = "", .channel = 0, .address = 64, .bytes = bytes});
  });
}

TEST(Control, StreamsAndProductsGoTogether) {
  const std::string matrix =
      ".matrix offset=0 granules=24 block_rows=1 rows=8 inputs=16 bits=8 group=0 pattern=dense bias=0 two_digits=1\n"
      ".matrix offset=0 granules=24 block_rows=1 rows=8 inputs=16 bits=8 group=0 pattern=dense bias=0 two_digits=1\n"
      "set rd=r4 value=1\n";
  const std::string matmul = "matmul matrix=0 tokens=r4 from=0 to=0 activation=none combine=none other=0\n";
  EXPECT_EQ(complaint_of(matrix + "stream matrix=0\n" + matmul + "end"), "nothing");
  EXPECT_THAT(complaint_of(matrix + matmul + "end"), HasSubstr("matrix 0 was not streamed"));
  EXPECT_THAT(complaint_of(matrix + "stream matrix=1\n" + matmul + "end"), HasSubstr("but matrix 1 was streamed"));
  EXPECT_THAT(complaint_of(matrix + "stream matrix=0\nend"), HasSubstr("1 streams were read for nothing"));
  EXPECT_THAT(complaint_of(matrix + "stream matrix=2\nend"), HasSubstr("matrix descriptor 2"));
  EXPECT_THAT(complaint_of(matrix + "set rd=r4 value=17\nstream matrix=0\n" + matmul + "end"), HasSubstr("17 tokens"));
  EXPECT_THAT(complaint_of(matrix + "set rd=r4 value=0\nstream matrix=0\n" + matmul + "end"), HasSubstr("0 tokens"));
  EXPECT_THAT(complaint_of(matrix + "loop count=5000 body=1\nstream matrix=0\nend", 100000),
              HasSubstr("nothing takes"));
}

TEST(Control, InstructionsAndDescriptorsCannotBeWritten) {
  ProgramBuilder builder(1);
  const isa::Program program = builder.build("store address=0 count=4 from=0\nend");
  ASSERT_EQ(program.code_address, 0U);
  ThreadPool pool(1);
  Machine machine(program, pool);
  EXPECT_THROW(machine.run({}), UserError);
}

}  // namespace
}  // namespace godwit::golden
