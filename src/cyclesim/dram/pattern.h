#pragma once
// Streams of requests to one channel: sequential streams in turn, strided, random; or a trace from a file.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cyclesim/dram/controller.h"

namespace godwit {

struct DramPattern {
  enum class Kind : std::uint8_t { sequential, random, stride } kind = Kind::sequential;
  std::uint64_t streams = 1;
  std::uint64_t chunk = 1;    // requests in a row from one stream, or at one random place
  std::uint64_t stagger = 0;  // bytes that each stream starts further on than the one before
  std::uint64_t reads_percent = 100;
  std::uint64_t requests = 100'000;
  std::uint64_t region = 1ULL << 28U;  // bytes
};

/// Request `i` of the pattern, for requests of `bytes` bytes. Which are writes is drawn from a hash of i, so that every
/// simulator that knows the formula draws the same.
DramRequest request_of(const DramPattern& pattern, std::uint64_t i, std::uint64_t bytes);

struct TimedRequest {
  Cycle cycle = 0;  // not before this one
  DramRequest request;
};

/// Lines `cycle,address,r|w`, in order of time; addresses decimal or 0x. Throws UserError with the line's number.
std::vector<TimedRequest> read_trace(const std::filesystem::path& file);

struct DramRun {
  Cycle cycles = 0;
  std::int64_t bytes = 0;
  DramCounters counters;
};

/// Up to 16 requests a cycle, in order, stopping at the first refusal; at most `window` outstanding (0: no limit).
DramRun run_pattern(const DramDevice& device, const DramPattern& pattern, std::int64_t window);
DramRun run_trace(const DramDevice& device, const std::vector<TimedRequest>& trace, std::int64_t window);

}  // namespace godwit
