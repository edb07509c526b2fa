// Every kernel against the plain sum in double precision, for every instruction set that this machine has.

#include <bit>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "model/reference/attention.h"
#include "model/reference/block_rows.h"
#include "model/reference/elementwise.h"
#include "model/reference/linear.h"
#include "model/reference/norm.h"
#include "model/reference/rotary.h"
#include "model/reference/simd_targets.h"
// clang-format off: after simd_targets.h
#include <hwy/targets.h>
// clang-format on

namespace godwit {
namespace {

class Kernels : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }

  std::vector<float> random(std::size_t count) {
    std::vector<float> out(count);
    for (float& v : out) v = static_cast<float>(random_.uniform() * 2 - 1);
    return out;
  }
  Random random_{7};
};

/// Bytes of `values` in a type, and the values that these bytes mean.
struct Stored {
  Tensor tensor;
  std::vector<float> values;
};

std::uint16_t truncated_half(float value) {  // normal numbers only, cut
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto exponent = static_cast<int>((bits >> 23) & 0xFFU) - 112;
  if (exponent <= 0) return 0;
  return static_cast<std::uint16_t>(((bits >> 16) & 0x8000U) | static_cast<unsigned>(exponent) << 10 |
                                    ((bits >> 13) & 0x3FFU));
}

Stored store(const std::vector<float>& values, DType type, std::vector<std::size_t> shape) {
  auto bytes = std::make_shared<std::vector<std::byte>>(values.size() * info(type).block_bytes + 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto top = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(values[i]) >> 16);
    const std::uint16_t half = type == DType::f16 ? truncated_half(values[i]) : top;
    std::byte* to = bytes->data() + 2 + i * info(type).block_bytes;  // on purpose not aligned
    if (type == DType::f32) {
      std::memcpy(to, &values[i], 4);
    } else {
      std::memcpy(to, &half, 2);
    }
  }
  Stored out;
  out.tensor = {.name = "w",
                .type = type,
                .shape = std::move(shape),
                .data = std::span<const std::byte>(*bytes).subspan(2),
                .owner = bytes};
  out.values = to_floats(out.tensor);
  return out;
}

TEST_P(Kernels, LinearOfEveryTypeLayoutAndCount) {
  ThreadPool pool(3);
  for (const DType type : {DType::f32, DType::f16, DType::bf16}) {
    for (const bool input_major : {false, true}) {
      for (const auto& [outputs, inputs] :
           {std::pair<std::size_t, std::size_t>{67, 45}, {128, 1030}, {1, 7}, {33, 256}}) {
        const Stored w = store(random(outputs * inputs), type,
                               input_major ? std::vector{inputs, outputs} : std::vector{outputs, inputs});
        const Matrix matrix{w.tensor, input_major};
        const auto bias = random(outputs);
        for (const std::size_t tokens : {1U, 2U, 3U, 4U, 5U, 11U, 12U, 27U}) {
          const std::size_t x_stride = inputs + 3;
          const std::size_t y_stride = outputs + 1;
          const auto x = random(tokens * x_stride);
          std::vector<float> y(tokens * y_stride, 77);
          linear(matrix, bias.data(), x.data(), x_stride, tokens, y.data(), y_stride, pool);
          for (std::size_t t = 0; t < tokens; ++t) {
            for (std::size_t o = 0; o < outputs; ++o) {
              double sum = bias[o];
              for (std::size_t i = 0; i < inputs; ++i) {
                sum +=
                    static_cast<double>(x[t * x_stride + i]) * w.values[input_major ? i * outputs + o : o * inputs + i];
              }
              ASSERT_NEAR(y[t * y_stride + o], sum, 1e-4) << outputs << "x" << inputs << " tokens " << tokens;
            }
            ASSERT_EQ(y[t * y_stride + outputs], 77) << "wrote past the row";
          }
        }
      }
    }
  }
}

TEST_P(Kernels, LinearDoesNotDependOnThreads) {
  constexpr std::size_t outputs = 100;
  constexpr std::size_t inputs = 203;
  const auto values = random(outputs * inputs);
  const auto x = random(20 * inputs);
  const auto bias = random(outputs);
  ThreadPool single(1);
  for (const bool input_major : {false, true}) {
    const Stored w =
        store(values, DType::f32, input_major ? std::vector{inputs, outputs} : std::vector{outputs, inputs});
    for (const std::size_t tokens : {1U, 5U, 20U}) {
      std::vector<float> one(tokens * outputs);
      linear({w.tensor, input_major}, bias.data(), x.data(), inputs, tokens, one.data(), outputs, single);
      for (const int threads : {2, 3, 4, 7}) {
        ThreadPool several(threads);
        std::vector<float> other(tokens * outputs);
        linear({w.tensor, input_major}, bias.data(), x.data(), inputs, tokens, other.data(), outputs, several);
        EXPECT_EQ(one, other) << threads << " threads, " << tokens << " tokens";
      }
    }
  }
}

TEST_P(Kernels, LinearOfBlocks) {  // Q8_0: an fp16 scale and 32 codes
  constexpr std::size_t outputs = 40;
  constexpr std::size_t inputs = 96;
  auto bytes = std::make_shared<std::vector<std::byte>>(outputs * inputs / 32 * 34);
  for (std::size_t b = 0; b < bytes->size(); ++b) (*bytes)[b] = static_cast<std::byte>(random_.bits());
  for (std::size_t b = 0; b < bytes->size(); b += 34) {
    const std::uint16_t scale = truncated_half(static_cast<float>(random_.uniform() * 0.01 + 0.001));
    std::memcpy(bytes->data() + b, &scale, 2);
  }
  const Tensor tensor{.name = "w", .type = DType::q8_0, .shape = {outputs, inputs}, .data = *bytes, .owner = bytes};
  const auto values = to_floats(tensor);
  ThreadPool pool(2);
  for (const std::size_t tokens : {1U, 3U, 9U}) {
    const auto x = random(tokens * inputs);
    std::vector<float> y(tokens * outputs);
    linear({tensor, false}, nullptr, x.data(), inputs, tokens, y.data(), outputs, pool);
    for (std::size_t t = 0; t < tokens; ++t) {
      for (std::size_t o = 0; o < outputs; ++o) {
        double sum = 0;
        for (std::size_t i = 0; i < inputs; ++i) {
          sum += static_cast<double>(x[t * inputs + i]) * values[o * inputs + i];
        }
        ASSERT_NEAR(y[t * outputs + o], sum, 2e-5);
      }
    }
  }
}

TEST_P(Kernels, BlocksAreReadAsTheTensorSaysBitForBit) {
  for (std::size_t t = 0; t <= static_cast<std::size_t>(DType::q6_k); ++t) {
    const auto type = static_cast<DType>(t);
    if (!is_quantised(type)) continue;
    constexpr std::size_t columns = 512;
    auto bytes =
        std::make_shared<std::vector<std::byte>>(20 * columns / info(type).block_elements * info(type).block_bytes);
    for (std::byte& b : *bytes) b = static_cast<std::byte>(random_.bits());  // scales of every kind, NaN too
    const Tensor tensor{.name = "w", .type = type, .shape = {20, columns}, .data = *bytes, .owner = bytes};
    std::vector<float> rows(7 * columns);
    std::vector<float> row(columns);
    read_block_rows(tensor, 5, 7, rows.data());
    for (std::size_t r = 0; r < 7; ++r) {
      read_row(tensor, 5 + r, row);
      for (std::size_t c = 0; c < columns; ++c) {
        const float got = rows[r * columns + c];
        if (std::isnan(row[c])) {
          ASSERT_TRUE(std::isnan(got));
        } else {
          ASSERT_EQ(std::bit_cast<std::uint32_t>(got), std::bit_cast<std::uint32_t>(row[c])) << info(type).name;
        }
      }
    }
  }
}

TEST_P(Kernels, Norms) {
  for (const std::size_t width : {1U, 15U, 64U, 100U, 768U}) {
    auto x = random(width);
    for (float& v : x) v += 1000;  // a large mean costs no precision
    const auto weight = random(width);
    const auto bias = random(width);
    double mean = 0;
    double squares = 0;
    for (const float v : x) mean += v / static_cast<double>(width);
    double variance = 0;
    for (const float v : x) variance += (v - mean) * (v - mean) / static_cast<double>(width);
    for (const float v : x) squares += static_cast<double>(v) * v / static_cast<double>(width);
    std::vector<float> layered(width);
    std::vector<float> rooted(width);
    layer_norm(x.data(), width, weight.data(), bias.data(), 1e-2, layered.data());
    rms_norm(x.data(), width, weight.data(), 1e-5, rooted.data());
    for (std::size_t i = 0; i < width; ++i) {
      EXPECT_NEAR(layered[i], (x[i] - mean) / std::sqrt(variance + 1e-2) * weight[i] + bias[i], 5e-4);
      EXPECT_NEAR(rooted[i], x[i] / std::sqrt(squares + 1e-5) * weight[i], 1e-6);
    }
  }
}

double exact(Activation function, double x) {
  switch (function) {
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Activation::gelu_erf:
      return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
    case Activation::relu:
      return x > 0 ? x : 0;
    case Activation::silu:
      return x / (1 + std::exp(-x));
  }
  return 0;
}

TEST_P(Kernels, ActivationsOverTheWholeRange) {
  std::vector<float> x;
  for (int i = -3200; i <= 3200; ++i) x.push_back(static_cast<float>(i) / 16);
  x.push_back(3e38F);
  x.push_back(-3e38F);
  std::vector<float> y(x.size());
  for (const auto function : {Activation::gelu_tanh, Activation::gelu_erf, Activation::relu, Activation::silu}) {
    activate(function, x.data(), x.size(), y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double wanted = exact(function, x[i]);
      EXPECT_NEAR(y[i], wanted, 1e-6 * std::max(1.0, std::abs(wanted))) << "x " << x[i];
    }
    float nan = std::numeric_limits<float>::quiet_NaN();
    activate(function, &nan, 1, &nan);
    EXPECT_TRUE(std::isnan(nan));
  }
}

TEST_P(Kernels, Softmax) {
  for (const std::size_t count : {1U, 5U, 16U, 100U}) {
    auto s = random(count);
    for (float& v : s) v = v * 500;
    double total = 0;
    double most = s[0];
    for (const float v : s) most = std::max<double>(most, v);
    for (const float v : s) total += std::exp((v - most) * 0.125);
    auto y = s;
    softmax(y.data(), count, 0.125F);
    for (std::size_t i = 0; i < count; ++i) EXPECT_NEAR(y[i], std::exp((s[i] - most) * 0.125) / total, 1e-6);
  }
}

TEST_P(Kernels, FindsWhatIsNotFinite) {
  for (const std::size_t count : {1U, 16U, 37U}) {
    for (std::size_t at = 0; at < count; ++at) {
      auto x = random(count);
      EXPECT_TRUE(all_finite(x.data(), count));
      for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity()}) {
        x[at] = bad;
        EXPECT_FALSE(all_finite(x.data(), count));
      }
    }
  }
}

TEST_P(Kernels, AttentionOfSharedHeads) {
  const Attention shape{.heads = 6, .kv_heads = 2, .head_dim = 40, .scale = 0.3};
  constexpr std::size_t capacity = 150;
  ThreadPool pool(2);
  auto keys = random(2 * capacity * 40);
  auto values = random(2 * capacity * 40);
  for (const auto& [first, tokens] : {std::pair<std::size_t, std::size_t>{0, 1}, {9, 1}, {80, 3}, {0, 60}, {33, 101}}) {
    const auto rows = random(tokens * 100);
    append_to_cache(shape, {rows.data() + 5, 100}, tokens, first, {keys.data(), capacity});
    EXPECT_EQ(keys[(capacity + first + tokens - 1) * 40 + 2], rows[(tokens - 1) * 100 + 5 + 42]);
    const auto q = random(tokens * 250);
    std::vector<float> out(tokens * 240);
    attend(shape, {q.data() + 10, 250}, tokens, first, {keys.data(), capacity}, {values.data(), capacity}, out.data(),
           240, pool);
    for (std::size_t t = 0; t < tokens; ++t) {
      for (std::size_t h = 0; h < 6; ++h) {
        const float* k = keys.data() + h / 3 * capacity * 40;
        const float* v = values.data() + h / 3 * capacity * 40;
        std::vector<double> wanted(40);
        double total = 0;
        for (std::size_t p = 0; p <= first + t; ++p) {
          double score = 0;
          for (std::size_t i = 0; i < 40; ++i) {
            score += static_cast<double>(q[t * 250 + 10 + h * 40 + i]) * k[p * 40 + i];
          }
          const double e = std::exp(score * 0.3);
          total += e;
          for (std::size_t i = 0; i < 40; ++i) wanted[i] += e * v[p * 40 + i];
        }
        for (std::size_t i = 0; i < 40; ++i) ASSERT_NEAR(out[t * 240 + h * 40 + i], wanted[i] / total, 2e-6);
      }
    }
  }
}

TEST_P(Kernels, RotationOfBothPairings) {
  for (const bool interleaved : {false, true}) {
    const Rope shape{.heads = 2, .head_dim = 8, .turned_dim = 6, .interleaved = interleaved};
    const RopeTable table{.frequencies = {1, 0.25, 0.01}, .magnitude = 1.5};
    Turns turns;
    make_turns(table, 1000, 4, turns);
    const auto x = random(16);
    std::vector<float> y(16);
    rotate(shape, turns, 3, x.data(), y.data());
    for (std::size_t h = 0; h < 2; ++h) {
      for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t a = h * 8 + (interleaved ? 2 * i : i);
        const std::size_t b = a + (interleaved ? 1 : 3);
        const double angle = 1003 * table.frequencies[i];
        EXPECT_NEAR(y[a], 1.5 * (x[a] * std::cos(angle) - x[b] * std::sin(angle)), 1e-6);
        EXPECT_NEAR(y[b], 1.5 * (x[b] * std::cos(angle) + x[a] * std::sin(angle)), 1e-6);
      }
      EXPECT_EQ(y[h * 8 + 6], x[h * 8 + 6]);
      EXPECT_EQ(y[h * 8 + 7], x[h * 8 + 7]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryTarget, Kernels, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return std::string(hwy::TargetName(target.param)); });

}  // namespace
}  // namespace godwit
