#include "compress/stream_facts.h"

#include <gtest/gtest.h>

#include "compress/quantise.h"
#include "compress/recipe.h"
#include "compress/small_model_test_support.h"

namespace godwit::compress {
namespace {

TEST(StreamFacts, AreKnownBeforeThereAreCodes) {
  for (const char* family : {"distilgpt2", "smollm2-135m"}) {
    const auto model = small_model(family, true);  // of a part of a chunk another kind may be the cheaper one
    for (const MachineMatrix& matrix : machine_matrices(*model)) {
      for (const char* name : {"w8", "w4", "w3g32", "w6-n8", "w8-n4", "w5-n2", "w2-n1"}) {
        const MatrixRecipe recipe = parse_recipe(name);
        const QuantisedMatrix coded =
            quantise(read_weights(*model, matrix), static_cast<int>(matrix.rows.size()), matrix.padded_inputs(), {},
                     {.bits = recipe.bits, .group = recipe.group, .kept = recipe.kept});
        const StreamFacts found = stream_facts(matrix, coded_parts(*model, matrix, coded, pattern_name(recipe)));
        const StreamFacts expected = expected_facts(matrix, recipe);
        EXPECT_EQ(found.weights, matrix.weights());
        EXPECT_EQ(found.weights, expected.weights);
        // A kept weight may be coded as zero, and then a cheaper kind may do; of few bits that is no rarity.
        EXPECT_LE(found.bytes, expected.bytes) << name;
        EXPECT_LE(found.kept, expected.kept) << name;
        if (recipe.kept == 16 || recipe.bits >= 5) {
          EXPECT_EQ(found.bytes, expected.bytes) << matrix.name << " " << name;
          EXPECT_EQ(found.kept, expected.kept) << matrix.name << " " << name;
        }
        EXPECT_EQ(expected.kept * 16, expected.weights * static_cast<std::uint64_t>(recipe.kept));
        EXPECT_EQ(expected.code_bits, expected.kept * static_cast<std::uint64_t>(recipe.bits));
      }
    }
  }
}

// Eight rows of 64 inputs: two granules of scales; four bits in groups of 64: a set of groups takes five, the codes 16.
TEST(StreamFacts, OfAMatrixCountedByHand) {
  MachineMatrix matrix;
  matrix.inputs = 64;
  for (std::uint32_t r = 0; r < 8; ++r) matrix.rows.push_back({.layer = 0, .row = r});
  EXPECT_EQ(expected_facts(matrix, parse_recipe("w4")).bytes, (2 + 5 + 16) * 16U);
  EXPECT_EQ(expected_facts(matrix, parse_recipe("w8")).bytes, (2 + 32) * 16U);
  // The granule of kinds; two beats of two granules of bitmaps and four of codes.
  EXPECT_EQ(expected_facts(matrix, parse_recipe("w4-n8")).bytes, (2 + 5 + 1 + 2 * (2 + 4)) * 16U);
  EXPECT_EQ(expected_facts(matrix, parse_recipe("w4-n8")).kept, 8 * 32U);
  matrix.bias = true;
  EXPECT_EQ(expected_facts(matrix, parse_recipe("w4")).bytes, (2 + 2 + 5 + 16) * 16U);
}

// 8 x 64 inputs of w4 take 368 bytes; of 112 rows of the head 14 block rows go to four slices as 4, 4, 3 and 3.
TEST(StreamFacts, ImbalanceIsTheLongestSlice) {
  const auto model = small_model("distilgpt2", true);
  std::vector<CodedPart> parts;
  for (const MachineMatrix& matrix : machine_matrices(*model)) {
    if (matrix.name != "lm_head") continue;
    const QuantisedMatrix coded = quantise(read_weights(*model, matrix), static_cast<int>(matrix.rows.size()),
                                           matrix.padded_inputs(), {}, {.bits = 4, .group = 64});
    parts = coded_parts(*model, matrix, coded, "");
  }
  const Model coded = with_codes(*model, parts);
  for (const auto& [slices, wanted] : {std::pair(1, 1.0), {2, 1.0}, {4, 4 / 3.5}}) {
    EXPECT_DOUBLE_EQ(balance(coded, slices).imbalance, wanted);
    EXPECT_DOUBLE_EQ(balance(coded, slices).bound, wanted);
  }
}

TEST(StreamFacts, ADensityIsKeptInTheMean) {
  MachineMatrix matrix;
  matrix.inputs = 1024;
  for (std::uint32_t r = 0; r < 8; ++r) matrix.rows.push_back({.layer = 0, .row = r});
  for (const char* name : {"w4-d0.5", "w4-d0.75", "w4-d0.25", "w4-d0.3"}) {
    const StreamFacts facts = expected_facts(matrix, parse_recipe(name));
    EXPECT_NEAR(static_cast<double>(facts.kept) / static_cast<double>(facts.weights), parse_recipe(name).density, 0.03)
        << name;
  }
}

}  // namespace
}  // namespace godwit::compress
