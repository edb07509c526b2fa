#include "cli/sweep.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <mutex>
#include <ostream>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "compiler/compile.h"
#include "isa/burst.h"

namespace godwit {
namespace {

/// What may vary. All are whole numbers but the clock and the names.
constexpr std::array<std::string_view, 13> known = {
    "frequency_mhz", "slices",      "port_bytes", "prefetch_bytes", "activation_words", "sfu_lanes", "vector_reals",
    "fold",          "most_tokens", "memory",     "scheme",         "prompt",           "generate"};
constexpr const char* columns =
    "tokens_per_second,ms_per_token,ttft_ms,bandwidth_utilisation,useful_"
    "bandwidth_utilisation,mpe_utilisation,"
    "prefill_mpe_utilisation,watts,tokens_per_joule,refused";

struct Axis {
  std::string key;
  std::vector<std::string> values;
};

using Variant = std::vector<std::string>;  // a value for each axis

[[noreturn]] void refuse(const std::string& what, const std::string& expected) {
  throw UserError(
      {.what = what, .where = "--sweep", .expected = expected, .remedy = "for example --sweep sfu_lanes=16,32"});
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

Axis parse_axis(const std::string& text) {
  const std::size_t equals = text.find('=');
  Axis axis{.key = text.substr(0, equals), .values = {}};
  if (std::ranges::find(known, axis.key) == known.end()) {
    refuse(fmt::format("'{}' is no parameter that can vary", axis.key),
           fmt::format("one of {}", fmt::join(known, ", ")));
  }
  if (equals != std::string::npos) axis.values = split(text.substr(equals + 1), ',');
  if (axis.values.empty()) refuse(fmt::format("'{}' has no values", text), "KEY=A,B,...");
  return axis;
}

template <class Number>
Number number_of(const Axis& axis, const std::string& text) {
  Number value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value <= Number{0}) {
    refuse(fmt::format("'{}' is no value of {}", text, axis.key), "numbers above zero");
  }
  return value;
}

/// As isa::load_card() would have it.
void check_card(const isa::Card& card) {
  const auto power = [](int n, int least, int most) {
    return n >= least && n <= most && std::has_single_bit(static_cast<unsigned>(n));
  };
  const auto multiple = [](int n, int step, int least) { return n >= least && n <= 1 << 24 && n % step == 0; };
  if (power(card.slices, 1, 64) && power(card.port_bytes, 4, 64) && power(card.activation_words, 64, 65'536) &&
      power(card.sfu_lanes, 1, 256) && card.slices % card.cores == 0 &&
      multiple(card.prefetch_bytes, 64, isa::least_prefetch_bytes(card.port_bytes)) &&
      multiple(card.vector_reals, card.sfu_lanes, 1024) && power(card.fold, 1, isa::block_rows) &&
      card.most_tokens <= 16 && card.frequency_mhz <= 2000) {
    return;
  }
  throw UserError({.what = "no card can have these sizes",
                   .where = "--sweep",
                   .expected = "what the files of configs/cards may say",
                   .remedy = "take powers of two within their ranges"});
}

/// What one variant changes.
struct Changed {
  isa::Card card;
  DeviceOptions options;
  SimulationQuestion question;

  void set(const Axis& axis, const std::string& text) {
    const std::map<std::string_view, int isa::Card::*> sizes = {{"slices", &isa::Card::slices},
                                                                {"port_bytes", &isa::Card::port_bytes},
                                                                {"prefetch_bytes", &isa::Card::prefetch_bytes},
                                                                {"activation_words", &isa::Card::activation_words},
                                                                {"sfu_lanes", &isa::Card::sfu_lanes},
                                                                {"vector_reals", &isa::Card::vector_reals},
                                                                {"fold", &isa::Card::fold},
                                                                {"most_tokens", &isa::Card::most_tokens}};
    if (const auto size = sizes.find(axis.key); size != sizes.end()) {
      card.*size->second = number_of<int>(axis, text);
    } else if (axis.key == "frequency_mhz") {
      card.frequency_mhz = number_of<double>(axis, text);
      card.frequency_assumed = true;
    } else if (axis.key == "memory") {
      card.memory = text;
    } else if (axis.key == "scheme") {
      options.scheme = text;
    } else if (axis.key == "prompt") {
      question.prompt = number_of<std::uint32_t>(axis, text);
    } else {
      question.generate = number_of<std::uint32_t>(axis, text);
    }
  }
};

std::vector<Variant> all_variants(const std::vector<Axis>& axes) {
  std::vector<Variant> variants = {{}};
  for (const Axis& axis : axes) {
    std::vector<Variant> longer;
    for (const Variant& v : variants) {
      for (const std::string& value : axis.values) {
        longer.push_back(v);
        longer.back().push_back(value);
      }
    }
    variants = std::move(longer);
  }
  return variants;
}

/// The table's lines so far, by variant. A last line that was cut off is left
/// out.
std::map<Variant, std::string> lines_of(const std::string& file, const std::string& head, const std::string& begin,
                                        std::size_t keys) {
  std::map<Variant, std::string> lines;
  if (!std::filesystem::exists(file)) return lines;
  const std::string text = read_text(file);
  std::istringstream in(text);
  std::string line;
  const auto refuse_table = [&](const std::string& expected) {
    throw UserError({.what = "the table is another sweep's",
                     .where = file,
                     .expected = expected,
                     .remedy = "name another file, or remove this one"});
  };
  if (!std::getline(in, line) || line != head) refuse_table("the columns " + head);
  while (std::getline(in, line) && !in.eof()) {
    if (!line.starts_with(begin)) refuse_table("lines that begin with " + begin);
    Variant v = split(line.substr(begin.size()), ',');
    v.resize(keys);
    lines[v] = line;
  }
  return lines;
}

std::string values_of(const SimulationAnswer& a) {
  const auto& g = a.generation;
  return fmt::format("{:.3f},{:.5f},{:.4f},{:.4f},{:.4f},{:.4f},{:.4f},{},{},", a.tokens_per_second(), a.ms_per_token(),
                     a.milliseconds(g.first_token), a.bandwidth(g.steps), a.useful_bandwidth(g.steps),
                     a.multipliers(g.steps), a.multipliers(g.prefill),
                     a.energy ? fmt::format("{:.2f}", a.energy->watts().value) : "",
                     a.energy ? fmt::format("{:.4f}", a.tokens_per_joule()) : "");
}

/// Two digits where nothing is said: what `auto` would choose may differ from card to card, and a sweep should not.
isa::Program compiled(const Changed& changed, const Model& model, ThreadPool& pool) {
  const DeviceOptions& options = changed.options;
  compiler::CompileOptions how;
  how.scheme = scheme_of(model, options.scheme);
  how.activations = options.activations == "8" ? compiler::ActivationDigits::a8 : compiler::ActivationDigits::a15;
  how.context = options.context;
  return compiler::compile(model, changed.card, how, pool);
}

std::string simulated(const Model& model, Changed changed) {
  ThreadPool alone(1);
  changed.options.context = std::size_t{changed.question.prompt} + changed.question.generate;
  try {
    check_card(changed.card);
    const isa::Program program = compiled(changed, model, alone);
    return values_of(simulate(program, changed.question, alone));
  } catch (const UserError& error) {
    std::string why = error.complaint().what;
    std::ranges::replace(why, ',', ';');
    return fmt::format(",,,,,,,,,{}", why);
  }
}

}  // namespace

SweepResult run_sweep(const Model& model, const SweepSettings& settings, const Common& common) {
  std::vector<Axis> axes;
  axes.reserve(settings.keys.size());
  for (const std::string& text : settings.keys) axes.push_back(parse_axis(text));
  std::string head = "model,card,settings";
  for (const Axis& axis : axes) head += "," + axis.key;
  head += fmt::format(",{}", columns);
  const std::vector<Variant> variants = all_variants(axes);
  const Changed base{.card = isa::load_card(settings.options.card.value_or(usual_card)),
                     .options = settings.options,
                     .question = settings.question};
  std::vector<Changed> changed(variants.size(), base);
  for (std::size_t v = 0; v < variants.size(); ++v) {
    for (std::size_t i = 0; i < axes.size(); ++i) changed[v].set(axes[i], variants[v][i]);
  }

  const std::string begin =
      fmt::format("{},{},{} A{} {}:{},", settings.model, base.card.name, base.options.scheme.value_or("usual"),
                  base.options.activations.value_or("15"), base.question.prompt, base.question.generate);
  std::map<Variant, std::string> lines = lines_of(settings.output, head, begin, axes.size());
  const auto write = [&] {
    write_atomically(settings.output, [&](std::ostream& out) {
      out << head << '\n';
      for (const auto& [variant, line] : lines) out << line << '\n';
    });
  };
  std::vector<std::size_t> missing;
  for (std::size_t v = 0; v < variants.size(); ++v) {
    if (!lines.contains(variants[v])) missing.push_back(v);
  }
  Progress progress(missing.size(), "simulating, variants", !settings.quiet);
  ThreadPool pool = common.pool();
  std::atomic<std::size_t> next = 0;
  std::mutex table;
  pool.parallel_for(static_cast<std::size_t>(pool.threads()), 1, [&](std::size_t, std::size_t) {
    for (std::size_t i = next++; i < missing.size(); i = next++) {
      const Variant& variant = variants[missing[i]];
      const std::string line =
          fmt::format("{}{},{}", begin, fmt::join(variant, ","), simulated(model, changed[missing[i]]));
      const std::lock_guard lock(table);
      lines[variant] = line;
      write();
      progress.add(1);
    }
  });
  SweepResult result{.rows = lines.size(), .simulated = missing.size()};
  for (const auto& [variant, line] : lines) result.refused += line.ends_with(',') ? 0 : 1;
  return result;
}

}  // namespace godwit
