#pragma once
// The whole state of the machine, and the checks that every access of an instruction passes: nothing that a program
// says reaches a memory unchecked.

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/thread_pool.h"
#include "golden/kernels.h"
#include "golden/machine.h"
#include "golden/memory.h"
#include "golden/unpacked_matrix.h"
#include "isa/cache_layout.h"
#include "isa/functions.h"
#include "isa/generated.h"
#include "isa/program.h"
#include "isa/sizes.h"

namespace godwit::golden {

/// What the stream unit was told to read and the MPE has not met yet.
struct Streamed {
  bool from_cache = false;
  std::uint32_t matrix = 0;  // number of the descriptor
  isa::Cache cache = {};     // of the KV cache
  isa::Part part = {};
  std::uint32_t layer = 0;
  std::uint32_t tokens = 0;
  std::uint32_t length = 0;
};

struct Loop {
  std::size_t begin;
  std::size_t end;
  std::uint64_t left;  // times, this one included
};

/// What `cache` said.
struct CachePlan {
  isa::CacheShape shape;
  std::uint64_t key_offset = 0;
  std::uint64_t value_offset = 0;
  std::uint64_t layer_stride = 0;
};

/// What `head` left for `sample`.
struct HeadResult {
  struct Logit {
    std::int32_t value;
    std::uint32_t token;
  };
  std::vector<Logit> best;  // best first
  isa::ExponentialSum sum;
};

/// Vectors of buffers that instructions need while they run; they keep their room.
struct Scratch {
  Operands operands;
  std::vector<std::int16_t> codes;
  std::vector<std::int32_t> reals;
  std::vector<isa::Scale> scales;
  std::array<std::vector<std::byte*>, 2> channels;  // of keys, of values
  std::vector<std::byte> bytes;
};

class Core {
 public:
  Core(const isa::Program& program, ThreadPool& pool);

  /// As the host's start leaves it; memories keep what they hold.
  void reset(const HostRegisters& host);

  // ---- operands; all throw UserError for what lies outside

  [[nodiscard]] std::int32_t reg(std::uint32_t number) const { return registers[number]; }
  void set_reg(std::uint32_t number, std::int64_t value) {
    if (number != 0) registers[number] = static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
  }
  /// base + register x stride, in [0, 2^62).
  [[nodiscard]] std::uint64_t affine(std::int64_t base, std::uint32_t number, std::int64_t stride) const;
  /// A layer of the cache, below 2^20.
  [[nodiscard]] std::uint32_t layer(std::int64_t base, std::uint32_t number, std::int64_t stride) const;
  /// The tokens of the chunk: 1 to the card's most_tokens.
  [[nodiscard]] std::uint32_t tokens(std::uint32_t number) const;
  /// `count` words of the vector memory from `first` on, a multiple of 8.
  std::int32_t* reals(std::uint64_t first, std::uint64_t count);
  /// `count` words of the activation memory from `first` on, a multiple of 4.
  ActivationWord* words(std::uint64_t first, std::uint64_t count);

  /// Takes the front of the stream queue, which must be the descriptor `number`.
  const UnpackedMatrix& next_matrix(std::uint64_t number);
  Streamed next_cached(isa::Cache cache, std::uint32_t tokens, std::uint32_t length);
  [[nodiscard]] const isa::Descriptor& descriptor(std::uint64_t number) const;
  [[nodiscard]] const CachePlan& cache_plan() const;
  /// Where a layer's keys or values lie in every channel.
  std::span<std::byte* const> cache_bytes(isa::Cache cache, std::uint32_t layer, bool to_write);

  const isa::Program& program;
  ThreadPool& pool;
  const Kernels& kernels = best_kernels();
  int fraction_bits;
  Memory memory;
  std::vector<std::int32_t> vector_memory;
  std::vector<ActivationWord> activations;
  std::vector<std::array<isa::Scale, 2>> activation_scales;
  std::array<std::int32_t, isa::registers> registers{};
  std::array<std::uint32_t, isa::semaphores> semaphores{};
  std::deque<Streamed> streamed;
  std::optional<CachePlan> cache;
  std::optional<HeadResult> head;
  Counters counters;
  HostRegisters host;
  std::uint32_t generated = 0;  // tokens since the start
  Scratch scratch;

  // ---- the sequencer
  std::size_t at = 0;    // instruction that runs
  std::size_t next = 0;  // the one after it
  std::vector<Loop> loops;
  bool ended = false;

 private:
  const UnpackedMatrix& matrix(std::uint32_t number);

  std::vector<isa::Descriptor> descriptors_;
  HugePages codes_;
  std::vector<std::unique_ptr<UnpackedMatrix>> matrices_;  // [descriptor], unpacked when first needed
  std::uint64_t fresh_marks_ = 0;                          // memory.stale_marks() when they were
};

using isa::granule_bytes;
using isa::row_stride;
using isa::words_of;
/// Throws UserError unless a stride between rows of the vector memory is a multiple of 8.
void require_stride(std::uint64_t stride);
/// Throws UserError unless [a, a + n) and [b, b + m) begin alike or have nothing in common.
void require_apart(std::uint64_t a, std::uint64_t n, std::uint64_t b, std::uint64_t m);
/// Throws UserError unless they have nothing in common.
void require_disjoint(std::uint64_t a, std::uint64_t n, std::uint64_t b, std::uint64_t m);

}  // namespace godwit::golden
