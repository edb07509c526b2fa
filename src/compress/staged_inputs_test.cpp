#include "compress/staged_inputs.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#include "compress/coded_parts.h"
#include "compress/compressor_test_inputs.h"
#include "compress/quantise.h"
#include "compress/row_order.h"
#include "compress/small_model_test_support.h"
#include "compress/workshop.h"
#include "model/complaint_test_support.h"
#include "model/load.h"
#include "source_dir.h"

namespace godwit::compress {
namespace {

class NobodyListens : public Listener {
 public:
  void begin(const std::string& /*label*/, std::size_t /*total*/) override {}
  void step(std::size_t /*count*/) override {}
  void end() override {}
};

std::vector<int> some_tokens(std::size_t count) {
  std::vector<int> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<int>((i * 7919 + 13) % 97));
  return out;
}

Model with_rounded(const Model& model, const MachineMatrix& matrix) {
  const QuantisedMatrix coded = quantise(read_weights(model, matrix), static_cast<int>(matrix.rows.size()),
                                         matrix.padded_inputs(), {}, {.bits = 2, .group = 32});
  return with_codes(model, coded_parts(model, matrix, coded, ""));
}

// Where nothing changes on the way, stages see what one pass sees; the last window is shorter.
TEST(StagedInputs, OfAModelThatStaysAreThoseOfOnePass) {
  ThreadPool pool(2);
  const auto tokens = some_tokens(50);
  for (const char* name : {"gpt2-plain", "gpt2-odd", "llama-default", "llama-llama3", "opt-first"}) {
    SCOPED_TRACE(name);
    const auto model = load_model(GODWIT_SOURCE_DIR "/tests/data/models/" + std::string(name));
    const auto wanted =
        collect_statistics(*model, {.tokens = tokens, .context = 20, .wanted = {}, .progress = {}}, pool);
    StagedInputs staged(tokens, 20, pool);
    for (const MachineMatrix& matrix : machine_matrices(*model)) {
      const std::size_t layer = std::ranges::min(matrix.layers);
      const InputStatistics& found = staged.statistics(model, layer);
      EXPECT_EQ(found.tokens, tokens.size()) << matrix.name;
      EXPECT_EQ(found.products, wanted[layer]->products) << matrix.name;
    }
  }
}

// A matrix that was coded is felt by those behind it as if the whole text ran again.
TEST(StagedInputs, SeeWhatMatricesBeforeThemBecame) {
  ThreadPool pool(2);
  const auto tokens = some_tokens(40);
  const auto model = small_model("smollm2-135m");
  StagedInputs staged(tokens, 20, pool);
  auto changed = model;
  for (const MachineMatrix& matrix : machine_matrices(*model)) {
    const std::size_t layer = std::ranges::min(matrix.layers);
    const auto wanted =
        collect_statistics(*changed, {.tokens = tokens, .context = 20, .wanted = {}, .progress = {}}, pool);
    EXPECT_EQ(staged.statistics(changed, layer).products, wanted[layer]->products) << matrix.name;
    changed = std::make_shared<const Model>(with_rounded(*changed, matrix));
  }
}

// The first matrix has nothing before it; what was cut off goes on, and only with the same recipes before it.
TEST(StagedInputs, InSequenceAWorkshopCodesForWhatIsBefore) {
  ThreadPool pool(2);
  NobodyListens nobody;
  const TemporaryFolder folder;
  const auto model = small_model("distilgpt2");
  const auto workshop = [&](bool sequential, const std::filesystem::path& kept) {
    return Workshop(model, {.tokens = some_tokens(200), .window = 20, .sequential = sequential}, kept, pool, nobody);
  };
  const MatrixRecipe recipe{.bits = 3, .group = 32, .method = Method::gptq};
  const auto codes = [&](const Model& coded, std::size_t layer) {
    const auto& all = std::get<Linear>(coded.layers[layer].operation).weight.tensor.coded->codes;
    return std::vector<std::uint8_t>(all.begin(), all.end());
  };
  Workshop apart = workshop(false, {});
  Workshop after = workshop(true, folder.path() / "kept");
  const std::vector<MatrixRecipe> recipes(apart.matrices().size(), recipe);
  const auto at_once = apart.coded_model(recipes);
  const auto in_turn = after.coded_model(recipes);
  const std::size_t first = apart.matrices().front().layers.front();
  const std::size_t last = apart.matrices().back().layers.front();
  EXPECT_EQ(codes(*at_once, first), codes(*in_turn, first));
  EXPECT_NE(codes(*at_once, last), codes(*in_turn, last));
  EXPECT_EQ(codes(*workshop(true, folder.path() / "kept").coded_model(recipes), last), codes(*in_turn, last));
  std::vector<MatrixRecipe> others = recipes;
  others.front().bits = 2;
  EXPECT_NE(codes(*workshop(true, folder.path() / "kept").coded_model(others), last), codes(*in_turn, last));
}

}  // namespace
}  // namespace godwit::compress
