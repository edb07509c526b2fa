#include "compress/rotate.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "compress/model_edit.h"
#include "compress/rotation.h"

namespace godwit::compress {
namespace {

/// Which layers make up the residual stream, add to it and read it. Numbers of layers.
struct Stream {
  std::vector<std::size_t> tables;   // Embedding and PositionEmbedding
  std::vector<std::size_t> writers;  // Linear
  std::vector<std::size_t> norms;
};

[[noreturn]] void refuse(const Layer& layer, const std::string& what) {
  throw UserError({.what = what,
                   .where = fmt::format("layer '{}'", layer.name),
                   .expected = "a residual stream that only norms read, each read by matrices alone, and to which only "
                               "tables and matrices add",
                   .remedy = "compress this model without rotation"});
}

bool whole(const Model& model, const Value& value) {
  return value.offset == 0 && value.width == model.layers[static_cast<std::size_t>(value.layer)].width;
}

template <class Operation>
Operation* as(Model& model, std::size_t layer) {
  return std::get_if<Operation>(&model.layers[layer].operation);
}

Stream find_stream(const Model& model, const std::vector<std::vector<std::size_t>>& readers) {
  Stream stream;
  std::vector<bool> inside(model.layers.size());
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    const auto reads = [&](const Value& value) { return inside[static_cast<std::size_t>(value.layer)]; };
    if (std::holds_alternative<Embedding>(layer.operation)) {
      stream.tables.push_back(i);
      inside[i] = true;
      continue;
    }
    if (std::ranges::none_of(layer.inputs, reads)) continue;
    if (!std::ranges::all_of(layer.inputs, [&](const Value& v) { return whole(model, v); })) {
      refuse(layer, "a layer reads a part of the residual stream");
    }
    if (std::holds_alternative<PositionEmbedding>(layer.operation)) {
      stream.tables.push_back(i);
      inside[i] = true;
    } else if (std::holds_alternative<Norm>(layer.operation)) {
      for (const std::size_t reader : readers[i]) {
        const Layer& next = model.layers[reader];
        if (!std::holds_alternative<Linear>(next.operation))
          refuse(next, "a norm is read by something else than a matrix");
        if (!whole(model, next.inputs.front())) refuse(next, "a matrix reads a part of a norm");
      }
      stream.norms.push_back(i);
    } else if (std::holds_alternative<Add>(layer.operation)) {
      for (const Value& value : layer.inputs) {
        if (reads(value)) continue;
        const auto writer = static_cast<std::size_t>(value.layer);
        if (!std::holds_alternative<Linear>(model.layers[writer].operation) || readers[writer].size() != 1) {
          refuse(layer, "something else than a matrix adds to the residual stream");
        }
        stream.writers.push_back(writer);
      }
      inside[i] = true;
    } else {
      refuse(layer, "a layer reads the residual stream without a norm");
    }
  }
  return stream;
}

Tensor ones(const Tensor& like) {
  return own_tensor(like.name, like.shape, std::vector<float>(like.elements(), 1.0F));
}

/// A norm's weight and bias go into the matrices that read it.
void fold_norm(Model& model, std::size_t index, const std::vector<std::size_t>& readers) {
  Norm& norm = *as<Norm>(model, index);
  const auto weight = numbers_of(norm.weight);
  const std::size_t n = weight.size();
  for (const std::size_t reader : readers) {
    Linear& linear = *as<Linear>(model, reader);
    auto rows = rows_of(linear.weight);
    if (norm.bias) {
      const auto shift = numbers_of(*norm.bias);
      std::vector<double> bias(linear.weight.outputs());
      if (linear.bias) bias = numbers_of(*linear.bias);
      for (std::size_t o = 0; o < bias.size(); ++o) {
        bias[o] +=
            std::inner_product(shift.begin(), shift.end(), rows.begin() + static_cast<std::ptrdiff_t>(o * n), 0.0);
      }
      if (!linear.bias) {
        linear.bias = own_tensor(model.layers[reader].name + ".bias", {bias.size()}, std::vector<float>(bias.size()));
      }
      set_numbers(*linear.bias, bias);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] *= weight[i % n];
    if (linear.head && model.config.tied_head) linear.weight.tensor.name = model.layers[reader].name + ".weight";
    set_rows(linear.weight, rows);
    if (linear.head) model.config.tied_head = false;
  }
  norm.weight = ones(norm.weight);
  norm.bias.reset();
}

void centre(std::span<double> x) {
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
  for (double& v : x) v -= mean;
}

/// What is added to the stream loses its mean, so that layer norms, which would take it off, are RMS norms.
void centre_stream(Model& model, const Stream& stream) {
  const auto centre_table = [](Tensor& table) {
    auto numbers = numbers_of(table);
    const std::size_t width = table.columns();
    for (std::size_t r = 0; r < numbers.size(); r += width) centre(std::span(numbers).subspan(r, width));
    set_numbers(table, numbers);
  };
  for (const std::size_t i : stream.tables) {
    if (auto* embedding = as<Embedding>(model, i)) centre_table(embedding->table);
    if (auto* position = as<PositionEmbedding>(model, i)) centre_table(position->table);
  }
  for (const std::size_t i : stream.writers) {
    Linear& linear = *as<Linear>(model, i);
    auto rows = rows_of(linear.weight);
    const std::size_t inputs = linear.weight.inputs();
    std::vector<double> mean(inputs);
    for (std::size_t k = 0; k < rows.size(); ++k) mean[k % inputs] += rows[k];
    for (std::size_t k = 0; k < rows.size(); ++k) {
      rows[k] -= mean[k % inputs] / static_cast<double>(linear.weight.outputs());
    }
    set_rows(linear.weight, rows);
    if (!linear.bias) continue;
    auto bias = numbers_of(*linear.bias);
    centre(bias);
    set_numbers(*linear.bias, bias);
  }
  for (const std::size_t i : stream.norms) as<Norm>(model, i)->kind = Norm::Kind::rms;
  model.config.rms_norms = true;
}

/// The configuration says which matrices have biases: of OPT's all but the head, or none.
void note_biases(Model& model) {
  bool some = false;
  std::vector<std::size_t> without;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Linear* linear = as<Linear>(model, i);
    if (linear == nullptr) continue;
    if (linear->head) {
      model.config.head_bias = linear->bias.has_value();
    } else if (linear->bias) {
      some = true;
    } else {
      without.push_back(i);
    }
  }
  if (!some || model.config.architecture != Architecture::opt) return;
  model.config.attention_bias = true;
  for (const std::size_t i : without) {
    Linear& linear = *as<Linear>(model, i);
    const std::size_t outputs = linear.weight.outputs();
    linear.bias = own_tensor(model.layers[i].name + ".bias", {outputs}, std::vector<float>(outputs));
  }
}

void turn_bias(std::optional<Tensor>& bias, const Rotation& q, std::size_t first, std::size_t count) {
  if (!bias) return;
  auto numbers = numbers_of(*bias);
  for (std::size_t i = first; i < first + count; i += q.size()) q.apply(std::span(numbers).subspan(i, q.size()));
  set_numbers(*bias, numbers);
}

void rotate_stream(Model& model, const std::vector<std::vector<std::size_t>>& readers, std::uint64_t seed,
                   ThreadPool& pool) {
  const Stream stream = find_stream(model, readers);
  for (const std::size_t i : stream.norms) fold_norm(model, i, readers[i]);
  note_biases(model);
  if (std::ranges::any_of(stream.norms, [&](std::size_t i) { return as<Norm>(model, i)->kind == Norm::Kind::layer; })) {
    centre_stream(model, stream);
  }
  const Rotation q(model.layers[stream.tables.front()].width, seed);
  const auto turn_table = [&](Tensor& table) {
    auto numbers = numbers_of(table);
    q.apply_rows(numbers, pool);
    set_numbers(table, numbers);
  };
  for (const std::size_t i : stream.tables) {
    if (auto* embedding = as<Embedding>(model, i)) turn_table(embedding->table);
    if (auto* position = as<PositionEmbedding>(model, i)) turn_table(position->table);
  }
  for (const std::size_t i : stream.writers) {
    Linear& linear = *as<Linear>(model, i);
    auto rows = rows_of(linear.weight);
    q.apply_columns(rows, linear.weight.inputs(), pool);
    set_rows(linear.weight, rows);
    turn_bias(linear.bias, q, 0, q.size());
  }
  for (const std::size_t norm : stream.norms) {
    for (const std::size_t i : readers[norm]) {
      Linear& linear = *as<Linear>(model, i);
      auto rows = rows_of(linear.weight);
      q.apply_rows(rows, pool);
      set_rows(linear.weight, rows);
    }
  }
}

/// Each head of the values of attention layer `index`, and the inputs of the matrix behind it.
void rotate_values(Model& model, std::size_t index, const std::vector<std::vector<std::size_t>>& readers,
                   std::uint64_t seed, ThreadPool& pool) {
  const Attention attention = *as<Attention>(model, index);
  const Value from = model.layers[index].inputs[2];
  const auto source = static_cast<std::size_t>(from.layer);
  Linear* values = as<Linear>(model, source);
  Linear* behind = readers[index].size() == 1 ? as<Linear>(model, readers[index].front()) : nullptr;
  if (values == nullptr || behind == nullptr) refuse(model.layers[index], "values do not lie between two matrices");

  const Rotation q(attention.head_dim, seed);
  auto rows = rows_of(values->weight);
  const std::size_t inputs = values->weight.inputs();
  for (std::size_t h = 0; h < attention.kv_heads; ++h) {
    const std::size_t first = from.offset + h * attention.head_dim;
    q.apply_columns(std::span(rows).subspan(first * inputs, attention.head_dim * inputs), inputs, pool);
  }
  set_rows(values->weight, rows);
  turn_bias(values->bias, q, from.offset, attention.kv_heads * attention.head_dim);
  auto columns = rows_of(behind->weight);
  q.apply_rows(columns, pool);
  set_rows(behind->weight, columns);
}

}  // namespace

std::shared_ptr<const Model> rotate(const Model& model, const RotateOptions& options, ThreadPool& pool) {
  ensure(model.has_weights, "a model to rotate has weights");
  auto turned = std::make_shared<Model>(model);
  const auto readers = readers_of(model);
  if (options.stream) rotate_stream(*turned, readers, options.seed, pool);
  if (options.values) {
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      if (!std::holds_alternative<Attention>(model.layers[i].operation)) continue;
      rotate_values(*turned, i, readers, options.seed, pool);
    }
  }
  turned->config.transforms.rotation_seed = options.seed;
  return turned;
}

}  // namespace godwit::compress
