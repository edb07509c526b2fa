#include "compress/row_order.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "compress/small_model_test_support.h"

namespace godwit::compress {
namespace {

TEST(RowOrder, EveryRowOfEveryLinearStandsOnce) {
  for (const char* family : {"distilgpt2", "opt-1.3b", "smollm2-135m"}) {
    const auto model = small_model(family);
    std::vector<std::vector<int>> seen(model->layers.size());
    for (const MachineMatrix& matrix : machine_matrices(*model)) {
      for (const MachineRow& row : matrix.rows) {
        if (row.layer < 0) continue;
        auto& counts = seen[static_cast<std::size_t>(row.layer)];
        counts.resize(std::get<Linear>(model->layers[static_cast<std::size_t>(row.layer)].operation).weight.outputs());
        ++counts.at(row.row);
      }
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!std::holds_alternative<Linear>(model->layers[i].operation)) continue;
      EXPECT_FALSE(seen[i].empty()) << model->layers[i].name;
      EXPECT_TRUE(std::ranges::all_of(seen[i], [](int n) { return n == 1; })) << model->layers[i].name;
    }
  }
}

TEST(RowOrder, KeysValuesAndQueriesLieTogether) {
  const auto gpt2 = machine_matrices(*small_model("distilgpt2"));
  EXPECT_EQ(gpt2.front().name, "h.0.attn.kvq");
  EXPECT_EQ(gpt2.front().layers.size(), 1U);
  // GPT-2's Linear has queries first, 64 rows each.
  EXPECT_EQ(gpt2.front().rows[0].row, 64U);
  EXPECT_EQ(gpt2.front().rows[64].row, 128U);
  EXPECT_EQ(gpt2.front().rows[128].row, 0U);
  EXPECT_EQ(gpt2.back().name, "lm_head");

  const auto llama = machine_matrices(*small_model("smollm2-135m"));
  EXPECT_EQ(llama.front().name, "layers.0.self_attn.kvq");
  EXPECT_EQ(llama.front().layers.size(), 3U);
  // Two heads of keys, two of values, four of queries, of 16; pairs (i, i + 8) are neighbours, values stay.
  const auto row = [&](std::size_t r) { return llama.front().rows[r].row; };
  EXPECT_EQ(row(0), 0U);
  EXPECT_EQ(row(1), 8U);
  EXPECT_EQ(row(2), 1U);
  EXPECT_EQ(row(16 + 15), 31U);
  EXPECT_EQ(row(32 + 1), 1U);
  EXPECT_EQ(row(64 + 1), 8U);
  EXPECT_EQ(llama.front().rows.size(), 128U);
}

TEST(RowOrder, WeightsAreReadInTheMachinesOrder) {
  const auto model = small_model("smollm2-135m");
  const MachineMatrix matrix = machine_matrices(*model).front();
  const std::vector<float> weights = read_weights(*model, matrix);
  std::vector<float> row(matrix.inputs);
  for (std::size_t r = 0; r < matrix.rows.size(); ++r) {
    const Layer& layer = model->layers[static_cast<std::size_t>(matrix.rows[r].layer)];
    read_row(std::get<Linear>(layer.operation).weight.tensor, matrix.rows[r].row, row);
    EXPECT_TRUE(std::ranges::equal(row, std::span(weights).subspan(r * 64, 64))) << r;
  }
}

}  // namespace
}  // namespace godwit::compress
