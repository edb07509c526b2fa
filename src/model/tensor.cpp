#include "model/tensor.h"

#include <array>
#include <cmath>
#include <cstring>
#include <fmt/ranges.h>

#include "base/error.h"
#include "model/blocks.h"
#include "model/coded_matrix.h"
#include "model/half.h"

namespace godwit {
namespace {

// In the order of DType.
constexpr std::array<DTypeInfo, 12> types = {{
    {.name = "F32", .block_elements = 1, .block_bytes = 4},
    {.name = "F16", .block_elements = 1, .block_bytes = 2},
    {.name = "BF16", .block_elements = 1, .block_bytes = 2},
    {.name = "Q8_0", .block_elements = 32, .block_bytes = 34},
    {.name = "Q4_0", .block_elements = 32, .block_bytes = 18},
    {.name = "Q4_1", .block_elements = 32, .block_bytes = 20},
    {.name = "Q5_0", .block_elements = 32, .block_bytes = 22},
    {.name = "Q5_1", .block_elements = 32, .block_bytes = 24},
    {.name = "Q4_K", .block_elements = 256, .block_bytes = 144},
    {.name = "Q5_K", .block_elements = 256, .block_bytes = 176},
    {.name = "Q6_K", .block_elements = 256, .block_bytes = 210},
    {.name = "coded", .block_elements = 1, .block_bytes = 1},  // sizes are the matrix's own
}};

template <class Convert>
void widen(const std::byte* in, std::span<float> out, const Convert& convert) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, in + 2 * i, 2);
    out[i] = convert(bits);
  }
}

}  // namespace

const DTypeInfo& info(DType type) {
  return types.at(static_cast<std::size_t>(type));
}

std::size_t Tensor::elements() const {
  std::size_t product = 1;
  for (const std::size_t n : shape) product *= n;
  return product;
}

std::size_t Tensor::rows() const {
  return columns() == 0 ? 0 : elements() / columns();
}

std::size_t Tensor::bytes() const {
  if (coded) return coded->bytes();
  return elements() / info(type).block_elements * info(type).block_bytes;
}

Tensor coded_tensor(std::string name, std::shared_ptr<const CodedMatrix> matrix) {
  return {.name = std::move(name),
          .type = DType::coded,
          .shape = {matrix->rows, matrix->inputs},
          .data = std::as_bytes(matrix->codes),
          .owner = matrix,
          .coded = std::move(matrix)};
}

std::string describe(const Tensor& tensor) {
  return fmt::format("{} [{}]", tensor.coded ? coding_text(*tensor.coded) : std::string(info(tensor.type).name),
                     fmt::join(tensor.shape, ", "));
}

void read_row(const Tensor& tensor, std::size_t row, std::span<float> out) {
  const std::size_t columns = tensor.columns();
  ensure(tensor.present(), "read_row of a tensor without data");
  ensure(row < tensor.rows() && out.size() == columns, "read_row outside its tensor");
  if (tensor.coded) return read_coded_row(*tensor.coded, row, out);
  const DTypeInfo& facts = info(tensor.type);
  const std::size_t blocks = columns / facts.block_elements;
  const std::byte* in = tensor.data.data() + row * blocks * facts.block_bytes;
  switch (tensor.type) {
    case DType::f32:
      std::memcpy(out.data(), in, out.size_bytes());
      return;
    case DType::f16:
      return widen(in, out, half_to_float);
    case DType::bf16:
      return widen(in, out, bfloat_to_float);
    default:
      return decode_blocks(tensor.type, in, blocks, out.data());
  }
}

std::vector<float> to_floats(const Tensor& tensor) {
  std::vector<float> out(tensor.elements());
  const std::size_t columns = tensor.columns();
  for (std::size_t row = 0; row < tensor.rows(); ++row) {
    read_row(tensor, row, std::span(out).subspan(row * columns, columns));
  }
  return out;
}

void check_finite(const Tensor& tensor) {
  std::vector<float> values(tensor.columns());
  for (std::size_t row = 0; row < tensor.rows(); ++row) {
    read_row(tensor, row, values);
    for (std::size_t column = 0; column < values.size(); ++column) {
      if (std::isfinite(values[column])) continue;
      throw UserError(
          {.what = fmt::format("a weight is {}", values[column]),
           .where = fmt::format("tensor '{}' ({}), row {}, column {}", tensor.name, describe(tensor), row, column),
           .expected = "finite numbers",
           .remedy = "the checkpoint is damaged or its training diverged: get it again, or another one"});
    }
  }
}

}  // namespace godwit
