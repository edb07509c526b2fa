// The 256 best logits and their sum of exponentials against sorting and isa::ExponentialSum.

#include <VBestLogits.h>
#include <algorithm>
#include <cstdint>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/random.h"
#include "cosim/bench.h"
#include "isa/functions.h"

namespace godwit {
namespace {

struct Best {
  std::int32_t logit = 0;
  std::uint32_t token = 0;
  friend bool operator==(const Best&, const Best&) = default;
};

/// Packets of eight neighbouring tokens, in any order.
struct Head {
  std::vector<std::int32_t> logits;
  std::vector<std::uint32_t> order;  // of packets
  int fraction_bits = 16;

  [[nodiscard]] std::uint32_t mask(std::uint32_t packet) const {
    const std::size_t left = logits.size() - std::min<std::size_t>(logits.size(), std::size_t{packet} * 8);
    return left >= 8 ? 0xffU : (1U << left) - 1;
  }
};

enum class Kind { normal, few_values, rising, falling, extreme };

Head head(Random& random, Kind kind, std::size_t size) {
  Head out;
  out.fraction_bits = isa::least_fraction_bits + static_cast<int>(random.below(15));
  for (std::size_t i = 0; i < size; ++i) {
    double logit = 4 * random.normal();
    if (kind == Kind::few_values) logit = static_cast<double>(random.below(5)) - 2;
    if (kind == Kind::rising) logit = static_cast<double>(i) * 0.001;
    if (kind == Kind::falling) logit = static_cast<double>(i) * -0.03;
    auto real = static_cast<std::int32_t>(logit * static_cast<double>(1 << out.fraction_bits));
    if (kind == Kind::extreme) real = static_cast<std::int32_t>(random.bits() >> 32) >> random.below(24);
    out.logits.push_back(real);
  }
  // With a packet beyond the end: all of it is padding.
  for (std::uint32_t p = 0; p <= (size + 7) / 8; ++p) out.order.push_back(p);
  if (kind != Kind::rising && kind != Kind::falling) {
    for (std::size_t i = out.order.size(); i > 1; --i) std::swap(out.order[i - 1], out.order[random.below(i)]);
  }
  return out;
}

std::vector<Best> sorted(const Head& head) {
  std::vector<Best> out;
  for (std::size_t i = 0; i < head.logits.size(); ++i) out.push_back({head.logits[i], static_cast<std::uint32_t>(i)});
  std::ranges::sort(
      out, [](const Best& a, const Best& b) { return a.logit != b.logit ? a.logit > b.logit : a.token < b.token; });
  if (out.size() > isa::best_logits) out.resize(isa::best_logits);
  return out;
}

class BestLogits : public testing::Test {
 protected:
  BestLogits() { top_.reset(); }

  void begin(const Head& head, bool narrow) {
    top_->narrow_i = narrow;
    top_->fraction_bits_i = static_cast<std::uint8_t>(head.fraction_bits);
    top_->clear_i = 1;
    top_.clock();
    top_->clear_i = 0;
    saturations_ = 0;
  }

  /// `most` packets; the chance that a cycle has none.
  void feed(const Head& head, std::size_t most, double idle, Random& random) {
    std::size_t at = 0;
    for (bool offered = false; at < std::min(most, head.order.size());) {
      offered = offered || random.uniform() >= idle;
      top_->valid_i = offered;
      if (offered) {
        top_->token_i = head.order[at] * 8;
        top_->mask_i = static_cast<std::uint8_t>(head.mask(head.order[at]));
        for (std::size_t i = 0; i < 8; ++i) {
          const std::size_t token = std::size_t{head.order[at]} * 8 + i;
          top_->logit_i[i] = static_cast<std::uint32_t>(token < head.logits.size() ? head.logits[token] : 0x7fffffff);
        }
      }
      top_.low();
      if (offered && top_->ready_o != 0) {
        ++at;
        offered = false;
      }
      high();
    }
    top_->valid_i = 0;
  }

  std::string finish(const Head& head) {
    top_->finish_i = 1;
    top_.low();
    high();
    top_->finish_i = 0;
    for (int i = 0; top_->finished_o == 0; ++i) {
      if (i > 4000) return "does not finish";
      top_.low();
      high();
    }
    isa::ExponentialSum sum;
    std::uint32_t saturations = 0;
    for (const std::int32_t logit : head.logits) {
      bool saturated = false;
      sum.add(logit, head.fraction_bits, saturated);
      saturations += saturated ? 1 : 0;
    }
    if (static_cast<std::int32_t>(top_->top_o) != sum.top() || top_->total_o != sum.total()) {
      return fmt::format("sum: {} x 2^{} instead of {} x 2^{}", top_->total_o, static_cast<std::int32_t>(top_->top_o),
                         sum.total(), sum.top());
    }
    if (saturations_ != saturations) return fmt::format("{} saturations instead of {}", saturations_, saturations);
    const std::vector<Best> expected = sorted(head);
    if (top_->count_o != expected.size()) return fmt::format("{} logits instead of {}", top_->count_o, expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const Best got{static_cast<std::int32_t>(top_->best_logit_o), top_->best_token_o};
      if (top_->best_valid_o == 0 || got != expected[i]) {
        return fmt::format("number {}: {} of token {} instead of {} of {}", i, got.logit, got.token, expected[i].logit,
                           expected[i].token);
      }
      top_->best_take_i = 1;
      top_.clock();
      top_->best_take_i = 0;
      top_.low();
    }
    return top_->best_valid_o == 0 ? "" : "one too many";
  }

  std::string agree(const Head& head, bool narrow, double idle, Random& random) {
    begin(head, narrow);
    feed(head, head.order.size(), idle, random);
    return finish(head);
  }

  void high() {
    saturations_ += top_->saturations_o;
    top_.high();
  }

  cosim::Bench<VBestLogits> top_;
  std::uint32_t saturations_ = 0;
};

constexpr std::array kinds = {Kind::normal, Kind::few_values, Kind::rising, Kind::falling, Kind::extreme};

TEST_F(BestLogits, AreTheContractsForEveryOrderAndSize) {
  Random random(1);
  for (const Kind kind : kinds) {
    for (const std::size_t size : {1U, 7U, 255U, 256U, 257U, 1000U, 4003U}) {
      const Head h = head(random, kind, size);
      EXPECT_EQ(agree(h, false, 0, random), "") << static_cast<int>(kind) << " " << size;
      EXPECT_EQ(agree(h, true, 0.5, random), "") << static_cast<int>(kind) << " " << size;
    }
  }
}

TEST_F(BestLogits, AResetInMidFlightLeavesNothingBehind) {
  Random random(2);
  for (int i = 0; i < 20; ++i) {
    const Head first = head(random, Kind::normal, 700);
    begin(first, i % 2 != 0);
    feed(first, random.below(80), 0.2, random);
    top_.reset();
    EXPECT_EQ(agree(head(random, Kind::normal, 300), i % 2 != 0, 0.2, random), "");
  }
}

// A head where little is new takes a packet a cycle.
TEST_F(BestLogits, TakesAPacketACycleOnceFull) {
  Random random(3);
  const Head h = head(random, Kind::falling, 40000);
  begin(h, false);
  const std::uint64_t before = top_.cycles();
  feed(h, h.order.size(), 0, random);
  EXPECT_LT(top_.cycles() - before, h.order.size() + 256 + 10);
  EXPECT_EQ(finish(h), "");
}

/// Of rtl/fault_pkg.sv.
TEST_F(BestLogits, SeededFaultsAreCaught) {
  for (int fault = 18; fault <= 21; ++fault) {
    top_->fault_i = static_cast<std::uint8_t>(fault);
    Random random(4);
    std::string caught;
    for (int i = 0; i < 20 && caught.empty(); ++i) {
      top_.reset();
      caught = agree(head(random, kinds[random.below(kinds.size())], 600), false, 0, random);
    }
    EXPECT_NE(caught, "") << "fault " << fault;
    fmt::print("fault {}: {}\n", fault, caught);
  }
}

}  // namespace
}  // namespace godwit
