// stream_unit: the granules that its jobs stand for are those that the cache's layout says, in the order of block rows.

#include <VStream.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
#include "cosim/bench.h"
#include "isa/cache_layout.h"
#include "isa/codec.h"

namespace godwit {
namespace {

constexpr std::uint32_t slices = 4;

struct Piece {
  std::uint64_t granule;  // in the channel
  std::uint64_t count;
  friend bool operator==(const Piece&, const Piece&) = default;
};
using Pieces = std::array<std::vector<Piece>, slices>;

/// Neighbours as one piece.
void append(std::vector<Piece>& to, Piece piece) {
  if (piece.count == 0) return;
  if (!to.empty() && to.back().granule + to.back().count == piece.granule) {
    to.back().count += piece.count;
  } else {
    to.push_back(piece);
  }
}

struct Case {
  isa::op::StreamKv op;
  isa::CacheShape shape;
  std::uint64_t key_offset = 0;
  std::uint64_t value_offset = 0;
  std::uint64_t layer_stride = 0;
  std::uint32_t tokens = 1;
  std::uint32_t length = 1;

  [[nodiscard]] Pieces expected() const {
    Pieces out;
    const bool keys = op.cache == isa::Cache::key;
    const std::uint64_t begin = (keys ? key_offset : value_offset) + op.layer * layer_stride;
    if (keys) {
      const std::uint32_t closed = (length - tokens) / isa::block_rows;
      const std::uint32_t all = (length + isa::block_rows - 1) / isa::block_rows;
      const std::uint32_t first = op.part == isa::Part::closed ? 0 : closed;
      const std::uint32_t last = op.part == isa::Part::closed ? closed : all;
      for (std::uint32_t j = first; j < last; ++j) {
        for (std::uint32_t h = 0; h < shape.kv_heads; ++h) {
          const isa::CachePlace place = isa::key_block_row(shape, h, j * isa::block_rows);
          append(out[place.slice], {begin + place.granule, isa::key_block_row_granules(shape)});
        }
      }
      return out;
    }
    const std::uint64_t blocks = (length + isa::block_inputs - 1) / isa::block_inputs;
    for (std::uint32_t h = 0; h < shape.kv_heads; ++h) {
      for (std::uint32_t d = 0; d < shape.head_dim / isa::block_rows; ++d) {
        const isa::CachePlace place = isa::value_block_row(shape, h, d);
        append(out[place.slice], {begin + place.granule, blocks * isa::cache_block_granules});
      }
    }
    return out;
  }
};

class StreamUnit : public testing::Test {
 protected:
  StreamUnit() { top_.reset(); }

  void set(const isa::Instruction& instruction, const isa::Descriptor& descriptor) {
    const isa::Words word = isa::encode(instruction);
    const isa::Words described = isa::encode(descriptor);
    for (std::size_t i = 0; i < 4; ++i) {
      top_->op_word_i[2 * i] = static_cast<std::uint32_t>(word[i]);
      top_->op_word_i[2 * i + 1] = static_cast<std::uint32_t>(word[i] >> 32);
      top_->op_descriptor_i[2 * i] = static_cast<std::uint32_t>(described[i]);
      top_->op_descriptor_i[2 * i + 1] = static_cast<std::uint32_t>(described[i] >> 32);
    }
  }

  void set(const Case& one) {
    set(isa::Instruction(one.op), isa::Descriptor{.bits = 8});
    top_->op_tokens_i = static_cast<std::uint8_t>(one.tokens);
    top_->op_length_i = one.length;
    top_->op_key_offset_i = one.key_offset;
    top_->op_value_offset_i = one.value_offset;
    top_->op_layer_stride_i = static_cast<std::uint32_t>(one.layer_stride);
    top_->op_capacity_i = one.shape.capacity;
    top_->op_kv_heads_i = static_cast<std::uint8_t>(one.shape.kv_heads);
    top_->op_head_dim_i = static_cast<std::uint16_t>(one.shape.head_dim);
  }

  /// What the ports are told; `done` in the cycle in which the last one has taken its job.
  Pieces run(Random& random, double stalls) {
    Pieces out;
    std::array<int, slices> taken{};
    error_ = false;
    finished_ = false;
    top_->start_i = 1;
    for (int cycle = 0; cycle < 200 && !finished_; ++cycle) {
      for (std::uint32_t s = 0; s < slices; ++s) top_->job_ready_i[s] = random.uniform() >= stalls;
      top_.low();
      error_ = error_ || top_->error_valid_o != 0;
      for (std::uint32_t s = 0; s < slices; ++s) {
        if (top_->job_valid_o[s] == 0 || top_->job_ready_i[s] == 0) continue;
        ++taken[s];
        for (std::uint64_t r = 0; r < top_->job_rows_o[s]; ++r)
          append(out[s], {top_->job_address_o[s] + r * top_->job_stride_o[s], top_->job_row_granules_o[s]});
      }
      finished_ = top_->done_o != 0;
      top_.high();
      top_->start_i = 0;
    }
    EXPECT_TRUE(std::ranges::all_of(taken, [](int n) { return n == 1; }));
    return out;
  }

  cosim::Bench<VStream> top_;
  bool error_ = false;
  bool finished_ = false;
};

Case random_case(Random& random) {
  Case out;
  out.shape = {.kv_heads = 1 + static_cast<std::uint32_t>(random.below(12)),
               .head_dim = 16 * (1 + static_cast<std::uint32_t>(random.below(8))),
               .capacity = 16 * (1 + static_cast<std::uint32_t>(random.below(64))),
               .slices = slices};
  out.op = {.cache = static_cast<isa::Cache>(random.below(2)), .part = static_cast<isa::Part>(random.below(2))};
  out.op.layer = static_cast<std::uint32_t>(random.below(40));
  out.key_offset = 4 * random.below(1 << 24);
  out.value_offset = 4 * random.below(1 << 24);
  out.layer_stride = 4 * random.below(1 << 26);
  out.tokens = 1 + static_cast<std::uint32_t>(random.below(16));
  out.length = out.tokens + static_cast<std::uint32_t>(random.below(out.shape.capacity - out.tokens + 1));
  return out;
}

TEST_F(StreamUnit, JobsAreTheCachesBlockRows) {
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    const Case one = random_case(random);
    if (i % 10 == 9) {
      set(one);
      top_->start_i = 1;
      for (auto& ready : top_->job_ready_i.m_storage) ready = random.below(2) != 0;
      for (std::uint64_t c = random.below(4); c > 0; --c) top_.clock();
      top_->start_i = 0;
      top_.reset();
    }
    set(one);
    const Pieces got = run(random, i % 2 == 0 ? 0 : 0.5);
    ASSERT_TRUE(finished_) << i;
    ASSERT_FALSE(error_) << i;
    ASSERT_EQ(got, one.expected()) << i;
  }
}

/// Of rtl/fault_pkg.sv.
TEST_F(StreamUnit, SeededFaultsAreCaught) {
  Random random(4);
  top_->fault_i = 40;
  bool caught = false;
  for (int i = 0; i < 100 && !caught; ++i) {
    const Case one = random_case(random);
    set(one);
    caught = run(random, 0) != one.expected();
  }
  EXPECT_TRUE(caught);
}

TEST_F(StreamUnit, AMatrixIsOnePiece) {
  Random random(2);
  for (int i = 0; i < 100; ++i) {
    const isa::Descriptor descriptor{.offset = 4 * random.below(1U << 30),
                                     .granules = 4 * static_cast<std::uint32_t>(1 + random.below(1 << 20)),
                                     .bits = 8};
    set(isa::Instruction(isa::op::Stream{}), descriptor);
    const Pieces got = run(random, 0.3);
    for (const auto& pieces : got) {
      ASSERT_EQ(pieces, (std::vector<Piece>{{descriptor.offset, descriptor.granules}}));
    }
  }
}

TEST_F(StreamUnit, RefusesPositionsThatAreNotThere) {
  Random random(3);
  Case one = random_case(random);
  one.length = one.shape.capacity;
  set(one);
  std::ignore = run(random, 0);
  EXPECT_FALSE(error_);
  one.length = one.shape.capacity + 1;
  set(one);
  std::ignore = run(random, 0);
  EXPECT_TRUE(error_);
  one.tokens = 9;
  one.length = 8;
  set(one);
  std::ignore = run(random, 0);
  EXPECT_TRUE(error_);
}

}  // namespace
}  // namespace godwit
