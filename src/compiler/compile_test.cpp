// Programs of models without weights: places, refusals, counts.

#include "compiler/compile.h"

#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "compiler/layout.h"
#include "compiler/lengths.h"
#include "compiler/memory_trace.h"
#include "compiler/passes.h"
#include "compiler/plan.h"
#include "compiler/traffic.h"
#include "isa/codec.h"
#include "isa/disassembler.h"
#include "isa/sizes.h"
#include "model/graph/plan.h"
#include "model/shapes.h"

namespace godwit::compiler {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Model model_of(const ModelConfig& config, const Weights& weights) {
  Model model;
  model.config = config;
  model.layers = build_graph(config, weights);
  return model;
}
Model shape(const std::string& name) {
  const ModelConfig config = known_shape(name);
  return model_of(config, empty_weights(config));
}
/// A small model of the family with random weights.
Model small(const std::string& name) {
  ModelConfig config = known_shape(name);
  config.layers = 2;
  config.hidden = 64;
  config.heads = 4;
  config.kv_heads = name == "smollm2-135m" ? 2 : 4;
  config.head_dim = 16;
  config.rope_dim = config.architecture == Architecture::llama ? 16 : 0;
  config.intermediate = 96;
  config.vocabulary = 100;
  config.context = 40;
  config.embedding_dim = config.embedding_dim == 512 ? 32 : 64;
  config.attention_scale = 0.25;
  Model model = model_of(config, random_weights(config, 1));
  model.has_weights = true;
  return model;
}

isa::Card card(int slices = 2) {
  isa::Card c;
  c.name = "test";
  c.slices = slices;
  c.activation_words = 1 << 13;
  c.vector_reals = 1 << 16;
  c.channel_bytes = std::uint64_t{1} << 32;
  return c;
}

isa::Program compiled(const Model& model, const isa::Card& on, std::size_t context = 0) {
  ThreadPool pool(1);
  CompileOptions options;
  options.context = context;
  return compile(model, on, options, pool);
}

std::string complaint(const Model& model, const isa::Card& on, std::size_t context = 0) {
  try {
    compiled(model, on, context);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Compile, SegmentsLieApartInTheirChannels) {
  for (const char* name : {"gpt2", "smollm2-135m", "opt-125m", "opt-350m"}) {
    for (const int slices : {1, 2, 4}) {
      const isa::Program program = compiled(small(name), card(slices));
      struct Range {
        std::uint32_t channel;
        std::uint64_t begin;
        std::uint64_t end;
      };
      std::vector<Range> ranges;
      for (const isa::Segment& s : program.segments) {
        EXPECT_EQ(s.address % 64, 0) << s.name;
        ranges.push_back({s.channel, s.address, s.address + s.bytes.size()});
      }
      const std::uint64_t granule = 16;
      const std::uint64_t cache = program.key_offset * granule;
      for (std::uint32_t c = 0; c < static_cast<std::uint32_t>(slices); ++c) {
        ranges.push_back({c, cache, cache + program.layers * program.layer_stride * granule});
      }
      ranges.push_back({0, program.ids_address, program.ids_address + 4ULL * (program.positions + 1)});
      ranges.push_back({0, program.result_address, program.result_address + 4 * isa::result_words});
      ranges.push_back({0, program.logits_address, program.logits_address + 4ULL * program.row_logits * program.chunk});
      std::ranges::sort(ranges, {}, [](const Range& r) { return std::pair(r.channel, r.begin); });
      for (std::size_t i = 0; i < ranges.size(); ++i) {
        EXPECT_LE(ranges[i].end, program.channel_bytes);
        if (i > 0 && ranges[i].channel == ranges[i - 1].channel) {
          EXPECT_LE(ranges[i - 1].end, ranges[i].begin) << name;
        }
      }
    }
  }
}

TEST(Compile, TheProgramIsInMemoryAsItIsInTheLists) {
  const isa::Program program = compiled(small("gpt2"), card());
  const auto at = [&](std::uint64_t address) {
    const auto found = std::ranges::find_if(
        program.segments, [&](const isa::Segment& s) { return s.channel == 0 && s.address == address; });
    return found == program.segments.end() ? std::span<const std::byte>() : found->bytes;
  };
  EXPECT_TRUE(std::ranges::equal(at(program.code_address), std::as_bytes(std::span(program.instructions))));
  EXPECT_TRUE(std::ranges::equal(at(program.descriptor_address), std::as_bytes(std::span(program.descriptors))));
}

TEST(Compile, LayersAlikeAreALoop) {
  for (const char* name : {"gpt2", "llama2-7b", "opt-6.7b"}) {
    isa::Card large = card(32);
    large.vector_reals = 1 << 20;
    large.activation_words = 1 << 15;
    const isa::Program program = compiled(shape(name), large, 1024);
    EXPECT_LT(program.instructions.size(), 64) << name;
    EXPECT_EQ(program.descriptors.size(), program.matrices.size());
    // What is disassembled is the same for every number of layers: only the count differs.
    EXPECT_THAT(isa::disassemble({program.instructions, {}}),
                HasSubstr("loop count=" + std::to_string(program.layers)));
  }
}

TEST(Compile, PairsThatTurnTogetherAreNeighboursAndScoresAreInBaseTwo) {
  const Model model = small("smollm2-135m");
  const Plan plan = plan_model(model, {}, 2);
  const MatrixSource& keys = plan.blocks[0].matrices[0].source;
  const MatrixSource& values = plan.blocks[0].matrices[1].source;
  const MatrixSource& queries = plan.blocks[0].matrices[2].source;
  ASSERT_EQ(keys.rows.size(), 32);
  ASSERT_EQ(values.rows.size(), 32);
  ASSERT_EQ(queries.rows.size(), 64);
  // Keys of head 1: dimensions 0, 8, 1, 9, ... of rows 16 to 31; values in their order.
  for (std::uint32_t d = 0; d < 16; ++d) {
    EXPECT_EQ(keys.rows[16 + d].row, 16 + d / 2 + d % 2 * 8);
    EXPECT_EQ(values.rows[16 + d].row, 16 + d);
    EXPECT_EQ(queries.rows[48 + d].row, 48 + d / 2 + d % 2 * 8);
  }
  EXPECT_EQ(keys.parts[0].factor, 1);
  EXPECT_EQ(values.parts[0].factor, 1);
  EXPECT_DOUBLE_EQ(queries.parts[0].factor, 0.25 * 1.4426950408889634);
}

TEST(Compile, KeysValuesAndQueriesPartWhereNoSliceReadsMoreForIt) {
  const Model model = small("smollm2-135m");  // 4, 4 and 8 block rows
  const auto matrices_of = [&](int slices) {
    std::vector<std::string> names;
    const Plan plan = plan_model(model, {}, slices);
    const auto& attend = std::get<step::Attend>(*std::ranges::find_if(
        plan.blocks[0].steps, [](const Step& s) { return std::holds_alternative<step::Attend>(s); }));
    std::uint32_t rows = 0;
    for (const Ref& ref : attend.matrices) {
      const MatrixPlan& m = plan.blocks[0].matrices[static_cast<std::size_t>(ref.index)];
      const std::string name = m.source.name.substr(m.source.name.rfind('.') + 1);
      if (!names.empty() && names.back() == name) continue;
      names.push_back(name);
      rows += m.descriptor.block_rows;
    }
    EXPECT_EQ(rows, (16U + static_cast<std::uint32_t>(slices) - 1) / static_cast<std::uint32_t>(slices)) << slices;
    return names;
  };
  EXPECT_EQ(matrices_of(1), (std::vector<std::string>{"k", "v", "q"}));
  EXPECT_EQ(matrices_of(4), (std::vector<std::string>{"k", "v", "q"}));
  EXPECT_EQ(matrices_of(8), (std::vector<std::string>{"kv", "q"}));
  EXPECT_EQ(matrices_of(16), (std::vector<std::string>{"kvq"}));
}

TEST(Compile, HeadsAreFilledUpToWholeBlocks) {
  ModelConfig config = small("gpt2").config;
  config.hidden = 80;
  config.head_dim = 20;
  config.embedding_dim = 80;
  const Plan plan = plan_model(model_of(config, random_weights(config, 1)), {}, 2);
  EXPECT_EQ(plan.attention.head_dim, 32);
  const MatrixSource& keys = plan.blocks[0].matrices[0].source;
  EXPECT_EQ(keys.rows.size(), 4 * 32);
  EXPECT_EQ(keys.rows[32 + 19].row, 80 + 20 + 19);  // keys come second in the checkpoint
  EXPECT_EQ(keys.rows[32 + 20].part, -1);
  const MatrixSource& output = plan.blocks[0].matrices[3].source;
  EXPECT_EQ(output.padded_inputs(), 128);
  EXPECT_EQ(output.columns[32 + 19], 20 + 19);
  EXPECT_EQ(output.columns[32 + 20], -1);
}

TEST(Compile, WhatDoesNotFitIsRefusedWithWhatWould) {
  const Model gpt2 = shape("gpt2");
  isa::Card few_reals = card();
  few_reals.vector_reals = 1 << 14;
  EXPECT_THAT(complaint(gpt2, few_reals, 1024),
              AllOf(HasSubstr("reals of vector memory"), HasSubstr("at most 16384 reals"), HasSubstr("--context ")));
  isa::Card few_words = card();
  few_words.activation_words = 256;
  EXPECT_THAT(complaint(gpt2, few_words, 1024), AllOf(HasSubstr("words of activation memory"), HasSubstr("or less")));
  isa::Card small_memory = card();
  small_memory.channel_bytes = 1 << 24;
  EXPECT_THAT(complaint(gpt2, small_memory, 1024), AllOf(HasSubstr("MiB of KV cache"), HasSubstr("at most 16.0 MiB")));
  isa::Card few_passes = card();
  few_passes.most_tokens = 2;
  EXPECT_THAT(complaint(shape("smollm2-135m"), few_passes, 64), HasSubstr("3 query heads share"));
  EXPECT_THAT(complaint(gpt2, card(), 1025), HasSubstr("at most the model's 1024"));
}

TEST(Compile, WithoutAContextAsMuchOfTheModelsAsFits) {
  isa::Card few_reals = card();
  few_reals.vector_reals = 1 << 14;
  const Model gpt2 = shape("gpt2");
  const isa::Program program = compiled(gpt2, few_reals);
  EXPECT_EQ(program.positions, largest_context(gpt2, few_reals, {}));
  EXPECT_LT(program.positions, 1024);
  EXPECT_NE(complaint(gpt2, few_reals, program.positions + 16), "");
  EXPECT_EQ(compiled(gpt2, card()).positions, 1024);
}

TEST(Compile, WithoutAContextChunksKeepRoomForFourTokens) {
  const Model model = shape("smollm2-135m");
  const isa::Program program = compiled(model, card());
  EXPECT_EQ(program.positions, usual_context(model, card(), {}));
  EXPECT_EQ(program.chunk, 4U);
  EXPECT_GT(program.positions, 1024U);
  EXPECT_LT(program.positions, largest_context(model, card(), {}));
  // Sixteen positions more, and it would be three.
  EXPECT_EQ(compiled(model, card(), program.positions + 16).chunk, 3U);
  // All that the model has, where that is not too much.
  isa::Card roomy = card();
  roomy.vector_reals = 1 << 20;
  roomy.activation_words = 1 << 16;
  EXPECT_EQ(compiled(model, roomy).positions, model.config.context);
}

TEST(Compile, TheChunkIsTheLargestThatFits) {
  isa::Card roomy = card();
  roomy.vector_reals = 1 << 20;
  roomy.activation_words = 1 << 15;
  EXPECT_EQ(compiled(shape("gpt2"), roomy, 128).chunk, 16);
  EXPECT_EQ(compiled(shape("smollm2-135m"), roomy, 128).chunk, 5);  // three heads share keys: 15 passes
  EXPECT_LT(compiled(shape("gpt2"), card(), 1024).chunk, 16);
}

// docs: GPT-2 reads 84.9 M weights of its layers and 38.6 M of its head at 8 bits; the streams add scales, biases and
// filling.
TEST(Compile, TrafficIsWhatTheModelHas) {
  const isa::Program program = compiled(shape("gpt2"), card(), 512);
  const Traffic traffic = traffic_per_token(program, 512);
  const double weights = 84.93e6 + 38.60e6;
  EXPECT_GT(static_cast<double>(traffic.weights), weights);
  EXPECT_LT(static_cast<double>(traffic.weights), weights * 1.02);
  EXPECT_EQ(traffic.activations, 0);
  EXPECT_EQ(traffic.kv_write, 12 * 2 * 12 * (64 + 3));
  const std::uint64_t codes = 12 * 2 * 768 * 512;
  EXPECT_GE(traffic.kv_read, codes);
  EXPECT_LT(traffic.kv_read, codes * 11 / 10);
  EXPECT_GT(traffic.kv_read, traffic_per_token(program, 256).kv_read * 19 / 10);
}

TEST(Compile, ATraceReadsTheBytesOfTheTraffic) {
  for (const char* name : {"gpt2", "smollm2-135m"}) {
    const isa::Program program = compiled(shape(name), card(4), 512);
    for (const std::uint32_t context : {1U, 8U, 9U, 500U}) {
      std::uint64_t read = 0;
      std::uint64_t written = 0;
      for (std::uint32_t channel = 0; channel < 4; ++channel) {
        for (const MemoryPiece& piece : decode_trace(program, context, channel)) {
          EXPECT_LE(piece.address + piece.bytes, program.channel_bytes);
          (piece.write ? written : read) += piece.bytes;
        }
      }
      const Traffic traffic = traffic_per_token(program, context);
      const std::uint64_t embedded = isa::row_bytes(isa::Vector::scaled16, shape(name).config.hidden) + 4;
      EXPECT_EQ(read, traffic.weights + traffic.kv_read + traffic.vectors - embedded) << name << ' ' << context;
      EXPECT_GT(written, traffic.kv_write);  // whole blocks of keys, of which some bytes are written
    }
  }
}

TEST(Compile, StrategiesForLengths) {
  isa::Card u280 = card(32);
  u280.vector_reals = 1 << 19;
  u280.activation_words = 1 << 14;
  const isa::Program program = compiled(shape("llama2-7b"), u280, 2048);
  const LengthsCount looped = count_lengths(program, Lengths::looped);
  const LengthsCount bucketed = count_lengths(program, Lengths::bucketed);
  const LengthsCount unrolled = count_lengths(program, Lengths::unrolled);
  EXPECT_LE(looped.instruction_bytes_all_lengths, 65536);
  EXPECT_EQ(looped.programs, 1);
  EXPECT_EQ(bucketed.programs, 2048 / 16 + 2048 / 128);
  EXPECT_EQ(unrolled.programs, 2 * 2048);
  EXPECT_GT(bucketed.instruction_bytes_all_lengths, looped.instruction_bytes_all_lengths);
  EXPECT_GT(unrolled.instruction_bytes_all_lengths, bucketed.instruction_bytes_all_lengths);
  // A decode program without loops: every layer's instructions, 32 times.
  EXPECT_GT(unrolled.instruction_bytes, 32 * 20 * 32);
}

// docs/compiler.md says so.
TEST(Compile, LargeShapesTakeLessThanASecond) {
  isa::Card u280 = card(32);
  u280.vector_reals = 1 << 19;
  u280.activation_words = 1 << 14;
  for (const char* name : {"llama2-7b", "opt-6.7b"}) {
    const Model model = shape(name);
    const auto start = std::chrono::steady_clock::now();
    const isa::Program program = compiled(model, u280, 2048);
    for (const Lengths lengths : {Lengths::unrolled, Lengths::bucketed, Lengths::looped}) {
      EXPECT_GT(count_lengths(program, lengths).instruction_bytes_all_lengths, 0U);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1)) << name;
  }
}

TEST(Compile, EveryPassSaysWhatItGave) {
  const auto passes = describe_passes(small("smollm2-135m"), card(), {});
  const auto text = [&](const std::string& name) {
    const auto found = std::ranges::find(passes, name, [](const auto& pass) { return pass.first; });
    return found == passes.end() ? std::string() : found->second;
  };
  EXPECT_THAT(text("plan"), AllOf(HasSubstr("block 0, and the others alike"), HasSubstr("multiply")));
  EXPECT_THAT(text("vector memory"), HasSubstr("scores"));
  EXPECT_THAT(text("activation memory"), HasSubstr("attention weights"));
  EXPECT_THAT(text("lowered"), HasSubstr("softmax"));
  EXPECT_THAT(text("order"), HasSubstr("carried"));
  EXPECT_THAT(text("synchronised"), HasSubstr("wait_a"));
  EXPECT_THAT(text("memory"), HasSubstr("KV cache"));
}

}  // namespace
}  // namespace godwit::compiler
