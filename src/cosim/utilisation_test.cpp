// How busy one matrix keeps the multipliers and the memory ports of `nano`, on the verilated machine's own counters,
// with a memory that answers after 32 cycles and then gives a word a cycle: the table of docs/utilisation.md.

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
#include "compiler/pack.h"
#include "compress/quantise.h"
#include "cosim/rtl_machine.h"
#include "golden/program_test_support.h"
#include "isa/sizes.h"

namespace godwit::cosim {
namespace {

constexpr int slices = 2;
constexpr int size = 1024;  // rows and inputs
constexpr int lanes = 128;  // of a slice
constexpr std::uint64_t word_granules = 4;

struct Use {
  const char* name;
  int bits;
  int group;
  int kept;  // of 16
};

/// One token's two digits, or sixteen tokens of one digit, times one matrix.
void measure(const Use& use, bool two_digits, std::uint32_t tokens) {
  golden::ProgramBuilder builder(slices);
  Random random(static_cast<std::uint64_t>(use.bits * 16 + use.kept));
  std::vector<float> weights(std::size_t{size} * size);
  for (float& w : weights) w = static_cast<float>(random.normal());
  const compiler::PackedMatrix packed = compiler::pack(
      compress::quantise(weights, size, size, {}, {.bits = use.bits, .group = use.group, .kept = use.kept}), slices,
      two_digits);
  const std::uint32_t matrix = builder.add(packed);
  std::vector<std::int32_t> reals(std::size_t{16} * size);
  for (std::int32_t& x : reals) x = static_cast<std::int32_t>(random.normal() * (1 << 16));
  const std::uint64_t x = builder.add(std::as_bytes(std::span(reals)));
  const isa::Program program = builder.build(fmt::format(
      "load format=real address={0} tokens=r2 count={1} to=0 signal_a=0\n"
      "stream matrix={2}\n"
      "quantise two_digits={3} vectors=1 kv_heads=1 tokens=r2 count={1} stride={1} from=0 to=0 wait_a=0 signal_a=1\n"
      "matmul matrix={2} tokens=r2 from=0 to=32768 activation=none combine=none other=0 wait_a=1\nend\n",
      x, size, matrix, two_digits ? 1 : 0));
  RtlMachine machine(program);
  const RtlRun run = machine.run({.tokens = tokens}, 10'000'000);
  ASSERT_TRUE(run.finished);
  ASSERT_EQ(run.error, 0U);
  const std::uint64_t cycles = run.busy[static_cast<std::size_t>(isa::Unit::mpe)];
  const std::uint64_t passes = run.passes / slices;
  const std::uint64_t words = packed.descriptor.granules / word_granules;
  const std::uint64_t times = two_digits ? tokens : (tokens + 1) / 2;
  const double products = static_cast<double>(size) * size / 16 * use.kept * static_cast<double>(times);
  const double multipliers = products / static_cast<double>(lanes * slices * cycles);
  fmt::print("| {} | {} | {} | {:.0f} % | {:.0f} % | {:.0f} % |\n", use.name, tokens == 1 ? "MV, A15" : "MM of 16, A8",
             cycles, 100 * multipliers, 100 * static_cast<double>(passes) / static_cast<double>(cycles),
             100 * static_cast<double>(words) / static_cast<double>(cycles));
  // Port or lanes set the pace where nothing else does; what was prefetched before counts for the port. Sixteen tokens
  // of short sparse rows wait for the requantised reals, too.
  const std::uint64_t prefetched = 16384 / 64;
  EXPECT_GE(cycles, std::max(passes, words - std::min(words, prefetched))) << use.name;
  EXPECT_LE(static_cast<double>(cycles), 1.45 * static_cast<double>(std::max(passes, words)) + 100) << use.name;
}

TEST(Utilisation, OfMultipliersAndPorts) {
  fmt::print(
      "| weights | mode | cycles | multipliers at work | passes | port at work |\n| --- | --- | --- | --- | --- | --- "
      "|\n");
  for (const Use& use : {Use{"W8 dense", 8, 0, 16}, Use{"W4 dense", 4, 64, 16}, Use{"W4, 8 of 16", 4, 64, 8},
                         Use{"W4, 4 of 16", 4, 64, 4}, Use{"W4, 2 of 16", 4, 64, 2}, Use{"W4, 1 of 16", 4, 64, 1}}) {
    measure(use, true, 1);
    measure(use, false, 16);
  }
}

}  // namespace
}  // namespace godwit::cosim
