// mpe_unit with gather and best_logits: every instruction's jobs, places and arithmetic against docs/program.md and the
// functions of isa. Above 400 lines because one model of the unit serves all of its checks.

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "cosim/mpe_driver.h"
#include "isa/functions.h"

namespace godwit {
namespace {

using cosim::MpeBlockRow;
using cosim::MpeDriver;
using cosim::MpeJob;
using cosim::MpeOp;
using cosim::MpeRun;

constexpr std::uint32_t error_instruction = 1;
constexpr std::uint32_t error_memory = 4;
constexpr std::uint32_t memory_reals = 65536;
constexpr std::uint32_t memory_chunks = 1024;

std::uint32_t below(Random& random, std::uint32_t n) {
  return static_cast<std::uint32_t>(random.below(n));
}
std::uint32_t up_to(std::uint32_t value, std::uint32_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// What slices send: reals of all sizes, some of them extreme.
std::int32_t real_of(std::uint64_t seed, bool scales, std::uint32_t head, std::uint32_t row, std::uint32_t token,
                     int real) {
  const std::uint64_t name = (std::uint64_t{row} << 24 | std::uint64_t{head} << 16 | token << 8 |
                              static_cast<unsigned>(real) << 1 | (scales ? 1 : 0));
  const std::uint64_t bits = mix64(seed ^ mix64(name));
  if ((bits & 0x1f) == 0) return (bits & 0x20) != 0 ? INT32_MIN : INT32_MAX;
  return static_cast<std::int32_t>(bits >> 32) >> (bits >> 8 & 0x1f);
}

/// What an instruction must do: the memory that it leaves, and the rest.
struct Expected {
  std::vector<std::int32_t> memory;
  std::vector<std::vector<MpeBlockRow>> block_rows;
  MpeJob job;
  std::map<std::uint64_t, std::array<std::int32_t, 8>> spilled;
  std::vector<cosim::MpeBest> best;
  isa::ExponentialSum sum;
  std::uint64_t saturations = 0;
};

class Definition {
 public:
  Definition(const MpeOp& op, std::uint64_t seed, std::uint32_t slices, const std::vector<std::int32_t>& memory)
      : op_(op), seed_(seed), slices_(slices) {
    out_.memory = memory;
    out_.block_rows.resize(slices);
    out_.job.fraction_bits = static_cast<std::uint32_t>(op.fraction_bits);
  }

  Expected of(const isa::op::Matmul& m) {
    const std::uint32_t stride = up_to(op_.descriptor.rows, 8);
    matrix(m.from, op_.tokens);
    for (std::uint32_t n = 0; n < stride / 8; ++n) {
      for (std::uint32_t t = 0; t < op_.tokens; ++t) {
        for (std::uint32_t r = 0; r < 8; ++r) {
          const std::uint32_t at = t * stride + 8 * n + r;
          const std::int32_t a = isa::activate(m.activation, real(false, 0, n, t, r), op_.fraction_bits);
          bool saturated = false;
          std::int32_t value = a;
          if (m.combine != isa::Combine::none) {
            const std::int32_t b = before_[m.other + at];
            value = m.combine == isa::Combine::add ? isa::add_reals(a, b, saturated)
                                                   : isa::multiply_reals(a, b, op_.fraction_bits, saturated);
          }
          out_.saturations += saturated ? 1 : 0;
          out_.memory[m.to + at] = value;
        }
      }
    }
    return out_;
  }

  Expected of(const isa::op::Head& head) {
    const std::uint32_t stride = 8 * op_.descriptor.block_rows * slices_;
    const bool two_digits = op_.descriptor.two_digits;
    std::uint32_t tokens = op_.tokens;
    std::uint32_t from = head.from;
    if (!op_.spill) {  // the last one, or the two in its words
      const std::uint32_t before = two_digits ? op_.tokens - 1 : (op_.tokens - 1) / 2;
      tokens = two_digits ? 1 : 2 - op_.tokens % 2;
      from += 4 * before * ((op_.descriptor.inputs + 63) / 64);
    }
    matrix(from, tokens);
    for (std::uint32_t n = 0; n < stride / 8; ++n) {
      for (std::uint32_t t = 0; t < tokens; ++t) {
        std::array<std::int32_t, 8> eight{};
        for (std::uint32_t r = 0; r < 8; ++r) {
          eight[r] = real(false, 0, n, t, r);
          if (t + 1 != tokens || 8 * n + r >= op_.descriptor.rows) continue;
          bool saturated = false;
          out_.sum.add(eight[r], op_.fraction_bits, saturated);
          out_.saturations += saturated ? 1 : 0;
          out_.best.push_back({eight[r], 8 * n + r});
        }
        if (op_.spill) out_.spilled[head.logits + 4 * (std::uint64_t{t} * stride + 8 * n)] = eight;
      }
    }
    std::ranges::sort(out_.best, [](const auto& a, const auto& b) {
      return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
    });
    if (out_.best.size() > isa::best_logits) out_.best.resize(isa::best_logits);
    return out_;
  }

  Expected of(const isa::op::Scores& s) {
    const std::uint32_t past = (op_.length - op_.tokens) / 8;
    const std::uint32_t first = s.part == isa::Part::closed ? 0 : past;
    const std::uint32_t end = s.part == isa::Part::closed ? past : (op_.length + 7) / 8;
    attention(1, s.heads, op_.head_dim);
    for (std::uint32_t j = first; j < end; ++j) {
      for (std::uint32_t h = 0; h < op_.kv_heads; ++h) {
        block_row(j * op_.kv_heads + h, h, j, s.from);
        for (std::uint32_t r = 0; r < 8; ++r) {
          out_.memory[s.scales + h * op_.capacity + 8 * j + r] = real(true, h, j, 0, r);
          for_vectors(h, s.heads, [&](std::uint32_t v, std::uint32_t t, std::uint32_t q) {
            out_.memory[s.to + (t * s.heads + q) * op_.capacity + 8 * j + r] = real(false, h, j, v, r);
          });
        }
      }
    }
    return out_;
  }

  Expected of(const isa::op::Mix& m) {
    attention(2, m.heads, op_.length);
    for (std::uint32_t h = 0; h < op_.kv_heads; ++h) {
      for (std::uint32_t d = 0; d < op_.head_dim / 8; ++d) {
        block_row(h * (op_.head_dim / 8) + d, h, d, m.from);
        for (std::uint32_t r = 0; r < 8; ++r) {
          for_vectors(h, m.heads, [&](std::uint32_t v, std::uint32_t t, std::uint32_t q) {
            out_.memory[m.to + (t * m.heads + q) * op_.head_dim + 8 * d + r] = real(false, h, d, v, r);
          });
        }
      }
    }
    return out_;
  }

  template <class Other>
  Expected of(const Other& /*other*/) {
    return out_;
  }

 private:
  [[nodiscard]] std::int32_t real(bool scales, std::uint32_t head, std::uint32_t row, std::uint32_t token,
                                  std::uint32_t r) const {
    return real_of(seed_, scales, head, row, token, static_cast<int>(r));
  }

  void matrix(std::uint32_t from, std::uint32_t tokens) {
    const isa::Descriptor& d = op_.descriptor;
    out_.job.granules = d.granules;
    out_.job.blocks = d.inputs / 16;
    out_.job.bits = d.bits;
    out_.job.group_blocks = d.group / 16;
    out_.job.sparse = d.pattern == isa::Pattern::sparse;
    out_.job.bias = d.bias;
    out_.job.two_digits = d.two_digits;
    out_.job.tokens = tokens;
    for (std::uint32_t n = 0; n < d.block_rows * slices_; ++n)
      out_.block_rows[n % slices_].push_back({.head = 0, .row = n, .from = from / 4});
    before_ = out_.memory;
  }

  void attention(std::uint32_t kind, std::uint32_t heads, std::uint32_t inputs) {
    out_.job.kind = kind;
    out_.job.blocks = (inputs + 15) / 16;
    out_.job.bits = 8;
    out_.job.two_digits = true;
    out_.job.tokens = op_.tokens * heads / op_.kv_heads;
    chunks_ = (inputs + 63) / 64;
  }

  void block_row(std::uint32_t n, std::uint32_t head, std::uint32_t row, std::uint32_t from) {
    out_.block_rows[n % slices_].push_back(
        {.head = head, .row = row, .from = from / 4 + head * out_.job.tokens * chunks_});
  }

  template <class Body>
  void for_vectors(std::uint32_t h, std::uint32_t heads, const Body& body) const {
    const std::uint32_t g = heads / op_.kv_heads;
    for (std::uint32_t v = 0; v < op_.tokens * g; ++v) body(v, v / g, h * g + v % g);
  }

  const MpeOp& op_;
  std::uint64_t seed_;
  std::uint32_t slices_;
  std::uint32_t chunks_ = 0;
  std::vector<std::int32_t> before_;
  Expected out_;
};

/// Room in the vector memory that no other operand of the instruction has.
class Room {
 public:
  explicit Room(Random& random) : at_(8 * below(random, 100)) {}
  std::uint32_t take(std::uint32_t reals, Random& random) {
    const std::uint32_t at = at_;
    at_ += up_to(reals, 8) + 8 * below(random, 20);
    return at;
  }

 private:
  std::uint32_t at_;
};

void random_matrix(Random& random, MpeOp& op, std::uint32_t slices) {
  isa::Descriptor& d = op.descriptor;
  d.rows = 1 + below(random, below(random, 3) == 0 ? 900 : 90);
  d.block_rows = up_to(d.rows, 8 * slices) / (8 * slices) + (below(random, 4) == 0 ? 1 : 0);
  d.inputs = 16 * (1 + below(random, 40));
  constexpr std::array widths = {2U, 3U, 4U, 5U, 6U, 8U};
  constexpr std::array groups = {0U, 16U, 32U, 64U, 128U};
  d.bits = widths[below(random, 6)];
  d.group = groups[below(random, 5)];
  d.pattern = static_cast<isa::Pattern>(below(random, 2));
  d.bias = below(random, 2) != 0;
  d.two_digits = below(random, 2) != 0;
  d.granules = below(random, 1 << 20);
  op.tokens = below(random, 3) == 0 ? 1 : 1 + below(random, 16);
}

/// Words of the activation memory: anywhere from where `chunks` fit.
std::uint32_t activations(Random& random, std::uint32_t chunks) {
  return 4 * below(random, memory_chunks - chunks + 1);
}

/// Heads, positions and tokens that fit; what of the queries' heads there is.
std::uint32_t random_attention(Random& random, MpeOp& op) {
  op.kv_heads = 1 + below(random, below(random, 3) == 0 ? 14 : 4);
  const std::uint32_t group = 1 + below(random, below(random, 2) == 0 ? 8 : 2);
  op.tokens = 1 + below(random, 16 / group);
  op.head_dim = 16 * (1 + below(random, below(random, 3) == 0 ? 8 : 4));
  op.length = op.tokens + below(random, below(random, 3) == 0 ? 300 : 40);
  op.capacity = up_to(op.length, 16) + 16 * below(random, 2);
  while (op.tokens > 1 &&
         (op.tokens * op.kv_heads * group * op.capacity > 40000 ||
          op.tokens * op.kv_heads * group * ((op.length + 63) / 64 + (op.head_dim + 63) / 64) > memory_chunks))
    --op.tokens;
  op.length = std::min(op.length, 40000 / (op.kv_heads * group) / 16 * 16);
  op.capacity = std::min(op.capacity, up_to(op.length, 16) + 16);
  return op.kv_heads * group;
}

MpeOp random_op(Random& random, std::uint32_t slices) {
  MpeOp op;
  op.fraction_bits = isa::least_fraction_bits + static_cast<int>(below(random, 15));
  Room room(random);
  const std::uint32_t kind = below(random, 4);
  if (kind < 2) {
    random_matrix(random, op, slices);
    const std::uint32_t pairs = op.descriptor.two_digits ? op.tokens : (op.tokens + 1) / 2;
    const std::uint32_t from = activations(random, pairs * ((op.descriptor.inputs + 63) / 64));
    op.spill = below(random, 2) != 0;
    if (kind == 0) {
      isa::op::Matmul m;
      m.from = from;
      m.activation = static_cast<isa::Activation>(below(random, 5));
      m.combine = static_cast<isa::Combine>(below(random, 3));
      m.to = room.take(op.tokens * up_to(op.descriptor.rows, 8), random);
      m.other = below(random, 3) == 0 ? m.to : room.take(op.tokens * up_to(op.descriptor.rows, 8), random);
      op.instruction = m;
    } else {
      isa::op::Head head;
      head.from = from;
      head.logits = 16 * random.below(1U << 30);
      op.instruction = head;
    }
    return op;
  }
  const std::uint32_t heads = random_attention(random, op);
  if (kind == 2) {
    isa::op::Scores s;
    s.part = static_cast<isa::Part>(below(random, 2));
    s.heads = heads;
    s.from = activations(random, op.tokens * heads * ((op.head_dim + 63) / 64));
    s.to = room.take(op.tokens * heads * op.capacity, random);
    s.scales = room.take(op.kv_heads * op.capacity, random);
    op.instruction = s;
  } else {
    isa::op::Mix m;
    m.heads = heads;
    m.from = activations(random, op.tokens * heads * ((op.length + 63) / 64));
    m.to = room.take(op.tokens * heads * op.head_dim, random);
    op.instruction = m;
  }
  return op;
}

std::string text(const MpeOp& op) {
  return fmt::format("instruction {}: {} rows, {} tokens, {} positions of {}, {} kv heads of {}",
                     op.instruction.index(), op.descriptor.rows, op.tokens, op.length, op.capacity, op.kv_heads,
                     op.head_dim);
}

class Mpe : public testing::TestWithParam<MpeDriver::Size> {
 protected:
  Mpe() : unit_(GetParam()) {}

  void fill_memory(Random& random) {
    for (std::int32_t& real : unit_.memory())
      real = static_cast<std::int32_t>(random.bits() >> 32) >> below(random, 32);
  }

  /// Runs the instruction and compares all that it did.
  std::string agree(const MpeOp& op, double stalls, std::uint64_t seed) {
    const Expected expected = std::visit(
        [&](const auto& instruction) { return Definition(op, seed, unit_.slices(), unit_.memory()).of(instruction); },
        op.instruction);
    const MpeRun run = unit_.run(
        op,
        [seed](bool scales, std::uint32_t head, std::uint32_t row, std::uint32_t token, int real) {
          return real_of(seed, scales, head, row, token, real);
        },
        stalls, seed);
    cycles_ = run.cycles;
    if (!run.complaint.empty()) return run.complaint;
    if (run.error != 0) return fmt::format("{}: error {}", text(op), run.error);
    if (!run.finished) return text(op) + ": not finished";
    for (const MpeJob& job : run.jobs) {
      if (job != expected.job) return text(op) + ": a slice's job";
    }
    if (run.block_rows != expected.block_rows) return text(op) + ": block rows are dealt wrongly";
    const auto at = std::ranges::mismatch(unit_.memory(), expected.memory).in1 - unit_.memory().begin();
    if (at != memory_reals)
      return fmt::format("{}: vector memory at {}: {} instead of {}", text(op), at,
                         unit_.memory()[static_cast<std::size_t>(at)], expected.memory[static_cast<std::size_t>(at)]);
    if (run.spilled != expected.spilled) return text(op) + ": spilled logits";
    if (run.saturations != expected.saturations)
      return fmt::format("{}: {} saturations instead of {}", text(op), run.saturations, expected.saturations);
    if (!std::holds_alternative<isa::op::Head>(op.instruction)) return "";
    if (run.best != expected.best) return text(op) + ": the best logits";
    if (run.top != expected.sum.top() || run.total != expected.sum.total())
      return text(op) + ": the sum of exponentials";
    return "";
  }

  std::uint32_t error_of(const MpeOp& op) {
    const MpeRun run = unit_.run(op, [](bool, std::uint32_t, std::uint32_t, std::uint32_t, int) { return 1; }, 0, 1);
    EXPECT_TRUE(run.finished) << text(op);
    return run.error;
  }

  MpeDriver unit_;
  std::uint64_t cycles_ = 0;
};

TEST_P(Mpe, EveryInstructionDoesWhatIsWritten) {
  Random random(1);
  constexpr std::array stalls = {0.0, 0.0, 0.2, 0.7};
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    if (seed % 20 == 0) fill_memory(random);
    const MpeOp op = random_op(random, unit_.slices());
    ASSERT_EQ(agree(op, stalls[below(random, 4)], seed), "") << seed;
  }
}

TEST_P(Mpe, AResetInMidFlightLeavesNothingBehind) {
  Random random(2);
  fill_memory(random);
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const MpeOp op = random_op(random, unit_.slices());
    unit_.run(
        op, [](bool, std::uint32_t, std::uint32_t, std::uint32_t, int) { return 5; }, 0.2, seed, 1 + random.below(120));
    ASSERT_EQ(agree(random_op(random, unit_.slices()), 0.2, seed), "") << seed;
  }
}

TEST_P(Mpe, RefusesWhatCannotBe) {
  isa::op::Mix mix;
  mix.heads = 4;
  MpeOp good;
  good.kv_heads = 2;
  good.head_dim = 32;
  good.tokens = 3;
  good.length = 20;
  good.capacity = 32;
  const auto with = [&](const auto& change) {
    MpeOp op = good;
    isa::op::Mix instruction = mix;
    change(op, instruction);
    op.instruction = instruction;
    return error_of(op);
  };
  EXPECT_EQ(with([](MpeOp&, isa::op::Mix&) {}), 0U);
  EXPECT_EQ(with([](MpeOp& op, isa::op::Mix&) { op.tokens = 0; }), error_instruction);
  EXPECT_EQ(with([](MpeOp& op, isa::op::Mix&) { op.tokens = 9; }), error_instruction) << "18 vectors";
  EXPECT_EQ(with([](MpeOp& op, isa::op::Mix&) { op.tokens = 17; }), error_instruction);
  EXPECT_EQ(with([](MpeOp& op, isa::op::Mix&) { op.kv_heads = 3; }), error_instruction);
  EXPECT_EQ(with([](MpeOp& op, isa::op::Mix&) { op.kv_heads = 0; }), error_instruction);
  EXPECT_EQ(with([](MpeOp& op, isa::op::Mix&) { op.length = 2; }), error_instruction);
  EXPECT_EQ(with([](MpeOp& op, isa::op::Mix&) { op.length = 33; }), error_instruction);
  EXPECT_EQ(with([](MpeOp& op, isa::op::Mix&) { op.head_dim = 24; }), error_instruction);
  EXPECT_EQ(with([](MpeOp&, isa::op::Mix& m) { m.heads = 0; }), error_instruction);
  EXPECT_EQ(with([](MpeOp&, isa::op::Mix& m) { m.from = 2; }), error_instruction);
  EXPECT_EQ(with([](MpeOp&, isa::op::Mix& m) { m.to = 4; }), error_instruction);
  EXPECT_EQ(with([](MpeOp&, isa::op::Mix& m) { m.from = 4 * (memory_chunks - 12); }), 0U);
  EXPECT_EQ(with([](MpeOp&, isa::op::Mix& m) { m.from = 4 * (memory_chunks - 11); }), error_memory);
  EXPECT_EQ(with([](MpeOp&, isa::op::Mix& m) { m.to = memory_reals - 3 * 4 * 32; }), 0U);
  EXPECT_EQ(with([](MpeOp&, isa::op::Mix& m) { m.to = memory_reals - 3 * 4 * 32 + 8; }), error_memory);
  Random random(3);
  EXPECT_EQ(agree(random_op(random, unit_.slices()), 0, 3), "");
}

// Packets come one a cycle from any number of slices; from one of them as from all.
TEST_P(Mpe, TakesAPacketACycle) {
  MpeOp op;
  op.descriptor.rows = 4096;
  op.descriptor.block_rows = 512 / unit_.slices();
  op.descriptor.inputs = 64;
  op.descriptor.bits = 8;
  op.descriptor.two_digits = true;
  op.tokens = 4;
  isa::op::Matmul m;
  m.activation = isa::Activation::silu;
  m.combine = isa::Combine::add;
  m.other = 32768;
  op.instruction = m;
  EXPECT_EQ(agree(op, 0, 5), "");
  const std::uint64_t packets = 512 * 4;
  const std::uint64_t cycles = GetParam() == MpeDriver::Size::wide ? packets : packets * 4;
  fmt::print("{} cycles for {} packets\n", cycles_, packets);
  EXPECT_LT(cycles_, cycles + 40);
}

/// Of rtl/fault_pkg.sv.
TEST_P(Mpe, SeededFaultsAreCaught) {
  for (int fault = 11; fault <= 17; ++fault) {
    unit_.set_fault(fault);
    Random random(6);
    std::string caught;
    for (std::uint64_t seed = 0; seed < 40 && caught.empty(); ++seed) {
      fill_memory(random);
      caught = agree(random_op(random, unit_.slices()), 0.1, seed);
    }
    EXPECT_NE(caught, "") << "fault " << fault;
    fmt::print("fault {}: {}\n", fault, caught);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Mpe, testing::Values(MpeDriver::Size::wide, MpeDriver::Size::narrow),
                         [](const auto& size) {
                           return size.param == MpeDriver::Size::wide ? "EightSlices" : "OneSlice";
                         });

}  // namespace
}  // namespace godwit
