#include "compiler/memory_trace.h"

#include <algorithm>
#include <variant>

#include "base/error.h"
#include "compiler/rewrite.h"
#include "compiler/walk.h"
#include "isa/sizes.h"

namespace godwit::compiler {
namespace {

namespace op = isa::op;

class Collector {
 public:
  Collector(const isa::Program& program, std::uint32_t channel)
      : program_(program),
        cache_(program.cache),
        channel_(channel),
        slices_(static_cast<std::uint32_t>(program.card.slices)),
        descriptors_(descriptors_of(program)) {}

  void at(const isa::Instruction& instruction, const Registers& registers) {
    registers_ = &registers;
    std::visit(*this, instruction);
  }
  std::vector<MemoryPiece> take() { return std::move(pieces_); }

  void operator()(const op::Stream& i) {
    const isa::Descriptor& d = descriptors_.at(affine(i.matrix, i.matrix_reg, i.matrix_stride));
    add(d.offset * isa::granule_bytes, d.granules * isa::granule_bytes);
  }

  void operator()(const op::StreamKv& i) {
    const std::uint32_t layer = affine(i.layer, i.layer_reg, i.layer_stride);
    const std::uint64_t length = reg(i.length);
    if (i.cache == isa::Cache::key) {
      const std::uint64_t row = isa::key_block_row_granules(cache_) * isa::granule_bytes;
      const std::uint64_t closed = (length - reg(i.tokens)) / isa::block_rows * cache_.kv_heads;
      const std::uint64_t all = isa::quotient_up(length, isa::block_rows) * cache_.kv_heads;
      const std::uint64_t first = own(i.part == isa::Part::closed ? 0 : closed);
      const std::uint64_t end = own(i.part == isa::Part::closed ? closed : all);
      add(keys(layer) + first * row, (end - first) * row);
      return;
    }
    const std::uint64_t room = isa::value_block_row_granules(cache_) * isa::granule_bytes;
    const std::uint64_t read =
        isa::quotient_up(length, isa::block_inputs) * isa::cache_block_granules * isa::granule_bytes;
    const std::uint64_t rows = own(std::uint64_t{cache_.kv_heads} * cache_.head_dim / isa::block_rows);
    for (std::uint64_t m = 0; m < rows; ++m) add(values(layer) + m * room, read);
  }

  void operator()(const op::Load& i) {
    if (channel_ != 0) return;
    const std::uint64_t address = i.address + std::uint64_t{reg(i.address_reg)} * i.address_stride;
    add(address, reg(i.tokens) * isa::row_bytes(i.format, i.count));
  }

  void operator()(const op::Append& i) {
    const std::uint32_t layer = affine(i.layer, i.layer_reg, i.layer_stride);
    const std::uint32_t position = reg(i.position);
    for (std::uint32_t h = 0; h < cache_.kv_heads; ++h) {
      const isa::CachePlace row = isa::key_block_row(cache_, h, position);
      if (row.slice == channel_) {
        const std::uint64_t header = isa::key_header_granules * isa::granule_bytes;
        const std::uint64_t begin = keys(layer) + row.granule * isa::granule_bytes;
        add(begin, header, true);  // the scale of the key or of the value
        if (i.cache == isa::Cache::key) add(begin + header, std::uint64_t{cache_.head_dim} * isa::block_rows, true);
      }
      if (i.cache == isa::Cache::key) continue;
      for (std::uint32_t d = 0; d < cache_.head_dim / isa::block_rows; ++d) {
        const isa::CachePlace at = isa::value_block_row(cache_, h, d);
        if (at.slice != channel_) continue;
        add(values(layer) + at.granule * isa::granule_bytes + std::uint64_t{position} * isa::block_rows,
            isa::block_rows, true);
      }
    }
  }

  template <class Other>
  void operator()(const Other& /*other*/) {}

 private:
  void add(std::uint64_t address, std::uint64_t bytes, bool write = false) {
    if (bytes > 0) pieces_.push_back({.address = address, .bytes = bytes, .write = write});
  }
  /// How many of the first n block rows this channel has.
  [[nodiscard]] std::uint64_t own(std::uint64_t n) const {
    return n > channel_ ? isa::quotient_up(n - channel_, slices_) : 0;
  }
  [[nodiscard]] std::uint64_t keys(std::uint32_t layer) const {
    return (program_.key_offset + layer * program_.layer_stride) * isa::granule_bytes;
  }
  [[nodiscard]] std::uint64_t values(std::uint32_t layer) const {
    return (program_.value_offset + layer * program_.layer_stride) * isa::granule_bytes;
  }
  [[nodiscard]] std::uint32_t reg(std::uint32_t number) const { return (*registers_)[number]; }
  [[nodiscard]] std::uint32_t affine(std::uint32_t base, std::uint32_t number, std::int32_t stride) const {
    return base + reg(number) * static_cast<std::uint32_t>(stride);
  }

  const isa::Program& program_;
  const isa::CacheShape& cache_;
  std::uint32_t channel_;
  std::uint32_t slices_;
  std::vector<isa::Descriptor> descriptors_;
  const Registers* registers_ = nullptr;
  std::vector<MemoryPiece> pieces_;
};

}  // namespace

std::vector<MemoryPiece> decode_trace(const isa::Program& program, std::uint32_t context, std::uint32_t channel) {
  ensure(context >= 1 && context <= program.positions, "a context within the program's");
  ensure(channel < static_cast<std::uint32_t>(program.card.slices), "a channel of the card");
  const std::vector<isa::Instruction> code = instructions_of(program);
  Collector collector(program, channel);
  walk(code, {.position = context - 1, .tokens = 1},
       [&](std::size_t i, const Registers& registers) { collector.at(code[i], registers); });
  return collector.take();
}

}  // namespace godwit::compiler
