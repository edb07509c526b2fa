#include "cyclesim/scaling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "cyclesim/hardware.h"
#include "isa/generated.h"

namespace godwit::cyclesim {
namespace {

constexpr std::int64_t chunk_blocks = isa::chunk_inputs / isa::block_inputs;   // banks of the activation memory
constexpr std::int64_t word_bits = isa::block_inputs * isa::digits_bits + 24;  // digits, and their two sums
constexpr std::int64_t place_bits = 2 * isa::scale_bits;                       // two scales for every chunk of inputs
constexpr std::int64_t group_reals = 8;                                        // of a bank of the vector memory

/// LUT, FF, DSP, block RAM, UltraRAM.
using Counts = std::array<double, 5>;

void add(Counts& to, const Counts& what, double times) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += what[i] * times;
}

Counts with(Counts all, const Counts& what) {
  add(all, what, 1);
  return all;
}
Counts without(Counts all, const Counts& what) {
  add(all, what, -1);
  return all;
}

Counts counts_of(const SynthesisedModule& m) {
  return {static_cast<double>(m.lut), static_cast<double>(m.ff), static_cast<double>(m.dsp), m.bram36,
          static_cast<double>(m.uram)};
}

Counts counts_of(const Resources& r) {
  return {0, 0, 0, static_cast<double>(r.bram36), static_cast<double>(r.uram)};
}

std::int64_t up(std::int64_t n, std::int64_t to) {
  return (n + to - 1) / to;
}

// ---- memories that grow with a card's sizes, each where the unit is that holds it ----

Counts activations(const isa::Card& card, bool uram) {
  const std::int64_t depth = card.activation_words / chunk_blocks;
  return with(counts_of(memory_cost(card.slices * chunk_blocks, word_bits, depth, uram)),
              counts_of(memory_cost(card.slices, place_bits, depth, uram)));
}

Counts vectors(const isa::Card& card, bool uram) {
  const std::int64_t banks = std::max<std::int64_t>(1, card.sfu_lanes / group_reals);
  return counts_of(
      memory_cost(banks * card.cores, group_reals * isa::real_bits, card.vector_reals / group_reals / banks, uram));
}

Counts fifos(const isa::Card& card, bool uram) {
  const int ways = card.port_bytes < isa::granule_bits / 8 ? 1 : 2;  // slice_pkg.sv, stream_ways
  return counts_of(memory_cost(std::int64_t{card.slices} * ways, std::int64_t{8} * card.port_bytes,
                               card.prefetch_bytes / card.port_bytes / ways, uram));
}

// ---- the components of a machine ----

Counts sum_of(const Synthesis& s, std::initializer_list<std::string_view> modules) {
  Counts sum{};
  for (const std::string_view name : modules) {
    if (const SynthesisedModule* m = s.module(name)) sum = with(sum, counts_of(*m));
  }
  return sum;
}

Counts unit(const Synthesis& s, std::string_view name) {
  const SynthesisedModule* found = s.unit(name);
  return found == nullptr ? Counts{} : counts_of(*found);
}

Counts chains_in(const Synthesis& s) {
  return sum_of(s, {"sparse_mux", "lanes", "chain", "cascade", "reduction_node", "dsp_sum"});
}

Counts best_in(const Synthesis& s) {
  return sum_of(s, {"best_cells", "best_heap"});
}

bool has_heap(const isa::Card& card) {
  return hardware_of(card).best_heap;
}

// What was counted of each, all of them together, without the memories above.

Counts slice_in(const Synthesis& s, bool uram) {
  return without(without(unit(s, "slice"), chains_in(s)), activations(s.sizes, uram));
}
Counts port_in(const Synthesis& s, bool /*uram*/) {
  return without(unit(s, "port"), fifos(s.sizes, false));
}
Counts core_in(const Synthesis& s, bool uram) {
  return without(without(unit(s, "core"), best_in(s)), vectors(s.sizes, uram));
}
Counts vector_lanes_in(const Synthesis& s, bool /*uram*/) {
  return with(unit(s, "sfu_lane"), unit(s, "activate"));
}

/// Stands `number` times in a machine, and takes each time what a size says.
struct Component {
  Counts (*counted)(const Synthesis&, bool uram);
  int (*number)(const isa::Card&);
  int isa::Card::* size;
  bool from_nothing = false;  // of size 0, where there is one reference
  bool of_one_kind = false;   // differs with has_heap
};

int once(const isa::Card& /*card*/) {
  return 1;
}
int chains(const isa::Card& card) {
  return card.slices * isa::block_rows / card.fold;
}
int slices(const isa::Card& card) {
  return card.slices;
}
int cores(const isa::Card& card) {
  return card.cores;
}

constexpr std::array<Component, 7> components = {
    {{.counted = [](const Synthesis& s, bool) { return chains_in(s); },
      .number = chains,
      .size = &isa::Card::port_bytes},
     {.counted = slice_in, .number = slices, .size = &isa::Card::port_bytes},
     {.counted = port_in, .number = slices, .size = &isa::Card::port_bytes},
     {.counted = core_in, .number = cores, .size = &isa::Card::sfu_lanes},
     {.counted = vector_lanes_in, .number = cores, .size = &isa::Card::sfu_lanes, .from_nothing = true},
     {.counted = [](const Synthesis& s, bool) { return best_in(s); },
      .number = once,
      .size = &isa::Card::sfu_lanes,
      .of_one_kind = true},
     {.counted = [](const Synthesis& s, bool) { return unit(s, "machine"); },
      .number = once,
      .size = &isa::Card::slices}}};

/// Of one such component at the card's size: on the line through the references.
Counts each(const Component& component, const isa::Card& card, const std::vector<Synthesis>& references, bool uram) {
  struct Point {
    double size;
    Counts counts;
  };
  std::vector<Point> points;
  const bool known =
      std::ranges::any_of(references, [&](const Synthesis& s) { return has_heap(s.sizes) == has_heap(card); });
  for (const Synthesis& s : references) {
    if (component.of_one_kind && known && has_heap(s.sizes) != has_heap(card)) continue;
    Counts counts{};
    add(counts, component.counted(s, uram), 1.0 / component.number(s.sizes));
    points.push_back({static_cast<double>(s.sizes.*component.size), counts});
  }
  const double size = card.*component.size;
  if (points.size() == 1 && component.from_nothing) points.insert(points.begin(), Point{0, {}});
  Counts at = points.front().counts;
  if (points.size() == 2 && points[0].size != points[1].size) {
    const double share = (size - points[0].size) / (points[1].size - points[0].size);
    for (std::size_t i = 0; i < at.size(); ++i) at[i] += share * (points[1].counts[i] - points[0].counts[i]);
  }
  return at;
}

/// Of the forms of a block RAM of 18 kbit, that with the fewest.
std::int64_t half_blocks(std::int64_t width, std::int64_t depth) {
  constexpr std::array<std::pair<std::int64_t, std::int64_t>, 4> forms = {
      {{36, 512}, {18, 1024}, {9, 2048}, {4, 4096}}};
  std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
  for (const auto& [bits, words] : forms) fewest = std::min(fewest, up(width, bits) * up(depth, words));
  return fewest;
}

}  // namespace

Resources memory_cost(std::int64_t count, std::int64_t width, std::int64_t depth, bool has_uram) {
  constexpr std::int64_t uram_bits = 72;
  constexpr std::int64_t uram_words = 4096;
  if (has_uram && 2 * depth >= uram_words) return {.uram = count * up(width, uram_bits) * up(depth, uram_words)};
  return {.bram36 = up(count * half_blocks(width, depth), 2)};
}

Resources scaled(const isa::Card& card, const std::vector<Synthesis>& references, bool has_uram, Fifos where) {
  ensure(!references.empty() && references.size() <= 2, "a line goes through one reference or two");
  Counts sum{};
  for (const Component& component : components)
    add(sum, each(component, card, references, has_uram), component.number(card));
  add(sum, activations(card, has_uram), 1);
  add(sum, vectors(card, has_uram), 1);
  add(sum, fifos(card, where == Fifos::ultra_ram), 1);
  constexpr double rounding = 1e-6;  // of sums that are whole, or halves
  const auto whole = [](double x) { return std::max<std::int64_t>(0, std::llround(x)); };
  return {.lut = whole(sum[0]),
          .ff = whole(sum[1]),
          .dsp = whole(sum[2]),
          .bram36 = whole(std::ceil(sum[3] - rounding)),
          .uram = whole(sum[4])};
}

}  // namespace godwit::cyclesim
