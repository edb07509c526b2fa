#pragma once
// A tensor as it lies in a checkpoint: a name, a type, a shape and bytes that somebody else owns (a mapped file or a
// buffer). Nothing is converted on loading.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

struct CodedMatrix;

/// Element types. The block types are GGUF's: a row is cut into blocks of `block_elements`, each with its own scales.
/// `coded`: the machine's own codes, which the tensor's `coded` holds.
enum class DType : std::uint8_t { f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k, coded };

struct DTypeInfo {
  std::string_view name;       // "F32", "Q4_1", ... as checkpoints spell it
  std::size_t block_elements;  // 1 for plain types
  std::size_t block_bytes;
};

/// The facts of a type.
const DTypeInfo& info(DType type);

/// True for the block types and `coded`: their codes are kept as they are.
inline bool is_quantised(DType type) {
  return type >= DType::q8_0;
}

struct Tensor {
  std::string name;
  DType type = DType::f32;
  std::vector<std::size_t> shape;   // outermost first; the last dimension is contiguous
  std::span<const std::byte> data;  // empty when the model is only a shape
  std::shared_ptr<const void> owner;
  std::shared_ptr<const CodedMatrix> coded = nullptr;  // of that type: [rows, inputs]; `data` is then its codes

  [[nodiscard]] std::size_t elements() const;
  [[nodiscard]] std::size_t bytes() const;  // of the whole tensor in its own type, present or not
  [[nodiscard]] std::size_t rows() const;   // elements() / columns()
  [[nodiscard]] std::size_t columns() const { return shape.empty() ? 1 : shape.back(); }
  [[nodiscard]] bool present() const { return !data.empty(); }
};

/// The tensor of a coded matrix.
Tensor coded_tensor(std::string name, std::shared_ptr<const CodedMatrix> matrix);

/// "F16 [768, 2304]": for messages.
std::string describe(const Tensor& tensor);

/// Row `row` of a present tensor as fp32; `out` holds columns() floats. Exact for every type (the value of a quantised
/// block is defined in fp32).
void read_row(const Tensor& tensor, std::size_t row, std::span<float> out);

/// The whole tensor as fp32, row after row.
std::vector<float> to_floats(const Tensor& tensor);

/// Throws UserError, naming the tensor, the row and the column, if a weight of a present tensor is NaN or infinite.
void check_finite(const Tensor& tensor);

}  // namespace godwit
