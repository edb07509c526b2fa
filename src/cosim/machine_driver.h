#pragma once
// The verilated machine (nano) with a memory on each AXI port and a host on its registers: runs programs as golden
// does, so that what both leave in external memory can be compared. Every channel of every bus may wait at random.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "isa/program.h"

namespace godwit::cosim {

/// What the host writes before it starts the machine.
struct MachineStart {
  std::uint32_t position = 0;
  std::uint32_t tokens = 0;
  bool spill = false;
  bool greedy = false;
  std::uint32_t count = 0;
  std::array<std::int32_t, isa::stop_tokens> stops{-1, -1, -1, -1};  // -1: none
};

struct MachineRun {
  bool finished = false;
  std::uint32_t error = 0;  // machine_pkg::error_e
  std::uint32_t unit = 0;
  std::uint32_t instruction = 0;
  std::uint32_t position = 0;
  std::uint32_t saturations = 0;
  std::uint64_t cycles = 0;
  std::string complaint;  // a bus that was not used as it should
};

class MachineDriver {
 public:
  /// Copies the program's memory. Throws nothing; the program must be one for a card of two slices and 64-byte ports.
  explicit MachineDriver(const isa::Program& program);
  ~MachineDriver();
  MachineDriver(const MachineDriver&) = delete;
  MachineDriver& operator=(const MachineDriver&) = delete;

  /// `stalls`: the chance, at each handshake of the buses, of a cycle's wait. Gives up after `most` cycles.
  MachineRun run(const MachineStart& start, double stalls, std::uint64_t seed, std::uint64_t most);
  std::vector<std::byte>& channel(std::size_t number);
  void set_fault(int number);

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace godwit::cosim
