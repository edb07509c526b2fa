#include "compiler/quantise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "isa/numbers.h"

namespace godwit::compiler {
namespace {

constexpr int largest_code = 127;
constexpr int eighths = 8;
constexpr int largest_step = (1 << 9) - 1;
constexpr int largest_offset = (1 << 10) - 1;

constexpr std::size_t most_group = 128;

/// A group's codes with their step and offset, in eighths of the row's step.
struct Fit {
  isa::Group group;
  std::array<std::int8_t, most_group> codes{};
  double error = std::numeric_limits<double>::infinity();  // squared
};

/// To the nearest, ties to even, for |x| < 2^51: as nearbyint(), but without a call.
double rounded(double x) {
  constexpr double shift = 0x1.8p52;
  return (x + shift) - shift;
}

int least_code(int bits) {
  return bits == 8 ? -largest_code : -(1 << (bits - 1));
}
int most_code(int bits) {
  return bits == 8 ? largest_code : (1 << (bits - 1)) - 1;
}

/// Nearest codes for this step and offset, and what is lost. Weights that are not kept stay zero and cost nothing here.
Fit round_group(std::span<const double> weights, std::span<const std::uint8_t> kept, isa::Group group, int bits) {
  Fit fit{.group = group, .codes = {}, .error = 0};
  const double least = least_code(bits);
  const double most = most_code(bits);
  const double step = group.step;
  const double inverse = step != 0 ? 1 / step : 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (kept[i] == 0) continue;
    const double code = std::clamp(rounded((weights[i] - group.offset) * inverse), least, most);
    fit.codes[i] = static_cast<std::int8_t>(code);
    const double rest = weights[i] - (step * code + group.offset);
    fit.error += rest * rest;
  }
  return fit;
}

isa::Group limited(double step, double offset) {
  return {static_cast<std::uint16_t>(std::clamp(rounded(step), 1.0, static_cast<double>(largest_step))),
          static_cast<std::int16_t>(std::clamp(rounded(offset), -1.0 - largest_offset, 1.0 * largest_offset))};
}

/// Step and offset (none where centred) that lose least for the codes of `fit`.
isa::Group regress(std::span<const double> weights, std::span<const std::uint8_t> kept, const Fit& fit, bool centred) {
  double n = 0;
  double c = 0;
  double cc = 0;
  double w = 0;
  double cw = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (kept[i] == 0) continue;
    n += 1;
    c += fit.codes[i];
    cc += 1.0 * fit.codes[i] * fit.codes[i];
    w += weights[i];
    cw += fit.codes[i] * weights[i];
  }
  if (centred) return limited(cc > 0 ? cw / cc : 1, 0);
  const double spread = n * cc - c * c;
  const double step = spread > 0 ? (n * cw - c * w) / spread : 1;
  return limited(step, n > 0 ? (w - step * c) / n : 0);
}

/// `weights` in eighths of the row's step, at most 127 x 8 in magnitude.
Fit fit_group(std::span<const double> weights, std::span<const std::uint8_t> kept, int bits, bool centred) {
  constexpr int rounds = 4;
  double low = 0;
  double high = 0;
  bool any = false;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (kept[i] == 0) continue;
    low = any ? std::min(low, weights[i]) : weights[i];
    high = any ? std::max(high, weights[i]) : weights[i];
    any = true;
  }
  Fit best;
  // From the whole range, and from narrower ones that give up the ends.
  for (const double share : {1.0, 0.9, 0.8, 0.7}) {
    const double step = centred ? std::max(-low / -least_code(bits), high / most_code(bits))
                                : (high - low) / (most_code(bits) - least_code(bits));
    const double middle = (low + high) / 2 - (centred ? 0 : step * share * (most_code(bits) + least_code(bits)) / 2);
    isa::Group group = limited(step * share, centred ? 0 : middle);
    for (int round = 0; round < rounds; ++round) {
      const Fit fit = round_group(weights, kept, group, bits);
      if (fit.error < best.error) best = fit;
      const isa::Group next = regress(weights, kept, fit, centred);
      if (next == group) break;
      group = next;
    }
  }
  return best;
}

/// Marks the `kept` largest of every 16. Ties: the first.
void mark_kept(std::span<const float> row, int kept, std::span<std::uint8_t> marks) {
  std::ranges::fill(marks, kept == isa::block_inputs ? std::uint8_t{1} : std::uint8_t{0});
  if (kept == isa::block_inputs) return;
  std::array<std::size_t, isa::block_inputs> order{};
  for (std::size_t first = 0; first < row.size(); first += isa::block_inputs) {
    std::iota(order.begin(), order.end(), first);
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
      return std::abs(row[a]) != std::abs(row[b]) ? std::abs(row[a]) > std::abs(row[b]) : a < b;
    });
    for (int k = 0; k < kept; ++k) marks[order[static_cast<std::size_t>(k)]] = 1;
  }
}

/// Codes of a row without groups; the row's step is 1.
void round_row(std::span<const double> weights, std::span<const std::uint8_t> kept, std::vector<std::int8_t>& codes) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double code = kept[i] != 0 ? rounded(weights[i]) : 0;
    codes.push_back(static_cast<std::int8_t>(std::clamp(code, -1.0 * largest_code, 1.0 * largest_code)));
  }
}

void check(std::size_t weights, int rows, int inputs, const QuantiseOptions& o) {
  const auto is_one_of = [](int value, std::initializer_list<int> list) {
    return std::ranges::find(list, value) != list.end();
  };
  ensure(
      weights == static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs) && inputs % isa::block_inputs == 0,
      "weights are rows x inputs, inputs whole blocks");
  ensure(is_one_of(o.bits, {2, 3, 4, 5, 6, 8}) && is_one_of(o.group, {0, 16, 32, 64, 128}),
         "bits and groups of the contract");
  ensure(o.bits == 8 || o.group != 0, "codes of fewer than 8 bits have groups");
  const int least_group = o.kept == 16 ? 16 : o.kept == 8 ? 32 : 64;
  ensure(o.group == 0 || o.group >= least_group, "a group spans the inputs of a cycle");
}

}  // namespace

isa::Chunk chunk_of(int kept) {
  switch (kept) {
    case 8:
      return isa::Chunk::pairs;
    case 4:
      return isa::Chunk::quad4;
    case 2:
      return isa::Chunk::quad2;
    case 1:
      return isa::Chunk::quad1;
    default:
      panic("N of 16 is 8, 4, 2 or 1");
  }
}

QuantisedMatrix quantise(std::span<const float> weights, int rows, int inputs, std::span<const std::int32_t> biases,
                         const QuantiseOptions& options) {
  check(weights.size(), rows, inputs, options);
  QuantisedMatrix m;
  m.rows = rows;
  m.inputs = inputs;
  m.bits = options.bits;
  m.group = options.group;
  m.pattern = options.kept == isa::block_inputs ? isa::Pattern::dense : isa::Pattern::sparse;
  m.biases.assign(biases.begin(), biases.end());
  m.codes.reserve(weights.size());
  if (m.pattern == isa::Pattern::sparse) {
    m.chunks.assign(static_cast<std::size_t>(m.block_rows()) * m.row_chunks(), chunk_of(options.kept));
  }
  std::vector<double> scaled(static_cast<std::size_t>(inputs));
  std::vector<std::uint8_t> kept(scaled.size());
  for (int r = 0; r < rows; ++r) {
    const auto row = weights.subspan(static_cast<std::size_t>(r) * scaled.size(), scaled.size());
    float largest = 0;
    for (const float w : row) largest = std::max(largest, std::abs(w));
    bool saturated = false;
    m.row_scales.push_back(isa::scale_of(static_cast<double>(largest) / largest_code, saturated));
    ensure(!saturated, "a weight too large for a scale");
    // What the machine multiplies with is the rounded scale, so the codes are found for that one.
    const double unit = isa::value_of(m.row_scales.back()) / (options.group == 0 ? 1 : eighths);
    const double inverse = unit > 0 ? 1 / unit : 0;
    for (std::size_t i = 0; i < row.size(); ++i) scaled[i] = static_cast<double>(row[i]) * inverse;
    mark_kept(row, options.kept, kept);
    if (options.group == 0) {
      round_row(scaled, kept, m.codes);
      continue;
    }
    const auto group = static_cast<std::size_t>(options.group);
    for (std::size_t first = 0; first < scaled.size(); first += group) {
      const std::size_t size = std::min(group, scaled.size() - first);
      const Fit fit = fit_group(std::span(scaled).subspan(first, size), std::span(kept).subspan(first, size),
                                options.bits, m.pattern == isa::Pattern::sparse);
      m.codes.insert(m.codes.end(), fit.codes.begin(), fit.codes.begin() + static_cast<std::ptrdiff_t>(size));
      m.groups.push_back(fit.group);
    }
  }
  return m;
}

double weight_of(const QuantisedMatrix& matrix, int row, int input) {
  const double scale = isa::value_of(matrix.row_scales[static_cast<std::size_t>(row)]);
  const int code = matrix.code(row, input);
  if (matrix.group == 0) return scale * code;
  const isa::Group group = matrix.groups[static_cast<std::size_t>(row) * matrix.row_groups() + input / matrix.group];
  return scale * (group.step * code + group.offset) / eighths;
}

}  // namespace godwit::compiler
