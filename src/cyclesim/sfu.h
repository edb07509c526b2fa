#pragma once
// The vector unit (sfu.sv and its parts): which rows an instruction reads, pass by pass, and when. All of it is found
// when the instruction starts, and found again where gather reads a second operand in the same cycle, or gather or
// `load` writes in one in which it would: both go first.

#include <array>
#include <cstdint>
#include <vector>

#include "cyclesim/events.h"
#include "cyclesim/op.h"
#include "cyclesim/record.h"

namespace godwit::cyclesim {

struct Machine;

/// A time in which the unit reads the vector memory at a steady pace: `busy` of every `period` cycles from `first` on.
struct ReadSpan {
  Cycle first = 0;
  Cycle last = 0;
  Cycle period = 1;
  Cycle busy = 1;
};

class Sfu : public Actor {
 public:
  explicit Sfu(Machine& machine);
  void start(const Op& op, Cycle now);
  void at(Cycle now) override;
  /// The first cycle from `from` on in which it does not read: who reads with less right must wait for it.
  [[nodiscard]] Cycle free_to_read(Cycle from) const;
  /// Gather, which goes first, reads in this cycle.
  void give_way_to_read(Cycle when);
  /// Gather or `load` writes in this one, which may lie behind the instruction that is under way.
  void give_way_to_write(Cycle when);
  /// What is under way writes to the vector memory.
  [[nodiscard]] bool writes() const { return done_ != never && !plan_.passes.empty() && plan_.passes.back().writes; }
  /// The last cycle of the instruction that is under way; before now if there is none.
  [[nodiscard]] Cycle busy_to() const { return done_ == never ? -1 : done_; }

 private:
  /// sfu_pkg.sv's passes, by what matters to time.
  enum class Finds : std::uint8_t { nothing, scores, row, norm };
  struct Pass {
    Cycle reads = 1;  // of a row
    Finds finds = Finds::nothing;
    bool codes = false;   // gives words of activations
    bool writes = false;  // to the vector memory
    bool turns = false;   // takes two cycles a part
  };
  struct Plan {
    std::vector<Pass> passes;
    std::uint32_t vectors = 0;
    std::uint32_t tokens = 1;    // vectors of one token lie `vectors_a_token` apart
    std::uint32_t count = 0;     // reals of a vector
    bool grows = false;          // one more for each token
    std::uint32_t words_of = 0;  // reals that the words of activations of a vector cover
    bool pairs = false;          // A8: two vectors share words
    std::uint32_t group = 0;     // heads counted before it begins; 0: none are
    std::uint32_t middle = 1;    // vectors between two tokens: grows with (number / group) mod tokens
    bool empty = false;
  };
  [[nodiscard]] Plan plan_of(const Op& op) const;
  void run();
  Cycle write_row(const Pass& pass, Cycle read);
  [[nodiscard]] std::uint32_t rows_of(const Plan& plan, const Pass& pass, std::uint32_t vector) const;
  void read_rows(const Pass& pass, std::uint32_t rows, std::uint32_t reals, Cycle pace, Cycle last_pace);
  void count(Count which, std::uint64_t n);

  Machine& machine_;
  std::uint32_t width_;      // reals of a row
  Cycle parts_;              // cycles of a row in the lanes
  Cycle entry_;              // one lane's operands are chosen in a cycle of their own
  Cycle levels_;             // of the tree of totals
  Cycle row_scale_;          // a vector's scale and its inverse
  std::vector<Cycle> free_;  // of the dividers: the first cycle in which each can begin

  Plan plan_;
  Cycle first_step_ = 0;
  std::vector<Cycle> no_read_, no_write_;  // cycles in which it cannot, rising
  bool counted_ = false;                   // the instruction is in the record

  // while an instruction's times are found
  Cycle step_ = 0;        // the next request can be made
  Cycle last_read_ = 0;   // accepted
  Cycle lanes_free_ = 0;  // a vector's row can be accepted
  std::vector<ReadSpan> reads_;
  std::vector<Cycle> writes_;  // of rows, where these are found one by one
  Cycle done_ = never;
};

}  // namespace godwit::cyclesim
