#include "cosim/shrink.h"

#include <utility>

namespace godwit::cosim {
namespace {

class Shrinking {
 public:
  Shrinking(const isa::Card& card, ThreadPool& pool, int fault, std::size_t most)
      : card_(card), pool_(pool), fault_(fault), most_(most) {}

  Shrunk run(const Recipe& recipe) {
    best_.recipe = recipe;
    const RandomCase first = random_case(recipe, card_);
    best_.result = run_in_lock_step(first, pool_, fault_);
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (std::size_t i = first.steps; i-- > 0;) smaller = leave_out(i) || smaller;
      smaller = simplify() || smaller;
    }
    return best_;
  }

 private:
  bool fails(const Recipe& recipe) {
    if (best_.tried == most_ || recipe == best_.recipe) return false;
    ++best_.tried;
    LockStep result = run_in_lock_step(random_case(recipe, card_), pool_, fault_);
    if (result.difference.empty()) return false;
    best_.recipe = recipe;
    best_.result = std::move(result);
    return true;
  }

  bool leave_out(std::size_t step) {
    Recipe recipe = best_.recipe;
    recipe.left_out |= std::uint64_t{1} << step;
    return fails(recipe);
  }

  bool simplify() {
    bool any = false;
    Recipe recipe = best_.recipe;
    recipe.even_memory = true;
    any = fails(recipe) || any;
    for (std::uint32_t Recipe::* limit : {&Recipe::most_tokens, &Recipe::most_count, &Recipe::most_rounds}) {
      while ((best_.recipe.*limit) > 1) {
        recipe = best_.recipe;
        recipe.*limit /= 2;
        if (!fails(recipe)) break;
        any = true;
      }
    }
    return any;
  }

  const isa::Card& card_;
  ThreadPool& pool_;
  int fault_;
  std::size_t most_;
  Shrunk best_;
};

}  // namespace

Shrunk shrink(const Recipe& recipe, const isa::Card& card, ThreadPool& pool, int fault, std::size_t most) {
  return Shrinking(card, pool, fault, most).run(recipe);
}

}  // namespace godwit::cosim
