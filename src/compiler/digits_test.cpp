// Which matrices read which digits, and programs with one digit in some places against those compiled with one
// everywhere.

#include "compiler/digits.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "compiler/rewrite.h"
#include "isa/codec.h"
#include "model/graph/plan.h"
#include "model/shapes.h"

namespace godwit::compiler {
namespace {

Model shape(const char* name) {
  Model model;
  model.config = known_shape(name);
  model.layers = build_graph(model.config, empty_weights(model.config));
  return model;
}

isa::Program compiled(const Model& model, ActivationDigits digits) {
  isa::Card card;
  card.name = "test";
  card.slices = 2;
  card.activation_words = 1 << 14;
  card.vector_reals = 1 << 18;
  card.channel_bytes = std::uint64_t{1} << 32;
  ThreadPool pool(1);
  CompileOptions options;
  options.activations = digits;
  options.context = 256;
  return compile(model, card, options, pool);
}

TEST(Digits, EveryMatrixHasItsPlace) {
  for (const char* name : {"gpt2", "smollm2-135m", "opt-125m"}) {
    const isa::Program program = compiled(shape(name), ActivationDigits::a15);
    const std::vector<DigitPlace> places = digit_places(program);
    ASSERT_EQ(places.size(), 5) << name;  // K, V, Q; output; up; down; head
    std::vector<int> seen(program.descriptors.size());
    for (const DigitPlace& place : places) {
      for (const std::uint32_t matrix : place.matrices) ++seen[matrix];
      EXPECT_EQ(place.head, &place == &places.back()) << name;
    }
    EXPECT_EQ(seen, std::vector<int>(seen.size(), 1)) << name;
    EXPECT_EQ(places.front().matrices.size() % program.layers, 0) << name;
  }
  // Gate and up of all blocks read the same digits.
  const isa::Program llama = compiled(shape("smollm2-135m"), ActivationDigits::a15);
  EXPECT_EQ(digit_places(llama)[2].matrices.size(), 2 * llama.layers);
}

TEST(Digits, OneDigitEverywhereIsWhatWouldHaveBeenCompiled) {
  for (const char* name : {"gpt2", "smollm2-135m", "opt-125m"}) {
    const Model model = shape(name);
    const isa::Program two = compiled(model, ActivationDigits::a15);
    const isa::Program one = with_one_digit(two, digit_places(two));
    const isa::Program wanted = compiled(model, ActivationDigits::a8);
    ASSERT_EQ(one.descriptors.size(), wanted.descriptors.size());
    for (std::size_t i = 0; i < one.descriptors.size(); ++i) {
      EXPECT_EQ(one.matrices[i].scheme, wanted.matrices[i].scheme);
      EXPECT_FALSE(descriptors_of(one)[i].two_digits);
    }
    std::size_t changed = 0;
    for (std::size_t i = 0; i < one.instructions.size(); ++i) {
      changed += one.instructions[i] != two.instructions[i] ? 1 : 0;
    }
    EXPECT_EQ(changed, digit_places(two).size()) << name;
  }
}

TEST(Digits, WhatIsInMemoryFollowsTheLists) {
  const isa::Program two = compiled(shape("gpt2"), ActivationDigits::a15);
  const std::vector<DigitPlace> places = digit_places(two);
  const isa::Program out = with_one_digit(two, std::span(places).subspan(1, 1));
  int found = 0;
  for (const isa::Segment& segment : out.segments) {
    if (segment.channel != 0) continue;
    if (segment.address == out.code_address) {
      EXPECT_TRUE(std::ranges::equal(segment.bytes, std::as_bytes(std::span(out.instructions))));
      ++found;
    } else if (segment.address == out.descriptor_address) {
      EXPECT_TRUE(std::ranges::equal(segment.bytes, std::as_bytes(std::span(out.descriptors))));
      ++found;
    }
  }
  EXPECT_EQ(found, 2);
  for (const std::uint32_t matrix : places[1].matrices) EXPECT_FALSE(descriptors_of(out)[matrix].two_digits);
  EXPECT_TRUE(descriptors_of(out)[places[0].matrices[0]].two_digits);
}

}  // namespace
}  // namespace godwit::compiler
