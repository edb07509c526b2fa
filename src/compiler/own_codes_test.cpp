// Random bytes as blocks of every type: the machine's weights against the decoded ones.

#include "compiler/own_codes.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

#include "base/random.h"
#include "compress/quantise.h"
#include "isa/numbers.h"
#include "model/blocks.h"
#include "model/half.h"

namespace godwit::compiler {
namespace {

/// Codes and sub-scales of any value, fp16 scales of an ordinary size and either sign.
Tensor random_blocks(DType type, std::size_t rows, std::size_t columns, std::uint64_t seed) {
  const DTypeInfo& facts = info(type);
  Tensor tensor{.name = "w", .type = type, .shape = {rows, columns}, .data = {}, .owner = {}};
  auto bytes = std::make_shared<std::vector<std::byte>>(tensor.bytes());
  Random random(seed);
  for (std::byte& b : *bytes) b = static_cast<std::byte>(random.below(256));
  const auto put_half = [&](std::size_t at) {
    const std::uint16_t half =
        static_cast<std::uint16_t>((random.below(2) << 15) | ((4 + random.below(4)) << 10) | random.below(1024));
    std::memcpy(bytes->data() + at, &half, sizeof half);
  };
  for (std::size_t block = 0; block < bytes->size(); block += facts.block_bytes) {
    put_half(block + (type == DType::q6_k ? 208 : 0));
    if (type != DType::q6_k && type != DType::q4_0 && type != DType::q5_0) put_half(block + 2);
  }
  tensor.data = *bytes;
  tensor.owner = bytes;
  return tensor;
}

TEST(OwnCodes, WeightsAreTheCheckpointsBesideEighthsOfASmallStep) {
  constexpr std::size_t rows = 12;
  constexpr std::size_t columns = 512;
  for (const DType type : {DType::q4_0, DType::q4_1, DType::q5_0, DType::q5_1, DType::q4_k, DType::q5_k, DType::q6_k}) {
    const Tensor tensor = random_blocks(type, rows, columns, 7);
    MatrixSource source = plain_source("w", {.tensor = tensor, .input_major = false}, std::nullopt);
    source.parts.front().factor = 0.75;
    const Coding coding = coding_of(source, {.keep = true});
    ASSERT_TRUE(coding.own_codes);
    const compress::QuantisedMatrix m = own_codes(source, coding, 0, rows);
    std::vector<float> decoded(columns);
    for (std::size_t r = 0; r < rows; ++r) {
      read_row(tensor, r, decoded);
      const double unit = isa::value_of(m.row_scales[r]) / 8;
      double largest = 0;
      for (std::size_t i = 0; i < columns; ++i) {
        const int row = static_cast<int>(r);
        const int input = static_cast<int>(i);
        const double wanted = 0.75 * static_cast<double>(decoded[i]);
        // Half a unit of the offset, and half a unit of the step for each of the code's steps.
        const double most = unit * (0.501 + 0.501 * std::abs(m.code(row, input)));
        EXPECT_LE(std::abs(compress::weight_of(m, row, input) - wanted), most)
            << info(type).name << " " << r << " " << i;
        largest = std::max(largest, std::abs(wanted));
      }
      EXPECT_LT(unit, largest / 500) << info(type).name;
    }
  }
}

TEST(OwnCodes, WhatTheMachineCannotHoldBecomesEightBits) {
  const Coding w8 = {};
  const Tensor q8 = random_blocks(DType::q8_0, 8, 256, 1);
  EXPECT_EQ(coding_of(plain_source("w", {.tensor = q8, .input_major = false}, std::nullopt), {.keep = true}), w8);
  const Tensor q4 = random_blocks(DType::q4_1, 8, 256, 2);
  MatrixSource turned = plain_source("w", {.tensor = q4, .input_major = false}, std::nullopt);
  turned.columns.assign(256, 0);
  EXPECT_EQ(coding_of(turned, {.keep = true}), w8);
}

TEST(OwnCodes, PartsThatDifferShareTheMostBitsAndTheSmallestGroup) {
  const Tensor q4 = random_blocks(DType::q4_k, 4, 256, 1);
  const Tensor q6 = random_blocks(DType::q6_k, 4, 256, 2);
  MatrixSource source = plain_source("w", {.tensor = q4, .input_major = false}, std::nullopt);
  source.parts.push_back({.weight = {.tensor = q6, .input_major = false}, .bias = {}});
  for (std::uint32_t r = 0; r < 4; ++r) source.rows.push_back({.part = 1, .row = r});
  const Coding coding = coding_of(source, {.keep = true});
  EXPECT_EQ(coding.bits, 6);
  EXPECT_EQ(coding.group, 16);
  const compress::QuantisedMatrix m = own_codes(source, coding, 0, 8);
  std::vector<float> decoded(256);
  for (int r = 0; r < 8; ++r) {
    read_row(r < 4 ? q4 : q6, static_cast<std::size_t>(r % 4), decoded);
    const double unit = isa::value_of(m.row_scales[static_cast<std::size_t>(r)]) / 8;
    for (int i = 0; i < 256; ++i) {
      EXPECT_NEAR(compress::weight_of(m, r, i), static_cast<double>(decoded[static_cast<std::size_t>(i)]),
                  unit * (0.501 + 0.501 * std::abs(m.code(r, i))));
    }
  }
}

TEST(OwnCodes, RowsPastTheLastAreZero) {
  const Tensor q4 = random_blocks(DType::q4_0, 3, 64, 1);
  const MatrixSource source = plain_source("w", {.tensor = q4, .input_major = false}, std::nullopt);
  const compress::QuantisedMatrix m = own_codes(source, coding_of(source, {.keep = true}), 0, 8);
  for (int r = 3; r < 8; ++r) {
    for (int i = 0; i < 64; ++i) EXPECT_EQ(compress::weight_of(m, r, i), 0);
  }
}

}  // namespace
}  // namespace godwit::compiler
