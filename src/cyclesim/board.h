#pragma once
// What surrounds a card's machine: the FPGA it is in, the memory behind its
// ports, its power. configs/boards has a file for each card of configs/cards,
// configs/parts one for each FPGA; every figure has its source there.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cyclesim/attachment.h"
#include "isa/card.h"

namespace godwit::cyclesim {

/// What an FPGA has, or what a design takes of it. A block RAM has 36 Kb, an
/// UltraRAM 288 Kb.
struct Resources {
  std::int64_t lut = 0;
  std::int64_t ff = 0;
  std::int64_t dsp = 0;
  std::int64_t bram36 = 0;
  std::int64_t uram = 0;
};

struct Part {
  std::string name;    // "xcu280"
  std::string family;  // of configs/resources: "ultrascale"
  std::string source;
  Resources total;
};

/// A value and the range that it may well have.
struct Range {
  double value = 0;
  double low = 0;
  double high = 0;
};

struct BoardPower {
  Range static_watts;  // of the whole board: idle, configured
  std::string source;
};

/// What somebody measured on the same card with another design, to stand beside
/// ours.
struct PublishedPower {
  double watts = 0;
  std::string what;
  std::string source;
};

/// Another kind of memory behind the same ports (split_memory.h).
struct SecondMemory {
  std::string memory;  // its channel in configs/memories
  Attachment attachment;
  int one_in = 0;         // of so many blocks of a channel's addresses one lies there
  int stream_bursts = 0;  // that a port must have under way to keep both busy
};

struct Board {
  std::string name;
  std::optional<Part> part;  // none: the machine is only simulated
  Attachment memory;
  std::optional<SecondMemory> second;
  std::optional<BoardPower> power;
  std::optional<PublishedPower> published;
};

/// The board of a card, by the card's name. A card that is none of ours (a file
/// of the user's) has a channel of its memory for each slice, without a way to
/// it, and neither part nor power. Throws UserError for a wrong file, and for
/// channels that the card's slices cannot share equally.
Board board_of(const isa::Card& card);

Part read_part(const std::filesystem::path& file);

}  // namespace godwit::cyclesim
