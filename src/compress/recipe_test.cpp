#include "compress/recipe.h"

#include <gtest/gtest.h>

#include "model/complaint_test_support.h"

namespace godwit::compress {
namespace {

TEST(Recipe, NamesComeBack) {
  for (const char* name : {"w8", "w4g64", "w3g128", "w8-n8", "w4g64-n4", "w4g64-4:2", "w5g64-16:4", "w4g64-d0.5",
                           "w8-d0.0625", "w6g32-d0.75", "w4g64-u0.5", "w4g64s5", "w3g32s3-n8", "w4g64s8-d0.5"}) {
    const std::string wanted = std::string(name) == "w5g64-16:4" ? "w5g64-n4" : name;
    EXPECT_EQ(recipe_name(parse_recipe(name)), wanted);
  }
}

TEST(Recipe, AMeanLeavesTheBitsOpen) {
  const SchemeRequest request = parse_request("w3.5g32-n8");
  EXPECT_EQ(request.mean_bits, 3.5);
  EXPECT_EQ(request.recipe.group, 32);
  EXPECT_EQ(request.recipe.kept, 8);
  EXPECT_FALSE(parse_request("w3").mean_bits.has_value());
  for (const char* bad : {"w1.5", "w9.5", "w3.5.5", "w3.x", "w.", "w3.5g33", "keep", "w4-d", "w4-d2", "w4g32-d0.3",
                          "w4g16-d0.5", "w4-d0.5x", "w7", "w4s2", "w4s10", "w4s", "w8s5", "w4s5g32", "w3.5s5"}) {
    EXPECT_THROW(parse_request(bad), UserError) << bad;
  }
}

TEST(Recipe, AFileSaysWhatEachMatrixGets) {
  const TemporaryFolder folder;
  const auto file = folder.write("r.json", R"({"matrices": {"lm_head": "w6", "h.0.attn.kvq": "w4g32-n8"}})");
  const SchemeRequest request = parse_request(file.string());
  EXPECT_EQ(request.of.at("lm_head").bits, 6);
  EXPECT_EQ(recipe_name(request.of.at("h.0.attn.kvq")), "w4g32-n8");
  const auto bad = folder.write("bad.json", R"({"lm_head": "w6"})");
  expect_complaint([&] { parse_request(bad.string()); }, "names no matrices", "bad.json");
  EXPECT_FALSE(request.transforms.rotation_seed.has_value());
  EXPECT_FALSE(request.transforms.smoothing.has_value());
}

TEST(Recipe, AFileSaysWhatIsDoneBefore) {
  const TemporaryFolder folder;
  const auto file = folder.write("r.json", R"({"rotation_seed": 7, "smoothing": 0.5, "matrices": {"lm_head": "w6"}})");
  const SchemeRequest request = parse_request(file.string());
  EXPECT_EQ(request.transforms.rotation_seed, 7U);
  EXPECT_EQ(request.transforms.smoothing, 0.5);
  const auto bad = folder.write("bad.json", R"({"smoothing": 2, "matrices": {"lm_head": "w6"}})");
  expect_complaint([&] { parse_request(bad.string()); }, "smooths by 2", "bad.json");
}

}  // namespace
}  // namespace godwit::compress
