#pragma once
// One verilated slice, driven by hand: activations in, a matrix's stream in, packets of reals out.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "isa/generated.h"

namespace godwit::cosim {

using Granule = std::array<std::uint8_t, isa::granule_bits / 8>;

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

struct SliceRun {
  bool finished = false;            // false: nothing moved for a long time
  std::vector<std::int32_t> reals;  // [block rows of the slice][tokens][8], those that came
  std::size_t saturated = 0;        // of them, cut to their range
  std::uint64_t cycles = 0;         // from the job's start to its end
  bool in_order = true;             // every packet was the next one by block row and token
};

class SliceDriver {
 public:
  SliceDriver();
  ~SliceDriver();
  SliceDriver(const SliceDriver&) = delete;
  SliceDriver& operator=(const SliceDriver&) = delete;

  /// Runs one product; `from` is the first chunk of the activation memory that it uses.
  SliceRun multiply(const isa::Descriptor& matrix, std::span<const Granule> stream, const SliceActivations& x,
                    int fraction_bits, int from, const Stalls& stalls);
  /// Starts a product, feeds `words` words of noise and resets in the middle of it.
  void start_and_reset(const isa::Descriptor& matrix, int tokens, std::uint64_t words);
  /// Switches a seeded fault on, 0 switches it off.
  void set_fault(int number);
  [[nodiscard]] std::uint64_t cycles() const;  // since it was made

 private:
  class Bench;
  std::unique_ptr<Bench> bench_;
};

}  // namespace godwit::cosim
