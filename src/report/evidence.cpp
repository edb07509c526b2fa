#include "report/evidence.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace godwit::report {
namespace {

void check(const Origin& origin) {
  ensure(!origin.source.empty(), "a figure without the command or source that gives it");
}

void check(const Value& value) {
  if (!value.value) return;
  ensure(std::isfinite(*value.value), "a figure that is not finite");
  check(value.origin);
}

void check(const Roofline& roofline) {
  if (!roofline.missing.empty()) return;
  const auto positive = [](double v) { return std::isfinite(v) && v > 0; };
  ensure(positive(roofline.bytes_per_second) && positive(roofline.macs_per_second), "a roofline without a roof");
  check(roofline.origin);
  for (const Roofline::Point& point : roofline.points) {
    ensure(positive(point.macs_per_byte) && positive(point.macs_per_second), "a point that has no logarithm");
    check(point.origin);
  }
}

void check(const Timeline& timeline) {
  if (!timeline.missing.empty()) return;
  ensure(std::isfinite(timeline.cycles) && timeline.cycles > 0, "a timeline without time");
  ensure(std::isfinite(timeline.megahertz) && timeline.megahertz > 0, "a timeline without a clock");
  check(timeline.origin);
  std::vector<double> end(timeline.units.size(), 0);
  for (const Timeline::Span& span : timeline.spans) {
    ensure(span.unit < timeline.units.size(), "a span of no unit");
    ensure(span.begin >= end[span.unit] && span.end >= span.begin && span.end <= timeline.cycles,
           "spans that overlap, or leave the timeline");
    end[span.unit] = span.end;
  }
}

void check(const Breakdown& breakdown) {
  if (!breakdown.missing.empty()) return;
  check(breakdown.origin);
  ensure(std::isfinite(breakdown.whole) && breakdown.whole >= 0, "a whole below nothing");
  for (const Breakdown::Part& part : breakdown.parts) {
    ensure(std::isfinite(part.amount) && part.amount >= 0, "a part below nothing");
  }
}

void check(const Quality& quality) {
  for (const Figure& figure : quality.figures) check(figure.value);
  if (!quality.layers.empty()) check(quality.layers_origin);
  for (const LayerQuality& layer : quality.layers) {
    ensure(std::isfinite(layer.relative_error) && layer.relative_error >= 0, "an error below nothing");
    ensure(std::isfinite(layer.headroom_bits), "a headroom that is not finite");
  }
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::measured:
      return "measured";
    case Kind::simulated:
      return "simulated";
    case Kind::estimated:
      return "estimated";
    case Kind::quoted:
      return "quoted";
  }
  return "";
}

std::optional<double> share_reached(const Goal& goal) {
  if (!goal.target.value || !goal.reached.value || *goal.target.value <= 0 || *goal.reached.value <= 0) return {};
  return goal.less_is_better ? *goal.target.value / *goal.reached.value : *goal.reached.value / *goal.target.value;
}

void check(const Evidence& evidence) {
  for (const Figure& figure : evidence.headline) check(figure.value);
  for (const Goal& goal : evidence.goals) {
    check(goal.target);
    check(goal.reached);
  }
  for (const System& system : evidence.systems) {
    for (const Value* value :
         {&system.ttft_ms, &system.ms_per_token, &system.tokens_per_second, &system.tokens_per_joule}) {
      check(*value);
    }
  }
  for (const Resource& resource : evidence.resources) check(resource.used);
  if (evidence.sample) check(evidence.sample->origin);
  check(evidence.roofline);
  check(evidence.timeline);
  check(evidence.stalls);
  check(evidence.traffic);
  check(evidence.quality);
}

}  // namespace godwit::report
