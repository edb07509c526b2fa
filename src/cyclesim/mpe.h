#pragma once
// The unit of matmul, head, scores and mix (mpe_unit.sv, attention_plan.sv): makes the slices' jobs, opens gather, and
// is done when the last packet is at its place.

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cyclesim/events.h"
#include "cyclesim/op.h"
#include "cyclesim/slice.h"

namespace godwit::cyclesim {

struct Machine;

class MpeUnit : public Actor {
 public:
  explicit MpeUnit(Machine& machine) : Actor(Rank::mpe), machine_(machine) {}
  void start(const Op& op, Cycle now);
  /// A slice can take another job from this cycle on.
  void slice_free(Cycle when);
  /// Gather has come to rest, or slices have.
  void check(Cycle now);
  void at(Cycle now) override;

 private:
  enum class State { idle, planned, running, done };
  void plan_matrix(Cycle now);
  void plan_attention(Cycle now);
  void issue(Cycle now);

  Machine& machine_;
  State state_ = State::idle;
  Op op_;
  SliceJob job_;
  std::vector<std::uint32_t> block_rows_;  // of each simulated slice
  bool head_ = false;
  Cycle first_run_ = 0;  // the first cycle of StRun
  std::size_t busy_slices_ = 0;
  Cycle slices_free_ = 0;
  Cycle done_ = 0;
};

/// Block rows of keys or values that slice `slice` has, of those from `first` up to `last` over all slices; where one
/// slice stands for all, the most that any has.
std::uint32_t dealt_rows(const Machine& machine, std::uint64_t first, std::uint64_t last, std::uint32_t slice);

}  // namespace godwit::cyclesim
