#include "model/tensor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

#include "base/file.h"
#include "model/complaint_test_support.h"
#include "model/format/gguf.h"
#include "model/half.h"

namespace godwit {
namespace {

// Python's gguf package decoded the same blocks (tests/references/make_tiny_models.py).
TEST(Tensor, EveryTypeDecodesAsTheGgufPackageDoes) {
  constexpr std::size_t values_per_type = 1024;
  const auto file = MappedFile::open(test_data("models-gguf/types.gguf"));
  const GgufFile gguf = GgufFile::parse(file->bytes(), "types.gguf", file);
  const std::string raw = read_text(test_data("models-gguf/types.f32"));
  std::size_t next = 0;
  for (const char* name : {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"}) {
    SCOPED_TRACE(name);
    const Tensor& tensor = gguf.tensors().at(name).tensor;
    EXPECT_EQ(info(tensor.type).name, name);
    EXPECT_EQ(tensor.shape, (std::vector<std::size_t>{2, 512}));
    const std::vector<float> mine = to_floats(tensor);
    ASSERT_EQ(mine.size(), values_per_type);
    std::vector<float> expected(values_per_type);
    std::memcpy(expected.data(), raw.data() + next, values_per_type * sizeof(float));
    next += values_per_type * sizeof(float);
    for (std::size_t i = 0; i < values_per_type; ++i) {
      if (std::isnan(expected[i]) && std::isnan(mine[i])) continue;  // conversions may quiet a NaN
      ASSERT_EQ(std::bit_cast<std::uint32_t>(mine[i]), std::bit_cast<std::uint32_t>(expected[i])) << "value " << i;
    }
  }
  EXPECT_EQ(next, raw.size());
}

TEST(Tensor, EveryHalfIsExact) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const int exponent = static_cast<int>((bits >> 10) & 31U);
    const int fraction = static_cast<int>(bits & 1023U);
    double expected = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    if (exponent == 31) {
      expected = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    }
    const auto half = half_to_float(static_cast<std::uint16_t>(bits));
    ASSERT_EQ(std::signbit(half), bits >= 0x8000) << bits;
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(half)) << bits;
    } else {
      ASSERT_EQ(std::abs(half), expected) << bits;
    }
  }
}

Tensor float_tensor(const std::vector<float>& values, std::vector<std::size_t> shape) {
  return {.name = "w",
          .type = DType::f32,
          .shape = std::move(shape),
          .data = std::as_bytes(std::span(values)),
          .owner = {}};
}

TEST(Tensor, SizesAndDescription) {
  const Tensor matrix{.name = "w", .type = DType::q4_1, .shape = {4, 64}, .data = {}, .owner = {}};
  EXPECT_EQ(matrix.elements(), 256U);
  EXPECT_EQ(matrix.rows(), 4U);
  EXPECT_EQ(matrix.columns(), 64U);
  EXPECT_EQ(matrix.bytes(), 8U * 20U);
  EXPECT_FALSE(matrix.present());
  EXPECT_EQ(describe(matrix), "Q4_1 [4, 64]");
  EXPECT_TRUE(is_quantised(DType::q6_k));
  EXPECT_FALSE(is_quantised(DType::bf16));
}

TEST(Tensor, ReadsOneRow) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  std::vector<float> row(3);
  read_row(float_tensor(values, {2, 3}), 1, row);
  EXPECT_EQ(row, (std::vector<float>{4, 5, 6}));
}

TEST(Tensor, NanAndInfinityAreFoundWithTheirPlace) {
  std::vector<float> values = {1, 2, 3, 4};
  const Tensor tensor = float_tensor(values, {2, 2});
  EXPECT_NO_THROW(check_finite(tensor));
  values[3] = std::numeric_limits<float>::quiet_NaN();
  expect_complaint([&] { check_finite(tensor); }, "nan", "tensor 'w' (F32 [2, 2]), row 1, column 1");
  values[3] = 4;
  values[2] = -std::numeric_limits<float>::infinity();
  expect_complaint([&] { check_finite(tensor); }, "-inf", "row 1, column 0");
}

}  // namespace
}  // namespace godwit
