#include "cyclesim/generation.h"

#include <algorithm>
#include <atomic>
#include <fmt/core.h>

#include "base/error.h"
#include "cyclesim/simulator.h"

namespace godwit::cyclesim {
namespace {

template <std::size_t N, class From>
void add_all(std::array<double, N>& to, const From& from, double weight) {
  for (std::size_t i = 0; i < N; ++i) to[i] += weight * static_cast<double>(from[i]);
}

/// One run of the machine, and how often it counts in the sum.
struct Job {
  HostRegisters host;
  double weight = 1;
  RunRecord record = {};
};

/// The jobs of a prompt: all of it in one run, where that has no more chunks
/// than choosing would simulate. Else a chunk without the head at each chosen
/// place is what two chunks take less what the second takes alone, and the last
/// chunk is a run of its own.
std::vector<Job> prompt_jobs(std::uint32_t prompt, std::uint32_t chunk, std::size_t most) {
  constexpr std::size_t chunks_a_place = 3;
  const std::uint32_t chunks = (prompt + chunk - 1) / chunk;
  if (chunks <= chunks_a_place * most + 1) return {{.host = {.position = 0, .tokens = prompt}}};
  std::vector<Job> jobs;
  for (const auto& [index, weight] : chosen_points(0, chunks - 2, most)) {
    const std::uint32_t second = (index + 1) * chunk;
    const std::uint32_t tokens = std::min(chunk, prompt - second);
    jobs.push_back({.host = {.position = index * chunk, .tokens = chunk + tokens}, .weight = weight});
    jobs.push_back({.host = {.position = second, .tokens = tokens}, .weight = -weight});
  }
  const std::uint32_t last = (chunks - 1) * chunk;
  jobs.push_back({.host = {.position = last, .tokens = prompt - last}});
  return jobs;
}

}  // namespace

void Totals::add(const RunRecord& record, double weight) {
  cycles += weight * static_cast<double>(record.cycles);
  add_all(counts, record.counts, weight);
  for (std::size_t i = 0; i < record.bytes.size(); ++i) {
    bus_bytes[i] += weight * static_cast<double>(record.bytes[i].bus);
    useful_bytes[i] += weight * static_cast<double>(record.bytes[i].useful);
  }
  add_all(stalls, record.stalls, weight);
  lanes_busy += weight * static_cast<double>(record.lanes_busy);
  port_busy += weight * static_cast<double>(record.port_busy);
}

EnergyCounts Totals::energy() const {
  return {.actions = counts, .memory_bytes = bus(), .cycles = cycles};
}

double Totals::useful() const {
  const auto of = [&](Bytes which) { return useful_bytes[static_cast<std::size_t>(which)]; };
  return of(Bytes::weights) + of(Bytes::kv_read) + of(Bytes::kv_write);
}

double Totals::bus() const {
  double sum = 0;
  for (const double bytes : bus_bytes) sum += bytes;
  return sum;
}

std::vector<std::pair<std::uint32_t, double>> chosen_points(std::uint32_t first, std::uint32_t last, std::size_t most) {
  ensure(first <= last && most >= 2, "positions to choose from");
  const std::uint32_t count = last - first + 1;
  std::vector<std::pair<std::uint32_t, double>> points;
  if (count <= most) {
    for (std::uint32_t p = first; p <= last; ++p) points.emplace_back(p, 1);
    return points;
  }
  for (std::size_t k = 0; k < most; ++k) {
    points.emplace_back(first + static_cast<std::uint32_t>(std::uint64_t{count - 1} * k / (most - 1)), 0);
  }
  // Every position shares its one between the chosen ones on both sides.
  std::size_t right = 1;
  for (std::uint32_t p = first; p <= last; ++p) {
    while (points[right].first < p) ++right;
    const std::uint32_t from = points[right - 1].first;
    const double share = static_cast<double>(p - from) / static_cast<double>(points[right].first - from);
    points[right - 1].second += 1 - share;
    points[right].second += share;
  }
  return points;
}

GenerationRecord simulate_generation(const isa::Program& program, const MemoryMaker& memory,
                                     const GenerationOptions& options, ThreadPool& pool) {
  const std::uint64_t length = std::uint64_t{options.prompt} + options.generate;
  if (options.prompt < 1 || options.generate < 1 || length > program.positions) {
    throw UserError({.what = fmt::format("a prompt of {} and {} tokens after it take {} positions", options.prompt,
                                         options.generate, length),
                     .where = fmt::format("card {}", program.card.name),
                     .expected = fmt::format("at least one of each, and at most {} positions", program.positions),
                     .remedy = "shorten the prompt or the answer"});
  }
  std::vector<Job> jobs = prompt_jobs(options.prompt, program.chunk, options.most_points / 2 + 1);
  const std::size_t prompts = jobs.size();
  for (const auto& [position, weight] :
       chosen_points(options.prompt, options.prompt + options.generate - 1, options.most_points)) {
    jobs.push_back({.host = {.position = position, .tokens = 1}, .weight = weight});
  }

  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> done = 0;
  const auto workers = static_cast<std::size_t>(pool.threads());
  pool.parallel_for(workers, 1, [&](std::size_t, std::size_t) {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      const std::unique_ptr<Memory> own = memory();
      jobs[i].record = Simulator(program, *own).run(jobs[i].host);
      if (options.progress) options.progress(++done, jobs.size());
    }
  });

  GenerationRecord record;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = jobs[i];
    record.simulated_cycles += static_cast<std::uint64_t>(job.record.cycles);
    if (i < prompts) {
      record.prefill.add(job.record, job.weight);
      record.first_token += job.weight * static_cast<double>(job.record.samples.at(0));
    } else {
      record.steps.add(job.record, job.weight);
      record.decode.push_back({.position = job.host.position, .weight = job.weight, .record = job.record});
    }
  }
  return record;
}

}  // namespace godwit::cyclesim
