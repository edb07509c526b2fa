// What stands beside a card in a report: recorded measurements, publications, targets.

#include <algorithm>
#include <fmt/core.h>
#include <iterator>

#include "base/places.h"
#include "cli/report_subject.h"
#include "report/measurement.h"
#include "report/published.h"

namespace godwit {
namespace {

const report::Value* find_value(const report::Evidence& e, std::string_view id) {
  const auto found = std::ranges::find(e.headline, id, &report::Figure::id);
  return found == e.headline.end() ? nullptr : &found->value;
}

report::Reached reached_by(const report::Evidence& e) {
  report::Reached out;
  if (const auto* ms = find_value(e, "ms_per_token")) out.ms_per_token = *ms;
  if (const auto* rate = find_value(e, "tokens_per_second")) out.tokens_per_second = *rate;
  if (const auto* joules = find_value(e, "joules_per_token")) out.joules_per_token = *joules;
  return out;
}

}  // namespace

void add_systems(report::Evidence& e, const ReportSubject& subject) {
  const auto results = program_folder("bench/results", "GODWIT_RESULTS");
  const auto configs = program_folder("configs", "GODWIT_CONFIGS");
  const ReportRequest& r = subject.request;
  std::vector<report::System> recorded;
  for (const char* file : {"cpu.csv", "gpu.csv"}) {
    const auto rows = report::read_measurements(results / file);
    std::ranges::move(report::systems_of(rows, r.model, static_cast<double>(r.prompt_tokens)),
                      std::back_inserter(recorded));
  }
  e.goals = report::goals_of(reached_by(e), report::read_targets(configs / "targets.toml"), recorded, r.model,
                             subject.program->card.name);
  if (recorded.empty()) {
    e.systems_missing = fmt::format(
        "No measurement of {} by another engine is recorded in bench/results; python -m bench.baselines makes one.",
        r.model);
  } else if (std::ranges::none_of(recorded, [](const auto& s) { return s.tokens_per_joule.value.has_value(); })) {
    e.systems_missing = "Where no energy stands, no power counter could be read, or decoding was too short for it.";
  }
  std::ranges::move(recorded, std::back_inserter(e.systems));
  std::ranges::move(report::read_published(configs / "published.toml"), std::back_inserter(e.systems));
}

}  // namespace godwit
