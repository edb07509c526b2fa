#include "report/measurement.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/core.h>
#include <ostream>
#include <system_error>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "report/csv.h"
#include "report/text.h"

namespace godwit::report {
namespace fs = std::filesystem;

const std::vector<std::string>& measurement_columns() {
  static const std::vector<std::string> columns = {"date",
                                                   "cpu",
                                                   "cores",
                                                   "memory_gib",
                                                   "os",
                                                   "engine",
                                                   "engine_version",
                                                   "godwit_commit",
                                                   "model",
                                                   "weights",
                                                   "precision",
                                                   "device",
                                                   "card",
                                                   "threads",
                                                   "prompt",
                                                   "generate",
                                                   "batch",
                                                   "repeats",
                                                   "ttft_ms_mean",
                                                   "ttft_ms_std",
                                                   "ttft_ms_median",
                                                   "ms_per_token_mean",
                                                   "ms_per_token_std",
                                                   "ms_per_token_median",
                                                   "tokens_per_second_median",
                                                   "ttft_ratio_median",
                                                   "ms_per_token_ratio_median",
                                                   "energy_j_per_token",
                                                   "load_ms_median",
                                                   "peak_memory_mib",
                                                   "logit_error",
                                                   "other_load",
                                                   "how",
                                                   "command"};
  return columns;
}

namespace {

bool is_column(std::string_view name) {
  return std::ranges::find(measurement_columns(), name) != measurement_columns().end();
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// "shape:distilgpt2?seed=1" and ".../distilgpt2-shape" are both "distilgpt2".
std::string plain_name(std::string_view name) {
  if (name.starts_with("shape:")) name.remove_prefix(6);
  name = name.substr(0, name.find('?'));
  while (name.ends_with('/')) name.remove_suffix(1);
  name = name.substr(name.rfind('/') + 1);
  if (name.ends_with("-shape")) name.remove_suffix(6);
  return lower_case(name);
}

Kind kind_of(const Measurement& row) {
  const std::string& how = row.text("how");
  for (const Kind kind : {Kind::measured, Kind::simulated, Kind::estimated, Kind::quoted}) {
    if (how == kind_name(kind)) return kind;
  }
  throw UserError({.what = fmt::format("'{}' is no way to obtain a figure", how),
                   .where = "a row of bench/results, column 'how'",
                   .expected = "measured, simulated, estimated or quoted",
                   .remedy = "mend the row"});
}

std::string place_of(const Measurement& row) {
  const std::string& card = row.text("card");
  if (row.text("device") == "cuda") return card.substr(0, card.find(", driver"));
  if (!card.empty() && kind_of(row) == Kind::simulated) return card;
  return fmt::format("{}, {} {}", row.text("cpu"), row.text("threads"),
                     row.text("threads") == "1" ? "thread" : "threads");
}

System system_of(const Measurement& row) {
  const Origin origin{kind_of(row), row.text("command")};
  const auto value = [&](std::string_view column) { return Value{row.number(column), origin, {}}; };
  System s{.name = row.text("engine"),
           .model = row.text("model"),
           .precision = row.text("precision"),
           .place = place_of(row),
           .lengths = fmt::format("{}/{}", row.text("prompt"), row.text("generate")),
           .ttft_ms = value("ttft_ms_median"),
           .ms_per_token = value("ms_per_token_median"),
           .tokens_per_second = value("tokens_per_second_median"),
           .tokens_per_joule = {},
           .ours = row.text("engine") == "godwit"};
  if (s.ours && row.text("device") != row.text("precision")) s.name += " " + row.text("device");
  if (const auto joules = row.number("energy_j_per_token"); joules && *joules > 0) {
    s.tokens_per_joule = {1 / *joules, origin, {}};
  }
  s.ms_per_token.note = fmt::format("median of {}", row.text("repeats"));
  if (const auto spread = row.number("ms_per_token_std"))
    s.ms_per_token.note += fmt::format(", ± {} ms", number_text(*spread));
  return s;
}

}  // namespace

const std::string& Measurement::text(std::string_view column) const {
  static const std::string nothing;
  const auto found = cells_.find(column);
  return found == cells_.end() ? nothing : found->second;
}

std::optional<double> Measurement::number(std::string_view column) const {
  const std::string& cell = text(column);
  if (cell.empty()) return {};
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc() && end == cell.data() + cell.size() && std::isfinite(value) && value >= 0) return value;
  throw UserError({.what = fmt::format("'{}' is no measured number", cell),
                   .where = fmt::format("a row of bench/results, column '{}'", column),
                   .expected = "a finite number of 0 or more, or nothing",
                   .remedy = "mend the row, or measure it again"});
}

Measurement& Measurement::set(std::string_view column, std::string value) {
  ensure(is_column(column), "a column that the schema has not");
  cells_.insert_or_assign(std::string(column), std::move(value));
  return *this;
}

Measurement& Measurement::set(std::string_view column, double value) {
  return set(column, fmt::format("{:.6g}", value));
}

std::vector<Measurement> read_measurements(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return {};
  const auto rows = parse_csv(read_text(file), file.string());
  std::vector<Measurement> out;
  if (rows.empty()) return out;
  const auto& head = rows.front();
  for (const std::string& column : head) {
    if (is_column(column)) continue;
    throw UserError({.what = fmt::format("there is no column '{}'", column),
                     .where = file.string(),
                     .expected = "the columns of bench/schema.md",
                     .remedy = "move the file away, or convert it"});
  }
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != head.size()) {
      throw UserError({.what = fmt::format("row {} has {} cells", i, rows[i].size()),
                       .where = file.string(),
                       .expected = fmt::format("{}, as the first line has", head.size()),
                       .remedy = "mend the row"});
    }
    Measurement& row = out.emplace_back();
    for (std::size_t c = 0; c < head.size(); ++c) row.set(head[c], rows[i][c]);
  }
  return out;
}

void append_measurements(const fs::path& file, const std::vector<Measurement>& rows) {
  std::vector<Measurement> all = read_measurements(file);
  all.insert(all.end(), rows.begin(), rows.end());
  std::error_code ignored;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), ignored);
  write_atomically(file, [&](std::ostream& out) {
    out << csv_line(measurement_columns());
    for (const Measurement& row : all) {
      std::vector<std::string> cells;
      for (const std::string& column : measurement_columns()) cells.push_back(row.text(column));
      out << csv_line(cells);
    }
  });
}

bool same_model(std::string_view column, std::string_view name) {
  const std::string a = plain_name(column);
  const std::string b = plain_name(name);
  if (a.empty() || !b.starts_with(a)) return false;
  if (a.size() == b.size()) return true;
  const bool size_follows =
      b.size() > a.size() + 1 && b[a.size()] == '-' && b[a.size() + 1] >= '0' && b[a.size() + 1] <= '9';
  return size_follows || b.substr(a.size()) == ".gguf";
}

std::vector<System> systems_of(const std::vector<Measurement>& rows, std::string_view model, double prompt) {
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  const auto key_of = [](const Measurement& row) {
    return Key(row.text("engine"), row.text("precision"), row.text("device"), place_of(row));
  };
  const auto distance = [&](const Measurement& row) { return std::abs(row.number("prompt").value_or(0) - prompt); };
  std::vector<std::pair<Key, const Measurement*>> best;
  best.reserve(rows.size());
  for (const Measurement& row : rows) {
    if (!same_model(row.text("model"), model)) continue;
    const Key key = key_of(row);
    const auto found = std::ranges::find(best, key, [](const auto& entry) { return entry.first; });
    if (found == best.end()) {
      best.emplace_back(key, &row);
    } else if (distance(row) <= distance(*found->second)) {
      found->second = &row;
    }
  }
  std::vector<System> out;
  out.reserve(best.size());
  for (const auto& [key, row] : best) out.push_back(system_of(*row));
  return out;
}

}  // namespace godwit::report
