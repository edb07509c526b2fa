#pragma once
// Many random programs, a thread each, up to the first that differs.

#include <cstdint>
#include <functional>
#include <optional>

#include "cosim/lock_step.h"

namespace godwit::cosim {

struct Campaign {
  std::uint64_t programs = 0;  // run, the one that failed included
  std::uint64_t instructions = 0;
  std::uint64_t cycles = 0;
  std::optional<Recipe> failed;  // the first one, by its number
  LockStep failure;
};

/// Programs `first` to `first` + `count` of the seed. The outcome does not depend on the number of threads.
Campaign run_campaign(std::uint64_t seed, std::uint64_t first, std::uint64_t count, const isa::Card& card, int fault,
                      ThreadPool& pool, const std::function<void(std::size_t)>& done = {});

}  // namespace godwit::cosim
