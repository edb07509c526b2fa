// What the streams hold against what quantise() and pack() make of the whole matrix at once, and how long they are
// said to be before.

#include "compiler/weights.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

#include "base/random.h"
#include "compiler/pack.h"
#include "compress/quantise.h"

namespace godwit::compiler {
namespace {

Tensor random_tensor(std::vector<std::size_t> shape, std::uint64_t seed) {
  Tensor tensor{.name = "w", .type = DType::f32, .shape = std::move(shape), .data = {}, .owner = {}};
  auto values = std::make_shared<std::vector<float>>(tensor.elements());
  Random random(seed);
  for (float& w : *values) w = static_cast<float>(0.05 * random.normal());
  tensor.data = std::as_bytes(std::span(*values));
  tensor.owner = values;
  return tensor;
}

std::vector<std::vector<std::byte>> streams_of(const MatrixSource& source, const Coding& coding,
                                               const isa::Descriptor& descriptor, int slices) {
  std::vector<std::vector<std::byte>> streams(static_cast<std::size_t>(slices),
                                              std::vector<std::byte>(descriptor.granules * sizeof(Granule)));
  std::vector<std::span<std::byte>> spans(streams.begin(), streams.end());
  ThreadPool pool(2);
  fill_streams(source, coding, descriptor, 16, spans, pool, [](std::size_t) {});
  return streams;
}

TEST(Weights, StreamsAreThoseOfTheWholeMatrix) {
  constexpr int rows = 48;
  constexpr int inputs = 208;
  const Tensor tensor = random_tensor({rows, inputs}, 1);
  const Tensor bias = random_tensor({rows}, 2);
  for (const char* name :
       {"w8", "w6g64", "w5g16", "w4g32", "w3g128", "w2g64", "w8-n8", "w4g64-n8", "w5-n4", "w8-n2", "w3-n1"}) {
    for (const int slices : {1, 2, 4}) {
      for (const bool with_bias : {false, true}) {
        const MatrixSource source =
            plain_source("w", {.tensor = tensor, .input_major = false}, with_bias ? std::optional(bias) : std::nullopt);
        const compress::Scheme scheme = compress::parse_scheme(name);
        const Coding coding = coding_of(source, scheme);
        const isa::Descriptor descriptor = describe(source, coding, slices, true);
        std::vector<std::int32_t> reals;
        if (with_bias) {
          for (const float b : to_floats(bias)) {
            reals.push_back(static_cast<std::int32_t>(std::nearbyint(std::ldexp(static_cast<double>(b), 16))));
          }
        }
        const compress::QuantisedMatrix whole = compress::quantise(
            to_floats(tensor), rows, inputs, reals, {.bits = scheme.bits, .group = scheme.group, .kept = scheme.kept});
        const PackedMatrix packed = pack(whole, slices, true);
        EXPECT_EQ(packed.descriptor, descriptor) << name << ", " << slices << " slices";
        const auto streams = streams_of(source, coding, descriptor, slices);
        // Slice 0 has no block rows of padding, which may be packed more tightly.
        const auto first = std::as_bytes(std::span(packed.streams.front()));
        EXPECT_TRUE(std::ranges::equal(first, streams.front())) << name << ", " << slices << " slices";
      }
    }
  }
}

TEST(Weights, AUniformPatternKeepsSoManyOfEverySpan) {
  const Tensor tensor = random_tensor({8, 64}, 3);
  const MatrixSource source = plain_source("w", {.tensor = tensor, .input_major = false}, std::nullopt);
  const Coding coding = coding_of(source, compress::parse_scheme("w8-4:2"));
  const isa::Descriptor descriptor = describe(source, coding, 1, true);
  const auto stream = streams_of(source, coding, descriptor, 1).front();
  // After scales (2 granules) and kinds (1), a pair of blocks: bitmaps of 16 bits a row, then codes in planes.
  for (std::size_t beat = 0; beat < 2; ++beat) {
    const std::byte* bitmaps = stream.data() + (3 + beat * 10) * sizeof(Granule);
    for (std::size_t i = 0; i < 16; ++i) {
      std::uint16_t bitmap = 0;
      std::memcpy(&bitmap, bitmaps + 2 * i, sizeof bitmap);
      for (int four = 0; four < 4; ++four) EXPECT_EQ(__builtin_popcount((bitmap >> (4 * four)) & 15), 2);
    }
  }
}

TEST(Weights, RowsComeInTheOrderOfTheSourceAndTimesTheirFactor) {
  const Tensor input_major = random_tensor({32, 6}, 4);  // [inputs][outputs]
  const Tensor plain = random_tensor({5, 32}, 5);
  MatrixSource source;
  source.inputs = 32;
  source.parts = {{.weight = {.tensor = input_major, .input_major = true}, .bias = random_tensor({6}, 6), .factor = 1},
                  {.weight = {.tensor = plain, .input_major = false}, .bias = {}, .factor = 0.1}};
  source.rows = {{.part = 1, .row = 4}, {.part = -1, .row = 0}, {.part = 0, .row = 2}};
  for (std::int32_t i = 31; i >= 0; --i) source.columns.push_back(i);
  source.columns.push_back(-1);
  const SourceReader reader(source);
  ASSERT_EQ(source.padded_inputs(), 48);
  std::vector<float> row(48);
  const std::vector<float> turned = to_floats(input_major);
  const std::vector<float> straight = to_floats(plain);
  reader.row(0, row);
  for (std::size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(row[i], static_cast<float>(0.1 * static_cast<double>(straight[4 * 32 + 31 - i])));
  }
  for (std::size_t i = 32; i < 48; ++i) EXPECT_EQ(row[i], 0);
  reader.row(1, row);
  for (const float w : row) EXPECT_EQ(w, 0);
  reader.row(2, row);
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(row[i], turned[(31 - i) * 6 + 2]);
  EXPECT_EQ(reader.bias(0), 0);
  EXPECT_EQ(reader.bias(1), 0);
  EXPECT_EQ(reader.bias(2), static_cast<double>(to_floats(*source.parts[0].bias)[2]));
}

}  // namespace
}  // namespace godwit::compiler
