#include "compress/staged_inputs.h"

#include <algorithm>

#include "base/error.h"

namespace godwit::compress {

StagedInputs::StagedInputs(std::span<const std::int32_t> tokens, std::size_t window, ThreadPool& pool)
    : tokens_(tokens), window_(window), pool_(pool) {
  ensure(window > 0 && !tokens.empty(), "windows of tokens");
  live_.resize((tokens.size() + window - 1) / window);
}

const InputStatistics& StagedInputs::statistics(const std::shared_ptr<const Model>& model, std::size_t layer) {
  ensure(layer >= done_, "matrices in the order in which they run");
  const Value& source = model->layers[layer].inputs.front();
  const auto from = static_cast<std::size_t>(source.layer);
  // Several matrices may read one value: it was made before any of them was coded.
  const bool known = source.layer == source_.layer && source.offset == source_.offset && source.width == source_.width;
  if (!known) {
    source_ = source;
    statistics_ = {};
  }
  Reference reference(model, pool_);
  KvCache cache(*model, std::min(window_, tokens_.size()));
  InputSums sums(pool_);
  std::vector<float> rows;
  for (std::size_t w = 0; w < live_.size(); ++w) {
    const auto some = tokens_.subspan(w * window_, std::min(window_, tokens_.size() - w * window_));
    reference.forward_part(some, cache, done_, layer, live_[w]);
    if (known) continue;
    const std::vector<float>& values = live_[w].at(from);
    const std::size_t width = model->layers[from].width;
    rows.resize(some.size() * source.width);
    for (std::size_t t = 0; t < some.size(); ++t) {
      std::copy_n(values.data() + t * width + source.offset, source.width, rows.data() + t * source.width);
    }
    sums.add(statistics_, rows, some.size());
  }
  done_ = layer;
  return statistics_;
}

}  // namespace godwit::compress
