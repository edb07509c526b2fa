#include <fmt/core.h>

#include "base/error.h"
#include "base/record.h"
#include "cli/verbs.h"
#include "cyclesim/dram/pattern.h"

namespace godwit {
namespace {

constexpr std::int64_t most_requests = 1'000'000'000;
constexpr std::int64_t most_bytes = std::int64_t{1} << 40;

struct MemoryVerb : Verb {
  std::string config, device, pattern, trace;
  std::int64_t streams = 1, chunk = 1, stagger = 0, reads = 100, requests = 100'000, window = 0;
  std::int64_t region = std::int64_t{1} << 28;

  [[nodiscard]] const char* name() const override { return "memory"; }
  [[nodiscard]] const char* sentence() const override { return "Time a stream of requests on one memory channel."; }

  void declare(Options& options) override {
    options.text("--device", device, "a memory of configs/memories: hbm2-u280, hbm2-rbc, ddr4-2400, ...");
    options.text("--config", config, "a file that describes a memory");
    options.text("--pattern", pattern, "seq, rand or stride");
    options.integer("--streams", streams, 1, most_requests, "sequential streams in turn; the step of stride");
    options.integer("--chunk", chunk, 1, most_requests, "requests in a row from one stream or place");
    options.integer("--stagger", stagger, 0, most_bytes, "bytes that each stream starts further on");
    options.integer("--reads", reads, 0, 100, "percent of reads");
    options.integer("--requests", requests, 1, most_requests, "how many");
    options.integer("--window", window, 0, most_requests, "most outstanding at once (0: no limit)");
    options.integer("--region", region, 1, most_bytes, "bytes that the addresses stay within");
    options.text("--trace", trace, "a file of lines cycle,address,r|w instead of a pattern");
  }

  int run(const Common& common) override {
    const DramDevice memory = chosen_device();
    const DramRun result = trace.empty() ? run_pattern(memory, chosen_pattern(memory), window)
                                         : run_trace(memory, read_trace(trace), window);
    const auto cycles = static_cast<double>(result.cycles);
    const double share = cycles > 0 ? static_cast<double>(result.bytes) / cycles / memory.peak_bytes_per_cycle() : 0;
    const DramCounters& c = result.counters;
    const double latency = c.reads > 0 ? static_cast<double>(c.read_latency) / static_cast<double>(c.reads) : 0;
    if (common.json) {
      Record record;
      record.set("device", memory.name).set("cycles", result.cycles).set("bytes", result.bytes);
      record.set("fraction_of_peak", share).set("mean_read_latency", latency);
      record.set("max_read_latency", c.max_read_latency);
      record.set("reads", c.reads).set("writes", c.writes).set("activates", c.activates).set("refreshes", c.refreshes);
      record.set("gigabytes_per_second",
                 cycles > 0 ? static_cast<double>(result.bytes) / (cycles * memory.clock_ns) : 0);
      fmt::print("{}\n", record.text());
      return 0;
    }
    fmt::print("{} (simulated): {} bytes in {} cycles of {} ns\n", memory.name, result.bytes, result.cycles,
               memory.clock_ns);
    fmt::print("  {:.1f} % of peak, {:.2f} GB/s\n", 100 * share,
               cycles > 0 ? static_cast<double>(result.bytes) / (cycles * memory.clock_ns) : 0);
    fmt::print("  read latency: mean {:.1f}, most {} cycles; rows opened {}, refreshes {}\n", latency,
               c.max_read_latency, c.activates, c.refreshes);
    return 0;
  }

 private:
  [[nodiscard]] DramDevice chosen_device() const {
    if (config.empty() == device.empty()) {
      throw UserError({.what = "name one memory",
                       .where = "godwit memory",
                       .expected = "either --device NAME or --config FILE",
                       .remedy = "for example --device hbm2-u280"});
    }
    return device.empty() ? read_device(config) : find_device(device);
  }

  [[nodiscard]] DramPattern chosen_pattern(const DramDevice& memory) const {
    DramPattern p;
    if (pattern == "seq") {
      p.kind = DramPattern::Kind::sequential;
    } else if (pattern == "rand") {
      p.kind = DramPattern::Kind::random;
    } else if (pattern == "stride") {
      p.kind = DramPattern::Kind::stride;
    } else {
      throw UserError({.what = pattern.empty() ? "no pattern and no trace" : "there is no pattern '" + pattern + "'",
                       .where = "godwit memory",
                       .expected = "--pattern seq, rand or stride, or --trace FILE",
                       .remedy = "for example --pattern seq"});
    }
    p.streams = static_cast<std::uint64_t>(streams);
    p.chunk = static_cast<std::uint64_t>(chunk);
    p.stagger = static_cast<std::uint64_t>(stagger);
    p.reads_percent = static_cast<std::uint64_t>(reads);
    p.requests = static_cast<std::uint64_t>(requests);
    p.region = static_cast<std::uint64_t>(region);
    const std::int64_t least = memory.request_bytes * (p.kind == DramPattern::Kind::random ? chunk : streams);
    if (region < least) {
      throw UserError({.what = "the region is too small for the pattern",
                       .where = fmt::format("--region {}", region),
                       .expected = fmt::format("at least {} bytes", least),
                       .remedy = "raise --region, or lower --chunk or --streams"});
    }
    return p;
  }
};

}  // namespace

std::unique_ptr<Verb> make_memory_verb() {
  return std::make_unique<MemoryVerb>();
}

}  // namespace godwit
