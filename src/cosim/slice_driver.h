#pragma once
// One verilated slice, driven by hand: activations in, a matrix's stream in, packets of reals out.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "isa/sizes.h"

namespace godwit::cosim {

using isa::Granule;

/// Numbers and scales of the tokens of one product, as golden has them: [tokens][inputs], [tokens].
struct SliceActivations {
  int tokens = 0;
  std::span<const std::int16_t> values;
  std::span<const isa::Scale> scales;
};

/// How often each side says no: the chance, in each cycle, that the stream has no word or that a packet is not taken.
struct Stalls {
  double stream = 0;
  double packets = 0;
  std::uint64_t seed = 0;
};

/// Which of the slices this one is: slice s has the block rows s, s + S, ...
struct Dealing {
  std::uint32_t slice = 0;
  std::uint32_t slices = 1;
};

/// A product with cached keys, or with cached values. The vectors of a head lie side by side, those of the next head
/// behind them; A15.
struct AttentionJob {
  isa::Cache cache = isa::Cache::key;
  Dealing dealing;
  std::uint32_t kv_heads = 1;
  std::uint32_t head_dim = 16;
  std::uint32_t first = 0;    // keys: number of the first eight positions
  std::uint32_t length = 0;   // positions: keys and values up to there
  std::uint32_t vectors = 1;  // of a head of keys and values

  [[nodiscard]] std::uint32_t inputs() const { return cache == isa::Cache::key ? head_dim : (length + 15) / 16 * 16; }
  /// Block rows of all slices: numbers from the first to before the end.
  [[nodiscard]] std::uint32_t begin() const { return cache == isa::Cache::key ? first * kv_heads : 0; }
  [[nodiscard]] std::uint32_t end() const {
    return cache == isa::Cache::key ? (length + 7) / 8 * kv_heads : kv_heads * (head_dim / 8);
  }
  /// This slice's.
  [[nodiscard]] std::vector<std::uint32_t> block_rows() const;
};

/// What a packet says of itself.
struct PacketName {
  bool scales = false;
  std::uint32_t token = 0;
  std::uint32_t head = 0;
  std::uint32_t row = 0;
  friend bool operator==(const PacketName&, const PacketName&) = default;
};

struct SliceRun {
  bool finished = false;            // false: nothing moved for a long time
  std::vector<std::int32_t> reals;  // [packets][8], those that came: of a matrix [block rows of the slice][tokens][8]
  std::size_t saturated = 0;        // of them, cut to their range
  std::uint64_t cycles = 0;         // from the job's start to its end
  bool in_order = true;  // every packet was the next one by block row and token, of keys with the scales first
};

class SliceDriver {
 public:
  SliceDriver();
  ~SliceDriver();
  SliceDriver(const SliceDriver&) = delete;
  SliceDriver& operator=(const SliceDriver&) = delete;

  /// Runs one product; `from` is the first chunk of the activation memory that it uses.
  SliceRun multiply(const isa::Descriptor& matrix, std::span<const Granule> stream, const SliceActivations& x,
                    int fraction_bits, int from, const Stalls& stalls, const Dealing& dealing = {});
  /// The same with keys or values; x has [kv_heads x vectors][inputs].
  SliceRun attend(const AttentionJob& job, std::span<const Granule> stream, const SliceActivations& x,
                  int fraction_bits, int from, const Stalls& stalls);
  /// Starts a product, feeds `words` words of noise and resets in the middle of it.
  void start_and_reset(const isa::Descriptor& matrix, int tokens, std::uint64_t words);
  void start_and_reset(const AttentionJob& job, std::uint64_t words);
  /// Switches a seeded fault on, 0 switches it off.
  void set_fault(int number);
  [[nodiscard]] std::uint64_t cycles() const;  // since it was made

 private:
  class Bench;
  std::unique_ptr<Bench> bench_;
};

}  // namespace godwit::cosim
