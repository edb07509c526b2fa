#pragma once
// One instruction through a verilated vector unit; its memories are played here, the vector memory as slow as the dice
// say.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "isa/codec.h"
#include "isa/generated.h"

namespace godwit::cosim {

inline constexpr std::size_t sfu_vector_reals = 16384;
inline constexpr std::size_t sfu_activation_words = 2048;

/// An instruction with what stands beside it when it reaches the unit.
struct SfuOp {
  isa::Instruction instruction;
  std::uint32_t capacity = 16;  // of the KV cache
  std::uint32_t kv_heads = 1;
  std::uint32_t tokens = 1;
  std::uint32_t length = 1;
  int fraction_bits = 16;
};

/// The chance, in each cycle, that the vector memory does not take a read, or a write.
struct SfuStalls {
  double reads = 0;
  double writes = 0;
  std::uint64_t seed = 0;
};

struct SfuWord {
  std::array<isa::Digits, isa::block_inputs> digits{};
  int sum_high = 0;
  int sum_low = 0;
};

struct SfuRun {
  bool finished = false;         // false: nothing moved for a long time
  int error = 0;                 // machine_pkg's error_e
  std::uint32_t error_unit = 0;  // of the error
  std::uint32_t error_index = 0;
  std::vector<std::int32_t> memory;        // the vector memory afterwards
  std::size_t written = 0;                 // reals, those that were written twice twice
  std::map<std::uint32_t, SfuWord> words;  // that were written
  std::size_t words_written = 0;
  std::map<std::uint32_t, std::array<std::uint32_t, 2>> scales;  // by chunk, packed
  std::size_t scales_written = 0;
  std::uint64_t saturations = 0;
  std::uint64_t cycles = 0;  // from start to done
  std::uint64_t reads = 0;   // of rows
};

class SfuDriver {
 public:
  virtual ~SfuDriver() = default;
  /// Which instruction it says it is, if it complains.
  static constexpr std::uint32_t index = 1234567;
  /// With `cycles`, resets the unit after so many instead of waiting for it to be done.
  virtual SfuRun run(const SfuOp& op, std::vector<std::int32_t> memory, const SfuStalls& stalls,
                     std::uint64_t cycles = 0) = 0;
  virtual void set_fault(int number) = 0;
};

/// Of 2, 8 or 32 reals a cycle.
std::unique_ptr<SfuDriver> make_sfu_driver(int lanes);

}  // namespace godwit::cosim
