#include "compiler/ordering.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <variant>

#include "base/error.h"
#include "compiler/accesses.h"
#include "compiler/walk.h"

namespace godwit::compiler {
namespace {

constexpr int rounds_seen = 3;
constexpr std::size_t units = isa::unit_names.size();

std::size_t number(isa::Unit unit) {
  return static_cast<std::size_t>(unit);
}

/// For each unit the last executed instruction that has certainly ended, -1: none.
using Clock = std::array<int, units>;

constexpr Clock nothing = [] {
  Clock clock{};
  clock.fill(-1);
  return clock;
}();

void join(Clock& into, const Clock& other) {
  for (std::size_t u = 0; u < units; ++u) into[u] = std::max(into[u], other[u]);
}

/// One execution of an instruction.
struct Execution {
  std::size_t code = 0;
  int round = -1;  // of the loop
  isa::Unit unit = isa::Unit::control;
  Clock conflicts = nothing;  // the last earlier one of each other unit that touches the same
  int stream = -1;            // mpe: what fills its FIFO
};

bool is_stream_consumer(const isa::Instruction& i) {
  return unit_of(i) == isa::Unit::mpe;
}

class Ordering {
 public:
  Ordering(const Listing& listing, std::uint32_t chunk, const isa::CacheShape& cache,
           const std::vector<isa::Descriptor>& descriptors)
      : listing_(listing), into_(listing.code.size()) {
    execute(chunk, cache, descriptors);
  }

  std::vector<Edge> find() {
    while (std::optional<Edge> missing = first_missing()) add(*missing);
    if (listing_.looped) prune();
    std::vector<Edge> all;
    for (std::vector<Edge>& edges : into_) all.insert(all.end(), edges.begin(), edges.end());
    std::ranges::sort(all, {}, [](const Edge& e) { return std::tuple(e.to, e.from, e.kind); });
    return all;
  }

 private:
  // ---- one chunk with its head, at the end of the context and across the border of a block of positions

  void execute(std::uint32_t chunk, const isa::CacheShape& cache, const std::vector<isa::Descriptor>& descriptors) {
    std::vector<isa::Instruction> code = listing_.code;
    if (listing_.looped) {
      auto& loop = std::get<isa::op::Loop>(code[listing_.loop]);
      loop.count = std::min<std::uint32_t>(loop.count, rounds_seen);
    }
    std::uint32_t position = cache.capacity > chunk ? cache.capacity - chunk : 0;
    if (position > 0 && position % isa::block_rows == 0) --position;
    std::vector<std::vector<Access>> touched;
    int round = -1;
    int last_stream = -1;
    walk(code, {.position = position, .tokens = chunk, .spill = true}, [&](std::size_t at, const Registers& registers) {
      if (listing_.looped && at == listing_.body) ++round;
      Execution e{.code = at, .round = in_body(at) && listing_.looped ? round : -1, .unit = unit_of(code[at])};
      const int index = static_cast<int>(executions_.size());
      if (e.unit == isa::Unit::stream) last_stream = index;
      if (is_stream_consumer(code[at])) e.stream = last_stream;
      std::vector<Access> own;
      if (e.unit != isa::Unit::control) own = accesses(code[at], registers, cache, descriptors);
      for (int i = index - 1; i >= 0; --i) {
        const std::size_t unit = number(executions_[static_cast<std::size_t>(i)].unit);
        if (executions_[static_cast<std::size_t>(i)].unit == e.unit || e.conflicts[unit] >= 0) continue;
        const auto& other = touched[static_cast<std::size_t>(i)];
        const bool clash = std::ranges::any_of(own, [&](const Access& a) {
          return std::ranges::any_of(other, [&](const Access& b) { return conflict(a, b); });
        });
        if (clash) e.conflicts[unit] = i;
      }
      executions_.push_back(e);
      touched.push_back(std::move(own));
    });
  }

  bool in_body(std::size_t at) const { return at >= listing_.body && at < listing_.body_end; }
  bool in_loop(std::size_t at) const { return listing_.looped && in_body(at); }
  bool in_head(std::size_t at) const { return at >= listing_.head && at < listing_.head_end; }

  // ---- what is still missing

  /// The first conflict that the edges do not put in order, as the edge that would.
  std::optional<Edge> first_missing() {
    done_.assign(executions_.size(), nothing);
    latest_.assign(listing_.code.size(), {-1, -1});
    std::array<Clock, units> unit_clock;
    unit_clock.fill(nothing);
    Clock control = nothing;
    bool at_head_end = false;
    for (std::size_t i = 0; i < executions_.size(); ++i) {
      const Execution& e = executions_[i];
      if (e.unit == isa::Unit::control) {
        if (listing_.looped && e.code == listing_.loop) take(EdgeKind::entry, e.code, control);
        if (e.code + 1 == listing_.head_end) take(EdgeKind::head_end, e.code, control);
        if (e.code == listing_.head_end && !at_head_end) {
          at_head_end = true;
          take(EdgeKind::chunk_end, e.code, control);
          if (const auto missing = still_under_way(i, control)) return missing;
        }
        continue;
      }
      Clock clock = unit_clock[number(e.unit)];
      join(clock, control);
      for (const Edge& edge : into_[e.code]) join(clock, ended(edge, e.round));
      const int clash = last_unordered(e, clock);
      if (clash >= 0) return edge_for(executions_[static_cast<std::size_t>(clash)], e);
      clock[number(e.unit)] = static_cast<int>(i);
      if (e.stream >= 0) join(clock, done_[static_cast<std::size_t>(e.stream)]);
      unit_clock[number(e.unit)] = clock;
      done_[i] = clock;
      latest_[e.code] = {static_cast<int>(i), latest_[e.code][0]};
    }
    return std::nullopt;
  }

  /// What is certain when this edge has been waited for in round `round` of where it ends.
  Clock ended(const Edge& edge, int round) const {
    if (edge.kind == EdgeKind::carried && round <= 0) return nothing;  // control raised it
    // Where it is carried, of the round before; that of this round has been there if it comes before the edge's end.
    const int from = latest_[edge.from][edge.kind == EdgeKind::carried && edge.from < edge.to ? 1 : 0];
    return from >= 0 ? done_[static_cast<std::size_t>(from)] : nothing;
  }

  void take(EdgeKind kind, std::size_t at, Clock& control) const {
    for (const Edge& edge : into_[at]) {
      if (edge.kind == kind) join(control, ended(edge, 0));
    }
  }

  static int last_unordered(const Execution& e, const Clock& clock) {
    int last = -1;
    for (std::size_t u = 0; u < units; ++u) {
      if (e.conflicts[u] > clock[u]) last = std::max(last, e.conflicts[u]);
    }
    return last;
  }

  Edge edge_for(const Execution& from, const Execution& to) const {
    if (in_loop(to.code)) {
      if (from.round == to.round) return {.kind = EdgeKind::forward, .from = from.code, .to = to.code};
      if (from.round >= 0) return {.kind = EdgeKind::carried, .from = from.code, .to = to.code};
      return {.kind = EdgeKind::entry, .from = from.code, .to = listing_.loop};
    }
    if (in_loop(from.code)) {
      ensure(!in_head(to.code), "the head waits for what follows the blocks, not for the blocks");
      return {.kind = EdgeKind::tail, .from = from.code, .to = to.code};
    }
    const bool to_head = in_head(to.code) && !in_head(from.code);
    return {.kind = to_head ? EdgeKind::to_head : EdgeKind::forward, .from = from.code, .to = to.code};
  }

  /// At the end of a chunk everything has ended, with the head or without it.
  std::optional<Edge> still_under_way(std::size_t before, const Clock& control) const {
    for (std::size_t i = before; i-- > 0;) {
      const Execution& e = executions_[i];
      if (e.unit == isa::Unit::control || control[number(e.unit)] >= static_cast<int>(i)) continue;
      if (in_head(e.code)) return Edge{.kind = EdgeKind::head_end, .from = e.code, .to = listing_.head_end - 1};
      ensure(!in_loop(e.code), "what follows the blocks ends after them");
      return Edge{.kind = EdgeKind::chunk_end, .from = e.code, .to = listing_.head_end};
    }
    return std::nullopt;
  }

  // ---- adding and leaving out

  void add(const Edge& edge) {
    ensure(std::ranges::find(into_[edge.to], edge) == into_[edge.to].end(), "an edge does not order what it should");
    if (edge.kind != EdgeKind::tail) {
      into_[edge.to].push_back(edge);
      return;
    }
    // A tail takes what a carried edge of the same two units leaves, so there has to be one.
    Edge tail = edge;
    std::optional<std::size_t> left;
    std::optional<std::size_t> first;
    for (std::size_t i = listing_.body; i < listing_.body_end; ++i) {
      if (unit(i) == unit(edge.to) && !first) first = i;
      for (const Edge& other : into_[i]) {
        const bool serves = other.kind == EdgeKind::carried && unit(other.from) == unit(edge.from) &&
                            unit(other.to) == unit(edge.to) && other.from >= edge.from;
        if (serves) left = left ? std::min(*left, other.from) : other.from;
      }
    }
    if (left) {
      tail.from = *left;
    } else {
      ensure(first.has_value(), "the loop has no instruction of a unit that waits for it");
      into_[*first].push_back({.kind = EdgeKind::carried, .from = edge.from, .to = *first});
    }
    into_[tail.to].push_back(tail);
  }

  void prune() {
    for (std::vector<Edge>& edges : into_) {
      for (std::size_t i = edges.size(); i-- > 0;) {
        const Edge edge = edges[i];
        if (edge.kind == EdgeKind::carried && left_by(edge)) continue;
        edges.erase(edges.begin() + static_cast<std::ptrdiff_t>(i));
        if (first_missing()) edges.insert(edges.begin() + static_cast<std::ptrdiff_t>(i), edge);
      }
    }
  }
  /// Whether a tail takes what this carried edge leaves.
  bool left_by(const Edge& carried) const {
    return std::ranges::any_of(into_, [&](const std::vector<Edge>& edges) {
      return std::ranges::any_of(edges, [&](const Edge& edge) {
        return edge.kind == EdgeKind::tail && edge.from == carried.from && unit(edge.to) == unit(carried.to);
      });
    });
  }

  isa::Unit unit(std::size_t code) const { return unit_of(listing_.code[code]); }

  const Listing& listing_;
  std::vector<Execution> executions_;
  std::vector<std::vector<Edge>> into_;     // [code] the edges that end there
  std::vector<Clock> done_;                 // [executions]
  std::vector<std::array<int, 2>> latest_;  // [code] the last two executions
};

}  // namespace

std::vector<Edge> find_edges(const Listing& listing, std::uint32_t chunk, const isa::CacheShape& cache,
                             const std::vector<isa::Descriptor>& descriptors) {
  return Ordering(listing, chunk, cache, descriptors).find();
}

}  // namespace godwit::compiler
