#pragma once
// What `godwit bench` measures: a model on a device with one pair of lengths, repeated.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "report/measurement.h"
#include "report/statistics.h"
#include "runtime/device.h"
#include "runtime/open_model.h"

namespace godwit {

struct BenchCell {
  std::string model;  // as the user named it
  std::string device;
  std::string card;    // empty for the reference
  std::string scheme;  // as the user named it; empty: the usual one
  std::string precision;
  std::size_t prompt = 0;
  std::size_t generate = 0;
};

/// A cell with its device, and what its repeats took so far.
class BenchRun {
 public:
  /// Compiles and warms up. Throws UserError for a model without weights, and lengths beyond its context.
  BenchRun(const BenchCell& cell, const OpenModel& model, ThreadPool& pool);
  /// One prompt of random tokens, and its answer.
  void repeat();

  [[nodiscard]] const BenchCell& cell() const { return cell_; }
  [[nodiscard]] report::Statistics ttft_ms() const { return report::statistics_of(ttft_); }
  [[nodiscard]] report::Statistics ms_per_token() const { return report::statistics_of(token_); }
  [[nodiscard]] report::Statistics tokens_per_second() const;

 private:
  BenchCell cell_;
  std::shared_ptr<const Model> model_;
  std::unique_ptr<Device> device_;
  std::vector<int> prompt_;
  std::vector<double> ttft_;
  std::vector<double> token_;
};

/// What the cycle model of a card says of a cell: the same every time and on every machine.
struct SimulatedCell {
  BenchCell cell;
  double ttft_ms = 0;
  double ms_per_token = 0;
  std::optional<double> joules_per_token;  // where the card has a board whose power is known
};

/// Compiles and simulates. A shape without weights is enough. Throws UserError for lengths beyond the context, and what
/// cannot be compiled or simulated.
SimulatedCell simulate_cell(const BenchCell& cell, const OpenModel& model, ThreadPool& pool);

/// Where a row was made: the processor and the threads, both empty for what is simulated.
struct BenchPlace {
  std::string cpu;
  std::string threads;
};

/// The last of `rows` that is about the same cell, made at `place`; null if there is none. With `version` only of that
/// program.
const report::Measurement* last_of(const std::vector<report::Measurement>& rows, const BenchCell& cell,
                                   const BenchPlace& place, const std::string& version);

/// A row's repeats, as far as its mean and standard deviation tell. `what` is "ttft_ms" or "ms_per_token".
report::Statistics recorded(const report::Measurement& row, const std::string& what);

}  // namespace godwit
