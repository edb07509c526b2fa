// What a mean of bits becomes, matrix by matrix, and that a shape's sizes are those of real weights in the same scheme.

#include "compiler/mean_widths.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <vector>

#include "compiler/compile.h"
#include "isa/codec.h"
#include "isa/sizes.h"
#include "model/graph/plan.h"
#include "model/shapes.h"

namespace godwit::compiler {
namespace {

TEST(MeanWidths, TheMeanIsReachedAndNotPassed) {
  std::vector<std::size_t> weights;
  weights.reserve(201);
  for (std::size_t i = 0; i < 200; ++i) weights.push_back(1000 + 37 * (i % 5));
  weights.push_back(190'000);  // a head, nearly half of all
  for (const double mean : {2.0, 2.25, 3.5, 4.0, 5.75, 7.0, 8.0}) {
    const std::vector<int> widths = mean_widths(mean, weights);
    double bits = 0;
    double all = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      bits += widths[i] * static_cast<double>(weights[i]);
      all += static_cast<double>(weights[i]);
    }
    EXPECT_LE(bits / all, mean + 1e-12);
    EXPECT_NEAR(bits / all, mean, 0.01);
    EXPECT_LE(std::set(widths.begin(), widths.end()).size(), 2U) << mean;
  }
  EXPECT_EQ(mean_widths(3.5, std::vector<std::size_t>{10, 10, 10}), (std::vector<int>{4, 3, 3}));
}

Model model_of(const ModelConfig& config, bool weights) {
  Model model;
  model.config = config;
  model.layers = build_graph(config, weights ? random_weights(config, 7) : empty_weights(config));
  model.has_weights = weights;
  return model;
}

/// A LLaMA of two blocks, with rows that do not fill all slices.
ModelConfig small_config() {
  ModelConfig config = known_shape("llama2-7b");
  config.layers = 2;
  config.hidden = 128;
  config.heads = 4;
  config.kv_heads = 4;
  config.head_dim = 32;
  config.rope_dim = 32;
  config.intermediate = 336;
  config.vocabulary = 200;
  config.context = 64;
  return config;
}

TEST(MeanWidths, AShapeTakesTheBytesThatItsWeightsTake) {
  isa::Card card;
  card.name = "test";
  card.slices = 4;
  card.activation_words = 1 << 13;
  card.vector_reals = 1 << 16;
  card.channel_bytes = std::uint64_t{1} << 32;
  ThreadPool pool(1);
  for (const char* name : {"w3.5-4:2", "w3.5g128-4:2", "w4-8:4", "w4-16:8", "w3.5", "w6.5-n4", "w8-4:2", "w2.5-n2"}) {
    CompileOptions options;
    options.scheme = compress::parse_scheme(name);
    const isa::Program shape = compile(model_of(small_config(), false), card, options, pool);
    const isa::Program real = compile(model_of(small_config(), true), card, options, pool);
    EXPECT_EQ(shape.descriptors, real.descriptors) << name;
    EXPECT_EQ(shape.instructions, real.instructions) << name;
    std::size_t compared = 0;
    for (std::size_t m = 0; m < shape.descriptors.size(); ++m) {
      const isa::Descriptor descriptor = isa::decode_descriptor(shape.descriptors[m]).value();
      for (const isa::Segment& segment : real.segments) {
        if (segment.address != std::uint64_t{descriptor.offset} * isa::granule_bytes) continue;
        EXPECT_EQ(segment.bytes.size(), std::size_t{descriptor.granules} * isa::granule_bytes) << segment.name;
        // Codes reach to the last line: what is said to be read is there.
        const auto last = segment.bytes.last(isa::line_bytes);
        EXPECT_TRUE(std::ranges::any_of(last, [](std::byte b) { return b != std::byte{0}; }) || segment.channel > 0)
            << name << ", " << segment.name;
        ++compared;
      }
    }
    EXPECT_EQ(compared, shape.descriptors.size() * 4) << name;
  }
}

}  // namespace
}  // namespace godwit::compiler
