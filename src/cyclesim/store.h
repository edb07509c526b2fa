#pragma once
// `append`, `store` and spilled logits (store_unit.sv): each head of each token is read twice from the vector memory,
// for its largest magnitude, one head ahead, and for its codes; a granule a cycle goes to the ports; done when all was
// answered.

#include <array>
#include <cstdint>

#include "cyclesim/events.h"
#include "cyclesim/op.h"
#include "cyclesim/record.h"
#include "cyclesim/ring.h"

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
    Cycle when = 0;  // the port sees it
    std::uint32_t channel = 0;
    std::uint64_t granule = 0;
    Bytes kind = Bytes::kv_write;
    std::uint16_t strobe = 0;
  };
  /// What groups of eight reals are read for.
  enum class Reading : std::uint8_t { nothing, largest, codes, store };

  void begin_head(Cycle now);
  void leave_divide(Cycle from);
  void begin_codes(Cycle left);
  void begin_reading(Reading what, std::uint32_t groups, Cycle from);
  /// Reads as far as it is known who else reads.
  void read_on(Cycle now);
  /// A group lies in the unit's queue from this cycle on: when it leaves it.
  Cycle use(std::uint32_t group, Cycle there);
  Cycle use_codes(std::uint32_t group, Cycle there);
  Cycle use_reals(Cycle there);
  void end_reading();
  Cycle emit(Cycle when, std::uint32_t channel, std::uint64_t granule, Bytes kind, std::uint16_t strobe);
  void finish(Cycle now);

  Machine& machine_;
  Cycle parts_;           // cycles of eight codes
  Cycle leave_to_scale_;  // of the state Divide
  Op op_;
  bool keys_ = false;
  std::uint32_t token_ = 0, head_ = 0;
  std::uint32_t ahead_ = 0;   // heads whose largest magnitude is to be read
  bool writes_head_ = false;  // one is to be written, whose scale is there from `scaled_` on
  Cycle scaled_ = 0;
  Cycle head_at_ = never;    // the next head's state Head
  Cycle finish_at_ = never;  // the state Finish

  static constexpr std::size_t held_most = 4;
  std::uint32_t held_;  // store_unit.sv, Depth: groups that were asked for and are not used up
  bool one_write_;      // side_bus.sv, Depth: one waits for its port, not two
  Reading reading_ = Reading::nothing;
  std::uint32_t group_ = 0, groups_ = 0;
  Cycle next_read_ = 0;
  std::array<Cycle, held_most> left_{};  // when the last groups left the queue
  Cycle largest_ = 0;                    // the last group of a head's first reading was used
  Cycle coder_ = 0;                      // eight more codes can be made from here on
  Cycle emitted_ = 0;                    // last
  std::uint64_t key_row_ = 0;            // granules: of this head's block row of keys
  std::uint32_t key_channel_ = 0;
  std::uint64_t granule_ = 0;  // of `store`: the next one
  std::uint32_t reals_ = 0;    // of `store`: that are left

  Ring<Write> writes_;
  Cycle late_ = 0;  // by how much ports that took no write have put off what follows
  Cycle last_write_ = -1;
  Cycle left_last_ = -1, left_before_ = -1;  // side_bus.sv's queue: the last granule, the one before it
  Cycle port_free_ = 0;                      // it takes the next granule
};

}  // namespace godwit::cyclesim
