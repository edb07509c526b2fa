#include "model/coded_matrix.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>

#include "base/random.h"
#include "model/complaint_test_support.h"
#include "model/tensor.h"

namespace godwit {
namespace {

/// A matrix of random numbers within their ranges, and what it points into.
struct Example {
  std::vector<std::int8_t> plain;  // [rows][inputs]
  std::vector<std::uint8_t> codes;
  std::vector<float> scales;
  std::vector<std::int16_t> steps;
  std::vector<std::int16_t> offsets;
  CodedMatrix matrix;

  Example(std::size_t rows, std::size_t inputs, int bits, int group, std::uint64_t seed) {
    Random random(seed);
    matrix = {.rows = rows, .inputs = inputs, .bits = bits, .group = group, .pattern = {}};
    codes.resize(rows * matrix.row_bytes());
    const int least = bits == 8 ? -127 : -(1 << (bits - 1));
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < inputs; ++i) {
        const auto range = static_cast<std::uint64_t>((1 << (bits - 1)) - least);
        plain.push_back(static_cast<std::int8_t>(least + static_cast<int>(random.below(range))));
      }
      pack_codes(std::span(plain).subspan(row * inputs, inputs), bits,
                 std::span(codes).subspan(row * matrix.row_bytes(), matrix.row_bytes()));
      scales.push_back(static_cast<float>(32768 + random.below(32768)) * 0x1p-24F);
      for (std::size_t g = 0; g < matrix.row_groups(); ++g) {
        steps.push_back(static_cast<std::int16_t>(random.below(512)));
        offsets.push_back(static_cast<std::int16_t>(static_cast<int>(random.below(2048)) - 1024));
      }
    }
    point();
  }
  void point() {
    matrix.codes = codes;
    matrix.scales = scales;
    matrix.steps = steps;
    matrix.offsets = offsets;
  }
};

TEST(CodedMatrix, CodesComeBack) {
  for (const int bits : {2, 3, 4, 5, 6, 8}) {
    for (const std::size_t inputs : {1U, 16U, 63U, 100U}) {
      const Example example(5, inputs, bits, bits == 8 ? 0 : 32, inputs);
      check_coded(example.matrix, "here");
      std::vector<std::int8_t> row(inputs);
      for (std::size_t r = 0; r < 5; ++r) {
        read_codes(example.matrix, r, row);
        EXPECT_TRUE(std::ranges::equal(row, std::span(example.plain).subspan(r * inputs, inputs))) << bits;
      }
    }
  }
}

TEST(CodedMatrix, WeightsAreTheFormula) {
  const Example example(3, 100, 5, 64, 1);
  std::vector<float> row(100);
  for (std::size_t r = 0; r < 3; ++r) {
    read_coded_row(example.matrix, r, row);
    for (std::size_t i = 0; i < 100; ++i) {
      const std::size_t group = r * 2 + i / 64;
      const double wanted = static_cast<double>(example.scales[r]) *
                            (example.steps[group] * example.plain[r * 100 + i] + example.offsets[group]) / 8;
      EXPECT_EQ(row[i], static_cast<float>(wanted));
    }
  }
}

TEST(CodedMatrix, ATensorOfItReadsLikeAnyOther) {
  const auto example = std::make_shared<Example>(4, 64, 4, 32, 2);
  auto matrix = std::make_shared<CodedMatrix>(example->matrix);
  matrix->owner = example;
  const Tensor tensor = coded_tensor("w", matrix);
  EXPECT_TRUE(tensor.present());
  EXPECT_TRUE(is_quantised(tensor.type));
  EXPECT_EQ(describe(tensor), "w4g32 [4, 64]");
  EXPECT_EQ(tensor.bytes(), 4 * 32 + 4 * 4 + 2 * 2 * 4 * 2U);
  std::vector<float> row(64);
  read_coded_row(*matrix, 3, row);
  const std::vector<float> all = to_floats(tensor);
  EXPECT_TRUE(std::ranges::equal(row, std::span(all).subspan(3 * 64)));
  check_finite(tensor);
}

TEST(CodedMatrix, WhatIsOutOfRangeIsRefused) {
  const auto refused = [](const char* what, const auto& change) {
    Example example(4, 64, 4, 32, 3);
    change(example);
    expect_complaint([&] { check_coded(example.matrix, "matrix 'w'"); }, what, "matrix 'w'");
  };
  refused("codes of 7 bits", [](Example& e) { e.matrix.bits = 7; });
  refused("groups of 0 inputs", [](Example& e) { e.matrix.group = 0; });
  refused("groups of 48 inputs", [](Example& e) { e.matrix.group = 48; });
  refused("do not belong together", [](Example& e) { e.matrix.scales = e.matrix.scales.first(3); });
  refused("do not belong together", [](Example& e) { e.matrix.steps = e.matrix.steps.first(7); });
  refused("do not belong together", [](Example& e) { e.matrix.codes = e.matrix.codes.first(100); });
  refused("with offsets", [](Example& e) { e.matrix.pattern = "n8"; });
  refused("a step of 512 eighths", [](Example& e) { e.steps[5] = 512; });
  refused("a step of -1 eighths", [](Example& e) { e.steps[0] = -1; });
  refused("an offset of 1024 eighths", [](Example& e) { e.offsets[7] = 1024; });
  refused("the scale of row 2", [](Example& e) { e.scales[2] = 0.1F; });
  refused("the scale of row 0", [](Example& e) { e.scales[0] = -0.5F; });
  refused("the scale of row 1", [](Example& e) { e.scales[1] = std::numeric_limits<float>::infinity(); });
  refused("the scale of row 3", [](Example& e) { e.scales[3] = 0x1p-114F; });
  Example eight(4, 64, 8, 0, 4);
  eight.codes[70] = 0x80;
  expect_complaint([&] { check_coded(eight.matrix, "w"); }, "a code of -128", "w");
}

}  // namespace
}  // namespace godwit
