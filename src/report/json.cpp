#include <limits>

#include "base/record.h"
#include "report/document.h"

namespace godwit::report {
namespace {

double or_null(const std::optional<double>& value) {
  return value.value_or(std::numeric_limits<double>::quiet_NaN());  // which Record writes as null
}

void set_origin(Record& record, const Origin& origin) {
  record.set("kind", kind_name(origin.kind)).set("source", origin.source);
}

Record record_of(const Value& value) {
  Record out;
  out.set("value", or_null(value.value));
  if (value.value) set_origin(out, value.origin);
  if (!value.note.empty()) out.set("note", value.note);
  return out;
}

Record record_of(const Figure& figure) {
  return record_of(figure.value).set("label", figure.label).set("unit", figure.unit);
}

Record record_of(const std::vector<Figure>& figures) {
  Record out;
  for (const Figure& figure : figures) out.set(figure.id, record_of(figure));
  return out;
}

Record record_of(const Goal& goal) {
  Record out;
  out.set("measure", goal.measure).set("unit", goal.unit).set("less_is_better", goal.less_is_better);
  out.set("target", record_of(goal.target)).set("reached", record_of(goal.reached));
  return out.set("share_reached", or_null(share_reached(goal)));
}

Record record_of(const System& s) {
  Record out;
  out.set("name", s.name).set("model", s.model).set("precision", s.precision).set("place", s.place);
  out.set("lengths", s.lengths).set("ours", s.ours).set("ttft_ms", record_of(s.ttft_ms));
  out.set("ms_per_token", record_of(s.ms_per_token)).set("tokens_per_second", record_of(s.tokens_per_second));
  return out.set("tokens_per_joule", record_of(s.tokens_per_joule));
}

Record missing(const std::string& why) {
  return Record().set("missing", why);
}

Record record_of(const Roofline& r) {
  if (!r.missing.empty()) return missing(r.missing);
  std::vector<Record> points;
  for (const Roofline::Point& p : r.points) {
    Record& one = points.emplace_back();
    one.set("label", p.label).set("macs_per_byte", p.macs_per_byte).set("macs_per_second", p.macs_per_second);
    set_origin(one, p.origin);
  }
  Record out;
  out.set("bytes_per_second", r.bytes_per_second).set("macs_per_second", r.macs_per_second);
  set_origin(out, r.origin);
  return out.set("points", points);
}

Record record_of(const Timeline& t) {
  if (!t.missing.empty()) return missing(t.missing);
  std::vector<Record> spans;
  for (const Timeline::Span& s : t.spans) {
    spans.emplace_back().set("unit", t.units[s.unit]).set("name", s.name).set("begin", s.begin).set("end", s.end);
  }
  Record out;
  out.set("cycles", t.cycles).set("frequency_mhz", t.megahertz);
  set_origin(out, t.origin);
  return out.set("spans", spans);
}

Record record_of(const Breakdown& b) {
  if (!b.missing.empty()) return missing(b.missing);
  Record parts;
  for (const Breakdown::Part& part : b.parts) parts.set(part.name, part.amount);
  Record out;
  out.set("unit", b.unit);
  set_origin(out, b.origin);
  return out.set("parts", parts);
}

Record record_of(const Quality& q) {
  if (!q.missing.empty()) return missing(q.missing);
  std::vector<Record> layers;
  for (const LayerQuality& layer : q.layers) {
    Record& one = layers.emplace_back();
    one.set("name", layer.name).set("relative_error", layer.relative_error);
    one.set("headroom_bits", layer.headroom_bits);
  }
  return record_of(q.figures).set("layers", layers);
}

template <class Item>
std::vector<Record> records_of(const std::vector<Item>& items) {
  std::vector<Record> out;
  out.reserve(items.size());
  for (const Item& item : items) out.push_back(record_of(item));
  return out;
}

}  // namespace

std::string json_page(const Evidence& e) {
  Record out;
  out.set("model", e.model).set("card", e.card).set("made", e.made);
  Record facts;
  for (const Fact& fact : e.facts) facts.set(fact.name, fact.text);
  out.set("facts", facts);
  out.set("figures", record_of(e.headline));
  if (e.sample) {
    Record sample;
    sample.set("prompt", e.sample->prompt).set("text", e.sample->text).set("tokens", e.sample->tokens);
    set_origin(sample, e.sample->origin);
    out.set("sample", sample);
  } else {
    out.set("sample", missing(e.no_sample));
  }
  out.set("targets", records_of(e.goals)).set("systems", records_of(e.systems));
  out.set("roofline", record_of(e.roofline)).set("timeline", record_of(e.timeline));
  out.set("stalls", record_of(e.stalls)).set("traffic", record_of(e.traffic));
  Record resources;
  for (const Resource& r : e.resources) resources.set(r.name, record_of(r.used).set("there", or_null(r.there)));
  out.set("resources", resources).set("quality", record_of(e.quality));
  return out.text() + "\n";
}

}  // namespace godwit::report
