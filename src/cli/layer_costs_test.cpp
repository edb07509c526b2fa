#include "cli/layer_costs.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "model/load.h"
#include "source_dir.h"

namespace godwit {
namespace {

struct Sums {
  double macs = 0;
  double bytes = 0;
};

Sums sum_of(const Model& model, const std::vector<LayerCost>& costs, std::string_view group) {
  Sums sums;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (group_of(model.layers[i].operation) != group) continue;
    sums.macs += costs[i].macs;
    sums.bytes += costs[i].bytes;
  }
  return sums;
}

TEST(LayerCosts, CountsOfASmallLlama) {  // 2 layers, 48 wide, 6 heads of 16, 2 for keys; MLP 80, vocabulary 97, fp32
  const auto model = load_model(GODWIT_SOURCE_DIR "/tests/data/models/llama-default");
  ThreadPool pool(2);
  const ProfileRun run = profile_layers(model, 10, 5, 2, pool);
  ASSERT_EQ(run.prefill.size(), model->layers.size());
  ASSERT_EQ(run.decode.size(), model->layers.size());

  constexpr double gemm = 2 * (48 * 96 + 2 * 48 * 32 + 96 * 48 + 3 * 48 * 80);
  constexpr double head = 48 * 97;
  EXPECT_EQ(sum_of(*model, run.decode, "gemm").macs, gemm);
  EXPECT_EQ(sum_of(*model, run.decode, "gemm").bytes, gemm * 4);
  EXPECT_EQ(sum_of(*model, run.decode, "head").macs, head);
  EXPECT_EQ(sum_of(*model, run.decode, "attention").macs, 2 * 2 * 96 * 13);  // 11 to 15 positions: 13 in the mean
  EXPECT_EQ(sum_of(*model, run.decode, "attention").bytes, 2 * 2 * 32 * 13 * 4);
  EXPECT_EQ(sum_of(*model, run.decode, "embedding").bytes, 48 * 4);
  EXPECT_EQ(sum_of(*model, run.decode, "norm").bytes, 5 * 48 * 4);

  EXPECT_EQ(sum_of(*model, run.prefill, "gemm").macs, gemm * 10);
  EXPECT_EQ(sum_of(*model, run.prefill, "gemm").bytes, gemm * 4);
  EXPECT_EQ(sum_of(*model, run.prefill, "head").macs, head);  // for the last token
  EXPECT_EQ(sum_of(*model, run.prefill, "attention").macs, 2 * 2 * 96 * 55);
  for (const LayerCost& cost : run.decode) EXPECT_GT(cost.ms, 0);
}

TEST(LayerCosts, EveryLayerHasAGroup) {
  for (const char* name : {"gpt2-plain", "llama-default", "opt-after"}) {
    const auto model = load_model(std::string(GODWIT_SOURCE_DIR "/tests/data/models/") + name);
    for (const Layer& layer : model->layers) {
      EXPECT_NE(std::find(std::begin(layer_groups), std::end(layer_groups), group_of(layer.operation)),
                std::end(layer_groups));
    }
  }
}

}  // namespace
}  // namespace godwit
