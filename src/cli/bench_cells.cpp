#include "cli/bench_cells.h"

#include <algorithm>
#include <atomic>
#include <fmt/core.h>
#include <stdexcept>

#include "base/error.h"
#include "base/random.h"
#include "cli/report_subject.h"
#include "runtime/make_device.h"
#include "runtime/session.h"
#include "runtime/simulation.h"

namespace godwit {
namespace {

std::vector<int> random_prompt(std::size_t count, std::size_t vocabulary) {
  Random random(1);
  std::vector<int> out(count);
  for (int& id : out) id = static_cast<int>(random.below(vocabulary));
  return out;
}

CompilationOptions compilation_of(const BenchCell& cell, const OpenModel& model) {
  const std::size_t most = most_context(model);
  if (cell.prompt + cell.generate > most) {
    throw UserError({.what = fmt::format("prompt and answer are longer than the context of {}", cell.model),
                     .where = fmt::format("--lengths {}/{}", cell.prompt, cell.generate),
                     .expected = fmt::format("at most {} together", most),
                     .remedy = "give shorter ones"});
  }
  CompilationOptions options;
  options.context = cell.prompt + cell.generate;
  if (!cell.card.empty()) options.card = cell.card;
  if (!cell.scheme.empty()) options.scheme = cell.scheme;
  return options;
}

}  // namespace

BenchRun::BenchRun(const BenchCell& cell, const OpenModel& model, ThreadPool& pool)
    : cell_(cell), model_(model.model), prompt_(random_prompt(cell.prompt, model.model->config.vocabulary)) {
  DeviceOptions options{compilation_of(cell, model)};
  options.device = cell.device;
  device_ = make_device(model, options, pool);
  if (const isa::Program* program = device_->program()) {
    cell_.precision = schemes_text(*program);
  } else {
    cell_.precision = cell.device;
  }
  const std::atomic<bool> stop = false;
  warm_up(*model_, *device_, prompt_, stop);
}

void BenchRun::repeat() {
  GenerationOptions options;
  options.most_tokens = cell_.generate;
  options.ignore_end = true;
  options.sampling.temperature = 0;
  const std::atomic<bool> stop = false;
  device_->rollback(0);
  const Generation one = generate(*model_, *device_, prompt_, options, [](std::string_view) {}, stop);
  if (const Simulation* simulation = device_->simulation(); simulation != nullptr && simulation->mismatches > 0) {
    throw std::runtime_error(fmt::format("{}: {} words differ from golden's", cell_.device, simulation->mismatches));
  }
  double sum = 0;
  for (const double ms : one.token_ms) sum += ms;
  ttft_.push_back(one.prefill_ms);
  token_.push_back(sum / static_cast<double>(one.token_ms.size()));
}

report::Statistics BenchRun::tokens_per_second() const {
  std::vector<double> rates;
  rates.reserve(token_.size());
  for (const double ms : token_) rates.push_back(1000 / ms);
  return report::statistics_of(rates);
}

SimulatedCell simulate_cell(const BenchCell& cell, const OpenModel& model, ThreadPool& pool) {
  const isa::Program program =
      model.program ? *model.program : compile_model(*model.model, compilation_of(cell, model), pool);
  const SimulationAnswer answer = simulate(
      program,
      {.prompt = static_cast<std::uint32_t>(cell.prompt), .generate = static_cast<std::uint32_t>(cell.generate)}, pool);
  SimulatedCell out{.cell = cell,
                    .ttft_ms = answer.milliseconds(answer.generation.first_token),
                    .ms_per_token = answer.ms_per_token(),
                    .joules_per_token = {}};
  out.cell.precision = schemes_text(program);
  if (answer.energy) out.joules_per_token = 1 / answer.tokens_per_joule();
  return out;
}

const report::Measurement* last_of(const std::vector<report::Measurement>& rows, const BenchCell& cell,
                                   const BenchPlace& place, const std::string& version) {
  const auto same = [&](const report::Measurement& row) {
    return row.text("engine") == "godwit" && row.text("model") == cell.model && row.text("device") == cell.device &&
           row.text("precision") == cell.precision && row.text("card") == cell.card && row.text("cpu") == place.cpu &&
           row.text("threads") == place.threads && row.text("prompt") == fmt::format("{}", cell.prompt) &&
           row.text("generate") == fmt::format("{}", cell.generate) &&
           (version.empty() || row.text("engine_version") == version);
  };
  const auto found = std::find_if(rows.rbegin(), rows.rend(), same);
  return found == rows.rend() ? nullptr : &*found;
}

report::Statistics recorded(const report::Measurement& row, const std::string& what) {
  report::Statistics s;
  s.count = static_cast<std::size_t>(row.number("repeats").value_or(1));
  s.median = row.number(what + "_median").value_or(0);
  s.mean = row.number(what + "_mean").value_or(s.median);
  s.deviation = row.number(what + "_std").value_or(0);
  s.half_width = report::half_width(s.count, s.deviation);
  return s;
}

}  // namespace godwit
