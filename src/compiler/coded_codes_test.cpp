// A compressed checkpoint's codes in the machine: the same rows as the compressor saw, the same weights, the same
// bytes.

#include "compiler/coded_codes.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "compiler/plan.h"
#include "compress/coded_parts.h"
#include "compress/quantise.h"
#include "compress/recipe.h"
#include "compress/small_model_test_support.h"
#include "compress/stream_facts.h"

namespace godwit::compiler {
namespace {

using compress::MachineMatrix;
using compress::small_model;

const std::vector<const char*> families = {"distilgpt2", "opt-1.3b", "smollm2-135m"};

isa::Card card() {
  isa::Card c;
  c.name = "test";
  c.slices = 2;
  c.activation_words = 1 << 13;
  c.vector_reals = 1 << 16;
  c.channel_bytes = std::uint64_t{1} << 32;
  return c;
}

CompileOptions by_scheme(const compress::Scheme& scheme) {
  CompileOptions options;
  options.scheme = scheme;
  return options;
}
CompileOptions keep() {
  return by_scheme({.keep = true});
}

/// Every matrix rounded, as the compiler rounds it by the scheme.
Model rounded(const Model& model, const std::string& scheme) {
  const compress::MatrixRecipe recipe = compress::parse_recipe(scheme);
  std::vector<compress::CodedPart> parts;
  for (const MachineMatrix& matrix : compress::machine_matrices(model)) {
    const auto coded = compress::quantise(compress::read_weights(model, matrix), static_cast<int>(matrix.rows.size()),
                                          matrix.padded_inputs(), {},
                                          {.bits = recipe.bits, .group = recipe.group, .kept = recipe.kept});
    const auto own = compress::coded_parts(model, matrix, coded, compress::pattern_name(recipe));
    parts.insert(parts.end(), own.begin(), own.end());
  }
  return compress::with_codes(model, parts);
}

std::vector<MatrixPlan> matrices_of(const Plan& plan) {
  std::vector<MatrixPlan> out;
  for (const Section& block : plan.blocks) out.insert(out.end(), block.matrices.begin(), block.matrices.end());
  out.insert(out.end(), plan.shared.matrices.begin(), plan.shared.matrices.end());
  return out;
}

TEST(CodedCodes, TheCompressorSeesTheMachinesRows) {
  for (const char* family : families) {
    const auto model = small_model(family);
    // So many slices that keys, values and queries lie in one matrix, as the compressor has them.
    const auto planned = matrices_of(plan_model(*model, {}, 64));
    const auto matrices = compress::machine_matrices(*model);
    ASSERT_EQ(planned.size(), matrices.size());
    for (std::size_t m = 0; m < planned.size(); ++m) {
      const MatrixSource& source = planned[m].source;
      EXPECT_EQ(source.name, matrices[m].name);
      ASSERT_EQ(source.rows.size(), matrices[m].rows.size()) << source.name;
      for (std::size_t r = 0; r < source.rows.size(); ++r) {
        const compress::MachineRow& row = matrices[m].rows[r];
        ASSERT_EQ(source.rows[r].part < 0, row.layer < 0);
        if (row.layer < 0) continue;
        const auto& linear = std::get<Linear>(model->layers[static_cast<std::size_t>(row.layer)].operation);
        EXPECT_EQ(source.parts[static_cast<std::size_t>(source.rows[r].part)].weight.tensor.data.data(),
                  linear.weight.tensor.data.data());
        EXPECT_EQ(source.rows[r].row, row.row) << source.name << ", row " << r;
      }
    }
  }
}

TEST(CodedCodes, EveryWeightIsTheCheckpoints) {
  for (const char* family : families) {
    for (const char* scheme : {"w8", "w4", "w3g32", "w5-n8", "w8-n4", "w4-n2"}) {
      const Model model = rounded(*small_model(family), scheme);
      for (const MatrixPlan& m : matrices_of(plan_model(model, keep(), 2))) {
        ASSERT_TRUE(m.coding.own_codes) << m.source.name;
        EXPECT_EQ(coding_name(m.coding), "keep " + compress::recipe_name(compress::parse_recipe(scheme)));
        const auto count = static_cast<int>((m.source.rows.size() + 7) / 8 * 8);
        const compress::QuantisedMatrix machine = coded_codes(m.source, m.coding, 0, count);
        std::vector<float> row(m.source.inputs);
        for (std::size_t r = 0; r < m.source.rows.size(); ++r) {
          const SourceRow& from = m.source.rows[r];
          if (from.part < 0) continue;
          const MatrixPart& part = m.source.parts[static_cast<std::size_t>(from.part)];
          read_row(part.weight.tensor, from.row, row);
          for (std::size_t i = 0; i < row.size(); ++i) {
            const double weight = compress::weight_of(machine, static_cast<int>(r), static_cast<int>(i));
            if (part.factor == 1) {
              ASSERT_EQ(static_cast<float>(weight), row[i]) << m.source.name << " " << r << " " << i;
            } else {
              const double wanted = part.factor * static_cast<double>(row[i]);
              ASSERT_LE(std::abs(weight - wanted), std::abs(wanted) * 0x1p-15);
            }
          }
        }
      }
    }
  }
}

TEST(CodedCodes, TheImageIsThatOfTheSchemeThatMadeThem) {
  ThreadPool pool(2);
  for (const char* family : families) {
    for (const char* scheme : {"w8", "w4g32", "w6-n8", "w8-n4"}) {
      // In parts of chunks and of block rows the checkpoint's codes may take less.
      const auto model = small_model(family, true);
      const isa::Program wanted = compile(*model, card(), by_scheme(compress::parse_scheme(scheme)), pool);
      const isa::Program got = compile(rounded(*model, scheme), card(), keep(), pool);
      ASSERT_EQ(wanted.segments.size(), got.segments.size());
      for (std::size_t s = 0; s < wanted.segments.size(); ++s) {
        const isa::Segment& a = wanted.segments[s];
        const isa::Segment& b = got.segments[s];
        EXPECT_EQ(a.name, b.name);
        // The scale of the scores goes into the rows of the queries: before rounding there, after it here.
        if (a.name.ends_with(".q")) continue;
        EXPECT_TRUE(std::ranges::equal(a.bytes, b.bytes)) << family << " " << scheme << " " << a.name;
      }
    }
  }
}

TEST(CodedCodes, BytesAreThoseThatTheCompressorCounts) {
  for (const char* family : families) {
    for (const char* scheme : {"w8", "w4", "w3g32", "w5-n8", "w4-n2"}) {
      const Model model = rounded(*small_model(family), scheme);
      std::uint64_t granules = 0;
      const auto planned = matrices_of(plan_model(model, keep(), 1));
      for (const MatrixPlan& m : planned) granules += m.descriptor.granules;
      const std::uint64_t counted = compress::coded_facts(model).value().bytes;
      const std::uint64_t streamed = granules * (isa::granule_bits / 8);
      EXPECT_LE(counted, streamed);
      EXPECT_GT(counted + planned.size() * isa::line_granules * (isa::granule_bits / 8), streamed) << scheme;
    }
  }
}

TEST(CodedCodes, PartsThatCannotLieTogetherAreCodedAnew) {
  const auto plain = small_model("smollm2-135m");
  const Model narrow = rounded(*plain, "w4");
  const Model wide = rounded(*plain, "w8");
  const Model sparse = rounded(*plain, "w6-n8");
  const auto kvq_of = [&](const Model& keys, const Model& others) {
    Model mixed = others;
    for (std::size_t i = 0; i < mixed.layers.size(); ++i) {
      if (mixed.layers[i].name.ends_with("k_proj")) mixed.layers[i] = keys.layers[i];
    }
    constexpr int slices = 16;  // so many that keys, values and queries lie in one matrix
    return matrices_of(plan_model(mixed, keep(), slices)).front().coding;
  };
  EXPECT_EQ(coding_name(kvq_of(narrow, rounded(*plain, "w6g32"))), "keep w6g32");
  EXPECT_EQ(coding_name(kvq_of(wide, narrow)), "w8");    // eight bits have no groups
  EXPECT_EQ(coding_name(kvq_of(sparse, narrow)), "w8");  // sparse ones no offsets
  EXPECT_EQ(coding_name(kvq_of(sparse, rounded(*plain, "w3-n4"))), "keep w6g64-mixed");
  EXPECT_EQ(coding_name(kvq_of(*plain, narrow)), "w8");
}

}  // namespace
}  // namespace godwit::compiler
