#include "model/reference/reference.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "base/error.h"
#include "model/reference/attention.h"
#include "model/reference/elementwise.h"
#include "model/reference/linear.h"
#include "model/reference/norm.h"
#include "model/reference/plan.h"
#include "model/reference/rotary.h"

namespace godwit {
namespace {

constexpr std::size_t chunk_tokens = 192;  // of a long prompt at a time: bounds memory; a multiple of the tiles
constexpr std::size_t most_side_by_side = 128;
constexpr std::size_t least_parallel_reals = 1U << 15U;  // below, waking the threads costs more than it saves

using Clock = std::chrono::steady_clock;

/// Small weights as fp32: a norm's, and biases.
struct Vectors {
  std::vector<float> weight;
  std::vector<float> bias;
  [[nodiscard]] const float* bias_or_null() const { return bias.empty() ? nullptr : bias.data(); }
};

std::vector<float> checked_floats(const Tensor& tensor) {
  check_finite(tensor);
  return to_floats(tensor);
}

Vectors vectors_of(const Layer& layer) {
  Vectors out;
  if (const auto* norm = std::get_if<Norm>(&layer.operation)) {
    out.weight = checked_floats(norm->weight);
    if (norm->bias) out.bias = checked_floats(*norm->bias);
  }
  if (const auto* linear = std::get_if<Linear>(&layer.operation); linear != nullptr && linear->bias) {
    out.bias = checked_floats(*linear->bias);
  }
  return out;
}

const Tensor* weights_of(const Layer& layer) {
  if (const auto* embedding = std::get_if<Embedding>(&layer.operation)) return &embedding->table;
  if (const auto* position = std::get_if<PositionEmbedding>(&layer.operation)) return &position->table;
  if (const auto* linear = std::get_if<Linear>(&layer.operation)) return &linear->weight.tensor;
  return nullptr;
}

/// A layer gave a NaN or an infinity. Any such weight gives one (times 0 it is a NaN), so weights need no pass of their
/// own before: only now are they searched.
[[noreturn]] void blame(const Layer& layer) {
  if (const Tensor* tensor = weights_of(layer)) check_finite(*tensor);
  throw UserError({.what = "the values grow out of fp32's range, or the model gives a NaN",
                   .where = fmt::format("layer '{}'", layer.name),
                   .expected = "finite values from finite weights",
                   .remedy = "the checkpoint is damaged or its training diverged: get it again, or another one"});
}

bool depends_on_length(const ModelConfig& config) {
  return config.rope_scaling.kind == RopeScaling::Kind::dynamic ||
         config.rope_scaling.kind == RopeScaling::Kind::longrope;
}

}  // namespace

struct Reference::State {
  std::shared_ptr<const Model> model;
  ThreadPool& pool;
  BufferPlan plan;
  std::vector<Vectors> vectors;             // a layer
  std::vector<std::vector<float>> buffers;  // [tokens][width]
  std::vector<float> logits;
  std::vector<LayerTime> times;
  std::optional<RopeTable> rope;
  Turns turns;
  SeenInputs seen;

  // The chunk under way.
  std::span<const int> tokens;
  std::size_t first = 0;      // position of its first token
  std::span<KvCache> caches;  // one for all of its tokens, or one each
  bool apart = false;         // one each, all at position `first`

  State(std::shared_ptr<const Model> shared, ThreadPool& threads)
      : model(std::move(shared)), pool(threads), plan(plan_buffers(model->layers)), times(model->layers.size()) {
    ensure(model->has_weights, "the reference needs weights");
    for (const Layer& layer : model->layers) vectors.push_back(vectors_of(layer));
    buffers.resize(plan.width.size());
  }

  [[nodiscard]] Activations input(const Layer& layer, std::size_t which = 0) const {
    const Value& value = layer.inputs.at(which);
    const auto from = static_cast<std::size_t>(value.layer);
    return {buffers[plan.buffer_of[from]].data() + value.offset, model->layers[from].width};
  }

  template <class Body>
  void for_tokens(std::size_t width, const Body& body) {
    const auto run = [&](std::size_t begin, std::size_t end) {
      for (std::size_t t = begin; t < end; ++t) body(t);
    };
    if (tokens.size() * width < least_parallel_reals) {
      run(0, tokens.size());
    } else {
      pool.parallel_for(tokens.size(), 1, run);
    }
  }

  void show(std::size_t index, const Activations& x) const {
    const std::size_t inputs = model->layers[index].inputs.front().width;
    if (x.stride == inputs) return seen(index, {x.data, tokens.size() * inputs}, tokens.size());
    std::vector<float> rows(tokens.size() * inputs);
    for (std::size_t t = 0; t < tokens.size(); ++t) std::copy_n(x.row(t), inputs, rows.data() + t * inputs);
    seen(index, rows, tokens.size());
  }

  // One function a kind of layer; each writes `out`, [tokens][layer.width].

  void run(const Embedding& e, const Layer& layer, std::size_t /*index*/, float* out) {
    for_tokens(layer.width, [&](std::size_t t) {
      read_row(e.table, static_cast<std::size_t>(tokens[t]), {out + t * layer.width, layer.width});
    });
  }

  void run(const PositionEmbedding& p, const Layer& layer, std::size_t /*index*/, float* out) {
    const Activations x = input(layer);
    std::vector<float> row(layer.width);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      read_row(p.table, first + (apart ? 0 : t) + p.offset, row);
      add(x.row(t), row.data(), layer.width, out + t * layer.width);
    }
  }

  void run(const Norm& n, const Layer& layer, std::size_t index, float* out) {
    const Activations x = input(layer);
    const Vectors& v = vectors[index];
    for_tokens(layer.width, [&](std::size_t t) {
      float* y = out + t * layer.width;
      if (n.kind == Norm::Kind::layer) {
        layer_norm(x.row(t), layer.width, v.weight.data(), v.bias_or_null(), n.epsilon, y);
      } else {
        rms_norm(x.row(t), layer.width, v.weight.data(), n.epsilon, y);
      }
    });
  }

  void run(const Linear& l, const Layer& layer, std::size_t index, float* out) {
    const Activations x = input(layer);
    if (seen) show(index, x);
    linear(l.weight, vectors[index].bias_or_null(), x.data, x.stride, tokens.size(), out, layer.width, pool);
  }

  void run(const Rope& r, const Layer& layer, std::size_t /*index*/, float* out) {
    const Activations x = input(layer);
    for_tokens(layer.width, [&](std::size_t t) { rotate(r, turns, apart ? 0 : t, x.row(t), out + t * layer.width); });
  }

  void run(const Attention& a, const Layer& layer, std::size_t /*index*/, float* out) {
    const auto block = static_cast<std::size_t>(layer.block);
    const std::size_t count = tokens.size() / caches.size();
    for (std::size_t c = 0; c < caches.size(); ++c) {
      const auto rows = [&](std::size_t which) {
        const Activations all = input(layer, which);
        return Activations{all.row(c * count), all.stride};
      };
      const CacheView keys{caches[c].keys_[block].get(), caches[c].capacity()};
      const CacheView values{caches[c].values_[block].get(), caches[c].capacity()};
      append_to_cache(a, rows(1), count, first, keys);
      append_to_cache(a, rows(2), count, first, values);
      attend(a, rows(0), count, first, keys, values, out + c * count * layer.width, layer.width, pool);
    }
  }

  void run(const Activate& a, const Layer& layer, std::size_t /*index*/, float* out) {
    const Activations x = input(layer);
    for_tokens(layer.width, [&](std::size_t t) { activate(a.function, x.row(t), layer.width, out + t * layer.width); });
  }

  void run(const Multiply& /*unused*/, const Layer& layer, std::size_t /*index*/, float* out) {
    const Activations a = input(layer, 0);
    const Activations b = input(layer, 1);
    for_tokens(layer.width, [&](std::size_t t) { multiply(a.row(t), b.row(t), layer.width, out + t * layer.width); });
  }

  void run(const Add& /*unused*/, const Layer& layer, std::size_t /*index*/, float* out) {
    const Activations a = input(layer, 0);
    const Activations b = input(layer, 1);
    for_tokens(layer.width, [&](std::size_t t) { add(a.row(t), b.row(t), layer.width, out + t * layer.width); });
  }

  /// The head, for the chunk's last token only or for all of them.
  void run_head(const Linear& head, std::size_t index, bool all, float* out) {
    const Layer& layer = model->layers[index];
    const Activations x = input(layer);
    const std::size_t skipped = all ? 0 : tokens.size() - 1;
    const std::size_t count = tokens.size() - skipped;
    linear(head.weight, vectors[index].bias_or_null(), x.row(skipped), x.stride, count, out, layer.width, pool);
    if (!all_finite(out, count * layer.width)) blame(layer);
  }

  void make_room() {
    for (std::size_t b = 0; b < buffers.size(); ++b) {
      const std::size_t needed = tokens.size() * plan.width[b];
      if (buffers[b].size() < needed) buffers[b].resize(needed);
    }
    if (rope) make_turns(*rope, first, apart ? 1 : tokens.size(), turns);
  }

  /// `out` is where this chunk's logits go, null if none are wanted.
  void run_chunk(bool all, float* out) {
    make_room();
    run_layers(0, model->layers.size(), all, out);
  }

  void run_layers(std::size_t begin, std::size_t end, bool all, float* out) {
    for (std::size_t i = begin; i < end; ++i) {
      const Layer& layer = model->layers[i];
      const auto start = Clock::now();
      if (plan.buffer_of[i] == no_buffer) {
        if (seen) show(i, input(layer));
        if (out != nullptr) run_head(std::get<Linear>(layer.operation), i, all, out);
      } else {
        float* values = buffers[plan.buffer_of[i]].data();
        std::visit([&](const auto& operation) { run(operation, layer, i, values); }, layer.operation);
        if (weights_of(layer) != nullptr && !all_finite(values, tokens.size() * layer.width)) blame(layer);
      }
      times[i].seconds += std::chrono::duration<double>(Clock::now() - start).count();
    }
  }

  /// The chunk's rows of these values, from or into the buffers.
  template <bool load, class Values>
  void move_rows(Values& values, std::size_t done) {
    for (auto& [layer, rows] : values) {
      const std::size_t width = model->layers[layer].width;
      const auto at = rows.begin() + static_cast<std::ptrdiff_t>(done * width);
      const auto count = static_cast<std::ptrdiff_t>(tokens.size() * width);
      auto& buffer = buffers[plan.buffer_of[layer]];
      if constexpr (load) {
        std::copy_n(at, count, buffer.begin());
      } else {
        std::copy_n(buffer.begin(), count, at);
      }
    }
  }

  void check(std::span<const int> ids, const KvCache& into) const {
    ensure(!ids.empty(), "forward without tokens");
    const std::size_t end = into.length() + ids.size();
    std::size_t most = into.capacity();
    for (const Layer& layer : model->layers) {
      if (const auto* p = std::get_if<PositionEmbedding>(&layer.operation)) {
        most = std::min(most, p->table.rows() - p->offset);
      }
    }
    if (end > most) {
      throw UserError({.what = "more tokens than there are positions",
                       .where = fmt::format("token {} of the sequence", most + 1),
                       .expected = fmt::format("at most {} tokens, prompt and text together", most),
                       .remedy = "shorten the prompt, generate less, or ask for a larger context if the model has it"});
    }
    for (const int id : ids) {
      if (id >= 0 && static_cast<std::size_t>(id) < model->config.vocabulary) continue;
      throw UserError({.what = fmt::format("token {} is not in the vocabulary", id),
                       .where = fmt::format("model '{}'", model->config.name),
                       .expected = fmt::format("0 to {}", model->config.vocabulary - 1),
                       .remedy = "use the tokenizer that belongs to the model"});
    }
  }

  void prepare_rope(std::size_t length) {
    const bool needed = std::any_of(model->layers.begin(), model->layers.end(),
                                    [](const Layer& l) { return std::holds_alternative<Rope>(l.operation); });
    if (needed && (!rope || depends_on_length(model->config))) rope = rope_table(model->config, length);
  }
};

Reference::Reference(std::shared_ptr<const Model> model, ThreadPool& pool)
    : state_(std::make_unique<State>(std::move(model), pool)) {}

Reference::~Reference() = default;

std::span<const float> Reference::forward(std::span<const int> tokens, KvCache& cache, Logits wanted) {
  State& s = *state_;
  s.check(tokens, cache);
  s.prepare_rope(cache.length() + tokens.size());
  std::fill(s.times.begin(), s.times.end(), LayerTime{});
  const std::size_t vocabulary = s.model->layers.back().width;
  const std::size_t rows = wanted == Logits::none ? 0 : wanted == Logits::last ? 1 : tokens.size();
  s.logits.resize(rows * vocabulary);
  s.caches = {&cache, 1};
  s.apart = false;
  for (std::size_t done = 0; done < tokens.size(); done += s.tokens.size()) {
    s.tokens = tokens.subspan(done, std::min(chunk_tokens, tokens.size() - done));
    s.first = cache.length() + done;
    const bool all = wanted == Logits::all;
    const bool final_chunk = done + s.tokens.size() == tokens.size();
    float* out = all ? s.logits.data() + done * vocabulary : s.logits.data();
    s.run_chunk(all, all || (wanted == Logits::last && final_chunk) ? out : nullptr);
  }
  cache.length_ += tokens.size();
  return s.logits;
}

std::span<const float> Reference::forward_side_by_side(std::span<const int> tokens, std::span<KvCache> caches) {
  State& s = *state_;
  ensure(tokens.size() == caches.size() && tokens.size() <= most_side_by_side, "a token for each sequence");
  for (std::size_t i = 0; i < caches.size(); ++i) {
    ensure(caches[i].length() == caches.front().length(), "sequences of one length");
    s.check(tokens.subspan(i, 1), caches[i]);
  }
  s.first = caches.front().length();
  s.prepare_rope(s.first + 1);
  std::fill(s.times.begin(), s.times.end(), LayerTime{});
  s.logits.resize(tokens.size() * s.model->layers.back().width);
  s.tokens = tokens;
  s.caches = caches;
  s.apart = true;
  s.run_chunk(true, s.logits.data());
  for (KvCache& cache : caches) ++cache.length_;
  return s.logits;
}

void Reference::forward_part(std::span<const int> tokens, KvCache& cache, std::size_t begin, std::size_t end,
                             LiveValues& live) {
  State& s = *state_;
  const auto& layers = s.model->layers;
  ensure(begin <= end && end < layers.size() && cache.length() == 0, "layers before the head, a window's beginning");
  s.check(tokens, cache);
  s.prepare_rope(tokens.size());
  LiveValues next;
  for (std::size_t i = end; i < layers.size(); ++i) {
    for (const Value& value : layers[i].inputs) {
      const auto from = static_cast<std::size_t>(value.layer);
      if (from < end) next[from].resize(tokens.size() * layers[from].width);
    }
  }
  s.caches = {&cache, 1};
  s.apart = false;
  for (std::size_t done = 0; done < tokens.size(); done += s.tokens.size()) {
    s.tokens = tokens.subspan(done, std::min(chunk_tokens, tokens.size() - done));
    s.first = done;
    s.make_room();
    s.move_rows<true>(live, done);
    s.run_layers(begin, end, false, nullptr);
    s.move_rows<false>(next, done);
  }
  live = std::move(next);
}

void Reference::observe(SeenInputs seen) {
  state_->seen = std::move(seen);
}

std::span<const LayerTime> Reference::times() const {
  return state_->times;
}

}  // namespace godwit
