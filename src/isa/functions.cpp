#include "isa/functions.h"

#include <bit>
#include <vector>

#include "base/error.h"

namespace godwit::isa {
namespace {

constexpr std::int32_t least_real = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t most_real = std::numeric_limits<std::int32_t>::max();
constexpr std::uint32_t most_norm_reals = 1U << 14;
constexpr std::size_t most_scores = 32768;
constexpr int epsilon_bits = 32;

/// a b + c d of coefficients c and d, rounded and saturated. The one sum that 64 bits do not hold, 2^63, saturates too.
std::int32_t sum_of_products(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d, bool& saturated) {
  const std::int64_t first = a * b;
  const std::int64_t second = c * d;
  if (first > 0 && second > std::numeric_limits<std::int64_t>::max() - first) {
    saturated = true;
    return most_real;
  }
  return saturated_real(shift_rounded(first + second, coefficient_fraction_bits), saturated);
}

int width_of(UInt128 value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  return high != 0 ? 64 + static_cast<int>(std::bit_width(high))
                   : static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value)));
}

}  // namespace

/// Makes room for 2^n.
void ExponentialSum::raise_to(std::int32_t n) {
  const bool first = top_ == least_real;
  if (!first && n < top_) return;
  const std::int64_t up = first ? sum_window : std::min<std::int64_t>(std::int64_t{n} + 1 - top_, sum_window);
  std::shift_right(accumulators_.begin(), accumulators_.end(), up);
  std::fill_n(accumulators_.begin(), up, 0);
  top_ = n + 1;
}

void ExponentialSum::add(std::int32_t logit, int fraction_bits, bool& saturated) {
  const std::int32_t real = real_times_scale(logit, log2_e, saturated);
  const std::int32_t n = real >> fraction_bits;
  raise_to(n);
  const std::int64_t below = std::int64_t{top_} - 1 - n;
  if (below < sum_window) accumulators_[static_cast<std::size_t>(below)] += exp2_fraction(real, fraction_bits);
}

void ExponentialSum::add(const ExponentialSum& other) {
  if (other.top_ == least_real) return;
  raise_to(other.top_ - 1);
  const auto below = static_cast<std::size_t>(std::min<std::int64_t>(std::int64_t{top_} - other.top_, sum_window));
  for (std::size_t k = below; k < accumulators_.size(); ++k) accumulators_[k] += other.accumulators_[k - below];
}

std::uint64_t ExponentialSum::total() const {
  std::uint64_t out = 0;
  for (const std::uint64_t accumulator : accumulators_) out = 2 * out + accumulator;
  return out;
}

Scale reciprocal_root(UInt128 value) {
  const int width = width_of(value);
  ensure(width > 0 && width < 128, "a radicand of 1 to 127 bits");
  // value = m 2^exponent with m in [2^46, 2^48), so that 2^40 / sqrt(m) is in (2^16, 2^17].
  const int exponent = width % 2 == 0 ? width - 48 : width - 47;
  const UInt128 m = exponent >= 0 ? value >> exponent : value << -exponent;
  std::uint32_t root = 0;  // the largest with root^2 m <= 2^80, digit by digit
  for (int bit = 17; bit >= 0; --bit) {
    const std::uint32_t next = root | 1U << bit;
    if (std::uint64_t{next} * next * m <= UInt128{1} << 80) root = next;
  }
  // One bit more than the mantissa. It decides the rounding alone: a tie would be an odd root whose square divides
  // 2^80.
  bool saturated = false;
  const Scale out = normalise((root + 1) >> 1, -39 - exponent / 2, saturated);
  ensure(!saturated, "a reciprocal root is in range");
  return out;
}

Normaliser normaliser(Norm kind, const VectorSums& sums, std::uint32_t n, std::uint32_t epsilon, int fraction_bits) {
  ensure(n >= 1 && n <= most_norm_reals, "reals of a norm");
  Normaliser out{.shift = kind == Norm::layer ? sums.sum : 0, .factor = {}};
  const auto square = static_cast<UInt128>(Int128{out.shift} * out.shift);
  const UInt128 spread = n * sums.squares - square;
  const UInt128 added = UInt128{epsilon} * (std::uint64_t{n} * n) << (2 * fraction_bits);
  const UInt128 radicand = (spread << epsilon_bits) + added;
  if (radicand == 0) return out;
  out.factor = reciprocal_root(radicand);
  out.factor.exponent = static_cast<std::int8_t>(out.factor.exponent + epsilon_bits / 2);
  return out;
}

Pair turn(Pair x, std::int32_t cosine, std::int32_t sine, bool& saturated) {
  const std::int64_t first = x.first;
  const std::int64_t second = x.second;
  return {.first = sum_of_products(first, cosine, -second, sine, saturated),
          .second = sum_of_products(second, cosine, first, sine, saturated)};
}

Scale attention_weights(std::span<const std::int32_t> scores, std::span<const Scale> value_scales,
                        std::span<std::int16_t> codes, int fraction_bits) {
  const std::size_t allowed = scores.size();
  ensure(allowed >= 1 && allowed <= most_scores && value_scales.size() >= allowed && codes.size() >= allowed,
         "a row of scores, with a value scale and a code for each");
  std::ranges::fill(codes, std::int16_t{0});
  const std::int64_t most = *std::ranges::max_element(scores);
  int top = std::numeric_limits<std::int8_t>::min();
  for (const Scale scale : value_scales.first(allowed)) {
    if (scale.mantissa != 0) top = std::max(top, int{scale.exponent});
  }
  // Short loops one after the other take less time than one that does all.
  std::vector<std::int32_t> weights(allowed);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < allowed; ++i) {
    const std::uint32_t exponential = exp2_of(scores[i] - most, fraction_bits);
    weights[i] = static_cast<std::int32_t>(exponential);
    sum += exponential;
  }
  for (std::size_t i = 0; i < allowed; ++i) {
    const std::int64_t product = std::int64_t{weights[i]} * value_scales[i].mantissa;        // below 2^34
    const int shift = std::clamp(top - value_scales[i].exponent + weight_drop_bits, 1, 62);  // of zeros it may be any
    weights[i] = static_cast<std::int32_t>(shift_rounded_inline(product, shift));
  }
  const auto largest = static_cast<std::uint32_t>(*std::ranges::max_element(weights));
  if (largest == 0) return {};
  const Scale inverse = row_scale(largest, 0, true).inverse;
  for (std::size_t i = 0; i < allowed; ++i) codes[i] = static_cast<std::int16_t>(code_of(weights[i], inverse));
  bool saturated = false;
  const Scale out = quotient(largest, largest_a15 * sum, top + weight_drop_bits, saturated);
  ensure(!saturated, "the scale of a row is in range");  // below 1 / 16383 of a value scale's 2^(16 + 127)
  return out;
}

}  // namespace godwit::isa
