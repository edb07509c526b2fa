#pragma once
// The way to memory beside the streams (side_bus.sv): reads for control and load, one under way at a time, the lowest
// client first.

#include <array>
#include <cstdint>
#include <optional>

#include "cyclesim/events.h"
#include "cyclesim/record.h"

namespace godwit::cyclesim {

struct Machine;

struct SideRead {
  std::uint32_t channel = 0;
  std::uint64_t address = 0;   // in bytes, a multiple of 16
  std::uint32_t granules = 0;  // at least one
  Bytes kind = Bytes::vectors;
};

/// Who reads. Granules are offered in their order, and it says when it takes each.
class SideReader {
 public:
  virtual ~SideReader() = default;
  /// The bus took the request in this cycle.
  virtual void accepted(Cycle now) = 0;
  /// The cycle, not before `earliest`, in which it takes the next granule.
  virtual Cycle take(Cycle earliest) = 0;
  /// It took the last one in cycle `last`, which may lie ahead.
  virtual void finished(Cycle last) = 0;
};

/// The readers, the first the first to be served.
enum class Reader : std::uint8_t { instructions, descriptors, load };
inline constexpr std::size_t reader_count = 3;

class SideBus : public Actor {
 public:
  explicit SideBus(Machine& machine) : Actor(Rank::bus), machine_(machine) {}
  void reset() { requests_ = {}; }
  /// The request stands from cycle `from` on.
  void request(Reader reader, SideReader& client, const SideRead& read, Cycle from);
  /// The last granule goes in cycle `last`.
  void finished(Cycle last);
  void at(Cycle now) override;

 private:
  struct Request {
    SideReader* client;
    SideRead read;
    Cycle from;
  };
  Machine& machine_;
  std::array<std::optional<Request>, reader_count> requests_;
  Cycle free_ = 0;  // never while a read is under way
};

}  // namespace godwit::cyclesim
