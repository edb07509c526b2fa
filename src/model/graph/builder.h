#pragma once
// What the families share when they write down a graph: a cursor that appends layers and hands back their values.

#include <string>
#include <vector>

#include "model/graph.h"
#include "model/graph/plan.h"

namespace godwit {

/// Writes a plan: names are given as in the checkpoint, with "{}" where the block's number goes.
class PlanWriter {
 public:
  void block(std::size_t number) { block_ = std::to_string(number); }
  void table(const char* name, const char* gguf, std::size_t rows, std::size_t width);
  /// A matrix "NAME.weight" and, if asked for, its "NAME.bias".
  void linear(const char* name, const char* gguf, std::size_t outputs, std::size_t inputs, bool bias,
              bool conv1d = false);
  void norm(const char* name, const char* gguf, std::size_t width, bool bias);
  std::vector<TensorSpec> take() { return std::move(specs_); }

 private:
  void add(const std::string& name, const std::string& gguf, std::vector<std::size_t> shape, TensorSpec::Role role,
           bool conv1d = false);

  std::string block_;
  std::vector<TensorSpec> specs_;
};

/// Writes a graph: each call appends a layer and returns the value it gives. Names with "{}" as in PlanWriter.
class GraphWriter {
 public:
  explicit GraphWriter(const Weights& weights) : weights_(weights) {}

  void block(int number) { block_ = number; }
  Value embedding(const char* name);
  Value position(const char* name, Value in, std::size_t offset);
  Value norm(const char* name, Value in, Norm::Kind kind, double epsilon);
  Value linear(const char* name, Value in);
  /// The head "lm_head" over the matrix "NAME.weight", with "lm_head.bias" where there is one.
  Value head(const char* name, Value in);
  Value rope(const char* name, Value in, std::size_t head_dim, std::size_t turned_dim, bool interleaved);
  Value attention(const char* name, Value q, Value k, Value v, const Attention& attention);
  Value activate(const char* name, Value in, Activation function);
  Value multiply(const char* name, Value a, Value b);
  Value add(const char* name, Value residual, Value branch);
  std::vector<Layer> take() { return std::move(layers_); }

 private:
  [[nodiscard]] std::string full(const char* name) const;
  [[nodiscard]] const Tensor* find(const std::string& name) const;
  [[nodiscard]] const Tensor& get(const std::string& name) const;
  Value append(std::string name, Operation operation, std::vector<Value> inputs, std::size_t width);

  const Weights& weights_;
  int block_ = -1;
  std::vector<Layer> layers_;
};

/// Columns [part * width, (part + 1) * width) of a value: one of several that a fused matrix gives.
inline Value slice(Value whole, std::size_t part, std::size_t width) {
  return {.layer = whole.layer, .offset = whole.offset + part * width, .width = width};
}

}  // namespace godwit
