// The last product: logits, of which the best and the sum of exponentials are kept; and what sampling makes of them.

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>

#include "golden/instructions.h"
#include "golden/product.h"
#include "golden/refuse.h"

namespace godwit::golden {
namespace {

using Logit = HeadResult::Logit;

bool better(const Logit& a, const Logit& b) {
  return a.value > b.value || (a.value == b.value && a.token < b.token);
}

/// The best of a part of the logits.
struct Part {
  std::vector<Logit> best;  // a heap with the worst in front
  isa::ExponentialSum sum;
  std::uint64_t cuts = 0;

  void offer(const Logit& one) {
    if (best.size() == isa::best_logits) {
      if (!better(one, best.front())) return;
      std::ranges::pop_heap(best, better);
      best.back() = one;
    } else {
      best.push_back(one);
    }
    std::ranges::push_heap(best, better);
  }

  void add(const Core& core, const std::int32_t* logits, std::uint32_t begin, std::uint32_t end) {
    constexpr std::uint32_t at_once = 64;
    best.reserve(isa::best_logits);
    for (std::uint32_t first = begin; first < end; first += at_once) {
      const std::uint32_t until = std::min(end, first + at_once);
      // Tokens come in rising order: one that equals the worst kept is not better.
      const bool full = best.size() == isa::best_logits;
      if (full && core.kernels.most(logits + first, until - first) <= best.front().value) continue;
      for (std::uint32_t token = first; token < until; ++token) offer({.value = logits[token], .token = token});
    }
    for (std::uint32_t token = begin; token < end; ++token) {
      bool cut = false;
      sum.add(logits[token], core.fraction_bits, cut);
      cuts += cut ? 1 : 0;
    }
  }
};

HeadResult result_of(Core& core, const std::int32_t* logits, std::uint32_t rows) {
  const auto pieces = static_cast<std::size_t>(core.pool.threads());
  std::vector<Part> parts(pieces);
  core.pool.parallel_for(pieces, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t p = begin; p < end; ++p) {
      parts[p].add(core, logits, static_cast<std::uint32_t>(rows * p / pieces),
                   static_cast<std::uint32_t>(rows * (p + 1) / pieces));
    }
  });
  HeadResult out;
  for (const Part& part : parts) {
    out.best.insert(out.best.end(), part.best.begin(), part.best.end());
    out.sum.add(part.sum);
    core.counters.saturations += part.cuts;
  }
  std::ranges::sort(out.best, better);
  if (out.best.size() > isa::best_logits) out.best.resize(isa::best_logits);
  return out;
}

/// Vectors side by side in the activation memory.
struct Vectors {
  std::uint32_t tokens;
  std::uint32_t from;
};

/// Of all tokens those without which the last one's logits cannot be had: itself, and with A8 the one whose words it
/// shares.
Vectors last_of(Core& core, const isa::Descriptor& matrix, const Vectors& all) {
  const std::uint32_t slots = matrix.two_digits ? all.tokens : (all.tokens + 1) / 2;
  const auto width = static_cast<std::uint32_t>(words_of(matrix.inputs));
  core.words(all.from, std::uint64_t{slots} * width);  // all of them are there
  return {.tokens = matrix.two_digits || all.tokens % 2 == 1 ? 1U : 2U, .from = all.from + (slots - 1) * width};
}

}  // namespace

void execute(Core& core, const isa::op::Head& head) {
  const std::uint32_t all = core.tokens(head.tokens);
  const UnpackedMatrix& m = core.next_matrix(core.affine(head.matrix, head.matrix_reg, head.matrix_stride));
  const std::size_t rows = m.padded_rows();
  const bool spill = core.reg(head.spill) != 0;
  const Vectors vectors = spill ? Vectors{all, head.from} : last_of(core, m.descriptor, {all, head.from});
  const std::uint32_t tokens = vectors.tokens;
  const std::uint64_t bytes = tokens * rows * sizeof(std::int32_t);
  std::byte* spilled = nullptr;
  if (spill) {
    if (head.logits % granule_bytes != 0) refuse(fmt::format("logits at {:#x}", head.logits), "a multiple of 16");
    core.memory.touch(0, head.logits, bytes);
    spilled = core.memory.in_place(0, head.logits, bytes);
    core.counters.logits += bytes;
  }
  read_operands(core, m, tokens, vectors.from);
  core.scratch.reals.resize(rows);
  const auto take = [&](std::size_t tile, std::size_t token, const std::int32_t* reals) {
    const std::size_t row = tile * tile_rows;
    const std::size_t count = std::min<std::size_t>(tile_rows, rows - row);
    if (spill) std::memcpy(spilled + (token * rows + row) * sizeof *reals, reals, count * sizeof *reals);
    if (token + 1 == tokens) std::copy_n(reals, count, core.scratch.reals.begin() + static_cast<std::ptrdiff_t>(row));
    return 0U;
  };
  multiply_tiles(core, m, m.tiles, take);
  core.head = result_of(core, core.scratch.reals.data(), m.descriptor.rows);
}

/// Writes 8 + 2 n words to `result`: isa::SampleResult (isa/program.h).
void execute(Core& core, const isa::op::Sample& sample) {
  if (!core.head) refuse("no head since the start or the last sample");
  const HeadResult head = std::move(*core.head);
  core.head.reset();
  const std::uint32_t token = head.best.front().token;
  const std::uint64_t total = head.sum.total();
  std::array<std::uint32_t, isa::result_words> words = {
      token, static_cast<std::uint32_t>(head.best.size()), static_cast<std::uint32_t>(head.sum.top()),
      static_cast<std::uint32_t>(total), static_cast<std::uint32_t>(total >> 32)};
  constexpr std::size_t first_pair = 8;
  for (std::size_t i = 0; i < head.best.size(); ++i) {
    words[first_pair + 2 * i] = static_cast<std::uint32_t>(head.best[i].value);
    words[first_pair + 2 * i + 1] = head.best[i].token;
  }
  const std::span result(words.data(), first_pair + 2 * head.best.size());
  if (sample.result % granule_bytes != 0) refuse(fmt::format("a result at {:#x}", sample.result), "a multiple of 16");
  core.memory.write(0, sample.result, std::as_bytes(result));
  core.counters.logits += result.size_bytes();
  if (!core.host.greedy) return core.set_reg(sample.rd, 0);

  const std::uint64_t place = core.affine(static_cast<std::int64_t>(sample.ids), sample.position, sizeof token);
  core.memory.write(0, place, std::as_bytes(std::span(&token, 1)));
  core.counters.logits += sizeof token;
  ++core.generated;
  const bool stop = std::ranges::find(core.host.stops, static_cast<std::int32_t>(token)) != core.host.stops.end();
  core.set_reg(sample.rd, stop || core.generated >= core.host.count ? 0 : 1);
}

}  // namespace godwit::golden
