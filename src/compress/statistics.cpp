#include "compress/statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/error.h"
#include "model/reference/linear.h"
#include "model/reference/observe.h"

namespace godwit::compress {
namespace {

constexpr std::size_t strips = 6;  // of a product that is symmetric: of them 7/12 are computed

}  // namespace

void InputSums::add(InputStatistics& statistics, std::span<const float> rows, std::size_t tokens) {
  if (tokens == 0) return;
  ensure(rows.size() % tokens == 0, "rows of whole vectors");
  const std::size_t n = rows.size() / tokens;
  if (statistics.inputs == 0) {
    statistics.inputs = static_cast<int>(n);
    statistics.products.resize(n * n);
  }
  ensure(static_cast<std::size_t>(statistics.inputs) == n, "vectors of one length");
  turned_.resize(rows.size());
  products_.resize(n * n);
  pool_.parallel_for(n, 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = 0; t < tokens; ++t) {
      for (std::size_t i = begin; i < end; ++i) turned_[i * tokens + t] = rows[t * n + i];
    }
  });
  // X^T X as products of matrices "tokens to inputs from `first` on" with rows of X^T: what is below them is known.
  const std::size_t strip = (n + strips - 1) / strips;
  for (std::size_t first = 0; first < n; first += strip) {
    const std::size_t width = n - first;
    std::span<const float> part = rows;
    if (first > 0) {
      part_.resize(tokens * width);
      for (std::size_t t = 0; t < tokens; ++t)
        std::copy_n(rows.data() + t * n + first, width, part_.data() + t * width);
      part = part_;
    }
    const Matrix matrix{
        .tensor = {.name = {}, .type = DType::f32, .shape = {tokens, width}, .data = std::as_bytes(part), .owner = {}},
        .input_major = true};
    linear(matrix, nullptr, turned_.data() + first * tokens, tokens, std::min(strip, width),
           products_.data() + first * n + first, n, pool_);
  }
  constexpr std::size_t some = 16;  // rows at a time, so that what is read across them comes by whole cache lines
  pool_.parallel_for((n + some - 1) / some, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t block = begin * some; block < std::min(n, end * some); block += some) {
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t i = block; i < std::min(n, block + some); ++i) {
          const bool known = j < i / strip * strip;  // by the other half
          statistics.products[i * n + j] += static_cast<double>(known ? products_[j * n + i] : products_[i * n + j]);
        }
      }
    }
  });
  statistics.tokens += tokens;
}

LayerStatistics collect_statistics(const Model& model, const Calibration& calibration, ThreadPool& pool) {
  LayerStatistics shared(model.layers.size());
  std::vector<std::shared_ptr<InputStatistics>> owned(model.layers.size());  // at the first reader of a value
  std::map<std::tuple<int, std::size_t, std::size_t>, std::size_t> first_reader;
  std::size_t last = 0;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    if (!std::holds_alternative<Linear>(model.layers[i].operation)) continue;
    last = i;
    if (calibration.wanted && !calibration.wanted(i)) continue;
    const Value& value = model.layers[i].inputs.front();
    const auto [at, is_new] = first_reader.emplace(std::tuple(value.layer, value.offset, value.width), i);
    if (is_new) owned[i] = std::make_shared<InputStatistics>();
    shared[i] = owned[at->second];
  }
  InputSums sums(pool);
  observe_inputs(model, calibration.tokens, calibration.context, pool,
                 [&](std::size_t layer, std::span<const float> rows, std::size_t tokens) {
                   if (owned[layer]) sums.add(*owned[layer], rows, tokens);
                   if (layer == last && calibration.progress) calibration.progress(tokens);
                 });
  return shared;
}

InputStatistics arranged(const InputStatistics& statistics, std::span<const std::int32_t> columns) {
  const auto n = static_cast<std::size_t>(statistics.inputs);
  InputStatistics out{.inputs = static_cast<int>(columns.size()), .tokens = statistics.tokens, .products = {}};
  out.products.resize(columns.size() * columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t j = 0; j < columns.size(); ++j) {
      if (columns[i] < 0 || columns[j] < 0) continue;
      const auto a = static_cast<std::size_t>(columns[i]);
      const auto b = static_cast<std::size_t>(columns[j]);
      ensure(a < n && b < n, "an input of the statistics");
      out.products[i * columns.size() + j] = statistics.products[a * n + b];
    }
  }
  return out;
}

std::vector<std::vector<float>> input_maxima(const Model& model, const Calibration& calibration, ThreadPool& pool) {
  std::vector<std::vector<float>> maxima(model.layers.size());
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    if (!std::holds_alternative<Linear>(model.layers[i].operation)) continue;
    maxima[i].resize(model.layers[i].inputs.front().width);
  }
  observe_inputs(model, calibration.tokens, calibration.context, pool,
                 [&](std::size_t layer, std::span<const float> rows, std::size_t tokens) {
                   std::vector<float>& most = maxima[layer];
                   for (std::size_t t = 0; t < tokens; ++t) {
                     for (std::size_t i = 0; i < most.size(); ++i) {
                       most[i] = std::max(most[i], std::abs(rows[t * most.size() + i]));
                     }
                   }
                   if (layer + 1 == model.layers.size() && calibration.progress) calibration.progress(tokens);
                 });
  return maxima;
}

}  // namespace godwit::compress
