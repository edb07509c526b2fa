#include "cli/report_simulation.h"

namespace godwit {

void add_simulation(report::Evidence& e, const ReportSubject& /*subject*/) {
  const std::string missing =
      "The simulator of the whole machine is not part of this build, so the card's times, power and utilisation are "
      "missing.";
  const auto figure = [&](const char* id, const char* label, const char* unit) {
    e.headline.push_back(
        {.id = id, .label = label, .unit = unit, .value = report::no_value(missing)});
  };
  figure("ttft_ms", "time to the first token", "ms");
  figure("ms_per_token", "latency a token", "ms");
  figure("tokens_per_second", "tokens a second", "");
  figure("watts", "power", "W");
  figure("tokens_per_joule", "tokens a joule", "");
  figure("bandwidth_utilisation", "bandwidth utilisation", "share");
  figure("mpe_utilisation", "MPE utilisation", "share");
  e.timeline.missing = missing;
  e.stalls.missing = missing;
  e.resources_missing = missing;
}

}  // namespace godwit
