#include "compiler/weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "compiler/coded_codes.h"
#include "compiler/own_codes.h"
#include "compiler/pack.h"
#include "compress/quantise.h"

namespace godwit::compiler {
namespace {

constexpr int rows = isa::block_rows;

/// Of every `span` weights the `kept` x span / 16 largest; the others become zero. Ties: the first.
void prune(std::span<float> row, int kept, int span) {
  const auto size = static_cast<std::size_t>(span);
  const auto most = static_cast<std::size_t>(kept) * size / isa::block_inputs;
  std::vector<std::size_t> order(size);
  for (std::size_t first = 0; first < row.size(); first += size) {
    for (std::size_t i = 0; i < size; ++i) order[i] = first + i;
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
      return std::abs(row[a]) != std::abs(row[b]) ? std::abs(row[a]) > std::abs(row[b]) : a < b;
    });
    for (std::size_t i = most; i < size; ++i) row[order[i]] = 0;
  }
}

/// Says which weight is not a number, if one of `weights` is none.
void check_numbers(const MatrixSource& source, std::span<const float> weights) {
  if (std::ranges::all_of(weights, [](float w) { return std::isfinite(w); })) return;
  for (const MatrixPart& part : source.parts) check_finite(part.weight.tensor);
  panic("a weight that is finite in the checkpoint is not in the matrix");
}

/// Rows [first, first + 8); those past the matrix are zeros.
compress::QuantisedMatrix quantised_rows(const MatrixSource& source, const SourceReader& reader, const Coding& coding,
                                         std::size_t first) {
  if (coding.own_codes) {
    return has_coded(source) ? coded_codes(source, coding, first, rows) : own_codes(source, coding, first, rows);
  }
  const auto inputs = static_cast<std::size_t>(source.padded_inputs());
  std::vector<float> weights(rows * inputs);
  for (std::size_t r = 0; r < rows && first + r < source.rows.size(); ++r) {
    const auto row = std::span(weights).subspan(r * inputs, inputs);
    reader.row(first + r, row);
    check_numbers(source, row);
    if (coding.span != isa::block_inputs) prune(row, coding.kept, coding.span);
  }
  return compress::quantise(weights, rows, static_cast<int>(inputs), {},
                            {.bits = coding.bits, .group = coding.group, .kept = coding.kept});
}

}  // namespace

std::int32_t real_of(double value, int fraction_bits, const std::string& what) {
  const double scaled = std::nearbyint(std::ldexp(value, fraction_bits));
  constexpr double most = std::numeric_limits<std::int32_t>::max();
  if (!(std::abs(scaled) <= most)) {
    throw UserError({.what = fmt::format("{} is {}", what, value),
                     .where = {},
                     .expected = fmt::format("less than {} in magnitude, as a real of {} fraction bits holds it",
                                             std::ldexp(most, -fraction_bits), fraction_bits),
                     .remedy = "compile with fewer fraction bits, or get another checkpoint"});
  }
  return static_cast<std::int32_t>(scaled);
}

void fill_streams(const MatrixSource& source, const Coding& coding, const isa::Descriptor& descriptor,
                  int fraction_bits, std::span<const std::span<std::byte>> streams, ThreadPool& pool,
                  const std::function<void(std::size_t)>& done) {
  for (const MatrixPart& part : source.parts) {
    if (coding.own_codes && !has_coded(source)) check_finite(part.weight.tensor);
    if (part.bias) check_finite(*part.bias);
  }
  const SourceReader reader(source);
  const std::size_t slices = streams.size();
  // Where each block row begins in its slice's stream, and at the end where the streams end.
  std::vector<std::size_t> starts(slices);
  for (std::size_t n = 0; n < std::size_t{descriptor.block_rows} * slices; ++n) {
    const auto inputs = static_cast<int>(descriptor.inputs);
    starts.push_back(starts[n] + block_row_granules(coding, inputs, descriptor.bias, n) * sizeof(Granule));
  }
  const auto fill = [&](std::size_t begin, std::size_t end) {
    for (std::size_t n = begin; n < end; ++n) {
      compress::QuantisedMatrix block = quantised_rows(source, reader, coding, n * rows);
      if (descriptor.bias) {
        for (std::size_t r = n * rows; r < (n + 1) * rows; ++r) {
          const double bias = r < source.rows.size() ? reader.bias(r) : 0;
          block.biases.push_back(real_of(bias, fraction_bits, fmt::format("bias {} of '{}'", r, source.name)));
        }
      }
      const PackedMatrix packed = pack(block, 1, descriptor.two_digits, 1);
      const auto stream = std::as_bytes(std::span(packed.streams.front()));
      ensure(stream.size() == starts[n + slices] - starts[n], "a block row is not as long as its descriptor says");
      std::memcpy(streams[n % slices].data() + starts[n], stream.data(), stream.size());
      done(rows);
    }
  };
  pool.parallel_for(std::size_t{descriptor.block_rows} * slices, 1, fill);
}

}  // namespace godwit::compiler
