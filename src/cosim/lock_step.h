#pragma once
// One random program on golden and on the verilated machine: every write on chip is held to golden's as it happens, and
// when the run is over external memory, position and saturations.

#include <cstdint>
#include <string>

#include "base/thread_pool.h"
#include "cosim/random/random_case.h"

namespace godwit::cosim {

struct LockStep {
  std::string difference;          // the first one: instruction, unit, address, both values; empty: none
  std::uint64_t instructions = 0;  // executed, by golden
  std::uint64_t cycles = 0;
};

/// `fault`: of rtl/fault_pkg.sv, by number; 0: none. Throws UserError where golden refuses the program: a bug of who
/// made it.
LockStep run_in_lock_step(const RandomCase& one, ThreadPool& pool, int fault);

}  // namespace godwit::cosim
