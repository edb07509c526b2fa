#pragma once
// The rows of the machine's matrices: which Linears of a model lie side by side in one, and in what order, for eight
// neighbours there share what is said a block (N of 16 inputs). The compiler lays rows out by the same functions.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/graph.h"

namespace godwit::compress {

/// Rows of a head in the machine: its dimensions, filled up to whole blocks of 16.
std::size_t padded_head(std::size_t head_dim);
/// Which dimension of a head stands at place `place` < head_dim of the machine's: pairs that turn together are
/// neighbours there. `rope` is null where nothing turns.
std::size_t head_dimension(const Rope* rope, std::size_t place);

struct MachineRow {
  std::int32_t layer = -1;  // of the model, a Linear; -1: a row of zeros
  std::uint32_t row = 0;    // of its outputs
  friend bool operator==(const MachineRow&, const MachineRow&) = default;
};

/// One Linear, or keys, values and queries of an attention (GPT-2 has them in one Linear, LLaMA in three).
struct MachineMatrix {
  std::string name;                 // the Linear's; "h.0.attn.kvq"
  std::vector<std::size_t> layers;  // its Linears, which all have the same input
  std::vector<MachineRow> rows;
  std::size_t inputs = 0;
  bool bias = false;

  [[nodiscard]] int padded_inputs() const;  // whole blocks
  /// Weights of the model in it: without rows and inputs of padding.
  [[nodiscard]] std::size_t weights() const;
};

/// All matrices of a model in the order in which they run.
std::vector<MachineMatrix> machine_matrices(const Model& model);

/// The weights [rows][padded_inputs()], zeros where there are none. Throws UserError for one that is not finite.
std::vector<float> read_weights(const Model& model, const MachineMatrix& matrix);

}  // namespace godwit::compress
