#pragma once
// `append`, `store` and spilled logits (store_unit.sv): each head of each token is read twice from the vector memory,
// for its largest magnitude and for its codes; a granule a cycle goes to the ports; done when all was answered.

#include <cstdint>
#include <deque>

#include "cyclesim/events.h"
#include "cyclesim/op.h"
#include "cyclesim/record.h"

namespace godwit::cyclesim {

struct Machine;

class StoreUnit : public Actor {
 public:
  explicit StoreUnit(Machine& machine);
  void start(const Op& op, Cycle now);
  /// Eight logits that are offered from cycle `from` on go to `address` of channel 0 in two granules; when they are
  /// taken.
  Cycle spill(std::uint64_t address, Cycle from);
  /// The first cycle in which nothing waits to be written; never while something does.
  [[nodiscard]] Cycle idle_from() const { return writes_.empty() ? last_write_ + 1 : never; }
  /// A write was answered.
  void answered(Cycle now);
  void at(Cycle now) override;

 private:
  struct Write {
    Cycle when;  // the port sees it
    std::uint32_t channel;
    std::uint64_t address;
    Bytes kind;
    std::uint32_t bytes;  // of its strobe
  };
  void plan_append(Cycle now);
  void plan_head(Cycle now);
  void plan_store(Cycle now);
  /// Reads groups of eight reals from `from` on; gives when each lies in the unit's queue, as `used` says when each
  /// leaves it.
  template <class Used>
  void read_groups(std::uint32_t groups, Cycle from, const Used& used);
  void emit(Cycle when, std::uint32_t channel, std::uint64_t granule, Bytes kind, std::uint32_t bytes);
  void finish(Cycle now);

  Machine& machine_;
  Cycle parts_;  // cycles of eight codes
  Op op_;
  bool keys_ = false;
  std::uint32_t token_ = 0, head_ = 0;
  Cycle plan_at_ = never;    // the next head's state Head
  Cycle finish_at_ = never;  // the state Finish
  std::deque<Write> writes_;
  Cycle late_ = 0;  // by how much ports that took no write have put off what follows
  Cycle last_write_ = -1;
  Cycle spill_free_ = 0;
};

}  // namespace godwit::cyclesim
