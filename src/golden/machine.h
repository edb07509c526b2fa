#pragma once
// The definition of the machine: runs a program instruction by instruction, in program order, in integers. What it
// leaves in external memory, vector memory and activation memory is what every other executor must leave there, bit for
// bit.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "isa/generated.h"
#include "isa/program.h"

namespace godwit::golden {

/// What the host writes before it starts the machine (docs/isa.md, host registers).
struct HostRegisters {
  std::uint32_t position = 0;
  std::uint32_t tokens = 0;
  bool spill = false;
  bool greedy = false;
  std::uint32_t count = 0;
  std::array<std::int32_t, isa::stop_tokens> stops{-1, -1, -1, -1};  // -1: none
};

/// Bytes of external memory that a run touched, and work done; sums since the last start.
struct Counters {
  std::uint64_t weights = 0;  // streams of matrices
  std::uint64_t kv_read = 0;
  std::uint64_t kv_write = 0;
  std::uint64_t vectors = 0;       // norm weights, angles, embedding rows, token ids
  std::uint64_t logits = 0;        // results and logits written
  std::uint64_t activations = 0;   // other reals written to memory by `store`: zero during decode
  std::uint64_t instructions = 0;  // executed
  std::uint64_t macs = 0;          // of matmul, head, scores and mix; padding not counted
  std::uint64_t saturations = 0;
};

/// 16 inputs of one token (A15), or of two (A8: hi the even one's, lo the odd one's).
using ActivationWord = std::array<isa::Digits, isa::block_inputs>;

class Machine {
 public:
  /// Copies what the program writes (KV cache, ids, results, logits); the segments are only read. Throws UserError for
  /// a program whose instructions or descriptors do not decode. `program` must outlive the machine.
  Machine(const isa::Program& program, ThreadPool& pool);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// From the program's first instruction to `end`. Throws UserError, with the instruction's number and text, for a
  /// program that leaves a memory, waits for a semaphore that nothing before it raised, or runs more than `most`
  /// instructions.
  void run(const HostRegisters& host, std::uint64_t most = 100'000'000);
  /// Calls `after` with the number of each instruction that was executed: who looks then sees what it left.
  void run(const HostRegisters& host, std::uint64_t most, const std::function<void(std::size_t)>& after);

  /// External memory. Writing is the host's: ids before a run. Reading zero where nothing lies.
  void write(std::uint32_t channel, std::uint64_t address, std::span<const std::byte> bytes);
  void read(std::uint32_t channel, std::uint64_t address, std::span<std::byte> bytes) const;

  [[nodiscard]] std::span<const std::int32_t> vector_memory() const;
  [[nodiscard]] std::span<const ActivationWord> activation_memory() const;
  [[nodiscard]] std::span<const std::array<isa::Scale, 2>> activation_scales()
      const;  // [words / 4]: of one token or two
  [[nodiscard]] std::span<const std::int32_t> registers() const;
  [[nodiscard]] const Counters& counters() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace godwit::golden
