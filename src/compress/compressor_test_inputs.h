#pragma once
// Random weights and inputs that are as uneven and as alike as those of language models.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "compress/compressor.h"

namespace godwit::compress {

inline std::vector<float> normal_floats(std::size_t count, std::uint64_t seed, double deviation = 0.02) {
  Random random(seed);
  std::vector<float> out(count);
  for (float& x : out) x = static_cast<float>(deviation * random.normal());
  return out;
}

/// Inputs that are mixtures of a few common causes and something of their own; every 17th is large.
inline std::vector<float> correlated_inputs(std::size_t tokens, std::size_t inputs, std::uint64_t seed) {
  Random random(seed);
  const std::size_t causes = std::max<std::size_t>(1, inputs / 8);
  std::vector<double> mix(causes * inputs);
  for (double& m : mix) m = random.normal() / std::sqrt(static_cast<double>(causes));
  std::vector<float> rows(tokens * inputs);
  std::vector<double> cause(causes);
  for (std::size_t t = 0; t < tokens; ++t) {
    for (double& c : cause) c = random.normal();
    for (std::size_t i = 0; i < inputs; ++i) {
      double x = 0.3 * random.normal();
      for (std::size_t c = 0; c < causes; ++c) x += cause[c] * mix[c * inputs + i];
      rows[t * inputs + i] = static_cast<float>(i % 17 == 3 ? 5 * x : x);
    }
  }
  return rows;
}

inline InputStatistics statistics_of(const std::vector<float>& rows, std::size_t inputs) {
  InputStatistics s{.inputs = static_cast<int>(inputs), .tokens = rows.size() / inputs, .products = {}};
  s.products.resize(inputs * inputs);
  for (std::size_t t = 0; t < s.tokens; ++t) {
    const float* x = rows.data() + t * inputs;
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j < inputs; ++j)
        s.products[i * inputs + j] += static_cast<double>(x[i]) * static_cast<double>(x[j]);
    }
  }
  return s;
}

inline InputStatistics correlated_statistics(std::size_t inputs, std::uint64_t seed) {
  return statistics_of(correlated_inputs(3 * inputs, inputs, seed), inputs);
}

}  // namespace godwit::compress
