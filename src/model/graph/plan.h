#pragma once
// The families of models. Each says which tensors a checkpoint of a given configuration holds (the plan) and how they
// become a graph; where the tensors come from (safetensors, GGUF, a shape, a seed) is the affair of src/model/format.

#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/config.h"
#include "model/graph.h"

namespace godwit {

/// A tensor that a checkpoint must hold.
struct TensorSpec {
  enum class Role { table, matrix, bias, norm };
  std::string name;  // Hugging Face's, without the prefix that some checkpoints have ("transformer.", "model.", ...)
  std::string gguf;  // llama.cpp's
  std::vector<std::size_t> shape;  // of a matrix: [outputs, inputs], however it is stored
  Role role = Role::matrix;
  bool conv1d = false;  // Hugging Face stores this matrix as [inputs, outputs]
};

/// All tensors of a model, in the order of transformers' named_parameters() (tied ones once): seeds count by it.
std::vector<TensorSpec> plan_tensors(const ModelConfig& config);

/// What a plan became: found by TensorSpec::name.
struct Weights {
  std::unordered_map<std::string, Tensor> tensors;
  std::unordered_set<std::string> conv1d;  // the matrices that lie as [inputs, outputs]
};

/// The layers of a model in execution order. Layers have the Hugging Face names; tensors keep their own.
std::vector<Layer> build_graph(const ModelConfig& config, const Weights& weights);

/// Throws UserError at `where` (a file or a shape) if the configuration cannot be a model: sizes zero or absurd, heads
/// that do not divide. Every reader of configurations ends with it, and fills in nothing afterwards.
void check_config(const ModelConfig& config, const std::string& where);

// The two functions above for each family; `plan_tensors` and `build_graph` choose.
std::vector<TensorSpec> plan_gpt2(const ModelConfig& config);
std::vector<TensorSpec> plan_llama(const ModelConfig& config);
std::vector<TensorSpec> plan_opt(const ModelConfig& config);
std::vector<Layer> build_gpt2(const ModelConfig& config, const Weights& weights);
std::vector<Layer> build_llama(const ModelConfig& config, const Weights& weights);
std::vector<Layer> build_opt(const ModelConfig& config, const Weights& weights);

}  // namespace godwit
