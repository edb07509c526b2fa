#include "cosim/campaign.h"

#include <algorithm>
#include <vector>

namespace godwit::cosim {

Campaign run_campaign(std::uint64_t seed, std::uint64_t first, std::uint64_t count, const isa::Card& card, int fault,
                      ThreadPool& pool, const std::function<void(std::size_t)>& done) {
  // As many at once as keep every thread busy, whatever the threads, so that the same ones are counted.
  constexpr std::uint64_t at_once = 32;
  Campaign out;
  std::vector<LockStep> results(at_once);
  for (std::uint64_t begin = 0; begin < count && !out.failed; begin += at_once) {
    const std::uint64_t now = std::min(at_once, count - begin);
    const auto recipe_of = [&](std::uint64_t i) { return Recipe{.seed = seed, .index = first + begin + i}; };
    pool.parallel_for(now, 1, [&](std::size_t from, std::size_t to) {
      ThreadPool alone(1);
      for (std::size_t i = from; i < to; ++i) {
        results[i] = run_in_lock_step(random_case(recipe_of(i), card), alone, fault);
        if (done) done(1);
        if (!results[i].difference.empty()) break;  // those behind it do not matter
      }
    });
    for (std::uint64_t i = 0; i < now; ++i) {
      ++out.programs;
      out.instructions += results[i].instructions;
      out.cycles += results[i].cycles;
      if (results[i].difference.empty()) continue;
      out.failed = recipe_of(i);
      out.failure = results[i];
      break;
    }
  }
  return out;
}

}  // namespace godwit::cosim
