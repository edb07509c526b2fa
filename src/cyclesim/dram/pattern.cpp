#include "cyclesim/dram/pattern.h"

#include <charconv>
#include <fmt/core.h>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"

namespace godwit {
namespace {

constexpr int most_accepted_a_cycle = 16;
constexpr std::uint64_t write_draw = 0x10001;

std::uint64_t address_of(const DramPattern& p, std::uint64_t i, std::uint64_t bytes) {
  switch (p.kind) {
    case DramPattern::Kind::sequential: {
      const std::uint64_t turn = i / p.chunk;
      const std::uint64_t stream = turn % p.streams;
      const std::uint64_t k = turn / p.streams * p.chunk + i % p.chunk;
      return (stream * (p.region / p.streams) + stream * p.stagger + bytes * k) % p.region;
    }
    case DramPattern::Kind::stride:
      return bytes * i * p.streams % p.region;
    case DramPattern::Kind::random: {
      const std::uint64_t block = mix64(1 + i / p.chunk) % (p.region / (bytes * p.chunk));
      return bytes * p.chunk * block + bytes * (i % p.chunk);
    }
  }
  return 0;
}

/// Runs until `next` has given `count` requests and all are complete. next(i) is the i-th and its earliest cycle.
template <class Next>
DramRun run(const DramDevice& device, std::uint64_t count, std::int64_t window, const Next& next) {
  DramController controller(device);
  std::uint64_t sent = 0;
  while (sent < count || controller.outstanding() > 0) {
    for (int n = 0; n < most_accepted_a_cycle && sent < count; ++n) {
      if (window > 0 && controller.outstanding() >= window) break;
      const TimedRequest timed = next(sent);
      if (timed.cycle > controller.now() || !controller.accept(timed.request)) break;
      ++sent;
    }
    controller.tick();
  }
  return {.cycles = controller.now(),
          .bytes = static_cast<std::int64_t>(count) * device.request_bytes,
          .counters = controller.counters()};
}

template <class Number>
bool parse_number(std::string_view text, Number& out) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out, hex ? 16 : 10);
  return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

DramRequest request_of(const DramPattern& pattern, std::uint64_t i, std::uint64_t bytes) {
  return {.address = address_of(pattern, i, bytes),
          .write = mix64(write_draw + 2 * i + 1) % 100 >= pattern.reads_percent};
}

DramRun run_pattern(const DramDevice& device, const DramPattern& pattern, std::int64_t window) {
  const auto bytes = static_cast<std::uint64_t>(device.request_bytes);
  return run(device, pattern.requests, window,
             [&](std::uint64_t i) { return TimedRequest{.cycle = 0, .request = request_of(pattern, i, bytes)}; });
}

DramRun run_trace(const DramDevice& device, const std::vector<TimedRequest>& trace, std::int64_t window) {
  return run(device, trace.size(), window, [&](std::uint64_t i) { return trace[i]; });
}

std::vector<TimedRequest> read_trace(const std::filesystem::path& file) {
  std::istringstream in(read_text(file));
  std::vector<TimedRequest> trace;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || (number == 1 && line.starts_with("cycle"))) continue;
    const std::string_view text = line;
    const std::size_t first = text.find(',');
    const std::size_t second = first == std::string_view::npos ? first : text.find(',', first + 1);
    TimedRequest timed;
    const bool whole = second != std::string_view::npos && parse_number(text.substr(0, first), timed.cycle) &&
                       parse_number(text.substr(first + 1, second - first - 1), timed.request.address) &&
                       (text.substr(second + 1) == "r" || text.substr(second + 1) == "w");
    if (!whole || timed.cycle < 0 || (!trace.empty() && timed.cycle < trace.back().cycle)) {
      throw UserError({.what = "not a line of a memory trace",
                       .where = fmt::format("{}, line {}: '{}'", file.string(), number, line.substr(0, 80)),
                       .expected = "cycle,address,r or cycle,address,w, with cycles that never go back",
                       .remedy = "correct the line"});
    }
    timed.request.write = text.back() == 'w';
    trace.push_back(timed);
  }
  return trace;
}

}  // namespace godwit
