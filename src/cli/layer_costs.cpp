#include "cli/layer_costs.h"

#include <algorithm>

#include "base/random.h"
#include "model/reference/reference.h"

namespace godwit {
namespace {

double bytes_of(const std::optional<Tensor>& tensor) {
  return tensor ? static_cast<double>(tensor->bytes()) : 0;
}

/// Bytes read for `tokens` tokens that go through together and see `context` positions.
struct BytesRead {
  double tokens;
  double context;

  double operator()(const Embedding& e) const { return rows(e.table); }
  double operator()(const PositionEmbedding& p) const { return rows(p.table); }
  double operator()(const Norm& n) const { return bytes_of(n.weight) + bytes_of(n.bias); }
  double operator()(const Linear& l) const { return bytes_of(l.weight.tensor) + bytes_of(l.bias); }
  double operator()(const Attention& a) const {
    return 2 * sizeof(float) * static_cast<double>(a.kv_heads * a.head_dim) * context;
  }
  template <class Other>
  double operator()(const Other&) const {
    return 0;
  }

 private:
  [[nodiscard]] double rows(const Tensor& table) const {
    return tokens * static_cast<double>(table.bytes()) / static_cast<double>(table.rows());
  }
};

bool is_head(const Layer& layer) {
  const auto* linear = std::get_if<Linear>(&layer.operation);
  return linear != nullptr && linear->head;
}

LayerCost prefill_cost(const Layer& layer, std::size_t prompt) {
  const auto tokens = static_cast<double>(prompt);
  const auto once = static_cast<double>(macs(layer, 0));
  const double a_position = static_cast<double>(macs(layer, 1)) - once;
  LayerCost cost;
  cost.macs = is_head(layer) ? once : once * tokens + a_position * tokens * (tokens + 1) / 2;
  cost.bytes = std::visit(BytesRead{tokens, tokens}, layer.operation);
  return cost;
}

LayerCost decode_cost(const Layer& layer, std::size_t prompt, std::size_t generate) {
  const double context = static_cast<double>(prompt) + (static_cast<double>(generate) + 1) / 2;  // the mean
  const auto once = static_cast<double>(macs(layer, 0));
  LayerCost cost;
  cost.macs = once + (static_cast<double>(macs(layer, 1)) - once) * context;
  cost.bytes = std::visit(BytesRead{1, context}, layer.operation);
  return cost;
}

std::vector<int> random_tokens(std::size_t count, std::size_t vocabulary) {
  Random random(1);
  std::vector<int> tokens(count);
  for (int& token : tokens) token = static_cast<int>(random.below(vocabulary));
  return tokens;
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Milliseconds: [layer][repeat].
using Times = std::vector<std::vector<double>>;

void add_times(Times& times, std::size_t repeat, const Reference& reference, double scale) {
  for (std::size_t i = 0; i < times.size(); ++i) times[i][repeat] += reference.times()[i].seconds * 1e3 * scale;
}

}  // namespace

std::string_view group_of(const Operation& operation) {
  const std::string_view kind = kind_name(operation);
  if (kind == "linear") return "gemm";
  if (kind == "position") return "embedding";
  return std::find(std::begin(layer_groups), std::end(layer_groups), kind) == std::end(layer_groups) ? "other" : kind;
}

ProfileRun profile_layers(const std::shared_ptr<const Model>& model, std::size_t prompt, std::size_t generate,
                          std::size_t repeat, ThreadPool& pool) {
  const auto tokens = random_tokens(prompt + generate, model->config.vocabulary);
  const auto ids = std::span(tokens);
  Times prefill(model->layers.size(), std::vector<double>(repeat));
  Times decode = prefill;
  Reference reference(model, pool);
  KvCache cache(*model, prompt + generate);
  for (std::size_t round = 0; round <= repeat; ++round) {  // the first is to warm up
    cache.truncate(0);
    reference.forward(ids.first(prompt), cache, Logits::last);
    if (round > 0) add_times(prefill, round - 1, reference, 1);
    for (std::size_t t = 0; t < generate; ++t) {
      reference.forward(ids.subspan(prompt + t, 1), cache, Logits::last);
      if (round > 0) add_times(decode, round - 1, reference, 1 / static_cast<double>(generate));
    }
  }
  ProfileRun run{.prompt = prompt, .generated = generate, .prefill = {}, .decode = {}};
  for (std::size_t i = 0; i < model->layers.size(); ++i) {
    run.prefill.push_back(prefill_cost(model->layers[i], prompt));
    run.prefill.back().ms = median(prefill[i]);
    run.decode.push_back(decode_cost(model->layers[i], prompt, generate));
    run.decode.back().ms = median(decode[i]);
  }
  return run;
}

}  // namespace godwit
