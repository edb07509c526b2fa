#pragma once
// What the machine is made of beyond the card's own parameters: widths, depths and pipeline lengths of the modules in
// rtl/. Each is a parameter of the RTL or was counted in it, and says where; none was fitted.

#include "isa/card.h"

namespace godwit::cyclesim {

struct Hardware {
  int gather_lanes = 1;    // machine.sv, GatherLanes: reals a cycle through gather's arithmetic
  int sum_lanes = 1;       // machine.sv, SumLanes: logits a cycle into the sum of exponentials
  int load_lanes = 1;      // machine.sv, LoadLanes: 16-bit codes a cycle
  int store_lanes = 1;     // machine.sv, StoreLanes: reals a cycle into the KV cache
  int cache_lines = 16;    // machine.sv, CacheLines: of four instructions
  int queue_depth = 4;     // machine.sv, QueueDepth: instructions that wait at a unit
  int write_depth = 2;     // machine.sv, WriteDepth: writes that wait for their port
  int group_depth = 4;     // machine.sv, GroupDepth: groups that wait for the store unit
  int scale_dividers = 2;  // machine.sv, ScaleDividers: of a vector's scale and its inverse
  int burst_words = 16;    // machine.sv, BurstWords: most beats of a burst, 256 bytes at least
  bool best_heap = true;   // core.sv, BestHeap: the best logits lie in a heap, where one a cycle comes at most
  int core_hops = 0;       // machine.sv, Hops: registers between cores; none with one core
};

/// machine.sv's defaults for the card's parameters.
Hardware hardware_of(const isa::Card& card);

}  // namespace godwit::cyclesim
