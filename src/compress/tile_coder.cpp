#include "compress/tile_coder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "isa/numbers.h"

namespace godwit::compress {
namespace {

constexpr int eighths = 8;
constexpr double largest_code = 127;
constexpr double largest_step = 511;
constexpr double largest_offset = 1023;
constexpr double room = 1.5;  // of steps and offsets for what errors add to the weights
constexpr std::size_t ungrouped_run = 64;
constexpr int sweeps = 3;

CodeRange range_of(int bits, bool centred, int step_bits) {
  const auto half = static_cast<float>(1 << (bits - 1));
  return {.least = bits == 8 ? 1 - half : -half,
          .most = half - 1,
          .centred = centred,
          .grain = static_cast<float>(1 << (most_step_bits - step_bits))};
}

/// The row's scale. Without groups its largest weight is code 127. With groups the unit, an eighth of the scale, is as
/// fine as the row's largest step and offset allow: steps are then rounded by far less than an eighth of largest / 127.
isa::Scale row_scale(std::span<const float> row, std::span<const std::uint8_t> mask, std::size_t group,
                     const CodeRange& range) {
  double unit = 0;
  if (group == 0) {
    for (const float w : row) unit = std::max(unit, std::abs(static_cast<double>(w)) / largest_code);
  } else {
    for (std::size_t first = 0; first < row.size(); first += group) {
      const std::size_t last = std::min(row.size(), first + group);
      double low = 0;
      double high = 0;
      for (std::size_t i = first; i < last; ++i) {
        const double w = mask.empty() || mask[i] != 0 ? static_cast<double>(row[i]) : 0.0;
        low = range.centred || i > first ? std::min(low, w) : w;
        high = range.centred || i > first ? std::max(high, w) : w;
      }
      const double most = static_cast<double>(range.most);
      const double least = static_cast<double>(range.least);
      const double step = range.centred ? std::max(low / least, high / most) : (high - low) / (most - least);
      const double offset = range.centred ? 0 : (low + high) / 2 - step * (most + least) / 2;
      unit = std::max({unit, room * step / largest_step, room * std::abs(offset) / largest_offset});
    }
    unit *= eighths;
  }
  bool saturated = false;
  const isa::Scale scale = isa::scale_of(unit, saturated);
  ensure(!saturated, "a weight too large for a scale");
  return scale;
}

}  // namespace

TileCoder::TileCoder(const Hessian& hessian, const MatrixRecipe& recipe, bool sparse)
    : hessian_(hessian),
      group_(static_cast<std::size_t>(recipe.group)),
      sparse_(sparse),
      range_(range_of(recipe.bits, recipe.group == 0 || sparse, recipe.step_bits)) {
  const std::size_t inputs = hessian.inputs;
  for (std::size_t first = 0; first < inputs;) {
    Run run{.first = first, .count = std::min(ungrouped_run, inputs - first)};
    if (group_ != 0) {
      const std::size_t own = static_cast<std::size_t>(hessian.order[first]) / group_;
      run.count = std::min(group_, inputs - own * group_);
    }
    runs_.push_back(run);
    first += run.count;
  }
  for (auto* all : {&weights_, &codes_, &errors_}) all->resize(inputs * lanes);
  if (sparse) kept_.resize(inputs * lanes);
  const std::size_t longest = std::max(group_, ungrouped_run);
  for (auto* some : {&targets_, &trial_codes_, &trial_errors_}) some->resize(longest * lanes);
  steps_.resize(runs_.size());
  offsets_.resize(runs_.size());
}

void TileCoder::load(const TileRows& rows, std::span<const double> units, const KeepMask& mask) {
  const std::size_t inputs = hessian_.inputs;
  std::ranges::fill(weights_, 0.0F);
  std::ranges::fill(errors_, 0.0F);
  std::ranges::fill(kept_, 0.0F);
  for (std::size_t lane = 0; lane < rows.count; ++lane) {
    const float* row = rows.weights.data() + (rows.first + lane) * inputs;
    const std::uint8_t* marks = mask.empty() ? nullptr : mask.data() + (rows.first + lane) * inputs;
    const double inverse = units[lane] > 0 ? 1 / units[lane] : 0;
    for (std::size_t k = 0; k < inputs; ++k) {
      const auto i = static_cast<std::size_t>(hessian_.order[k]);
      weights_[k * lanes + lane] = static_cast<float>(static_cast<double>(row[i]) * inverse);
      if (marks != nullptr) kept_[k * lanes + lane] = static_cast<float>(marks[i]);
    }
  }
}

GroupColumns TileCoder::aim(const Run& run) {
  const std::size_t n = hessian_.inputs;
  std::copy_n(weights_.begin() + static_cast<std::ptrdiff_t>(run.first * lanes), run.count * lanes, targets_.begin());
  add_tile_products(errors_.data(), hessian_.feedback.data() + run.first * n, n, run.count, 0, run.first,
                    targets_.data());
  return {.columns = run.count,
          .targets = targets_.data(),
          .weights = weights_.data() + run.first * lanes,
          .kept = sparse_ ? kept_.data() + run.first * lanes : nullptr,
          .feedback = hessian_.feedback.data() + run.first * n + run.first,
          .stride = n,
          .costs = hessian_.costs.data() + run.first};
}

void TileCoder::code_run(const Run& run, Lanes& step, Lanes& offset) {
  const GroupColumns group = aim(run);
  step.at.fill(group_ == 0 ? 1 : range_.grain);
  offset.at.fill(0);
  if (group_ != 0) {
    Lanes best;
    best.at.fill(INFINITY);
    for (const float share : {1.0F, 0.9F, 0.8F, 0.7F, 0.6F}) {
      Lanes trial_step;
      Lanes trial_offset;
      Lanes loss;
      fit_steps(group, range_, share, trial_step, trial_offset);
      code_group(group, range_, trial_step, trial_offset, trial_codes_.data(), trial_errors_.data(), loss);
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        if (!(loss.at[lane] < best.at[lane])) continue;
        best.at[lane] = loss.at[lane];
        step.at[lane] = trial_step.at[lane];
        offset.at[lane] = trial_offset.at[lane];
      }
    }
  }
  Lanes loss;
  code_group(group, range_, step, offset, codes_.data() + run.first * lanes, errors_.data() + run.first * lanes, loss);
}

void TileCoder::descend_run(const Run& run, Lanes& step, Lanes& offset) {
  const std::size_t n = hessian_.inputs;
  std::fill_n(targets_.begin(), run.count * lanes, 0.0F);
  add_tile_products(errors_.data(), hessian_.products.data() + run.first * n, n, run.count, 0, n, targets_.data());
  const Descent group{.columns = run.count,
                      .kept = sparse_ ? kept_.data() + run.first * lanes : nullptr,
                      .products = hessian_.products.data() + run.first * n + run.first,
                      .stride = n,
                      .damping = hessian_.damping,
                      .refit = group_ != 0,
                      .gradient = targets_.data(),
                      .scratch = trial_codes_.data(),
                      .codes = codes_.data() + run.first * lanes,
                      .errors = errors_.data() + run.first * lanes};
  descend(group, range_, step, offset);
}

void TileCoder::code(const TileRows& rows, const KeepMask& mask, QuantisedMatrix& out) {
  ensure(rows.count <= lanes && mask.empty() != sparse_, "a tile of rows, and a mask where some are left out");
  const std::size_t inputs = hessian_.inputs;
  std::array<double, lanes> units{};
  for (std::size_t lane = 0; lane < rows.count; ++lane) {
    const std::size_t begin = (rows.first + lane) * inputs;
    const auto marks = sparse_ ? std::span(mask).subspan(begin, inputs) : std::span<const std::uint8_t>();
    const isa::Scale scale = row_scale(rows.weights.subspan(begin, inputs), marks, group_, range_);
    out.row_scales[rows.first + lane] = scale;
    units[lane] = isa::value_of(scale) / (group_ == 0 ? 1 : eighths);
  }
  load(rows, units, mask);
  for (std::size_t r = 0; r < runs_.size(); ++r) code_run(runs_[r], steps_[r], offsets_[r]);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (std::size_t r = 0; r < runs_.size(); ++r) descend_run(runs_[r], steps_[r], offsets_[r]);
  }
  const auto row_groups = static_cast<std::size_t>(out.row_groups());
  for (std::size_t lane = 0; lane < rows.count; ++lane) {
    const std::size_t row = rows.first + lane;
    for (std::size_t k = 0; k < inputs; ++k) {
      out.codes[row * inputs + static_cast<std::size_t>(hessian_.order[k])] =
          static_cast<std::int8_t>(codes_[k * lanes + lane]);
    }
    if (group_ == 0) continue;
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const std::size_t own = static_cast<std::size_t>(hessian_.order[runs_[r].first]) / group_;
      out.groups[row * row_groups + own] = {.step = static_cast<std::uint16_t>(steps_[r].at[lane]),
                                            .offset = static_cast<std::int16_t>(offsets_[r].at[lane])};
    }
  }
}

void TileCoder::choose(const TileRows& rows, const Kept& kept, KeepMask& mask, std::span<float> updated) {
  ensure(rows.count <= lanes && sparse_, "a tile of rows of a sparse matrix");
  constexpr std::size_t block = isa::block_inputs;
  const std::size_t inputs = hessian_.inputs;
  const std::size_t row_chunks = (inputs + isa::chunk_inputs - 1) / isa::chunk_inputs;
  std::array<double, lanes> units{};  // so that nothing overflows
  for (std::size_t lane = 0; lane < rows.count; ++lane) {
    for (const float w : rows.weights.subspan((rows.first + lane) * inputs, inputs)) {
      units[lane] = std::max(units[lane], std::abs(static_cast<double>(w)));
    }
  }
  load(rows, units, {});
  std::array<float, block> scores{};
  std::array<std::uint8_t, block> marks{};
  const std::size_t longest = kept.chunks.empty() ? block : kept.span;
  for (std::size_t first = 0; first < inputs; first += longest) {
    const std::size_t span = std::min(longest, inputs - first);
    const GroupColumns group = aim({.first = first, .count = span});
    const std::size_t place = static_cast<std::size_t>(hessian_.order[first]) / block;
    for (std::size_t lane = 0; lane < rows.count; ++lane) {
      const std::size_t row = rows.first + lane;
      std::size_t count = 0;
      if (kept.chunks.empty()) {
        for (std::size_t i = first; i < first + span; ++i) {
          count += mask[row * inputs + static_cast<std::size_t>(hessian_.order[i])];
        }
      } else {
        const isa::Chunk chunk = kept.chunks[row / isa::block_rows * row_chunks + place / isa::chunk_blocks];
        count = static_cast<std::size_t>(kept_in(chunk, place % isa::chunk_blocks)) * span / block;
      }
      for (std::size_t i = 0; i < span; ++i) {
        const float target = targets_[i * lanes + lane];
        scores[i] = target * target * group.costs[i];
      }
      keep_largest(std::span(scores).first(span), count, std::span(marks).first(span));
      for (std::size_t i = 0; i < span; ++i) {
        kept_[(first + i) * lanes + lane] = static_cast<float>(marks[i]);
        mask[row * inputs + static_cast<std::size_t>(hessian_.order[first + i])] = marks[i];
      }
    }
    prune_group(group, codes_.data() + first * lanes, errors_.data() + first * lanes);
    if (updated.empty()) continue;
    for (std::size_t lane = 0; lane < rows.count; ++lane) {
      for (std::size_t i = 0; i < span; ++i) {
        updated[(rows.first + lane) * inputs + static_cast<std::size_t>(hessian_.order[first + i])] =
            static_cast<float>(units[lane] * static_cast<double>(codes_[(first + i) * lanes + lane]));
      }
    }
  }
}

}  // namespace godwit::compress
