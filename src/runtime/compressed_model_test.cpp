// Compressed checkpoints on the devices: golden runs the file's codes as the reference reads them, and the embedded
// model's compressed forms keep their quality.

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "compress/checkpoint.h"
#include "compress/recipe.h"
#include "compress/result.h"
#include "compress/samples.h"
#include "compress/transform.h"
#include "model/complaint_test_support.h"
#include "model/load.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/comparison.h"
#include "runtime/make_device.h"
#include "runtime/perplexity.h"

namespace godwit {
namespace {

class Silent : public compress::Listener {
 public:
  void begin(const std::string& /*label*/, std::size_t /*total*/) override {}
  void step(std::size_t /*count*/) override {}
  void end() override {}
};

constexpr std::size_t window = 128;

/// The embedded model, what it writes itself to learn from, and a held-out text to judge by.
class CompressedModels : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ThreadPool pool(2);
    given = load_model("embedded");
    calibrated_on = compress::sample_tokens(given, 16, window, 1, pool, [] {});
    std::ifstream in(std::filesystem::path(embedded_folder()) / "heldout.txt");
    std::string text(6000, ' ');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    scored = given->tokenizer->encode(text, false);
    scored.resize(5 * window);
  }
  static void TearDownTestSuite() { given.reset(); }

  /// The folder of the embedded model in this scheme.
  std::string compressed(const std::string& scheme, compress::Method method, const Transforms& transforms = {}) {
    Silent silent;
    compress::MatrixRecipe recipe = compress::parse_recipe(scheme);
    recipe.method = method;
    recipe.keep = method == compress::Method::gptq ? compress::Keep::sparsegpt : compress::Keep::magnitude;
    const compress::Judge judge(given, std::span(scored).first(window), window, pool_);
    const compress::CalibrationText text{.tokens = calibrated_on, .window = window};
    compress::Workshop workshop(compress::transform(given, transforms, text, pool_, silent), text, {}, pool_, silent);
    const auto made = compress::compress_model(workshop, judge, std::vector(workshop.matrices().size(), recipe));
    const auto folder = folder_.path() / "model";
    compress::write_checkpoint(folder, *made.model, "embedded", {});
    return folder.string();
  }
  double perplexity(const std::string& name, const std::string& device) {
    DeviceOptions options;
    options.device = device;
    options.context = window;
    const auto made = make_device(open_model(name), options, pool_);
    return score_text(*made, scored, window, pool_, [](std::size_t) {}).perplexity();
  }

  static std::shared_ptr<const Model> given;
  static std::vector<int> calibrated_on;
  static std::vector<int> scored;
  TemporaryFolder folder_;
  ThreadPool pool_{2};
};

std::shared_ptr<const Model> CompressedModels::given;
std::vector<int> CompressedModels::calibrated_on;
std::vector<int> CompressedModels::scored;

// The same weights, once in fp32 and once in the machine's integers: what is left is the activations' rounding.
TEST_F(CompressedModels, GoldenAndTheReferenceRunTheSameWeights) {
  struct Case {
    const char* scheme;
    Transforms transforms;
  };
  for (const auto& [scheme, transforms] :
       {Case{"w4", {}}, Case{"w6-n8", {}}, Case{"w4", {.rotation_seed = 1, .smoothing = {}}},
        Case{"w6", {.rotation_seed = 1, .smoothing = 0.5}}, Case{"w6", {.rotation_seed = {}, .smoothing = 0.5}}}) {
    const OpenModel model = open_model(compressed(scheme, compress::Method::rtn, transforms));
    DeviceOptions options;
    options.context = window;
    options.activations = "15";
    const auto golden = make_device(model, options, pool_);
    options.activations.reset();
    options.device = "fp32";
    const auto reference = make_device(model, options, pool_);
    const Comparison found =
        compare_text(*reference, *golden, std::span(scored).first(2 * window), window, pool_, [](std::size_t) {});
    EXPECT_LT(found.mean_divergence(), 1e-4) << scheme;
    EXPECT_NEAR(found.device.perplexity() / found.reference.perplexity(), 1, 2e-3) << scheme;
  }
}

// The gate: what a token's fewer bytes may cost on text that neither training nor calibration saw.
TEST_F(CompressedModels, KeepTheirQuality) {
  const double before = perplexity("embedded", "fp32");
  struct Case {
    const char* scheme;
    double most_increase;
  };
  for (const Case& c : {Case{"w6", 0.01}, Case{"w4", 0.03}, Case{"w4-n8", 0.25}}) {
    const double after = perplexity(compressed(c.scheme, compress::Method::gptq), "golden");
    EXPECT_LT(after / before - 1, c.most_increase) << c.scheme;
    EXPECT_GT(after / before - 1, -0.02) << c.scheme;
  }
}

}  // namespace
}  // namespace godwit
