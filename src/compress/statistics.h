#pragma once
// What calibration text gives the inputs of each matrix.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "compress/compressor.h"
#include "model/graph.h"

namespace godwit::compress {

/// Adds tokens to statistics; memory is kept from call to call. A piece is summed in fp32 (a few hundred tokens at a
/// time lose nothing that matters), pieces in double.
class InputSums {
 public:
  explicit InputSums(ThreadPool& pool) : pool_(pool) {}
  /// `rows` [tokens][inputs]; statistics without inputs take theirs from them.
  void add(InputStatistics& statistics, std::span<const float> rows, std::size_t tokens);

 private:
  ThreadPool& pool_;
  std::vector<float> turned_;    // [inputs][tokens]
  std::vector<float> part_;      // [tokens][some inputs]
  std::vector<float> products_;  // [inputs][inputs]
};

struct Calibration {
  std::span<const std::int32_t> tokens;
  std::size_t context = 512;                         // tokens of a window
  std::function<bool(std::size_t layer)> wanted;     // which Linears; empty: all
  std::function<void(std::size_t tokens)> progress;  // called with more tokens done; may be empty
};

/// [layers of the model]; null where a layer is no Linear or none that is wanted. Linears that read the same value
/// share. One takes 8 bytes x inputs^2.
using LayerStatistics = std::vector<std::shared_ptr<const InputStatistics>>;
LayerStatistics collect_statistics(const Model& model, const Calibration& calibration, ThreadPool& pool);

/// Those of inputs in another order: `columns[i]` is the old input of the i-th, -1 for one that is always zero.
InputStatistics arranged(const InputStatistics& statistics, std::span<const std::int32_t> columns);

/// The largest magnitude of every input of every Linear: [layers][inputs], empty where a layer is none. `wanted` is not
/// asked.
std::vector<std::vector<float>> input_maxima(const Model& model, const Calibration& calibration, ThreadPool& pool);

}  // namespace godwit::compress
