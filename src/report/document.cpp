// The order of a report: what it says of a model on a card, section by section.

#include "report/document.h"

#include <algorithm>
#include <fmt/core.h>
#include <set>

#include "base/error.h"
#include "report/drawings.h"
#include "report/text.h"

namespace godwit::report {
namespace {

Cell words(std::string text) {
  return {.text = std::move(text)};
}

Cell strong(std::string text) {
  return {.text = std::move(text), .strong = true};
}

std::string with_unit(double value, const std::string& unit) {
  if (unit == "share") return percent_text(value);
  return number_text(value) + (unit.empty() ? "" : " " + unit);
}

Cell cell(const Value& value, const std::string& unit) {
  if (!value.value) return {.text = "", .number = true};
  return {.text = with_unit(*value.value, unit), .origin = value.origin, .number = true};
}

Cell plain_number(std::string text) {
  return {.text = std::move(text), .number = true};
}

void add_missing(Section& section, const std::string& why) {
  if (!why.empty()) section.blocks.emplace_back(Paragraph{.text = why, .missing = true});
}

Section headline(const Evidence& e) {
  Section section{.id = "summary", .title = "At a glance", .blocks = {}};
  Tiles tiles;
  std::set<std::string> reasons;
  for (const Figure& f : e.headline) {
    if (!f.value.value && !f.value.note.empty()) reasons.insert(f.value.note);
    tiles.tiles.push_back(
        {.label = f.label, .figure = cell(f.value, f.unit), .note = f.value.value ? f.value.note : std::string()});
  }
  section.blocks.emplace_back(std::move(tiles));
  for (const std::string& reason : reasons) add_missing(section, reason);
  return section;
}

Section sample(const Evidence& e) {
  Section section{.id = "text", .title = "What it writes", .blocks = {}};
  if (e.sample) {
    section.blocks.emplace_back(*e.sample);
  } else {
    add_missing(section, e.no_sample);
  }
  return section;
}

Section goals(const Evidence& e) {
  Section section{.id = "targets", .title = "Targets", .blocks = {}};
  Table table{.name = "targets",
              .heads = {"measure", "target", "value", "how obtained", "share reached", "remarks"},
              .rows = {}};
  for (const Goal& goal : e.goals) {
    const auto share = share_reached(goal);
    std::string remarks = goal.target.note;
    if (!goal.reached.note.empty()) remarks += (remarks.empty() ? "" : "; ") + goal.reached.note;
    table.rows.push_back({strong(goal.measure), cell(goal.target, goal.unit), cell(goal.reached, goal.unit),
                          words(goal.reached.value ? std::string(kind_name(goal.reached.origin.kind)) : "missing"),
                          plain_number(share ? percent_text(*share) : ""), words(remarks)});
  }
  if (table.rows.empty()) {
    add_missing(section,
                "No target is stated for this model on this card, and nothing was measured to compare it with.");
  } else {
    section.blocks.emplace_back(Paragraph{
        "The share reached is target / value where less is better, else value / target: 100 % and more is reached."});
    section.blocks.emplace_back(std::move(table));
  }
  return section;
}

std::string name_of(const System& s) {
  return s.precision.empty() ? s.name : s.name + " " + s.precision;
}

Bar rate_bar(const System& s) {
  const Value& v = s.tokens_per_second;
  std::string name = name_of(s);
  if (!s.model.empty()) name += ", " + s.model;
  return {.name = name,
          .amount = *v.value,
          .amount_text = number_text(*v.value),
          .style = std::string(kind_name(v.origin.kind)) + (s.ours ? " ours" : ""),
          .tip = fmt::format("{}, {} {}: {} tokens/s ({})", name, s.place, s.lengths, number_text(*v.value),
                             kind_name(v.origin.kind))};
}

Section comparison(const Evidence& e) {
  Section section{.id = "comparison", .title = "Beside other systems", .blocks = {}};
  std::vector<Bar> rates;
  Table table{
      .name = "systems",
      .heads = {"system", "model", "runs on, prompt/answer", "first token, ms", "ms a token", "tokens/s", "tokens/J"},
      .rows = {}};
  for (const System& s : e.systems) {
    if (s.tokens_per_second.value) rates.push_back(rate_bar(s));
    Cell name{.text = s.name, .origin = {}, .strong = s.ours, .remark = s.precision};
    if (!s.ms_per_token.note.empty()) {
      name.remark += fmt::format("{}{}", name.remark.empty() ? "" : "; ", s.ms_per_token.note);
    }
    table.rows.push_back({std::move(name),
                          words(s.model),
                          {.text = s.place, .origin = {}, .remark = s.lengths},
                          cell(s.ttft_ms, ""),
                          cell(s.ms_per_token, ""),
                          cell(s.tokens_per_second, ""),
                          cell(s.tokens_per_joule, "")});
  }
  if (std::string svg = dots(rates, "tokens a second, batch 1", "tokens a second of every system"); !svg.empty()) {
    section.blocks.emplace_back(
        Drawing{std::move(svg),
                "Tokens a second while decoding, one sequence; a logarithmic scale. Other models and "
                "cards stand beside this one where their figures are published: compare with care."});
  }
  if (!table.rows.empty()) section.blocks.emplace_back(std::move(table));
  add_missing(section, e.systems_missing);
  return section;
}

Section roofline(const Evidence& e) {
  Section section{.id = "roofline", .title = "Roofline", .blocks = {}};
  const Roofline& r = e.roofline;
  if (!r.missing.empty()) {
    add_missing(section, r.missing);
    return section;
  }
  section.blocks.emplace_back(
      Drawing{drawing(r),
              "The slope is the memory's peak, the flat part all lanes at work. A token's decode "
              "lies far to the left: memory sets its pace."});
  Table table{
      .name = "roofline", .heads = {"point", "MAC a byte", "GMAC/s", "share of the roof"}, .rows = {}, .folded = true};
  const auto giga = [](double v) { return number_text(v * 1e-9); };
  table.rows.push_back(
      {words("memory's peak, GB/s"), words(""), {giga(r.bytes_per_second), r.origin, true}, words("")});
  table.rows.push_back({words("lanes' peak"), words(""), {giga(r.macs_per_second), r.origin, true}, words("")});
  for (const Roofline::Point& p : r.points) {
    const double roof = std::min(r.macs_per_second, p.macs_per_byte * r.bytes_per_second);
    table.rows.push_back({words(p.label),
                          plain_number(number_text(p.macs_per_byte)),
                          {giga(p.macs_per_second), p.origin, true},
                          {percent_text(p.macs_per_second / roof), p.origin, true}});
  }
  section.blocks.emplace_back(std::move(table));
  return section;
}

Section timeline(const Evidence& e) {
  Section section{.id = "timeline", .title = "One decode step", .blocks = {}};
  const Timeline& t = e.timeline;
  if (!t.missing.empty()) {
    add_missing(section, t.missing);
    return section;
  }
  section.blocks.emplace_back(
      Drawing{drawing(t),
              "What each unit has under way, from the host's start to the token. Instructions wait in their "
              "units' queues for semaphores; a gap is a wait or nothing to do."});
  Table table{.name = "units",
              .heads = {"unit", "instructions", "busy, cycles", "share of the step"},
              .rows = {},
              .folded = true};
  for (std::size_t unit = 0; unit < t.units.size(); ++unit) {
    double busy = 0;
    std::size_t count = 0;
    for (const Timeline::Span& span : t.spans) {
      if (span.unit != unit) continue;
      busy += span.end - span.begin;
      ++count;
    }
    table.rows.push_back({words(t.units[unit]),
                          plain_number(number_text(static_cast<double>(count))),
                          {number_text(busy), t.origin, true},
                          {percent_text(busy / t.cycles), t.origin, true}});
  }
  section.blocks.emplace_back(std::move(table));
  return section;
}

/// Bars of the parts with their shares, and the same as a table.
void add_breakdown(Section& section, const Breakdown& b, const std::string& caption) {
  if (!b.missing.empty()) {
    add_missing(section, b.missing);
    return;
  }
  double whole = b.whole;
  if (whole == 0) {
    for (const Breakdown::Part& part : b.parts) whole += part.amount;
  }
  std::vector<Bar> drawn;
  Table table{.name = section.title, .heads = {"part", b.unit, "share"}, .rows = {}, .folded = true};
  for (std::size_t i = 0; i < b.parts.size(); ++i) {
    const Breakdown::Part& part = b.parts[i];
    const std::string share = whole > 0 ? percent_text(part.amount / whole) : "";
    drawn.push_back({.name = part.name,
                     .amount = part.amount,
                     .amount_text = share,
                     .style = fmt::format("part-{}", i % 6),
                     .tip = fmt::format("{}: {} {}", part.name, number_text(part.amount), b.unit)});
    table.rows.push_back({words(part.name), {number_text(part.amount), b.origin, true}, {share, b.origin, true}});
  }
  if (std::string svg = bars(drawn, section.title); !svg.empty()) {
    section.blocks.emplace_back(Drawing{std::move(svg), caption});
  }
  section.blocks.emplace_back(std::move(table));
}

Section stalls(const Evidence& e) {
  Section section{.id = "stalls", .title = "Where the cycles go", .blocks = {}};
  add_breakdown(
      section, e.stalls,
      "Cycles of the multiplier lanes while decoding: at work, and standing still by cause. All slices together.");
  return section;
}

Section traffic(const Evidence& e) {
  Section section{.id = "traffic", .title = "Bytes of a token", .blocks = {}};
  add_breakdown(section, e.traffic, "What one decode step moves between chip and external memory, by kind.");
  return section;
}

Section resources(const Evidence& e) {
  Section section{.id = "resources", .title = "What it takes of the part", .blocks = {}};
  Table table{.name = "resources", .heads = {"resource", "used", "there are", "share"}, .rows = {}};
  for (const Resource& r : e.resources) {
    const bool both = r.used.value && r.there && *r.there > 0;
    Cell share{.text = both ? percent_text(*r.used.value / *r.there) : "", .origin = {}, .number = true};
    if (both) share.origin = r.used.origin;
    table.rows.push_back({strong(r.name), cell(r.used, ""), plain_number(r.there ? number_text(*r.there) : ""), share});
  }
  if (!table.rows.empty()) section.blocks.emplace_back(std::move(table));
  add_missing(section, e.resources_missing);
  return section;
}

Section quality(const Evidence& e) {
  Section section{.id = "quality", .title = "Is it still the same model?", .blocks = {}};
  const Quality& q = e.quality;
  if (!q.missing.empty()) {
    add_missing(section, q.missing);
    return section;
  }
  Table table{.name = "quality", .heads = {"against the fp32 reference", "value", "remarks"}, .rows = {}};
  for (const Figure& f : q.figures) table.rows.push_back({strong(f.label), cell(f.value, f.unit), words(f.value.note)});
  section.blocks.emplace_back(std::move(table));
  std::vector<Bar> errors;
  Table layers{.name = "layers", .heads = {"after", "relative error", "headroom, bits"}, .rows = {}, .folded = true};
  for (const LayerQuality& layer : q.layers) {
    errors.push_back({.name = layer.name,
                      .amount = layer.relative_error,
                      .amount_text = percent_text(layer.relative_error),
                      .style = "measured",
                      .tip = fmt::format("{}: {} bits of headroom", layer.name, number_text(layer.headroom_bits))});
    layers.rows.push_back({words(layer.name),
                           {percent_text(layer.relative_error), q.layers_origin, true},
                           {number_text(layer.headroom_bits), q.layers_origin, true}});
  }
  if (std::string svg = bars(errors, "relative error by layer"); !svg.empty()) {
    section.blocks.emplace_back(
        Drawing{std::move(svg),
                "Relative error of the residual stream against fp32, after the embedding and after each block."});
    section.blocks.emplace_back(std::move(layers));
  }
  return section;
}

// ---- sources
// ---------------------------------------------------------------------------------------------------------

bool same(const Origin& a, const Origin& b) {
  return a.kind == b.kind && a.source == b.source;
}

void add_source(std::vector<Origin>& sources, const Origin& origin) {
  if (std::ranges::none_of(sources, [&](const Origin& s) { return same(s, origin); })) sources.push_back(origin);
}

void add_sources(std::vector<Origin>& sources, const Block& block) {
  if (const auto* table = std::get_if<Table>(&block)) {
    for (const auto& row : table->rows) {
      ensure(row.size() == table->heads.size(), "a row that is longer or shorter than its table");
      for (const Cell& c : row) {
        if (c.origin && !c.text.empty()) add_source(sources, *c.origin);
      }
    }
  } else if (const auto* tiles = std::get_if<Tiles>(&block)) {
    for (const Tile& tile : tiles->tiles) {
      if (tile.figure.origin) add_source(sources, *tile.figure.origin);
    }
  } else if (const auto* sample = std::get_if<Sample>(&block)) {
    add_source(sources, sample->origin);
  }
}

}  // namespace

Document document_of(const Evidence& e) {
  check(e);
  Document d{.title = fmt::format("{} on {}", e.model, e.card),
             .facts = e.facts,
             .sections = {},
             .sources = {},
             .made = e.made};
  d.sections = {headline(e), sample(e), goals(e),   comparison(e), roofline(e),
                timeline(e), stalls(e), traffic(e), resources(e),  quality(e)};
  for (const Section& section : d.sections) {
    for (const Block& block : section.blocks) add_sources(d.sources, block);
  }
  return d;
}

std::size_t source_number(const Document& document, const Origin& origin) {
  const auto found = std::ranges::find_if(document.sources, [&](const Origin& s) { return same(s, origin); });
  ensure(found != document.sources.end(), "an origin that is not among the document's sources");
  return static_cast<std::size_t>(found - document.sources.begin()) + 1;
}

}  // namespace godwit::report
