#pragma once
// What `godwit bench` measures: a model on a device with one pair of lengths, repeated.

#include <cstddef>
#include <memory>
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
  std::string card;  // empty for the reference
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

/// The last of `rows` that measured the same cell on this machine with as many threads; null if there is none. With
/// `version` only of that program.
const report::Measurement* last_of(const std::vector<report::Measurement>& rows, const BenchCell& cell,
                                   const std::string& cpu, int threads, const std::string& version);

/// A row's repeats, as far as its mean and standard deviation tell. `what` is "ttft_ms" or "ms_per_token".
report::Statistics recorded(const report::Measurement& row, const std::string& what);

}  // namespace godwit
