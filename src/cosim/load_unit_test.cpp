// load_unit against golden: `load` and `embed` of random shapes, from random bytes.

#include <VLoad.h>
#include <VLoadNarrow.h>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/random.h"
#include "cosim/bench.h"
#include "cosim/side_memory.h"
#include "golden/machine.h"
#include "golden/program_test_support.h"

namespace godwit {
namespace {

constexpr std::size_t vector_reals = 4096;
constexpr std::size_t channel_bytes = 131072;
constexpr std::uint64_t patience = 3000;

struct Case {
  isa::Instruction instruction;
  std::string text;  // registers: tokens in r2, position in r1
  std::uint32_t tokens = 1;
  std::uint32_t position = 0;
  int fraction_bits = 16;
};

struct Outcome {
  bool finished = false;
  std::uint32_t error = 0;
  std::uint64_t saturations = 0;
  std::uint64_t cycles = 0;
  std::string complaint;
};

template <class Top>
class Driver {
 public:
  explicit Driver(std::size_t slices) : memory(slices, channel_bytes) { top_.reset(); }

  Outcome run(const Case& one, double stalls, std::uint64_t seed, std::uint64_t most = 0) {
    memory.restart(seed, stalls);
    const isa::Words words = isa::encode(one.instruction);
    for (std::size_t i = 0; i < 4; ++i) {
      top_->op_word_i[2 * i] = static_cast<std::uint32_t>(words[i]);
      top_->op_word_i[2 * i + 1] = static_cast<std::uint32_t>(words[i] >> 32);
    }
    top_->op_tokens_i = static_cast<std::uint8_t>(one.tokens);
    top_->op_position_i = one.position;
    top_->fraction_bits_i = static_cast<std::uint8_t>(one.fraction_bits);
    top_->start_i = 1;
    Outcome out;
    std::uint64_t moved = 0;
    for (bool done = false; !done && out.cycles - moved < patience && (most == 0 || out.cycles < most); ++out.cycles) {
      memory.offer_read(*top_);
      top_->vector_ready_i = !memory.says_no();
      top_.low();
      if (memory.take_read(*top_)) moved = out.cycles;
      if (top_->vector_valid_o != 0 && top_->vector_ready_i != 0) {
        write(out);
        moved = out.cycles;
      }
      if (top_->error_valid_o != 0 && out.error == 0) out.error = top_->error_code_o;
      out.saturations += top_->saturations_o;
      done = top_->done_o != 0;
      top_.high();
      top_->start_i = 0;
      out.finished = done;
    }
    if (out.finished && memory.reading()) out.complaint = "done before its reads";
    if (!memory.complaint.empty()) out.complaint = memory.complaint;
    if (!out.finished) {
      top_->granule_valid_i = 0;
      top_.reset();
    }
    return out;
  }

  void set_fault(int number) { top_->fault_i = static_cast<std::uint8_t>(number); }

  cosim::SideMemory memory;
  std::vector<std::int32_t> reals = std::vector<std::int32_t>(vector_reals);

 private:
  void write(Outcome& out) {
    const std::size_t address = top_->vector_address_o;
    if (address % 8 != 0 || address + 8 > vector_reals) {
      out.complaint = fmt::format("eight reals at {}", address);
      return;
    }
    for (std::size_t i = 0; i < 8; ++i) {
      if ((top_->vector_strobe_o >> i & 1U) != 0)
        reals[address + i] = static_cast<std::int32_t>(top_->vector_data_o[i]);
    }
  }

  cosim::Bench<Top> top_;
};

constexpr std::size_t ids_at = 64;
constexpr std::uint32_t vocabulary = 96;

Case random_case(Random& random) {
  Case out;
  out.tokens = 1 + static_cast<std::uint32_t>(random.below(16));
  out.position = static_cast<std::uint32_t>(random.below(40));
  out.fraction_bits = 10 + static_cast<int>(random.below(15));
  const auto format = static_cast<isa::Vector>(random.below(2));
  const auto count = static_cast<std::uint32_t>(1 + random.below(random.below(4) == 0 ? 250 : 40));
  const auto to = static_cast<std::uint32_t>(8 * random.below((vector_reals - 16 * 256) / 8 + 1));
  const char* name = format == isa::Vector::real ? "real" : "scaled16";
  const std::uint64_t address = 1024 + 16 * random.below(64);
  if (random.below(2) == 0) {
    const isa::op::Load load{.format = format, .address = address, .tokens = 2, .count = count, .to = to};
    out.instruction = load;
    out.text = fmt::format("load format={} address={} tokens=r2 count={} to={}\n", name, address, count, to);
  } else {
    isa::op::Embed embed{.format = format, .address = address, .ids = ids_at, .tokens = 2, .count = count, .to = to};
    embed.position = 1;
    out.instruction = embed;
    out.text = fmt::format("embed format={} address={} ids={} position=r1 tokens=r2 count={} to={}\n", name, address,
                           ids_at, count, to);
  }
  return out;
}

/// Scales of every size, so that some results saturate; ids of the vocabulary.
void fill(cosim::SideMemory& memory, Random& random) {
  for (std::size_t c = 0; c < memory.channels(); ++c) {
    for (std::size_t at = 0; at < channel_bytes; at += 8) {
      const std::uint64_t word = random.bits();
      std::memcpy(&memory[c][at], &word, sizeof word);
    }
    for (std::size_t at = 0; at < channel_bytes; at += 16) {
      memory[c][at + 2] = static_cast<std::byte>(static_cast<int>(random.below(40)) - 36);
      memory[c][at + 1] |= std::byte{0x80};
    }
  }
  for (std::size_t i = 0; i < 64; ++i) {
    const auto id = static_cast<std::uint32_t>(random.below(vocabulary));
    std::memcpy(&memory[0][ids_at + 4 * i], &id, sizeof id);
  }
}

template <class Top>
class Check {
 public:
  explicit Check(std::size_t slices) : slices_(slices), driver_(slices) {}

  /// What differs first, or nothing.
  std::string differs(int cases, double stalls, std::uint64_t seed) {
    Random random(seed);
    std::uint64_t saturations = 0;
    for (int i = 0; i < cases; ++i) {
      fill(driver_.memory, random);
      const Case one = random_case(random);
      if (i % 5 == 4) std::ignore = driver_.run(one, stalls, random.bits(), 1 + random.below(150));
      for (std::int32_t& real : driver_.reals) real = 0;
      const Outcome run = driver_.run(one, stalls, random.bits());
      golden::ProgramBuilder builder(static_cast<int>(slices_), 4096, vector_reals);
      builder.reserve(channel_bytes);
      isa::Program program = builder.build(one.text + "end\n");
      program.fraction_bits = one.fraction_bits;
      ThreadPool pool(1);
      golden::Machine machine(program, pool);
      for (std::size_t c = 0; c < slices_; ++c) machine.write(static_cast<std::uint32_t>(c), 0, driver_.memory[c]);
      machine.run({.position = one.position, .tokens = one.tokens});
      const std::string where = fmt::format("{}: {}", i, one.text);
      if (!run.finished) return where + "does not end";
      if (!run.complaint.empty()) return where + run.complaint;
      if (run.error != 0) return fmt::format("{}error {}", where, run.error);
      for (std::size_t r = 0; r < vector_reals; ++r) {
        if (driver_.reals[r] != machine.vector_memory()[r])
          return fmt::format("{}real {}: {} instead of {}", where, r, driver_.reals[r], machine.vector_memory()[r]);
      }
      if (run.saturations != machine.counters().saturations)
        return fmt::format("{}{} saturations instead of {}", where, run.saturations, machine.counters().saturations);
      saturations += run.saturations;
    }
    return saturations > 0 ? "" : "nothing saturates: that is not tested";
  }

  void set_fault(int number) { driver_.set_fault(number); }

 private:
  std::size_t slices_;
  Driver<Top> driver_;
};

TEST(LoadUnit, AgreesWithGolden) {
  Check<VLoad> check(4);
  EXPECT_EQ(check.differs(150, 0, 1), "");
  EXPECT_EQ(check.differs(300, 0.3, 2), "");
}

TEST(LoadUnit, AgreesWithGoldenWithOneChannelAndFewLanes) {
  Check<VLoadNarrow> check(1);
  EXPECT_EQ(check.differs(80, 0, 3), "");
  EXPECT_EQ(check.differs(200, 0.3, 4), "");
}

TEST(LoadUnit, AGranuleACycle) {
  Driver<VLoad> driver(4);
  Case one;
  one.instruction = isa::op::Load{.format = isa::Vector::scaled16, .address = 0, .tokens = 2, .count = 2048, .to = 0};
  EXPECT_LT(driver.run(one, 0, 1).cycles, 256 + 30);
  one.instruction = isa::op::Load{.format = isa::Vector::real, .address = 0, .tokens = 2, .count = 2048, .to = 0};
  EXPECT_LT(driver.run(one, 0, 1).cycles, 512 + 30);
}

/// Of rtl/fault_pkg.sv.
TEST(LoadUnit, SeededFaultsAreCaught) {
  for (const int fault : {33, 34}) {
    Check<VLoad> check(4);
    check.set_fault(fault);
    const std::string caught = check.differs(100, 0, 5);
    EXPECT_NE(caught, "") << "fault " << fault;
    fmt::print("fault {}: {}\n", fault, caught);
  }
}

TEST(LoadUnit, RefusesWhatCannotBe) {
  Driver<VLoad> driver(4);
  const auto error = [&](const isa::Instruction& instruction, std::uint32_t tokens = 1) {
    Case one;
    one.instruction = instruction;
    one.tokens = tokens;
    const Outcome run = driver.run(one, 0, 1);
    EXPECT_TRUE(run.finished);
    return run.error;
  };
  constexpr std::uint32_t instruction = 1;
  constexpr std::uint32_t beyond = 4;
  EXPECT_EQ(error(isa::op::Load{.address = 8, .tokens = 2, .count = 8, .to = 0}), instruction);
  EXPECT_EQ(error(isa::op::Load{.address = 16, .tokens = 2, .count = 8, .to = 4}), instruction);
  EXPECT_EQ(error(isa::op::Load{.address = 16, .tokens = 2, .count = 9, .to = 4080}), 0U);
  EXPECT_EQ(error(isa::op::Load{.address = 16, .tokens = 2, .count = 17, .to = 4080}), beyond);
  EXPECT_EQ(error(isa::op::Load{.address = 16, .tokens = 2, .count = 300, .to = 0}, 16), beyond);
  const std::uint32_t id = 1U << 24;
  std::memcpy(&driver.memory[0][0], &id, sizeof id);
  EXPECT_EQ(error(isa::op::Embed{.address = 16, .ids = 0, .tokens = 2, .count = 8, .to = 0}), beyond);
}

}  // namespace
}  // namespace godwit
