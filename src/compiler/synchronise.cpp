#include "compiler/synchronise.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"
#include "compiler/ordering.h"
#include "isa/disassembler.h"

namespace godwit::compiler {
namespace {

namespace op = isa::op;

constexpr std::size_t fields = 2;  // of an instruction for waits, and for signals

class Placing {
 public:
  Placing(const Listing& listing, const std::vector<Edge>& edges)
      : listing_(listing), edges_(edges), waits_(listing.code.size()), signals_(listing.code.size()) {}

  Synchronised place() {
    for (const Edge& edge : edges_) {
      if (edge.kind == EdgeKind::tail) continue;
      const int semaphore = semaphore_of(edge);
      signals_[edge.from].push_back(semaphore);
      if (edge.kind == EdgeKind::carried) ++primed_[semaphore];
      if (edge.kind == EdgeKind::to_head) waits_[listing_.skip].push_back(semaphore);
      // The instruction before the loop can wait and raise, the loop itself is for the rounds.
      waits_[edge.kind == EdgeKind::entry ? listing_.loop - 1 : edge.to].push_back(semaphore);
    }
    for (const Edge& edge : edges_) {
      if (edge.kind == EdgeKind::tail) take_tail(edge);
    }
    check_order();
    Synchronised out{.listing = listing_, .edges = edges_, .semaphores = static_cast<int>(numbers_.size())};
    // From the end on, so that numbers before stay what they are.
    drain(out.listing);
    for (std::size_t i = listing_.code.size(); i-- > 0;) put(out.listing, i);
    prime(out.listing);
    return out;
  }

 private:
  using Key = std::tuple<EdgeKind, isa::Unit, isa::Unit>;

  isa::Unit unit(std::size_t code) const { return unit_of(listing_.code[code]); }

  int semaphore_of(const Edge& edge) {
    const EdgeKind kind = edge.kind == EdgeKind::tail ? EdgeKind::carried : edge.kind;
    const auto [found, is_new] =
        numbers_.try_emplace(Key(kind, unit(edge.from), unit(edge.to)), static_cast<int>(numbers_.size()));
    ensure(found->second < isa::no_semaphore, "a program needs more semaphores than there are");
    return found->second;
  }

  /// The carried edges of the same units leave one each, in the order of where they come from.
  void take_tail(const Edge& tail) {
    const int semaphore = semaphore_of(tail);
    int order = 0;
    for (const Edge& edge : edges_) {
      if (edge.kind == EdgeKind::carried && semaphore_of(edge) == semaphore && edge.from <= tail.from) ++order;
    }
    int& taken = taken_[semaphore];
    for (; taken < order; ++taken) waits_[tail.to].push_back(semaphore);
  }

  /// Counting is only enough where signals and waits of a semaphore come in the same order.
  void check_order() {
    std::map<int, const Edge*> last;
    for (const Edge& edge : edges_) {  // sorted by where they end
      if (edge.kind == EdgeKind::tail) continue;
      const Edge*& before = last[semaphore_of(edge)];
      ensure(before == nullptr || (before->from < edge.from && before->to <= edge.to),
             "the edges of a semaphore cross");
      before = &edge;
    }
  }

  // ---- into the instructions

  static std::vector<std::uint32_t*> free_of(std::uint32_t* const (&all)[fields]) {
    std::vector<std::uint32_t*> free;
    for (std::uint32_t* field : all) {
      if (*field == isa::no_semaphore) free.push_back(field);
    }
    return free;
  }

  /// Puts the last semaphores of `list` into the fields that are free, and takes them off.
  static void fill(std::uint32_t* const (&all)[fields], std::vector<int>& list) {
    for (std::uint32_t* field : free_of(all)) {
      if (list.empty()) return;
      *field = static_cast<std::uint32_t>(list.back());
      list.pop_back();
    }
  }

  /// An instruction of the unit that does nothing but wait and signal.
  static isa::Instruction without_effect(isa::Unit unit) {
    switch (unit) {
      case isa::Unit::control:
        return op::Set{.rd = reg::one, .value = 1};
      case isa::Unit::load:
        return op::Load{.tokens = reg::zero, .count = isa::block_rows};
      case isa::Unit::sfu:
        return op::Combine{.tokens = reg::zero, .count = isa::block_rows};
      case isa::Unit::store:
        return op::Store{.count = 0};
      case isa::Unit::stream:
      case isa::Unit::mpe:
        break;
    }
    panic("no instruction of this unit is without effect");
  }

  void put(Listing& listing, std::size_t at) {
    const bool inside = at >= listing_.body && at < listing_.body_end;
    const SemaphoreFields own = semaphores_of(listing.code[at]);
    fill(own.wait, waits_[at]);
    fill(own.signal, signals_[at]);
    while (!signals_[at].empty()) {
      isa::Instruction more = without_effect(unit(at));
      fill(semaphores_of(more).signal, signals_[at]);
      listing.insert(at + 1, more, inside);
    }
    while (!waits_[at].empty()) {
      isa::Instruction more = without_effect(unit(at));
      fill(semaphores_of(more).wait, waits_[at]);
      listing.insert(at, more, inside);
    }
  }

  /// Before the loop: what the first round waits for.
  void prime(Listing& listing) const {
    std::vector<int> left = times(primed_, {});
    fill(semaphores_of(listing.code[listing.loop - (listing.looped ? 1 : 0)]).signal, left);
    while (!left.empty()) {
      isa::Instruction more = op::Set{.rd = reg::layer, .value = 0};
      fill(semaphores_of(more).signal, left);
      listing.insert(listing.loop, more);
    }
  }

  /// At the end of a chunk, when everything has ended: what nobody took.
  void drain(Listing& listing) const {
    std::vector<int> left = times(primed_, taken_);
    while (!left.empty()) {
      isa::Instruction more = without_effect(isa::Unit::control);
      fill(semaphores_of(more).wait, left);
      listing.insert(listing_.head_end + 1, more);
    }
  }

  static std::vector<int> times(const std::map<int, int>& counts, const std::map<int, int>& less) {
    std::vector<int> list;
    for (const auto& [semaphore, count] : counts) {
      const auto found = less.find(semaphore);
      list.insert(list.end(), static_cast<std::size_t>(count - (found == less.end() ? 0 : found->second)), semaphore);
    }
    return list;
  }

  const Listing& listing_;
  const std::vector<Edge>& edges_;
  std::map<Key, int> numbers_;
  std::vector<std::vector<int>> waits_;    // [code]
  std::vector<std::vector<int>> signals_;  // [code]
  std::map<int, int> primed_;              // by semaphore
  std::map<int, int> taken_;
};

const char* name_of(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::forward:
      return "forward";
    case EdgeKind::carried:
      return "carried";
    case EdgeKind::tail:
      return "tail";
    case EdgeKind::to_head:
      return "to head";
    case EdgeKind::entry:
      return "entry";
    case EdgeKind::head_end:
      return "end of head";
    case EdgeKind::chunk_end:
      return "end of chunk";
  }
  panic("an edge of no kind");
}

}  // namespace

Synchronised synchronise(const Listing& listing, std::uint32_t chunk, const isa::CacheShape& cache,
                         const std::vector<isa::Descriptor>& descriptors) {
  const std::vector<Edge> edges = find_edges(listing, chunk, cache, descriptors);
  return Placing(listing, edges).place();
}

std::string text_of(const Synchronised& synchronised, const Listing& before) {
  std::string text;
  for (const Edge& edge : synchronised.edges) {
    text += fmt::format("{:12} {:4} {:48.48} -> {:4} {:48.48}\n", name_of(edge.kind), edge.from,
                        isa::text_of(before.code[edge.from]), edge.to, isa::text_of(before.code[edge.to]));
  }
  return text + fmt::format("{} semaphores\n", synchronised.semaphores);
}

}  // namespace godwit::compiler
