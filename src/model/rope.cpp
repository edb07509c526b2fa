// Rotary frequencies and their scaling variants. Formulas: transformers, modeling_rope_utils (the function of each
// variant's name), evaluated in double precision.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "model/graph.h"

namespace godwit {
namespace {

using Frequencies = std::vector<double>;

Frequencies plain(double base, std::size_t dim) {
  Frequencies out(dim / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(dim));
  }
  return out;
}

// Slow turns are divided by the factor, fast ones kept, and those between are blended by how often they turn in the
// original context.
Frequencies llama3(Frequencies frequencies, const RopeScaling& s) {
  const auto original = static_cast<double>(s.original_context);
  for (double& f : frequencies) {
    const double wavelength = 2 * std::numbers::pi / f;
    if (wavelength > original / s.low_frequency_factor) {
      f /= s.factor;
    } else if (wavelength >= original / s.high_frequency_factor) {
      const double smooth =
          (original / wavelength - s.low_frequency_factor) / (s.high_frequency_factor - s.low_frequency_factor);
      f = (1 - smooth) * f / s.factor + smooth * f;
    }
  }
  return frequencies;
}

// Blends from extrapolation (kept) to interpolation (divided by the factor) linearly over the dimensions between those
// that turn beta_fast and beta_slow times in the original context.
Frequencies yarn(Frequencies frequencies, const RopeScaling& s, double base, std::size_t dim) {
  const auto d = static_cast<double>(dim);
  const auto dimension_of = [&](double turns) {
    const double wavelength = static_cast<double>(s.original_context) / (turns * 2 * std::numbers::pi);
    return d * std::log(wavelength) / (2 * std::log(base));
  };
  double low = dimension_of(s.beta_fast);
  double high = dimension_of(s.beta_slow);
  if (s.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, d - 1);
  if (low == high) high += 0.001;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double kept = 1 - std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    frequencies[i] = frequencies[i] / s.factor * (1 - kept) + frequencies[i] * kept;
  }
  return frequencies;
}

double yarn_magnitude(const RopeScaling& s) {
  const auto mscale = [&](double m) { return s.factor <= 1 ? 1.0 : 0.1 * m * std::log(s.factor) + 1; };
  if (s.mscale != 0 && s.mscale_all_dim != 0) return mscale(s.mscale) / mscale(s.mscale_all_dim);
  return mscale(1);
}

double longrope_magnitude(const RopeScaling& s) {
  if (s.factor <= 1) return 1;
  return std::sqrt(1 + std::log(s.factor) / std::log(static_cast<double>(s.original_context)));
}

// The base that keeps the slowest turn within `context`: larger contexts than the model's raise it.
double dynamic_base(const ModelConfig& config, std::size_t context) {
  const auto longest = static_cast<double>(config.context);
  const double length = std::max(static_cast<double>(context), longest);
  const double factor = config.rope_scaling.factor;
  const auto dim = static_cast<double>(config.rope_dim);
  return config.rope_theta * std::pow(factor * length / longest - (factor - 1), dim / (dim - 2));
}

}  // namespace

RopeTable rope_table(const ModelConfig& config, std::size_t context) {
  const RopeScaling& s = config.rope_scaling;
  RopeTable table;
  table.frequencies = plain(config.rope_theta, config.rope_dim);
  switch (s.kind) {
    case RopeScaling::Kind::none:
      break;
    case RopeScaling::Kind::linear:
      for (double& f : table.frequencies) f /= s.factor;
      break;
    case RopeScaling::Kind::dynamic:
      table.frequencies = plain(dynamic_base(config, context), config.rope_dim);
      break;
    case RopeScaling::Kind::yarn:
      table.frequencies = yarn(std::move(table.frequencies), s, config.rope_theta, config.rope_dim);
      table.magnitude = s.attention_factor.value_or(yarn_magnitude(s));
      break;
    case RopeScaling::Kind::llama3:
      table.frequencies = llama3(std::move(table.frequencies), s);
      break;
    case RopeScaling::Kind::longrope: {
      const auto& factors = context > s.original_context ? s.long_factors : s.short_factors;
      ensure(factors.size() == table.frequencies.size(), "longrope: one factor a frequency");
      for (std::size_t i = 0; i < factors.size(); ++i) table.frequencies[i] /= factors[i];
      table.magnitude = s.attention_factor.value_or(longrope_magnitude(s));
      break;
    }
  }
  return table;
}

}  // namespace godwit
