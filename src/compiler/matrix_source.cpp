#include "compiler/matrix_source.h"

#include <algorithm>

#include "base/error.h"
#include "isa/generated.h"

namespace godwit::compiler {

bool MatrixSource::has_bias() const {
  return std::ranges::any_of(parts, [](const MatrixPart& part) { return part.bias.has_value(); });
}

bool MatrixSource::has_weights() const {
  return std::ranges::all_of(parts, [](const MatrixPart& part) { return part.weight.tensor.present(); });
}

int MatrixSource::padded_inputs() const {
  const std::size_t own = columns.empty() ? inputs : columns.size();
  return static_cast<int>((own + isa::block_inputs - 1) / isa::block_inputs * isa::block_inputs);
}

MatrixSource plain_source(std::string name, const Matrix& weight, const std::optional<Tensor>& bias) {
  MatrixSource source;
  source.name = std::move(name);
  source.parts.push_back({.weight = weight, .bias = bias});
  source.inputs = weight.inputs();
  source.rows.resize(weight.outputs());
  for (std::uint32_t r = 0; r < source.rows.size(); ++r) source.rows[r] = {.part = 0, .row = r};
  return source;
}

SourceReader::SourceReader(const MatrixSource& source) : source_(source) {
  for (const MatrixPart& part : source.parts) {
    biases_.push_back(part.bias ? to_floats(*part.bias) : std::vector<float>());
    const auto same = [&](const MatrixPart& other) {
      return other.weight.tensor.data.data() == part.weight.tensor.data.data();
    };
    const auto first = std::ranges::find_if(source.parts, same) - source.parts.begin();
    if (first < std::ssize(turned_)) {
      turned_.push_back(turned_[static_cast<std::size_t>(first)]);
    } else {
      turned_.push_back(part.weight.input_major ? turned(part.weight) : nullptr);
    }
  }
}

/// [inputs][outputs] to [outputs][inputs], a tile at a time.
std::shared_ptr<const std::vector<float>> SourceReader::turned(const Matrix& matrix) {
  constexpr std::size_t tile = 16;
  const std::size_t outputs = matrix.outputs();
  const std::size_t inputs = matrix.inputs();
  auto out = std::make_shared<std::vector<float>>(outputs * inputs);
  std::vector<float> stored(tile * outputs);
  for (std::size_t first = 0; first < inputs; first += tile) {
    const std::size_t count = std::min(tile, inputs - first);
    for (std::size_t i = 0; i < count; ++i) {
      read_row(matrix.tensor, first + i, std::span(stored).subspan(i * outputs, outputs));
    }
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t i = 0; i < count; ++i) (*out)[o * inputs + first + i] = stored[i * outputs + o];
    }
  }
  return out;
}

void SourceReader::part_row(const SourceRow& at, std::span<float> out) const {
  const auto part = static_cast<std::size_t>(at.part);
  const MatrixPart& from = source_.parts[part];
  if (from.weight.input_major) {
    std::copy_n(turned_[part]->begin() + static_cast<std::ptrdiff_t>(at.row * out.size()), out.size(), out.begin());
  } else {
    read_row(from.weight.tensor, at.row, out);
  }
  if (from.factor == 1) return;
  for (float& w : out) w = static_cast<float>(from.factor * static_cast<double>(w));
}

void SourceReader::row(std::size_t row, std::span<float> out) const {
  ensure(out.size() == static_cast<std::size_t>(source_.padded_inputs()), "a row has all inputs of its matrix");
  const SourceRow& at = source_.rows[row];
  std::ranges::fill(out, 0.0F);
  if (at.part < 0) return;
  if (source_.columns.empty()) {
    part_row(at, out.first(source_.inputs));
    return;
  }
  std::vector<float> own(source_.inputs);
  part_row(at, own);
  for (std::size_t i = 0; i < source_.columns.size(); ++i) {
    if (source_.columns[i] >= 0) out[i] = own[static_cast<std::size_t>(source_.columns[i])];
  }
}

double SourceReader::bias(std::size_t row) const {
  const SourceRow& at = source_.rows[row];
  if (at.part < 0) return 0;
  const auto part = static_cast<std::size_t>(at.part);
  if (biases_[part].empty()) return 0;
  return source_.parts[part].factor * static_cast<double>(biases_[part][at.row]);
}

}  // namespace godwit::compiler
