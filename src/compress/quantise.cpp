#include "compress/quantise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "base/error.h"
#include "isa/numbers.h"

namespace godwit::compress {
namespace {

constexpr int largest_code = 127;
constexpr int eighths = 8;
constexpr int largest_step = (1 << 9) - 1;
constexpr int largest_offset = (1 << 10) - 1;

constexpr std::size_t most_group = 128;

/// A group's codes (whole numbers) with their step and offset, in eighths of the row's step.
struct Fit {
  isa::Group group;
  std::array<double, most_group> codes;
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

/// What the codes of a group may be.
struct Form {
  int bits = 8;
  bool centred = false;
  int grain = 1;
};

/// The nearest that there are.
isa::Group limited(double step, double offset, int grain) {
  const auto coarse = [&](double x, int least, int most) {
    return std::clamp(rounded(x / grain), std::ceil(1.0 * least / grain), std::floor(1.0 * most / grain)) * grain;
  };
  return {static_cast<std::uint16_t>(coarse(step, 1, largest_step)),
          static_cast<std::int16_t>(coarse(offset, -1 - largest_offset, largest_offset))};
}

/// What regression needs of a group's weights w and codes c.
struct Sums {
  double w = 0;
  double ww = 0;
  double c = 0;
  double cc = 0;
  double cw = 0;
};

/// Nearest codes for this step and offset, and their sums. Four weights at a time, which are added up apart: the
/// compiler makes vectors of them.
void round_group(std::span<const double> weights, isa::Group group, int bits, Fit& fit, Sums& sums) {
  constexpr std::size_t width = 4;
  const double least = least_code(bits);
  const double most = most_code(bits);
  const double inverse = 1.0 / group.step;
  const double offset = group.offset;
  std::array<double, width> c{};
  std::array<double, width> cc{};
  std::array<double, width> cw{};
  for (std::size_t first = 0; first < weights.size(); first += width) {
    for (std::size_t k = 0; k < width; ++k) {
      const double w = weights[first + k];
      const double raw = rounded((w - offset) * inverse);
      const double high = raw < least ? least : raw;
      const double code = high > most ? most : high;
      fit.codes[first + k] = code;
      c[k] += code;
      cc[k] += code * code;
      cw[k] += code * w;
    }
  }
  sums.c = (c[0] + c[1]) + (c[2] + c[3]);
  sums.cc = (cc[0] + cc[1]) + (cc[2] + cc[3]);
  sums.cw = (cw[0] + cw[1]) + (cw[2] + cw[3]);
  const double step = group.step;
  const auto n = static_cast<double>(weights.size());
  fit.group = group;
  fit.error = sums.ww - 2 * step * sums.cw - 2 * offset * sums.w + step * step * sums.cc + 2 * step * offset * sums.c +
              n * offset * offset;
}

/// Step and offset (none where centred) that lose least for the codes with these sums of n weights.
isa::Group regress(const Sums& sums, double n, const Form& form) {
  if (form.centred) return limited(sums.cc > 0 ? sums.cw / sums.cc : 1, 0, form.grain);
  const double spread = n * sums.cc - sums.c * sums.c;
  const double step = spread > 0 ? (n * sums.cw - sums.c * sums.w) / spread : 1;
  return limited(step, (sums.w - step * sums.c) / n, form.grain);
}

/// `weights` in eighths of the row's step, at most 127 x 8 in magnitude, a multiple of 4 of them. Centred groups may
/// have weights that are pruned to zero: their codes are zero.
Fit fit_group(std::span<const double> weights, const Form& form) {
  constexpr int rounds = 4;
  const auto [bits, centred, grain] = form;
  const auto [low, high] = std::ranges::minmax(weights);
  Sums sums;
  for (const double w : weights) {
    sums.w += w;
    sums.ww += w * w;
  }
  const auto n = static_cast<double>(weights.size());
  Fit best;
  Fit fit;
  // From the whole range, and from narrower ones that give up the ends.
  for (const double share : {1.0, 0.9, 0.8, 0.7}) {
    const double step = centred ? std::max(-low / -least_code(bits), high / most_code(bits))
                                : (high - low) / (most_code(bits) - least_code(bits));
    const double middle = (low + high) / 2 - (centred ? 0 : step * share * (most_code(bits) + least_code(bits)) / 2);
    isa::Group group = limited(step * share, centred ? 0 : middle, grain);
    for (int round = 0; round < rounds; ++round) {
      round_group(weights, group, bits, fit, sums);
      if (fit.error < best.error) best = fit;
      const isa::Group next = regress(sums, n, form);
      if (next == group) break;
      group = next;
    }
  }
  return best;
}

/// Of every 16 weights all but the `kept` largest become zero. Ties: the first are kept.
void prune(std::span<double> row, int kept) {
  if (kept == isa::block_inputs) return;
  const auto most = static_cast<std::ptrdiff_t>(kept);
  std::array<double, isa::block_inputs> sizes{};
  for (std::size_t first = 0; first < row.size(); first += isa::block_inputs) {
    const auto block = row.subspan(first, isa::block_inputs);
    std::ranges::transform(block, sizes.begin(), [](double w) { return std::abs(w); });
    std::ranges::nth_element(sizes, sizes.begin() + most - 1, std::greater());
    const double least = sizes[static_cast<std::size_t>(most - 1)];
    auto left = most - std::ranges::count_if(sizes, [&](double size) { return size > least; });  // for those as large
    for (double& w : block) {
      if (std::abs(w) > least || (std::abs(w) == least && left-- > 0)) continue;
      w = 0;
    }
  }
}

/// Codes of a row without groups; the row's step is 1.
void round_row(std::span<const double> weights, std::vector<std::int8_t>& codes) {
  for (const double w : weights) {
    codes.push_back(static_cast<std::int8_t>(std::clamp(rounded(w), -1.0 * largest_code, 1.0 * largest_code)));
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
  const Form form{
      .bits = options.bits, .centred = options.centred || m.pattern == isa::Pattern::sparse, .grain = options.grain};
  std::vector<double> scaled(static_cast<std::size_t>(inputs));
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
    prune(scaled, options.kept);
    if (options.group == 0) {
      round_row(scaled, m.codes);
      continue;
    }
    const auto group = static_cast<std::size_t>(options.group);
    for (std::size_t first = 0; first < scaled.size(); first += group) {
      const std::size_t size = std::min(group, scaled.size() - first);
      const Fit fit = fit_group(std::span(scaled).subspan(first, size), form);
      for (std::size_t i = 0; i < size; ++i) m.codes.push_back(static_cast<std::int8_t>(fit.codes[i]));
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

}  // namespace godwit::compress
