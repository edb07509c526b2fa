#pragma once
// A card: the machine's parameters as configs/cards/*.toml states them, and the sizes derived from them.

#include <cstdint>
#include <string>
#include <vector>

namespace godwit::isa {

struct Card {
  std::string name;
  std::string part;                 // "xcu280-fsvh2892-2L-e"; empty for one that is only simulated
  int slices = 0;                   // of all cores; each has one memory port and one channel
  int cores = 1;                    // divides slices
  int port_bytes = 0;               // a cycle, of one slice: 4 to 64, a power of two
  int prefetch_bytes = 0;           // FIFO of one slice
  int activation_words = 0;         // of 16 inputs, in each slice; a power of two, at most 65,536
  int sfu_lanes = 0;                // reals a cycle
  int vector_reals = 0;             // of the vector memory, at most 2^24
  int fold = 1;                     // turns in which a slice's 8 / fold chains have the rows of a block: 1, 2, 4 or 8
  int most_tokens = 16;             // of a chunk: passes of two-digit tokens that a slice can hold, at most 16
  std::uint64_t channel_bytes = 0;  // memory of one channel
  double frequency_mhz = 0;
  bool frequency_assumed = true;  // not measured by place and route
  std::string memory;             // its channel in configs/memories: "hbm2-u280"; empty: not simulated
};

/// Names of the cards in configs/cards, sorted.
std::vector<std::string> card_names();

/// By name, or by path of a .toml file. Throws UserError for an unknown name or key, a missing or wrong value.
Card load_card(const std::string& name);

}  // namespace godwit::isa
