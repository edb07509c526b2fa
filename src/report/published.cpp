#include "report/published.h"

#include <fmt/core.h>
#include <utility>

#include "base/config_table.h"
#include "report/measurement.h"

namespace godwit::report {
namespace {

constexpr double most = 1e9;

std::string text_or_nothing(ConfigTable& table, std::string_view key) {
  return table.has(key) ? table.text(key) : std::string();
}

Value quoted(ConfigTable& table, std::string_view key, const Origin& origin) {
  if (!table.has(key)) return {};
  return {table.real(key, 0, most), origin};
}

bool is_gpu(const System& s) {
  return s.name == "pytorch" && s.place.find("NVIDIA") != std::string::npos;
}

/// The fastest of those that are not ours and were measured; null if there is none.
const System* fastest(const std::vector<System>& systems, bool gpu) {
  const System* best = nullptr;
  for (const System& s : systems) {
    if (s.ours || !s.ms_per_token.value || s.ms_per_token.origin.kind != Kind::measured || is_gpu(s) != gpu) continue;
    if (best == nullptr || *s.ms_per_token.value < *best->ms_per_token.value) best = &s;
  }
  return best;
}

Goal latency(Value target, const Reached& reached) {
  return {.measure = "latency a token",
          .unit = "ms",
          .less_is_better = true,
          .target = std::move(target),
          .reached = reached.ms_per_token};
}

Goal rate(Value target, const Reached& reached) {
  return {.measure = "tokens a second",
          .unit = "",
          .less_is_better = false,
          .target = std::move(target),
          .reached = reached.tokens_per_second};
}

Goal energy(Value target, const Reached& reached) {
  return {.measure = "energy a token",
          .unit = "J",
          .less_is_better = true,
          .target = std::move(target),
          .reached = reached.joules_per_token};
}

void add_stated(std::vector<Goal>& goals, const Target& target, const Reached& reached) {
  const Origin origin{Kind::quoted, target.why};
  const std::string note = target.scheme.empty() ? "" : "for " + target.scheme;
  goals.push_back(latency({1000 / target.tokens_per_second, origin, note}, reached));
  goals.push_back(rate({target.tokens_per_second, origin, note}, reached));
  if (target.tokens_per_joule > 0) goals.push_back(energy({1 / target.tokens_per_joule, origin, note}, reached));
}

void add_rival(std::vector<Goal>& goals, const System& rival, const Reached& reached) {
  const std::string name = fmt::format("{} {}, {}, {}", rival.name, rival.precision, rival.place, rival.lengths);
  const auto as_target = [&](Value value) {
    value.note = name;
    return value;
  };
  goals.push_back(latency(as_target(rival.ms_per_token), reached));
  if (rival.tokens_per_second.value) goals.push_back(rate(as_target(rival.tokens_per_second), reached));
  Value joules = rival.tokens_per_joule;
  if (joules.value && *joules.value > 0) {
    joules.value = 1 / *joules.value;
    goals.push_back(energy(as_target(joules), reached));
  }
}

}  // namespace

std::vector<System> read_published(const std::filesystem::path& file) {
  ConfigTable all(file, "published systems", "configs");
  std::vector<System> out;
  for (const std::string& name : all.texts("systems")) {
    ConfigTable t = all.table(name);
    const Origin origin{Kind::quoted, t.text("source")};
    System& s = out.emplace_back(System{.name = t.text("name"),
                                        .model = t.text("model"),
                                        .precision = text_or_nothing(t, "precision"),
                                        .place = t.text("place"),
                                        .lengths = text_or_nothing(t, "lengths"),
                                        .ttft_ms = quoted(t, "ttft_ms", origin),
                                        .ms_per_token = quoted(t, "ms_per_token", origin),
                                        .tokens_per_second = quoted(t, "tokens_per_second", origin),
                                        .tokens_per_joule = quoted(t, "tokens_per_joule", origin)});
    s.ms_per_token.note = text_or_nothing(t, "remark");
    t.refuse_others();
  }
  all.refuse_others();
  return out;
}

std::vector<Target> read_targets(const std::filesystem::path& file) {
  ConfigTable all(file, "targets", "configs");
  std::vector<Target> out;
  for (const std::string& name : all.texts("targets")) {
    ConfigTable t = all.table(name);
    out.push_back({.model = t.text("model"),
                   .card = t.text("card"),
                   .scheme = text_or_nothing(t, "scheme"),
                   .tokens_per_second = t.real("tokens_per_second", 1e-6, most),
                   .tokens_per_joule = t.has("tokens_per_joule") ? t.real("tokens_per_joule", 0, most) : 0,
                   .why = t.text("why")});
    t.refuse_others();
  }
  all.refuse_others();
  return out;
}

std::vector<Goal> goals_of(const Reached& reached, const std::vector<Target>& targets,
                           const std::vector<System>& systems, std::string_view model, std::string_view card) {
  std::vector<Goal> goals;
  for (const Target& target : targets) {
    if (target.card == card && same_model(target.model, model)) add_stated(goals, target, reached);
  }
  for (const bool gpu : {false, true}) {
    if (const System* rival = fastest(systems, gpu)) add_rival(goals, *rival, reached);
  }
  return goals;
}

}  // namespace godwit::report
