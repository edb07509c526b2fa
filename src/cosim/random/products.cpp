// Steps of the stream unit and the MPE with matrices, and of sampling.

#include <array>

#include "cosim/random/writer.h"

namespace godwit::cosim {
namespace {

namespace op = isa::op;

constexpr std::size_t most_ahead = 2;  // streams that wait: a FIFO that is full may stop control for good
constexpr std::uint32_t most_rows = 72;

Digits quantise(Writer& w, std::uint32_t tokens_reg, std::uint32_t from, std::uint32_t count, std::uint32_t stride,
                bool two_digits) {
  const std::uint32_t tokens = w.tokens_in(tokens_reg);
  const std::uint64_t size = std::uint64_t{two_digits ? tokens : (tokens + 1) / 2} * words_of(count);
  const std::uint32_t to = w.words(size);
  w.add(op::Quantise{.two_digits = two_digits,
                     .vectors = 1,
                     .kv_heads = 1,
                     .tokens = tokens_reg,
                     .count = count,
                     .stride = stride,
                     .from = from,
                     .to = to},
        {reads(Space::reals, from, span_of(tokens, stride, up8(count))), writes(Space::digits, to, size)});
  const Digits out{.at = to, .tokens = tokens, .count = count, .two_digits = two_digits, .tokens_reg = tokens_reg};
  w.wrote(out);
  return out;
}

RealStyle style_for(bool two_digits, Writer& w) {
  if (!w.chance(2)) return any_style(*w.dice);
  return two_digits ? RealStyle::even_long : RealStyle::even_short;
}

/// Digits that a matrix can meet: lately written ones, or new ones.
Digits digits_for(Writer& w, const MatrixShape& shape, std::uint32_t tokens_reg) {
  if (!w.chance(4)) {
    for (const Digits& one : w.digits) {
      if (words_of(one.count) == words_of(shape.inputs) && one.two_digits == shape.two_digits) return one;
    }
  }
  const std::uint32_t least = (words_of(shape.inputs) / isa::chunk_blocks - 1) * isa::chunk_inputs + 1;
  const std::uint32_t count = least + static_cast<std::uint32_t>(w.below(shape.inputs - least + 1));
  if (w.chance(2)) {
    const std::uint32_t tokens = w.tokens_in(tokens_reg);
    return quantise(w, tokens_reg, w.source(tokens, count), count, up8(count), shape.two_digits);
  }
  const Reals x = load_reals(w, tokens_reg, count, style_for(shape.two_digits, w));
  return quantise(w, tokens_reg, x.at, count, x.stride, shape.two_digits);
}

MatrixShape any_shape(Writer& w) {
  static constexpr std::array<std::uint32_t, 6> widths = {2, 3, 4, 5, 6, 8};
  static constexpr std::array<std::uint32_t, 4> groups = {16, 32, 64, 128};
  MatrixShape shape;
  const std::uint32_t limit = std::min(most_rows, std::max(8U, w.recipe.most_count));
  shape.rows = 1 + static_cast<std::uint32_t>(w.below(w.chance(3) ? limit : (limit + 1) / 2));
  const std::uint32_t blocks = std::max(1U, w.recipe.most_count / 10);
  shape.inputs = isa::block_inputs * (1 + static_cast<std::uint32_t>(w.below(w.chance(4) ? 2 * blocks : blocks)));
  shape.bits = widths[w.below(widths.size())];
  shape.sparse = w.below(5) < 2;
  const std::size_t first_group = shape.sparse ? 1 : 0;
  if (shape.bits < 8 || w.chance(3)) shape.group = groups[first_group + w.below(groups.size() - first_group)];
  shape.bias = w.chance(3);
  shape.two_digits = w.chance(2);
  shape.even = w.chance(2);
  shape.gain = w.chance(8) ? static_cast<int>(w.below(40)) - 20 : static_cast<int>(w.below(5)) - 2;
  return shape;
}

/// As many of its like as the loop has rounds, each with its descriptor.
Matrix make(Writer& w, const MatrixShape& shape) {
  constexpr std::uint64_t line_bytes = 64;
  constexpr std::uint64_t granule = 16;
  const auto first = static_cast<std::int64_t>(w.descriptors.size());
  const auto copies = static_cast<std::int64_t>(w.copies());
  for (std::int64_t i = 0; i < copies; ++i) {
    NoiseMatrix matrix = noise_matrix(shape, w.slices, *w.dice);
    const std::uint64_t address = w.image.reserve(matrix.streams.front().size(), line_bytes);
    for (std::uint32_t s = 0; s < w.slices; ++s) w.image.put(s, address, matrix.streams[s]);
    matrix.descriptor.offset = address / granule;
    w.descriptors.push_back(matrix.descriptor);
  }
  if (copies == 1) return {.shape = shape, .descriptor = {.base = first}};
  // Upwards, or downwards from the last one.
  if (w.chance(2)) return {.shape = shape, .descriptor = w.walk(first, 1)};
  return {.shape = shape, .descriptor = w.walk(first + copies - 1, -1)};
}

void stream(Writer& w, const Matrix& matrix) {
  w.add(op::Stream{.matrix = static_cast<std::uint32_t>(matrix.descriptor.base),
                   .matrix_reg = matrix.descriptor.number,
                   .matrix_stride = matrix.descriptor.stride});
  w.streamed.push_back(matrix);
}

Touch reads_digits(const Digits& digits, const MatrixShape& shape) {
  const std::uint32_t vectors = shape.two_digits ? digits.tokens : (digits.tokens + 1) / 2;
  return reads(Space::digits, digits.at, std::uint64_t{vectors} * words_of(shape.inputs));
}

/// The product with what was streamed first.
void multiply(Writer& w) {
  const Matrix matrix = w.streamed.front();
  const Digits x = digits_for(w, matrix.shape, w.any_tokens());
  w.streamed.pop_front();
  const std::uint64_t size = std::uint64_t{x.tokens} * up8(matrix.shape.rows);
  const auto combine = static_cast<isa::Combine>(w.below(isa::combine_names.size()));
  const std::uint32_t to = w.place(size);
  std::uint32_t other = 0;
  std::vector<Touch> touches = {reads_digits(x, matrix.shape), writes(Space::reals, to, size)};
  if (combine != isa::Combine::none) {
    other = w.source(x.tokens, matrix.shape.rows);
    if (other < to + size && to < other + size) other = w.chance(2) ? to : w.place_apart(size, to, size);
    touches.push_back(reads(Space::reals, other, size));
  }
  w.add(op::Matmul{.matrix = static_cast<std::uint32_t>(matrix.descriptor.base),
                   .matrix_reg = matrix.descriptor.number,
                   .matrix_stride = matrix.descriptor.stride,
                   .tokens = x.tokens_reg,
                   .from = x.at,
                   .to = to,
                   .activation = static_cast<isa::Activation>(w.below(isa::activation_names.size())),
                   .combine = combine,
                   .other = other},
        touches);
  w.wrote(Reals{.at = to, .tokens = x.tokens, .count = matrix.shape.rows, .stride = up8(matrix.shape.rows)});
}

MatrixShape head_shape(Writer& w) {
  MatrixShape shape = any_shape(w);
  shape.rows = w.vocabulary;
  shape.inputs = isa::block_inputs * (1 + static_cast<std::uint32_t>(w.below(4)));
  switch (w.below(3)) {
    case 0:  // logits of few values, many of them equal
      shape.gain = 3 - w.fraction_bits;
      shape.bias = false;
      break;
    case 1:  // over many powers of two
      shape.gain = 3 + static_cast<int>(w.below(3));
      break;
    default:
      shape.gain = 0;
  }
  return shape;
}

void head(Writer& w, const Digits& x, const Matrix& matrix, std::uint32_t spill) {
  const isa::Descriptor& d = w.descriptors[static_cast<std::size_t>(matrix.descriptor.base)];
  const std::uint64_t bytes = std::uint64_t{x.tokens} * d.block_rows * isa::block_rows * w.slices * 4;
  const std::uint64_t logits = w.image.reserve(bytes, 16);
  w.streamed.pop_front();
  w.add(op::Head{.matrix = static_cast<std::uint32_t>(matrix.descriptor.base),
                 .matrix_reg = matrix.descriptor.number,
                 .matrix_stride = matrix.descriptor.stride,
                 .tokens = x.tokens_reg,
                 .from = x.at,
                 .spill = spill,
                 .logits = logits},
        {reads_digits(x, matrix.shape), writes(Space::bytes, logits, bytes)});
}

void sample(Writer& w) {
  w.add(
      op::Sample{.rd = reg::sampled, .position = reg::position, .ids = w.ids, .result = w.result},
      {writes(Space::bytes, w.ids, Writer::most_positions * 4), writes(Space::bytes, w.result, isa::result_words * 4)});
}

}  // namespace

void step_quantise(Writer& w) {
  const std::uint32_t tokens_reg = w.any_tokens();
  const std::uint32_t count = w.any_count();
  const std::uint32_t tokens = w.tokens_in(tokens_reg);
  quantise(w, tokens_reg, w.source(tokens, count), count, up8(count), w.chance(2));
}

void step_stream(Writer& w) {
  if (w.streamed.size() < most_ahead) stream(w, make(w, any_shape(w)));
}

void step_product(Writer& w) {
  if (w.streamed.empty()) stream(w, make(w, any_shape(w)));
  if (w.chance(3)) step_stream(w);
  multiply(w);
}

void meet_streams(Writer& w) {
  while (!w.streamed.empty()) multiply(w);
}

void step_head(Writer& w) {
  meet_streams(w);
  const std::uint32_t spill = w.chance(2) ? reg::spill : w.chance(2) ? reg::one : reg::zero;
  constexpr std::uint32_t few_rows = 100;
  const bool one_token = w.vocabulary > few_rows && (spill == reg::one || (spill == reg::spill && w.start.spill));
  const Matrix matrix = make(w, head_shape(w));
  const std::uint32_t tokens_reg = one_token ? reg::one : w.any_tokens();
  Digits x = digits_for(w, matrix.shape, tokens_reg);
  if (one_token) {
    x.tokens = 1;
    x.tokens_reg = reg::one;
  }
  stream(w, matrix);
  head(w, x, matrix, spill);
  sample(w);
}

void step_generation(Writer& w) {
  meet_streams(w);
  w.start.greedy = true;
  w.set(reg::sampled, 0);
  w.items.back().drained = true;
  const std::size_t again = w.items.size();
  constexpr std::uint64_t granule = 16;
  MatrixShape shape = head_shape(w);
  const std::uint32_t count = shape.inputs;
  const std::uint64_t row = (4 * std::uint64_t{count} + granule - 1) / granule * granule;
  const std::uint32_t rows = (w.vocabulary + w.slices - 1) / w.slices;
  const std::uint64_t table = w.image.reserve(rows * row, granule);
  for (std::uint32_t s = 0; s < w.slices; ++s) {
    const auto numbers = noise_reals(rows * row / 4, RealStyle::usual, w.fraction_bits, *w.dice);
    w.image.put(s, table, std::as_bytes(std::span(numbers)));
  }
  const std::uint32_t to = w.place(up8(count));
  w.add(op::Embed{.format = isa::Vector::real,
                  .address = table,
                  .ids = w.ids,
                  .position = reg::position,
                  .tokens = reg::one,
                  .count = count,
                  .to = to},
        {reads(Space::bytes, w.ids, Writer::most_positions * 4), writes(Space::reals, to, up8(count))});
  const Digits x = quantise(w, reg::one, to, count, up8(count), shape.two_digits);
  const Matrix matrix = make(w, shape);
  stream(w, matrix);
  head(w, x, matrix, w.chance(3) ? reg::spill : reg::zero);
  w.add(op::Add{.rd = reg::position, .rs = reg::position, .second = reg::one, .subtract = false});
  sample(w);
  w.add(op::Branch{.rs = reg::sampled, .condition = isa::Condition::not_zero, .distance = 0});
  w.items.back().drained = true;
  w.items.back().target = again;
}

}  // namespace godwit::cosim
