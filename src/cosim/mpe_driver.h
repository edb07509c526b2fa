#pragma once
// One instruction through a verilated mpe_unit; slices, vector memory and store unit are played here, each as slow as
// the dice say. What a slice sends is not computed but drawn from a packet's name, so the test knows what must arrive
// where.

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "isa/codec.h"
#include "isa/generated.h"

namespace godwit::cosim {

/// An instruction with what stands beside it when it reaches the unit.
struct MpeOp {
  isa::Instruction instruction;
  isa::Descriptor descriptor;
  std::uint32_t capacity = 16;
  std::uint32_t kv_heads = 1;
  std::uint32_t head_dim = 16;
  std::uint32_t tokens = 1;
  std::uint32_t length = 1;
  bool spill = false;
  int fraction_bits = 16;
};

/// What a slice was told, as it needs it.
struct MpeJob {
  std::uint32_t kind = 0;  // 0 matrix, 1 keys, 2 values
  std::uint32_t granules = 0;
  std::uint32_t blocks = 0;
  std::uint32_t bits = 0;
  std::uint32_t group_blocks = 0;
  bool sparse = false;
  bool bias = false;
  bool two_digits = false;
  std::uint32_t fraction_bits = 0;
  std::uint32_t tokens = 0;
  friend bool operator==(const MpeJob&, const MpeJob&) = default;
};

/// A block row that a slice worked on: its place as the job said, and the first chunk of its activations.
struct MpeBlockRow {
  std::uint32_t head = 0;
  std::uint32_t row = 0;
  std::uint32_t from = 0;
  friend bool operator==(const MpeBlockRow&, const MpeBlockRow&) = default;
};

struct MpeBest {
  std::int32_t logit = 0;
  std::uint32_t token = 0;
  friend bool operator==(const MpeBest&, const MpeBest&) = default;
};

struct MpeRun {
  bool finished = false;
  std::uint32_t error = 0;                           // the first one's code
  std::vector<std::vector<MpeBlockRow>> block_rows;  // [slice]
  std::vector<MpeJob> jobs;                          // of the slices that got one
  std::map<std::uint64_t, std::array<std::int32_t, 8>> spilled;
  std::vector<MpeBest> best;
  std::int32_t top = 0;
  std::uint64_t total = 0;
  std::uint64_t saturations = 0;
  std::uint64_t cycles = 0;
  std::string complaint;  // a handshake that was not kept
};

/// A real that a slice sends: of keys with `scales` true those of the values.
using MpeReal =
    std::function<std::int32_t(bool scales, std::uint32_t head, std::uint32_t row, std::uint32_t token, int real)>;

class MpeDriver {
 public:
  enum class Size { wide, narrow };  // 8 slices, 8 lanes; 1 slice, 2 lanes, 1 for the sum
  explicit MpeDriver(Size size);
  ~MpeDriver();
  MpeDriver(const MpeDriver&) = delete;
  MpeDriver& operator=(const MpeDriver&) = delete;

  /// `stalls`: the chance, in each cycle and at each handshake, that the other side waits. `most` cycles, then a reset:
  /// 0 runs to the end.
  MpeRun run(const MpeOp& op, const MpeReal& real, double stalls, std::uint64_t seed, std::uint64_t most = 0);
  [[nodiscard]] std::uint32_t slices() const;
  std::vector<std::int32_t>& memory();  // the vector memory, 65,536 reals
  void set_fault(int number);

 private:
  class Any;
  template <class Top>
  class Of;
  std::unique_ptr<Any> bench_;
};

}  // namespace godwit::cosim
