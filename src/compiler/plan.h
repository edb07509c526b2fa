#pragma once
// The model's graph as steps of the machine: what is fused, what lies in place, which matrices there are. Nothing of a
// card but its number of slices is known here, and no address.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/coding.h"
#include "compiler/compile.h"
#include "compiler/matrix_source.h"
#include "isa/generated.h"
#include "model/graph.h"

namespace godwit::compiler {

/// A buffer, a matrix or a norm: number `index` of the block it is used in, or of the whole program.
struct Ref {
  bool local = false;
  int index = -1;
  friend bool operator==(const Ref&, const Ref&) = default;
};

namespace step {

struct Embed {
  Ref to;
  friend bool operator==(const Embed&, const Embed&) = default;
};
/// Adds the rows of the positions.
struct Position {
  Ref from;
  Ref to;
  friend bool operator==(const Position&, const Position&) = default;
};
struct Norm {
  Ref norm;
  Ref from;
  Ref to;
  isa::Norm kind = isa::Norm::layer;
  std::uint32_t epsilon = 0;  // 32 fraction bits
  friend bool operator==(const Norm&, const Norm&) = default;
};
/// Reals to digits.
struct Quantise {
  Ref from;
  Ref to;
  bool two_digits = true;
  friend bool operator==(const Quantise&, const Quantise&) = default;
};
struct Product {
  Ref matrix;
  Ref from;  // digits
  Ref to;
  isa::Activation activation = isa::Activation::none;
  isa::Combine combine = isa::Combine::none;
  Ref other;
  friend bool operator==(const Product&, const Product&) = default;
};
/// K, V and Q of all heads, the cache, scores, softmax and mix.
struct Attend {
  std::array<Ref, 3> matrices;  // of K, of V, of Q; the same where they share one, whose rows have this order
  Ref from;                     // digits
  Ref to;
  friend bool operator==(const Attend&, const Attend&) = default;
};
struct Combine {
  isa::Activation activation = isa::Activation::none;
  isa::Combine combine = isa::Combine::none;
  Ref from;
  Ref other;
  Ref to;
  friend bool operator==(const Combine&, const Combine&) = default;
};
struct Head {
  Ref matrix;
  Ref from;  // digits
  friend bool operator==(const Head&, const Head&) = default;
};

}  // namespace step

using Step = std::variant<step::Embed, step::Position, step::Norm, step::Quantise, step::Product, step::Attend,
                          step::Combine, step::Head>;

/// `width` reals a token, or their digits.
struct Buffer {
  enum class Kind { reals, one_digit, two_digits } kind = Kind::reals;
  std::string name;
  std::size_t width = 0;
};
/// By kind and width: names hold block numbers.
inline bool alike(const Buffer& a, const Buffer& b) {
  return a.kind == b.kind && a.width == b.width;
}

struct MatrixPlan {
  MatrixSource source;
  Coding coding;
  isa::Descriptor descriptor;  // without offset
};
struct NormPlan {
  std::string name;
  Tensor weight;
  std::optional<Tensor> bias;
  bool biased = true;  // LayerNorm reads biases, zeros where the model has none; RMSNorm reads none
};

/// What lies or runs together: a transformer block, or what stands before or after all blocks.
struct Section {
  std::vector<Step> steps;
  std::vector<Buffer> buffers;
  std::vector<MatrixPlan> matrices;
  std::vector<NormPlan> norms;
};

struct AttentionShape {
  std::uint32_t heads = 0;
  std::uint32_t kv_heads = 0;
  std::uint32_t head_dim = 0;    // filled up to whole blocks of 16
  std::uint32_t turned_dim = 0;  // 0: no rotary embedding
  [[nodiscard]] std::uint32_t sharing() const { return heads / kv_heads; }
  [[nodiscard]] std::uint32_t kv_rows() const { return kv_heads * head_dim; }
  [[nodiscard]] std::uint32_t query_rows() const { return heads * head_dim; }
};

struct Plan {
  Section shared;  // steps: none; buffers, matrices and norms that are of no block
  std::vector<Step> before;
  std::vector<Section> blocks;
  std::vector<Step> after;  // up to the head
  std::vector<Step> head;   // stream and product of the head
  AttentionShape attention;
  Tensor embedding;                 // [vocabulary, width]
  std::optional<Tensor> positions;  // [rows, hidden]
  std::size_t position_offset = 0;  // row of position 0
  bool alike = false;               // all blocks have the same steps and shapes, and there are several
};

/// Throws UserError for a model that the machine cannot run, with what it would need.
Plan plan_model(const Model& model, const CompileOptions& options, int slices);

/// The steps as text, a line each.
std::string text_of(const Plan& plan);

}  // namespace godwit::compiler
