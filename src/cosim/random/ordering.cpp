#include "cosim/random/ordering.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <variant>

#include "base/error.h"

namespace godwit::cosim {
namespace {

constexpr std::size_t units = isa::unit_names.size();
constexpr std::size_t control = static_cast<std::size_t>(isa::Unit::control);
constexpr std::size_t most_pairs = isa::semaphores - 1 - (units - 1);  // of units: each may need one to control besides

/// [unit]: how many of its instructions are known to have ended.
using Clock = std::array<std::size_t, units>;

Clock later(const Clock& a, const Clock& b) {
  Clock out{};
  for (std::size_t u = 0; u < units; ++u) out[u] = std::max(a[u], b[u]);
  return out;
}

struct Fields {
  std::array<std::uint32_t*, 2> wait;
  std::array<std::uint32_t*, 2> signal;
};

Fields fields_of(isa::Instruction& code) {
  return std::visit([](auto& op) { return Fields{{&op.wait_a, &op.wait_b}, {&op.signal_a, &op.signal_b}}; }, code);
}

std::vector<std::uint32_t*> free_of(const std::array<std::uint32_t*, 2>& fields) {
  std::vector<std::uint32_t*> out;
  for (std::uint32_t* field : fields) {
    if (*field == isa::no_semaphore) out.push_back(field);
  }
  return out;
}

bool conflict(const std::vector<Touch>& a, const std::vector<Touch>& b) {
  for (const Touch& x : a) {
    for (const Touch& y : b) {
      if ((x.writes || y.writes) && x.space == y.space && x.begin < y.end && y.begin < x.end) return true;
    }
  }
  return false;
}

class Ordering {
 public:
  Ordering(const std::vector<Item>& items, Random& random) : items_(items), random_(random) {
    for (std::uint32_t s = 0; s < isa::no_semaphore; ++s) numbers_.push_back(s);
    for (std::size_t i = numbers_.size() - 1; i > 0; --i) std::swap(numbers_[i], numbers_[random.below(i + 1)]);
  }

  std::vector<isa::Instruction> run() {
    for (std::size_t i = 0; i < items_.size(); ++i) place(i);
    begin_.push_back(out_.size());
    for (std::size_t i = 0; i < items_.size(); ++i) aim(i);
    return std::move(out_);
  }

 private:
  /// An instruction that was placed, or a wait of control that was put in.
  struct Placed {
    std::size_t at = 0;  // in out_
    std::size_t unit = 0;
    std::size_t segment = 0;
    const std::vector<Touch>* touches = nullptr;
    std::size_t number = 0;  // among its unit's, from 1
    Clock implied{};         // has ended when this has ended
  };

  void place(std::size_t i) {
    const Item& item = items_[i];
    begin_.push_back(out_.size());
    if (item.never) {
      out_.push_back(item.code);
      at_.push_back(out_.size() - 1);
      return;
    }
    if (item.drained) ++segment_;
    const auto unit = static_cast<std::size_t>(unit_of(item.code));
    isa::Instruction code = item.code;
    Clock known = unit == control ? known_[control] : later(known_[unit], known_[control]);
    require(needs_of(item, unit), unit, code, known);
    if (!item.drained && random_.below(6) == 0) add_needless(unit, code, known);
    if (unit != control) known = later(known, known_[control]);  // it may have waited in this one's stead
    out_.push_back(code);
    at_.push_back(out_.size() - 1);
    remember(i, unit, known);
    if (item.drained) ++segment_;
  }

  void remember(std::size_t i, std::size_t unit, Clock known) {
    if (std::holds_alternative<isa::op::Sample>(items_[i].code)) {
      // It waits by itself until the MPE and the store unit rest.
      for (const Placed& one : placed_) {
        if (one.unit == static_cast<std::size_t>(isa::Unit::mpe) ||
            one.unit == static_cast<std::size_t>(isa::Unit::store)) {
          known = later(known, one.implied);
        }
      }
    }
    known_[unit] = known;
    ++count_[unit];
    Placed placed{.at = out_.size() - 1,
                  .unit = unit,
                  .segment = segment_,
                  .touches = &items_[i].touches,
                  .number = count_[unit],
                  .implied = known};
    placed.implied[unit] = count_[unit];
    if (unit == control) known_[control][control] = count_[control];
    placed_.push_back(placed);
  }

  /// [unit]: how many of its instructions must have ended.
  [[nodiscard]] Clock needs_of(const Item& item, std::size_t unit) const {
    Clock needs{};
    for (const Placed& one : placed_) {
      if (one.unit == unit || one.unit == control) continue;
      if (item.drained || conflict(*one.touches, item.touches)) needs[one.unit] = one.number;
    }
    return needs;
  }

  void require(const Clock& needs, std::size_t unit, isa::Instruction& code, Clock& known) {
    // The latest first: it may imply the others.
    for (std::size_t p = placed_.size(); p-- > 0;) {
      const Placed one = placed_[p];
      if (one.unit == unit || one.unit == control || needs[one.unit] != one.number) continue;
      if (known[one.unit] >= one.number) continue;
      if (join(one, unit, code, known)) continue;
      isa::Instruction wait = isa::op::Set{};
      Clock here = known_[control];
      ensure(join(one, control, wait, here), "an instruction that nothing can wait for");
      out_.push_back(wait);
      known_[control] = here;
      known = later(known, here);
    }
  }

  /// Lets `code` wait for `needed`, or for something that ends after it. False if there is no field left.
  bool join(const Placed& needed, std::size_t unit, isa::Instruction& code, Clock& known) {
    const auto waits = free_of(fields_of(code).wait);
    if (waits.empty()) return false;
    std::vector<const Placed*> signallers;
    for (const Placed& one : placed_) {
      if (one.unit == unit || one.unit == control || one.implied[needed.unit] < needed.number) continue;
      if (one.segment == segment_of(needed) && !free_of(fields_of(out_[one.at]).signal).empty() &&
          number_of(one.unit, unit, false)) {
        signallers.push_back(&one);
      }
    }
    if (signallers.empty()) return false;
    // Mostly the first, which is the instruction itself where it has a field.
    const Placed& by = *signallers[random_.below(4) != 0 ? 0 : random_.below(signallers.size())];
    tie(by, unit, waits);
    known = later(known, by.implied);
    return true;
  }

  static std::size_t segment_of(const Placed& placed) { return placed.segment; }

  void tie(const Placed& by, std::size_t unit, const std::vector<std::uint32_t*>& waits) {
    const std::uint32_t number = *number_of(by.unit, unit, true);
    const auto signals = free_of(fields_of(out_[by.at]).signal);
    *signals[random_.below(signals.size())] = number;
    *waits[random_.below(waits.size())] = number;
    if (signals.size() == 2 && waits.size() == 2 &&
        random_.below(3) == 0) {  // the same twice: two are raised and taken
      for (std::uint32_t* field : {signals[0], signals[1], waits[0], waits[1]}) *field = number;
    }
  }

  /// A wait that nothing asks for, where counting stays in order: for something newer than what is known.
  void add_needless(std::size_t unit, isa::Instruction& code, Clock& known) {
    for (std::size_t p = placed_.size(); p-- > 0;) {
      const Placed& one = placed_[p];
      if (one.segment != segment_ || one.unit == control || one.unit == unit || known[one.unit] >= one.number) continue;
      join(Placed(one), unit, code, known);
      return;
    }
  }

  /// Of a pair of units; if `take`, a new one where it has none.
  std::optional<std::uint32_t> number_of(std::size_t from, std::size_t to, bool take) {
    const auto found = pairs_.find({from, to});
    if (found != pairs_.end()) return found->second;
    if (to != control && between_units_ == most_pairs) return std::nullopt;
    const std::uint32_t number = numbers_.back();
    if (take) {
      numbers_.pop_back();
      pairs_[{from, to}] = number;
      if (to != control) ++between_units_;
    }
    return number;
  }

  void aim(std::size_t i) {
    const auto& target = items_[i].target;
    if (!target) return;
    isa::Instruction& code = out_[at_[i]];
    const std::size_t to = begin_[*target];
    if (auto* loop = std::get_if<isa::op::Loop>(&code)) {
      loop->body = static_cast<std::uint32_t>(to - at_[i] - 1);
    } else if (auto* branch = std::get_if<isa::op::Branch>(&code)) {
      branch->distance = static_cast<std::int32_t>(static_cast<std::int64_t>(to) - static_cast<std::int64_t>(at_[i]));
    }
  }

  const std::vector<Item>& items_;
  Random& random_;
  std::vector<isa::Instruction> out_;
  std::vector<std::size_t> begin_;  // [item]: where it and the waits for it begin in out_
  std::vector<std::size_t> at_;     // [item]: where it is in out_
  std::vector<Placed> placed_;
  std::array<Clock, units> known_{};  // [unit]: when its next instruction starts
  Clock count_{};
  std::size_t segment_ = 0;  // edges stay within one: rounds of a body are alike
  std::vector<std::uint32_t> numbers_;
  std::map<std::pair<std::size_t, std::size_t>, std::uint32_t> pairs_;
  std::size_t between_units_ = 0;
};

}  // namespace

isa::Unit unit_of(const isa::Instruction& code) {
  return std::visit([](const auto& op) { return op.unit; }, code);
}

std::vector<isa::Instruction> ordered(const std::vector<Item>& items, Random& random) {
  return Ordering(items, random).run();
}

}  // namespace godwit::cosim
