// How far the machine's arithmetic is from exact arithmetic: measured against double precision over whole ranges or
// on random vectors, the worst of each held to a bound. What is recorded here is docs/precision_policy.md
// (tools/generate/precision_policy.py runs these tests and reads their properties).

#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "isa/functions.h"

namespace godwit::isa {
namespace {

constexpr int fraction_bits = 16;  // of reals, the default
constexpr std::size_t rows = 200;  // random ones of each kind

double real_of(std::int64_t value, int bits = fraction_bits) {
  return std::ldexp(static_cast<double>(value), -bits);
}

std::int32_t as_real(double value, int bits = fraction_bits) {
  return static_cast<std::int32_t>(std::llround(std::ldexp(value, bits)));
}

struct Errors {
  double worst = 0;
  double sum = 0;
  double count = 0;

  void add(double error) {
    worst = std::max(worst, std::abs(error));
    sum += std::abs(error);
    ++count;
  }
};

/// A row of the page, and the worst error's bound. `key` orders the rows of a test and has no other meaning.
void record(const char* key, const std::string& what, const std::string& range, const char* unit, const Errors& errors,
            double bound) {
  EXPECT_LE(errors.worst, bound) << what << ", " << range;
  EXPECT_GT(errors.worst, bound / 2) << "a bound that says little: " << what << ", " << range;
  ::testing::Test::RecordProperty(key, fmt::format("{} | {} | {} | {:.2g} | {:.2g} | {:.2g}", what, range, unit,
                                                   errors.worst, errors.sum / errors.count, bound));
}

// ---- tables

double exact(Activation function, double x) {
  switch (function) {
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Activation::gelu_erf:
      return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
    case Activation::silu:
      return x / (1 + std::exp(-x));
    default:
      return x;
  }
}

/// Every real in [-20, 20] at F up to 16, one in 257 above.
Errors activation_errors(Activation function, int bits) {
  const std::int32_t end = 20 << bits;
  Errors out;
  for (std::int32_t x = -end; x <= end; x += bits > 16 ? 257 : 1) {
    out.add(real_of(activate(function, x, bits), bits) - exact(function, real_of(x, bits)));
  }
  return out;
}

TEST(Precision, Activations) {
  struct Case {
    Activation function;
    const char* name;
    double bound_10, bound_16, bound_24;
  };
  for (const Case& c : {Case{Activation::gelu_tanh, "GELU (tanh)", 5e-4, 1.3e-5, 5e-6},
                        Case{Activation::gelu_erf, "GELU (erf)", 5e-4, 1.3e-5, 5e-6},
                        Case{Activation::silu, "SiLU", 5e-4, 2e-5, 1.3e-5}}) {
    const std::string key(activation_names[static_cast<std::size_t>(c.function)]);
    record((key + "_16").c_str(), c.name, "all of [-20, 20]", "absolute", activation_errors(c.function, 16),
           c.bound_16);
    record((key + "_10").c_str(), c.name, "the same, F = 10", "absolute", activation_errors(c.function, 10),
           c.bound_10);
    record((key + "_24").c_str(), c.name, "the same, F = 24, sampled", "absolute", activation_errors(c.function, 24),
           c.bound_24);
  }
}

Errors exp2_errors(int bits) {
  Errors out;
  const std::int64_t end = std::int64_t{20} << bits;
  for (std::int64_t x = 0; x <= end; x += bits > 16 ? 257 : 1) {
    out.add(real_of(exp2_of(-x, bits), exponential_bits) - std::exp2(-real_of(x, bits)));
  }
  return out;
}

TEST(Precision, Exponentials) {
  record("exp2_16", "2^x", "all of [-20, 0]", "absolute", exp2_errors(16), 2.6e-6);
  record("exp2_10", "2^x", "the same, F = 10", "absolute", exp2_errors(10), 2.6e-6);
  record("exp2_24", "2^x", "the same, F = 24, sampled", "absolute", exp2_errors(24), 2.6e-6);

  Random random(1);
  Errors sums;
  for (int i = 0; i < 20; ++i) {
    ExponentialSum sum;
    bool saturated = false;
    double wanted = 0;
    for (int token = 0; token < 50'257; ++token) {
      const std::int32_t logit = as_real(-30 + 3 * random.normal());
      sum.add(logit, fraction_bits, saturated);
      wanted += std::exp(real_of(logit));
    }
    const double base2 = std::log2(static_cast<double>(sum.total())) + sum.top() - sum_window - exponential_bits;
    sums.add(base2 / value_of(log2_e) - std::log(wanted));
  }
  record("log_sum", "log of the sum of exponentials", "50,257 logits of deviation 3 about -30", "nats", sums, 1.2e-4);
}

// ---- scales

TEST(Precision, Scales) {
  Random random(2);
  Errors product;
  Errors reciprocal;
  Errors root;
  bool saturated = false;
  for (int i = 0; i < 1'000'000; ++i) {
    const Scale a{.mantissa = static_cast<std::uint16_t>(0x8000U | random.below(0x8000)), .exponent = -20};
    const Scale b{.mantissa = static_cast<std::uint16_t>(0x8000U | random.below(0x8000)), .exponent = -30};
    product.add(value_of(multiply(a, b, saturated)) / (value_of(a) * value_of(b)) - 1);
    const std::uint64_t divisor = 1 + (random.bits() >> (17 + random.below(47)));
    reciprocal.add(value_of(quotient(1, divisor, 0, saturated)) * static_cast<double>(divisor) - 1);
    root.add(value_of(reciprocal_root(divisor)) * std::sqrt(static_cast<double>(divisor)) - 1);
  }
  EXPECT_FALSE(saturated);
  const double half = std::ldexp(1.0, -16);
  record("multiply", "product of scales", "random", "relative", product, half);
  record("quotient", "reciprocal, quotient", "of integers up to 2^47", "relative", reciprocal, half);
  record("root", "1 / sqrt", "of integers up to 2^47", "relative", root, half);

  Errors requantised;
  for (int i = 0; i < 1'000'000; ++i) {
    const Scale scale{.mantissa = static_cast<std::uint16_t>(0x8000U | random.below(0x8000)), .exponent = -40};
    const std::int64_t sum = static_cast<std::int64_t>(random.bits()) >> 30;
    const std::int32_t got = requantise(sum, scale, fraction_bits, saturated);
    requantised.add(got - std::ldexp(static_cast<double>(sum) * scale.mantissa, fraction_bits - 40));
  }
  EXPECT_FALSE(saturated);
  record("requantise", "requantisation, its scale given", "random sums", "2^-16", requantised, 0.5);
}

// ---- activations and the cache in digits

std::vector<double> gaussian(Random& random, std::size_t n, double outlier) {
  std::vector<double> out(n);
  for (double& x : out) x = random.normal();
  if (outlier != 0) out[random.below(n)] = outlier;
  return out;
}

struct DigitErrors {
  Errors of_largest;  // of an element, in the row's largest
  Errors noise;       // of a row: root of (sum of squared errors / sum of squares)
};

DigitErrors digit_errors(std::uint64_t seed, std::size_t n, double outlier, bool two_digits) {
  Random random(seed);
  DigitErrors out;
  for (std::size_t i = 0; i < rows; ++i) {
    std::uint32_t largest = 0;
    std::vector<std::int32_t> reals;
    for (const double x : gaussian(random, n, outlier)) {
      reals.push_back(as_real(x));
      largest = std::max(largest, static_cast<std::uint32_t>(std::abs(reals.back())));
    }
    const RowScale row = row_scale(largest, fraction_bits, two_digits);
    double noise = 0;
    double power = 0;
    for (const std::int32_t x : reals) {
      const double error = code_of(x, row.inverse) * value_of(row.scale) - real_of(x);
      out.of_largest.add(error / real_of(largest));
      noise += error * error;
      power += real_of(x) * real_of(x);
    }
    out.noise.add(std::sqrt(noise / power));
  }
  return out;
}

TEST(Precision, Digits) {
  const DigitErrors a8 = digit_errors(3, 768, 0, false);
  const DigitErrors a8_outlier = digit_errors(3, 768, 100, false);
  const DigitErrors a15 = digit_errors(3, 768, 0, true);
  const DigitErrors a15_outlier = digit_errors(3, 768, 100, true);
  const DigitErrors cache = digit_errors(4, 64, 0, false);
  const char* const plain = "768 normal numbers";
  const char* const outlier = "the same, one of them 100";
  record("a8", "A8, an element", plain, "row's largest", a8.of_largest, 4e-3);
  record("a8_noise", "A8, a row", plain, "row's norm", a8.noise, 1.1e-2);
  record("a8_outlier", "A8, a row", outlier, "row's norm", a8_outlier.noise, 6.5e-2);
  record("a15", "A15, an element", plain, "row's largest", a15.of_largest, 5e-5);
  record("a15_noise", "A15, a row", plain, "row's norm", a15.noise, 9e-5);
  record("a15_outlier", "A15, a row", outlier, "row's norm", a15_outlier.noise, 6e-4);
  record("cache", "keys and values, a head", "64 normal numbers", "head's norm", cache.noise, 1.1e-2);
}

// ---- norms and rotation

/// Absolute, where the rows' values have a root mean square of 1.
Errors norm_errors(Norm kind, double outlier) {
  Random random(5);
  Errors out;
  constexpr std::size_t n = 768;
  constexpr std::uint32_t epsilon = 42'950;  // 1e-5
  for (std::size_t i = 0; i < rows; ++i) {
    std::vector<std::int32_t> reals;
    VectorSums sums;
    for (const double x : gaussian(random, n, outlier)) {
      reals.push_back(as_real(0.3 + 2 * x));
      sums.add(reals.back());
    }
    const double mean = kind == Norm::layer ? real_of(sums.sum) / n : 0;
    double variance = std::ldexp(epsilon, -32);
    for (const std::int32_t x : reals) variance += (real_of(x) - mean) * (real_of(x) - mean) / n;
    const Normaliser by = normaliser(kind, sums, n, epsilon, fraction_bits);
    bool saturated = false;
    for (const std::int32_t x : reals) {
      const std::int32_t got = normalise_real(x, n, by, 1 << coefficient_fraction_bits, 0, fraction_bits, saturated);
      out.add(real_of(got) - (real_of(x) - mean) / std::sqrt(variance));
    }
  }
  return out;
}

TEST(Precision, Norms) {
  record("layer", "LayerNorm", "768 normal numbers", "absolute", norm_errors(Norm::layer, 0), 5.5e-5);
  record("layer_outlier", "LayerNorm", "the same, one of them 100", "absolute", norm_errors(Norm::layer, 100), 4e-4);
  record("rms", "RMSNorm", "768 normal numbers", "absolute", norm_errors(Norm::rms, 0), 5.5e-5);
  record("rms_outlier", "RMSNorm", "the same, one of them 100", "absolute", norm_errors(Norm::rms, 100), 4e-4);
}

TEST(Precision, Rotation) {
  Random random(6);
  Errors errors;
  bool saturated = false;
  for (int i = 0; i < 1'000'000; ++i) {
    const Pair x{.first = as_real(8 * random.normal()), .second = as_real(8 * random.normal())};
    const double angle = 2 * std::numbers::pi * random.uniform();
    const Pair y = turn(x, as_real(std::cos(angle), coefficient_fraction_bits),
                        as_real(std::sin(angle), coefficient_fraction_bits), saturated);
    errors.add(y.first - (x.first * std::cos(angle) - x.second * std::sin(angle)));
    errors.add(y.second - (x.second * std::cos(angle) + x.first * std::sin(angle)));
  }
  EXPECT_FALSE(saturated);
  record("rope", "rotary embedding", "normal numbers of deviation 8", "2^-16", errors, 0.65);
}

// ---- softmax

/// L1 of a row: sum over positions of the error of weight x value's scale, in the sum of these.
Errors softmax_errors(std::size_t n, double deviation) {
  Random random(7);
  Errors out;
  for (std::size_t i = 0; i < rows; ++i) {
    std::vector<std::int32_t> scores;
    std::vector<Scale> value_scales;
    bool saturated = false;
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) {
      scores.push_back(as_real(deviation * std::numbers::log2e * random.normal()));
      value_scales.push_back(scale_of(0.01 * std::exp2(2 * random.uniform() - 1), saturated));
      sum += std::exp2(real_of(scores.back()));
    }
    std::vector<std::int16_t> codes(n);
    const Scale scale = attention_weights(scores, value_scales, codes, fraction_bits);
    double difference = 0;
    double total = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const double wanted = std::exp2(real_of(scores[j])) / sum * value_of(value_scales[j]);
      difference += std::abs(codes[j] * value_of(scale) - wanted);
      total += wanted;
    }
    out.add(difference / total);
  }
  return out;
}

TEST(Precision, Softmax) {
  struct Case {
    std::size_t n;
    double deviation, bound;
  };
  for (const Case& c : {Case{16, 1, 2e-4}, Case{16, 4, 3e-4}, Case{128, 1, 6e-4}, Case{128, 4, 1.5e-3},
                        Case{1024, 1, 1e-3}, Case{1024, 4, 5e-3}}) {
    record(fmt::format("row_{}_{}", c.n, c.deviation).c_str(), "softmax x values' scales, L1 of a row",
           fmt::format("{} scores of deviation {}", c.n, c.deviation), "row's sum", softmax_errors(c.n, c.deviation),
           c.bound);
  }
}

}  // namespace
}  // namespace godwit::isa
