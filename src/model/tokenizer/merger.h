#pragma once
// The heart of byte-pair encoding: merge neighbours, the best pair first and of equals the leftmost, until none merges.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

namespace godwit {

/// What a merge rule says about two neighbours: a smaller priority goes first.
struct Bond {
  std::int64_t priority;
  int id;  // of the merged symbol
};

/// One symbol of a word: an id (or -1) and the bytes of the word that it covers.
struct Symbol {
  int id;
  std::uint32_t begin, end;
};

/// Buffers that are kept from word to word.
class Merger {
 public:
  std::vector<Symbol>& symbols() { return symbols_; }

  /// Merges symbols() in place. `bond(left, right)` gives an optional<Bond>; it depends on the two symbols alone. Short
  /// words are searched over and over; long ones take a queue, so that the time is n log n.
  template <class BondOf>
  void run(const BondOf& bond) {
    if (symbols_.size() < 2) return;
    if (symbols_.size() <= short_word) {
      run_short(bond);
    } else {
      run_queue(bond);
    }
  }

 private:
  static constexpr std::size_t short_word = 48;
  static constexpr std::int64_t none = INT64_MAX;

  struct Entry {
    std::int64_t priority;
    std::uint32_t left, right;          // symbols
    std::uint32_t left_end, right_end;  // their ends when the entry was made: another means that it is stale
    int id;
    bool operator<(const Entry& o) const {  // std::priority_queue gives the greatest
      return priority != o.priority ? priority > o.priority : left > o.left;
    }
  };

  template <class BondOf>
  void run_short(const BondOf& bond) {
    bonds_.clear();
    for (std::size_t i = 0; i + 1 < symbols_.size(); ++i) bonds_.push_back(bond_at(bond, i));
    while (true) {
      std::size_t best = 0;
      for (std::size_t i = 1; i < bonds_.size(); ++i) {
        if (bonds_[i].priority < bonds_[best].priority) best = i;
      }
      if (bonds_.empty() || bonds_[best].priority == none) return;
      symbols_[best].id = bonds_[best].id;
      symbols_[best].end = symbols_[best + 1].end;
      symbols_.erase(symbols_.begin() + static_cast<std::ptrdiff_t>(best) + 1);
      bonds_.erase(bonds_.begin() + static_cast<std::ptrdiff_t>(best));
      if (best > 0) bonds_[best - 1] = bond_at(bond, best - 1);
      if (best < bonds_.size()) bonds_[best] = bond_at(bond, best);
    }
  }

  template <class BondOf>
  Bond bond_at(const BondOf& bond, std::size_t i) const {
    const std::optional<Bond> b = bond(symbols_[i], symbols_[i + 1]);
    return b ? *b : Bond{none, -1};
  }

  template <class BondOf>
  void run_queue(const BondOf& bond) {
    const auto count = static_cast<std::uint32_t>(symbols_.size());
    constexpr std::uint32_t gone = UINT32_MAX;
    next_.resize(count);
    previous_.resize(count);
    std::vector<Entry> initial;
    const auto consider = [&](std::uint32_t left, std::uint32_t right, auto&& put) {
      if (const std::optional<Bond> b = bond(symbols_[left], symbols_[right])) {
        put(Entry{b->priority, left, right, symbols_[left].end, symbols_[right].end, b->id});
      }
    };
    for (std::uint32_t i = 0; i < count; ++i) {
      next_[i] = i + 1 < count ? i + 1 : gone;
      previous_[i] = i > 0 ? i - 1 : gone;
      if (i + 1 < count) consider(i, i + 1, [&](const Entry& e) { initial.push_back(e); });
    }
    std::priority_queue<Entry> queue(std::less<Entry>(), std::move(initial));
    const auto push = [&](const Entry& e) { queue.push(e); };
    while (!queue.empty()) {
      const Entry top = queue.top();
      queue.pop();
      Symbol& left = symbols_[top.left];
      Symbol& right = symbols_[top.right];
      // A symbol that was merged into its left neighbour has end 0.
      if (left.end != top.left_end || right.end != top.right_end) continue;
      left.id = top.id;
      left.end = right.end;
      right.end = 0;
      const std::uint32_t after = next_[top.right];
      next_[top.left] = after;
      if (after != gone) {
        previous_[after] = top.left;
        consider(top.left, after, push);
      }
      if (previous_[top.left] != gone) consider(previous_[top.left], top.left, push);
    }
    std::erase_if(symbols_, [](const Symbol& s) { return s.end == 0; });
  }

  std::vector<Symbol> symbols_;
  std::vector<Bond> bonds_;
  std::vector<std::uint32_t> next_, previous_;
};

}  // namespace godwit
