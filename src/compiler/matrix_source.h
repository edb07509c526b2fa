#pragma once
// Where the rows and columns of a machine's matrix come from in the checkpoint: several tensors side by side, rows in
// another order, zeros where the machine wants more than the model has.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/graph.h"

namespace godwit::compiler {

struct MatrixPart {
  Matrix weight;
  std::optional<Tensor> bias;
  double factor = 1;  // multiplies weights and biases
};

struct SourceRow {
  std::int32_t part = -1;  // -1: a row of zeros
  std::uint32_t row = 0;
};

struct MatrixSource {
  std::string name;
  std::vector<MatrixPart> parts;
  std::vector<SourceRow> rows;
  std::vector<std::int32_t> columns;  // the part's input for each of ours, -1: zero; empty: the same inputs
  std::size_t inputs = 0;             // without filling up to blocks

  [[nodiscard]] bool has_bias() const;
  [[nodiscard]] bool has_weights() const;
  [[nodiscard]] int padded_inputs() const;  // whole blocks
};

/// All rows of one matrix as they are.
MatrixSource plain_source(std::string name, const Matrix& weight, const std::optional<Tensor>& bias);

/// Reads a source row by row in fp32. Matrices stored input by input are turned over once, in the constructor.
class SourceReader {
 public:
  explicit SourceReader(const MatrixSource& source);

  /// Row `row`, inputs filled up with zeros to whole blocks: `out` holds padded_inputs() floats. The factor is applied
  /// in double and rounded once. Any thread.
  void row(std::size_t row, std::span<float> out) const;
  /// Bias of a row, zero where there is none.
  [[nodiscard]] double bias(std::size_t row) const;

 private:
  static std::shared_ptr<const std::vector<float>> turned(const Matrix& matrix);
  void part_row(const SourceRow& at, std::span<float> out) const;

  const MatrixSource& source_;
  // [parts] [outputs][inputs], null where the tensor lies like that; parts of one tensor share it.
  std::vector<std::shared_ptr<const std::vector<float>>> turned_;
  std::vector<std::vector<float>> biases_;  // [parts]
};

}  // namespace godwit::compiler
