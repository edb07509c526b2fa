#pragma once
// From packets to their places (gather.sv): one packet a move in turn over the slices (of several cores: over cores);
// places are computed in four stages that move together; activation and combination take 8 / GatherLanes cycles a
// packet and cannot stop, so at most 16 packets are behind the places; then the vector memory, or best_logits and the
// store unit.

#include <array>
#include <cstdint>
#include <vector>

#include "cyclesim/best_logits.h"
#include "cyclesim/events.h"

namespace godwit::cyclesim {

struct Machine;

struct Packet {
  std::uint32_t row = 0;    // block row, among those of the slice's job
  std::uint32_t token = 0;  // vector that meets the block row
  bool scales = false;      // of values
};

/// machine_pkg's gather_job_t, as far as it matters to time.
struct GatherJob {
  bool matrix = true;  // block rows are dealt in turn, those past `rows` are padding
  bool head = false;
  bool spill = false;
  std::uint64_t logits = 0;  // address
  std::uint32_t last_token = 0;
  std::uint32_t rows = 0;
  std::uint32_t row_stride = 0;  // reals from one token's logits to the next's
  bool needs_other = false;
};

class Gather : public Actor {
 public:
  explicit Gather(Machine& machine);
  /// Packets are taken from this cycle on.
  void start(const GatherJob& job, Cycle open);
  /// Packets of `copies` slices from `slice` on, alike but for their block rows, from one of exchange's sources.
  void offer(std::size_t source, const Packet& packet, std::uint32_t slice, std::uint32_t copies, Cycle now);
  /// No packet is offered or on its way to a place.
  [[nodiscard]] bool quiet() const;
  /// Once quiet: the first cycle in which the last result has left.
  [[nodiscard]] Cycle idle_from() const { return idle_from_; }
  /// Second operands of the product that is under way are read.
  [[nodiscard]] bool may_read() const { return job_.needs_other; }
  /// One of them in this cycle.
  [[nodiscard]] bool reads(Cycle when) const { return when == read_at_; }
  [[nodiscard]] BestLogits& best() { return best_; }

  void at(Cycle now) override;

 private:
  static constexpr std::size_t depth = 16;  // gather.sv, Depth
  static constexpr std::size_t stages = 4;  // a to d
  struct Stage {
    bool valid = false;
    bool kept = false;
    std::uint32_t block_row = 0;  // of a matrix
    std::uint32_t token = 0;
    std::uint32_t logits = 0;
  };
  struct Offer {
    Packet packet;
    std::uint32_t slice = 0;   // whose packet is next
    std::uint32_t copies = 0;  // that were not taken
  };
  void choose(Cycle now);
  void enter(const Stage& stage, Cycle now);
  void leave(const Stage& stage, Cycle ends);

  Machine& machine_;
  Cycle parts_;  // cycles of a packet
  GatherJob job_;
  Cycle open_ = 0;
  std::vector<Offer> offers_;  // by source
  std::size_t offered_ = 0;    // sources with one
  std::size_t turn_ = 0;       // whose packet was taken last
  std::array<Stage, stages> stages_{};
  Cycle next_move_ = 0;
  Cycle read_at_ = -1;  // the last second operand
  std::uint64_t entered_ = 0;
  std::array<Cycle, depth> left_{};  // when the last ones had
  Cycle last_left_ = 0;
  Cycle idle_from_ = 0;
  BestLogits best_;
};

}  // namespace godwit::cyclesim
