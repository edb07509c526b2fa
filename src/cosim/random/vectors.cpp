// Steps of the load unit, the vector unit and the store unit.

#include "cosim/random/writer.h"

namespace godwit::cosim {
namespace {

namespace op = isa::op;

constexpr std::uint64_t granule_bytes = 16;

std::uint64_t row_bytes(isa::Vector format, std::uint64_t count) {
  const std::uint64_t all = format == isa::Vector::real ? 4 * count : granule_bytes + 2 * count;
  return (all + granule_bytes - 1) / granule_bytes * granule_bytes;
}

std::vector<std::byte> row_of(isa::Vector format, std::uint32_t rows, std::uint32_t count, RealStyle style, Writer& w) {
  if (format == isa::Vector::scaled16) return noise_scaled_rows(rows, count, w.fraction_bits, *w.dice);
  const auto numbers = noise_reals(rows * row_bytes(format, count) / 4, style, w.fraction_bits, *w.dice);
  const auto all = std::as_bytes(std::span(numbers));
  return {all.begin(), all.end()};
}

isa::Activation any_activation(Writer& w) {
  return static_cast<isa::Activation>(w.below(isa::activation_names.size()));
}

/// Loads rows that were made for it, a copy a round.
Reals load_rows(Writer& w, isa::Vector format, std::uint32_t tokens_reg, std::uint32_t count,
                const std::vector<std::byte>& rows) {
  const std::uint32_t tokens = w.tokens_in(tokens_reg);
  const std::uint64_t size = std::uint64_t{tokens} * up8(count);
  const std::uint32_t to = w.place(size);
  const std::uint64_t address = w.bytes(rows);
  const Affine at = w.walk(static_cast<std::int64_t>(address), static_cast<std::int64_t>(rows.size() / w.copies()));
  w.add(op::Load{.format = format,
                 .address = static_cast<std::uint64_t>(at.base),
                 .address_reg = at.number,
                 .address_stride = static_cast<std::uint32_t>(at.stride),
                 .tokens = tokens_reg,
                 .count = count,
                 .to = to},
        {reads(Space::bytes, address, rows.size()), writes(Space::reals, to, size)});
  return {.at = to, .tokens = tokens, .count = count, .stride = up8(count)};
}

}  // namespace

Reals load_reals(Writer& w, std::uint32_t tokens_reg, std::uint32_t count, RealStyle style) {
  const std::uint32_t rows = w.tokens_in(tokens_reg) * w.copies();
  const Reals out =
      load_rows(w, isa::Vector::real, tokens_reg, count, row_of(isa::Vector::real, rows, count, style, w));
  w.wrote(out);
  return out;
}

void step_load(Writer& w) {
  const std::uint32_t tokens_reg = w.any_tokens();
  const std::uint32_t count = w.any_count();
  if (w.chance(4)) {  // coefficients
    std::vector<std::byte> rows;
    const std::uint32_t tokens = w.tokens_in(tokens_reg) * w.copies();
    const auto numbers =
        noise_coefficients(tokens * row_bytes(isa::Vector::real, count) / sizeof(std::int32_t), *w.dice);
    const auto all = std::as_bytes(std::span(numbers));
    rows.assign(all.begin(), all.end());
    w.weights.push_front(load_rows(w, isa::Vector::real, tokens_reg, count, rows));
    return;
  }
  if (!w.rooms.empty() && w.chance(3)) {  // what was stored, or what lies there until it is
    const Writer::Room& room = w.rooms[w.below(w.rooms.size())];
    const std::uint32_t all = std::min(room.count, w.recipe.most_count);
    const std::uint32_t to = w.place(up8(all));
    w.add(op::Load{.format = isa::Vector::real, .address = room.address, .tokens = reg::one, .count = all, .to = to},
          {reads(Space::bytes, room.address, row_bytes(isa::Vector::real, all)), writes(Space::reals, to, up8(all))});
    w.wrote(Reals{.at = to, .tokens = 1, .count = all, .stride = up8(all)});
    return;
  }
  const isa::Vector format = w.chance(3) ? isa::Vector::scaled16 : isa::Vector::real;
  const std::uint32_t rows = w.tokens_in(tokens_reg) * w.copies();
  w.wrote(load_rows(w, format, tokens_reg, count, row_of(format, rows, count, any_style(*w.dice), w)));
}

void step_embed(Writer& w) {
  const std::uint32_t tokens_reg = w.any_tokens();
  const std::uint32_t tokens = w.tokens_in(tokens_reg);
  const std::uint32_t count = std::min(w.any_count(), 40U);
  const isa::Vector format = w.chance(2) ? isa::Vector::scaled16 : isa::Vector::real;
  const std::uint32_t rows = (w.vocabulary + w.slices - 1) / w.slices;
  const std::uint64_t table = w.image.reserve(rows * row_bytes(format, count), granule_bytes);
  for (std::uint32_t s = 0; s < w.slices; ++s)
    w.image.put(s, table, row_of(format, rows, count, any_style(*w.dice), w));
  const std::uint32_t position = w.chance(3) ? reg::zero : w.chance(4) ? reg::one : reg::position;
  const std::uint64_t size = std::uint64_t{tokens} * up8(count);
  const std::uint32_t to = w.place(size);
  w.add(op::Embed{.format = format,
                  .address = table,
                  .ids = w.ids,
                  .position = position,
                  .tokens = tokens_reg,
                  .count = count,
                  .to = to},
        {reads(Space::bytes, w.ids, Writer::most_positions * 4), writes(Space::reals, to, size)});
  w.wrote(Reals{.at = to, .tokens = tokens, .count = count, .stride = up8(count)});
}

void step_norm(Writer& w) {
  const std::uint32_t tokens_reg = w.any_tokens();
  const std::uint32_t tokens = w.tokens_in(tokens_reg);
  const std::uint32_t count = w.any_count();
  const std::uint64_t size = std::uint64_t{tokens} * up8(count);
  const std::uint32_t from = w.source(tokens, count);
  const bool in_place = w.chance(3);
  const std::uint32_t to = in_place ? from : w.place_apart(size, from, size);
  const auto operand = [&](const std::deque<Reals>& lately) {
    for (const Reals& one : lately) {
      if (one.at + count <= to || to + size <= one.at) return one.at;
    }
    return w.place_apart(up8(count), to, size);
  };
  const bool layer = w.chance(2);
  const std::uint32_t weight = operand(w.weights);
  const std::uint32_t bias = layer ? operand(w.reals) : 0;
  std::vector<Touch> touches = {reads(Space::reals, from, size), reads(Space::reals, weight, up8(count)),
                                writes(Space::reals, to, size)};
  if (layer) touches.push_back(reads(Space::reals, bias, up8(count)));
  w.add(op::Norm{.kind = layer ? isa::Norm::layer : isa::Norm::rms,
                 .tokens = tokens_reg,
                 .count = count,
                 .from = from,
                 .to = to,
                 .weight = weight,
                 .bias = bias,
                 .epsilon = 1U << w.below(30)},
        touches);
  w.wrote(Reals{.at = to, .tokens = tokens, .count = count, .stride = up8(count)});
}

void step_combine(Writer& w) {
  const std::uint32_t tokens_reg = w.any_tokens();
  const std::uint32_t tokens = w.tokens_in(tokens_reg);
  const std::uint32_t count = w.any_count();
  const std::uint64_t size = std::uint64_t{tokens} * up8(count);
  const std::uint32_t from = w.source(tokens, count);
  const auto combine = static_cast<isa::Combine>(w.below(isa::combine_names.size()));
  std::uint32_t to = w.chance(3) ? from : w.place_apart(size, from, size);
  std::uint32_t other = w.source(tokens, count);
  if (combine == isa::Combine::none) other = 0;
  const bool overlaps = other != to && other < to + size && to < other + size;
  if (combine != isa::Combine::none && overlaps) other = w.chance(2) ? to : w.place_apart(size, to, size);
  std::vector<Touch> touches = {reads(Space::reals, from, size), writes(Space::reals, to, size)};
  if (combine != isa::Combine::none) touches.push_back(reads(Space::reals, other, size));
  w.add(op::Combine{.activation = any_activation(w),
                    .combine = combine,
                    .tokens = tokens_reg,
                    .count = count,
                    .from = from,
                    .other = other,
                    .to = to},
        touches);
  w.wrote(Reals{.at = to, .tokens = tokens, .count = count, .stride = up8(count)});
}

void step_rope(Writer& w) {
  const std::uint32_t tokens_reg = w.any_tokens();
  const std::uint32_t tokens = w.tokens_in(tokens_reg);
  const std::uint32_t heads = 1 + static_cast<std::uint32_t>(w.below(3));
  const std::uint32_t dim = 8 * (1 + static_cast<std::uint32_t>(w.below(std::max(1U, w.recipe.most_count / 24))));
  const std::uint32_t turned = w.chance(2) ? dim : 2 * (1 + static_cast<std::uint32_t>(w.below(dim / 2)));
  const std::uint32_t stride = heads * dim + (w.chance(3) ? 8 * static_cast<std::uint32_t>(w.below(4)) : 0);
  const std::uint64_t size = span_of(tokens, stride, std::uint64_t{heads} * dim);
  const std::uint32_t from = w.source(tokens, stride);
  const std::uint64_t angle_size = std::uint64_t{tokens} * up8(turned);
  // Angles of its own: whatever lies in the vector memory would seldom be any.
  const auto numbers = noise_coefficients(angle_size, *w.dice);
  const std::uint32_t angles = w.place_apart(angle_size, from, size);
  const std::uint64_t address = w.bytes(std::as_bytes(std::span(numbers)));
  const bool by_row = turned % 4 == 0 && turned == up8(turned);
  w.add(op::Load{.format = isa::Vector::real,
                 .address = address,
                 .tokens = by_row ? tokens_reg : reg::one,
                 .count = by_row ? turned : static_cast<std::uint32_t>(angle_size),
                 .to = angles},
        {reads(Space::bytes, address, angle_size * 4), writes(Space::reals, angles, angle_size)});
  w.add(op::Rope{.heads = heads,
                 .head_dim = dim,
                 .turned_dim = turned,
                 .tokens = tokens_reg,
                 .stride = stride,
                 .from = from,
                 .angles = angles},
        {reads(Space::reals, angles, angle_size), writes(Space::reals, from, size)});
  w.wrote(Reals{.at = from, .tokens = tokens, .count = heads * dim, .stride = stride});
}

void step_store(Writer& w) {
  const std::uint32_t count = w.any_count();
  const std::uint32_t from = w.source(1, count);
  const std::uint64_t bytes = row_bytes(isa::Vector::real, count);
  const bool again = !w.rooms.empty() && w.chance(3);
  std::uint64_t address = 0;
  Affine at;
  if (again && w.rooms.front().count >= count) {
    address = w.rooms.front().address;
    at = {.base = static_cast<std::int64_t>(address)};
  } else {
    const auto before = noise_reals(bytes / 4 * w.copies(), RealStyle::wide, w.fraction_bits, *w.dice);
    address = w.bytes(std::as_bytes(std::span(before)));
    at = w.walk(static_cast<std::int64_t>(address), static_cast<std::int64_t>(bytes));
    w.rooms.push_front({.address = address, .count = count});
  }
  w.add(op::Store{.address = static_cast<std::uint64_t>(at.base),
                  .address_reg = at.number,
                  .address_stride = static_cast<std::uint32_t>(at.stride),
                  .count = count,
                  .from = from},
        {reads(Space::reals, from, up8(count)), writes(Space::bytes, address, bytes * w.copies())});
}

}  // namespace godwit::cosim
