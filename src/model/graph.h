#pragma once
// A model as a graph of named, typed layers in execution order: what the fp32 reference runs, the compiler lowers and
// `inspect` and `profile` count. A value is a row of `width` reals for every token.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/config.h"
#include "model/tensor.h"

namespace godwit {

/// A weight matrix that maps `inputs` reals to `outputs` reals: y[o] = sum_i w[o][i] x[i].
struct Matrix {
  Tensor tensor;
  bool input_major = false;  // stored [inputs][outputs] (GPT-2's Conv1D), else [outputs][inputs]
  [[nodiscard]] std::size_t outputs() const { return tensor.shape.at(input_major ? 1 : 0); }
  [[nodiscard]] std::size_t inputs() const { return tensor.shape.at(input_major ? 0 : 1); }
};

/// Columns [offset, offset + width) of what layer `layer` gives.
struct Value {
  int layer = -1;
  std::size_t offset = 0;
  std::size_t width = 0;
};

struct Embedding {  // token id -> row of the table; no input
  Tensor table;     // [vocabulary, width]
};
struct PositionEmbedding {  // adds row (position + offset) of the table to its input
  Tensor table;             // [context + offset, width]
  std::size_t offset = 0;
};
struct Norm {
  enum class Kind { layer, rms } kind = Kind::layer;
  Tensor weight;               // [width]
  std::optional<Tensor> bias;  // [width], layer norm only
  double epsilon = 1e-5;
};
struct Linear {
  Matrix weight;
  std::optional<Tensor> bias;  // [outputs]
  bool head = false;           // gives the logits; the only layer that may be skipped for a token
};
struct Rope {  // turns each head of its input by the token's position
  std::size_t heads = 0;
  std::size_t head_dim = 0;
  std::size_t turned_dim = 0;  // the first dimensions of each head turn, the rest pass
  bool interleaved = false;
};
struct Attention {  // inputs q, k, v; causal, k and v appended to the cache of layer `block`
  std::size_t heads = 0;
  std::size_t kv_heads = 0;
  std::size_t head_dim = 0;
  double scale = 1;  // multiplies q.k
};
struct Activate {  // elementwise
  Activation function = Activation::gelu_tanh;
};
struct Multiply {};  // elementwise product of two inputs (SwiGLU)
struct Add {};       // residual: sum of two inputs

using Operation = std::variant<Embedding, PositionEmbedding, Norm, Linear, Rope, Attention, Activate, Multiply, Add>;

struct Layer {
  std::string name;  // "h.3.attn.c_attn": Hugging Face's where there is one; tensors have the checkpoint's own
  int block = -1;    // which transformer block, -1 outside
  Operation operation;
  std::vector<Value> inputs;
  std::size_t width = 0;  // reals a token that it gives
};

/// "linear", "attention", ...: for tables and JSON.
std::string_view kind_name(const Operation& operation);

class Tokenizer;

struct Model {
  ModelConfig config;
  std::vector<Layer> layers;                   // each reads only earlier ones; the last is the head
  std::shared_ptr<const Tokenizer> tokenizer;  // null for a shape
  std::string chat_template;                   // Jinja source, empty if there is none
  bool has_weights = false;

  [[nodiscard]] std::size_t parameters() const;  // as transformers counts them: a tied head once
};

/// Multiply-accumulates of one layer for one token that attends to `context` positions.
std::size_t macs(const Layer& layer, std::size_t context);

/// Angle a position for each pair of dimensions of a rotary embedding, and what cos and sin are multiplied by.
/// `context` is the length being run: the dynamic and longrope variants depend on it. Formulas: transformers,
/// modeling_rope_utils.
struct RopeTable {
  std::vector<double> frequencies;  // turned_dim / 2
  double magnitude = 1;
};
RopeTable rope_table(const ModelConfig& config, std::size_t context);

}  // namespace godwit
