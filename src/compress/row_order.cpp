#include "compress/row_order.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "isa/generated.h"

namespace godwit::compress {
namespace {

constexpr std::size_t block = isa::block_inputs;

std::size_t whole_blocks(std::size_t n) {
  return (n + block - 1) / block * block;
}

/// Queries, keys or values: rows of a Linear from `offset` on.
struct Projection {
  std::size_t layer = 0;
  std::size_t offset = 0;
  const Rope* rope = nullptr;
};

class Collector {
 public:
  explicit Collector(const Model& model) : model_(model), fused_(model.layers.size()) {}

  std::vector<MachineMatrix> collect() {
    for (const Layer& layer : model_.layers) {
      if (std::holds_alternative<Attention>(layer.operation)) mark(layer);
    }
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      const Layer& layer = model_.layers[i];
      if (const auto* attention = std::get_if<Attention>(&layer.operation)) {
        if (const auto parts = projections(layer)) add_attention(layer, *attention, *parts);
      } else if (std::holds_alternative<Linear>(layer.operation) && !fused_[i]) {
        add_plain(i);
      }
    }
    return std::move(matrices_);
  }

 private:
  const Layer& at(int index) const { return model_.layers[static_cast<std::size_t>(index)]; }

  /// In the machine's order: keys, values, queries. Nothing where one of them is not what a Linear gives.
  std::optional<std::vector<Projection>> projections(const Layer& attention) const {
    std::vector<Projection> out;
    for (const std::size_t input : {1, 2, 0}) {
      Value value = attention.inputs.at(input);
      const auto* rope = std::get_if<Rope>(&at(value.layer).operation);
      if (rope != nullptr) {
        const Value& turned = at(value.layer).inputs.front();
        value = {.layer = turned.layer, .offset = turned.offset + value.offset, .width = value.width};
      }
      if (!std::holds_alternative<Linear>(at(value.layer).operation)) return {};
      out.push_back({.layer = static_cast<std::size_t>(value.layer), .offset = value.offset, .rope = rope});
    }
    return out;
  }

  void mark(const Layer& attention) {
    const auto parts = projections(attention);
    if (!parts) return;
    for (const Projection& part : *parts) fused_[part.layer] = true;
  }

  void add_layer(MachineMatrix& matrix, std::size_t layer) const {
    if (std::ranges::find(matrix.layers, layer) != matrix.layers.end()) return;
    const auto& linear = std::get<Linear>(model_.layers[layer].operation);
    matrix.layers.push_back(layer);
    matrix.inputs = linear.weight.inputs();
    matrix.bias = matrix.bias || linear.bias.has_value();
  }

  void add_plain(std::size_t index) {
    MachineMatrix matrix;
    matrix.name = model_.layers[index].name;
    add_layer(matrix, index);
    const std::size_t outputs = std::get<Linear>(model_.layers[index].operation).weight.outputs();
    for (std::uint32_t row = 0; row < outputs; ++row) {
      matrix.rows.push_back({.layer = static_cast<std::int32_t>(index), .row = row});
    }
    matrices_.push_back(std::move(matrix));
  }

  void add_attention(const Layer& layer, const Attention& attention, const std::vector<Projection>& parts) {
    MachineMatrix matrix;
    matrix.name = layer.name + ".kvq";
    const std::size_t queries = parts.size() - 1;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const Projection& part = parts[p];
      add_layer(matrix, part.layer);
      const std::size_t heads = p == queries ? attention.heads : attention.kv_heads;
      for (std::size_t head = 0; head < heads; ++head) {
        for (std::size_t place = 0; place < padded_head(attention.head_dim); ++place) {
          MachineRow row;
          if (place < attention.head_dim) {
            row.layer = static_cast<std::int32_t>(part.layer);
            row.row =
                static_cast<std::uint32_t>(part.offset + head * attention.head_dim + head_dimension(part.rope, place));
          }
          matrix.rows.push_back(row);
        }
      }
    }
    matrices_.push_back(std::move(matrix));
  }

  const Model& model_;
  std::vector<bool> fused_;  // [layers], Linears that attention reads
  std::vector<MachineMatrix> matrices_;
};

/// [outputs][inputs], whichever way it is stored.
std::vector<float> by_outputs(const Matrix& matrix) {
  std::vector<float> stored = to_floats(matrix.tensor);
  if (!matrix.input_major) return stored;
  const std::size_t outputs = matrix.outputs();
  const std::size_t inputs = matrix.inputs();
  std::vector<float> turned(stored.size());
  for (std::size_t i = 0; i < inputs; ++i) {
    for (std::size_t o = 0; o < outputs; ++o) turned[o * inputs + i] = stored[i * outputs + o];
  }
  return turned;
}

}  // namespace

std::size_t padded_head(std::size_t head_dim) {
  return whole_blocks(head_dim);
}

std::size_t head_dimension(const Rope* rope, std::size_t place) {
  if (rope == nullptr || rope->interleaved || place >= rope->turned_dim) return place;
  return place / 2 + place % 2 * (rope->turned_dim / 2);
}

int MachineMatrix::padded_inputs() const {
  return static_cast<int>(whole_blocks(inputs));
}

std::size_t MachineMatrix::weights() const {
  return inputs * static_cast<std::size_t>(std::ranges::count_if(rows, [](const auto& row) { return row.layer >= 0; }));
}

std::vector<MachineMatrix> machine_matrices(const Model& model) {
  return Collector(model).collect();
}

std::vector<float> read_weights(const Model& model, const MachineMatrix& matrix) {
  const auto width = static_cast<std::size_t>(matrix.padded_inputs());
  std::vector<float> out(matrix.rows.size() * width);
  for (const std::size_t layer : matrix.layers) {
    const Matrix& weight = std::get<Linear>(model.layers[layer].operation).weight;
    const std::vector<float> rows = by_outputs(weight);
    if (!std::ranges::all_of(rows, [](float w) { return std::isfinite(w); })) check_finite(weight.tensor);
    for (std::size_t r = 0; r < matrix.rows.size(); ++r) {
      if (matrix.rows[r].layer != static_cast<std::int32_t>(layer)) continue;
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(matrix.rows[r].row * matrix.inputs), matrix.inputs,
                  out.begin() + static_cast<std::ptrdiff_t>(r * width));
    }
  }
  return out;
}

}  // namespace godwit::compress
