#pragma once
// `load` and `embed` (load_unit.sv): rows of external memory over the side bus, a granule a cycle, of 16-bit codes
// eight a 8 / LoadLanes cycles; of `embed` each token's id first, where it is not in the granule read before.

#include "cyclesim/op.h"
#include "cyclesim/side_bus.h"

namespace godwit::cyclesim {

class LoadUnit : public Actor, public SideReader {
 public:
  explicit LoadUnit(Machine& machine);
  void start(const Op& op, Cycle now);
  void at(Cycle now) override;
  void accepted(Cycle /*now*/) override {}
  Cycle take(Cycle earliest) override;
  void finished(Cycle last) override;

 private:
  static constexpr std::uint32_t read_most = 2048;  // load_unit.sv, ReadMost: granules of one read
  void row(Cycle now);
  void ask_row(Cycle from);
  void writes_before(Cycle written);

  Machine& machine_;
  Cycle parts_;  // cycles of eight codes
  Op op_;
  bool embeds_ = false;
  bool reals_ = true;
  std::uint32_t count_ = 0;
  std::uint64_t address_ = 0;  // of the next read
  std::uint64_t table_ = 0;    // `embed`'s address
  std::uint64_t ids_ = 0;
  std::uint32_t channel_ = 0;
  std::uint32_t row_granules_ = 0;
  std::uint32_t token_ = 0;
  std::uint32_t remain_ = 0;  // granules of the row that were not asked for
  std::uint32_t taken_ = 0;   // granules of the row
  bool reads_id_ = false;
  bool id_known_ = false;
  std::uint64_t id_granule_ = 0;
  Cycle codes_free_ = 0;  // requantise_eight takes another eight
  Cycle written_ = 0;     // nothing is on its way to the vector memory from here on
  Cycle done_ = never;
};

}  // namespace godwit::cyclesim
