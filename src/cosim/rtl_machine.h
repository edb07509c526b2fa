#pragma once
// The verilated machine of a card with memory behind its ports: driven as a host drives the hardware, by its registers,
// and open to be looked into while it rests. Which cards a build has, src/cosim/CMakeLists.txt says.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cosim/axi_memory.h"
#include "cosim/waveform.h"
#include "cosim/write_watch.h"
#include "isa/generated.h"
#include "isa/program.h"

namespace godwit::cosim {

/// What the host writes before it starts the machine.
struct RtlStart {
  std::uint32_t position = 0;
  std::uint32_t tokens = 0;
  bool spill = false;
  bool greedy = false;
  std::uint32_t count = 0;
  std::array<std::int32_t, isa::stop_tokens> stops{-1, -1, -1, -1};  // -1: none
};

struct RtlRun {
  bool finished = false;    // false: `most` cycles went by
  std::uint32_t error = 0;  // machine_pkg's error_e; 0: none
  std::uint32_t error_unit = 0;
  std::uint32_t error_instruction = 0;
  std::uint64_t cycles = 0;
  std::array<std::uint64_t, isa::unit_names.size()>
      busy{};                // cycles with an instruction under way, by isa::Unit; control's: 0
  std::uint64_t passes = 0;  // cycles of a slice in which its lanes took a pass
  std::uint32_t saturations = 0;
  std::uint32_t position = 0;  // register 1 at the end
  std::string complaint;       // a rule of the bus that was not kept, an assertion that failed; empty: none
};

/// What another executor says must lie in the memories.
struct Expected {
  std::span<const std::int32_t> vector_memory;
  std::span<const std::array<isa::Digits, isa::block_inputs>> activations;
  std::span<const std::array<isa::Scale, 2>> activation_scales;
  std::function<void(std::uint32_t channel, std::uint64_t address, std::span<std::byte> bytes)> read;
};

/// Words that differ: how many, and where the first ones lie.
struct Differences {
  std::uint64_t count = 0;
  std::vector<std::string> first;
};

class RtlState;

class RtlMachine {
 public:
  /// Why none of this build's machines runs the card's programs: the cards that it has; empty: one does.
  static std::string reason_against(const isa::Card& card);

  /// The same for a waveform.
  static std::string reason_against_waveform(const isa::Card& card);

  /// `program` must outlive the machine, and its card must suit. With a waveform it is another model of it, with
  /// the same cycles, that takes twice as long.
  explicit RtlMachine(const isa::Program& program, const MemoryPace& pace = {},
                      const std::optional<WaveWindow>& waveform = {});
  ~RtlMachine();
  RtlMachine(const RtlMachine&) = delete;
  RtlMachine& operator=(const RtlMachine&) = delete;

  /// From start to the machine's `done`, or `most` cycles, or `most_still` in which no unit begins or ends an
  /// instruction.
  RtlRun run(const RtlStart& start, std::uint64_t most = ~std::uint64_t{0},
             std::uint64_t most_still = ~std::uint64_t{0});
  void reset();
  void set_pace(const MemoryPace& pace);
  /// Bursts and writes that meet these bytes are answered by an error.
  void set_wrong(std::uint32_t channel, std::uint64_t begin, std::uint64_t end);
  /// Is told of every write on chip from now on; null: nobody. It must outlive the machine's next run.
  void watch(WriteWatch* watch);
  /// Of rtl/fault_pkg.sv, by number; 0: none.
  void set_fault(int number);

  void write(std::uint32_t channel, std::uint64_t address, std::span<const std::byte> bytes);
  void read(std::uint32_t channel, std::uint64_t address, std::span<std::byte> bytes) const;

  /// All words of every core's vector memory, of every slice's activation memory and of external memory that are not as
  /// `expected` says. Sums beside words of activations are checked against their digits.
  Differences compare(const Expected& expected);

  [[nodiscard]] std::uint64_t cycles() const;  // since it was made and reset

  /// Ends the waveform and writes its file: how many cycles it has. With none the file is left alone. Throws UserError
  /// where it cannot be written.
  std::uint64_t write_waveform();

 private:
  std::unique_ptr<RtlState> state_;
};

}  // namespace godwit::cosim
