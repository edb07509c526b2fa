// godwit bench: golden, the reference and the verilated machine, timed again and again, and the cards' cycle models,
// into the table of all measurements.

#include <charconv>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/places.h"
#include "base/progress.h"
#include "base/record.h"
#include "cli/bench_cells.h"
#include "cli/machine_facts.h"
#include "cli/report_subject.h"
#include "cli/verbs.h"
#include "report/text.h"
#include "runtime/make_device.h"

namespace godwit {
namespace {

constexpr const char* reference = "fp32";
constexpr const char* simulated = "cyclesim";
const BenchPlace nowhere;  // a simulated figure is that of every machine

std::string date_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

/// One line of the answer: a cell measured now, or found in the file.
struct Line {
  BenchCell cell;
  report::Statistics ttft_ms;
  report::Statistics ms_per_token;
  bool measured = false;           // now
  std::vector<std::string> worse;  // what is worse than the row before, by more than noise
};

class BenchVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "bench"; }
  [[nodiscard]] const char* sentence() const override {
    return "Time golden, the reference and the verilated machine ten times each, simulate cards; append to one table.";
  }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> lengths() const;
  void check_devices() const;
  [[nodiscard]] std::vector<BenchCell> cells() const;
  void measure(const std::vector<BenchCell>& cells, const Common& common, ThreadPool& pool);
  void simulate(const BenchCell& cell, const Common& common, ThreadPool& pool);
  [[nodiscard]] report::Measurement facts_of(const BenchCell& cell, const std::string& date,
                                             const BenchPlace& place) const;
  [[nodiscard]] report::Measurement row_of(const BenchRun& run, const std::string& date, double other_load) const;
  [[nodiscard]] report::Measurement row_of(const SimulatedCell& simulated, const std::string& date) const;
  void add_line(Line line, const BenchPlace& place);
  [[nodiscard]] std::string command_of(const BenchCell& cell) const;
  void print_record() const;
  void print_table() const;

  std::vector<std::string> models_;
  std::vector<std::string> devices_;
  std::vector<std::string> lengths_;
  std::vector<std::string> cards_;
  std::vector<std::string> schemes_;
  std::string file_;
  std::int64_t repeats_ = 10;
  bool again_ = false;

  MachineFacts machine_;
  std::string version_;
  BenchPlace here_;
  std::vector<report::Measurement> rows_;  // of the file, before this run
  std::vector<Line> lines_;
};

void BenchVerb::declare(Options& options) {
  options.texts("--model", models_, "a model to time; may be given again [embedded]");
  options.texts("--device", devices_, "golden, fp32, rtl or cyclesim; may be given again [golden, fp32]");
  options.texts("--lengths", lengths_, "tokens of prompt and answer, as 32/32; may be given again [32/32, 128/128]");
  options.texts("--card", cards_, "a card that programs are compiled for; may be given again [nano]");
  options.texts("--scheme", schemes_, "how weights are coded; may be given again [w8, or the checkpoint's own]");
  options.integer("--repeats", repeats_, 2, 10'000, "repeats of each, after a warm-up");
  options.text("-o,--output", file_, "the CSV to append to; it goes on where it stopped [bench/results/godwit.csv]");
  options.flag("--again", again_, "measure what is in the file, too");
}

std::vector<std::pair<std::size_t, std::size_t>> BenchVerb::lengths() const {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (const std::string& text : lengths_) {
    std::size_t prompt = 0;
    std::size_t generate = 0;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, prompt);
    const bool slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
    const auto second = slash ? std::from_chars(first.ptr + 1, end, generate) : first;
    if (!slash || second.ec != std::errc() || second.ptr != end || prompt < 1 || generate < 2) {
      throw UserError({.what = fmt::format("'{}' is no pair of lengths", text),
                       .where = "--lengths",
                       .expected = "tokens of the prompt, at least 1, and of the answer, at least 2, as 32/32",
                       .remedy = ""});
    }
    out.emplace_back(prompt, generate);
  }
  return out;
}

std::vector<BenchCell> BenchVerb::cells() const {
  std::vector<BenchCell> out;
  for (const auto& [prompt, generate] : lengths()) {
    for (const std::string& model : models_) {
      for (const std::string& device : devices_) {
        BenchCell cell{.model = model,
                       .device = device,
                       .card = {},
                       .scheme = {},
                       .precision = {},
                       .prompt = prompt,
                       .generate = generate};
        if (device == reference) {
          out.push_back(cell);
          continue;
        }
        for (const std::string& card : cards_) {
          for (const std::string& scheme : schemes_) {
            cell.card = card;
            cell.scheme = scheme;
            out.push_back(cell);
          }
        }
      }
    }
  }
  return out;
}

std::string BenchVerb::command_of(const BenchCell& cell) const {
  std::string out = fmt::format("godwit bench --model {} --device {} --lengths {}/{}", shell_word(cell.model),
                                cell.device, cell.prompt, cell.generate);
  if (!cell.card.empty()) out += fmt::format(" --card {}", shell_word(cell.card));
  if (!cell.scheme.empty()) out += fmt::format(" --scheme {}", shell_word(cell.scheme));
  if (cell.device != simulated) out += fmt::format(" --threads {} --repeats {}", here_.threads, repeats_);
  return out + " --again";
}

report::Measurement BenchVerb::facts_of(const BenchCell& cell, const std::string& date, const BenchPlace& place) const {
  report::Measurement row;
  row.set("date", date).set("cpu", place.cpu).set("threads", place.threads);
  row.set("engine", "godwit").set("engine_version", version_).set("model", cell.model).set("precision", cell.precision);
  row.set("device", cell.device).set("card", cell.card);
  row.set("prompt", fmt::format("{}", cell.prompt)).set("generate", fmt::format("{}", cell.generate)).set("batch", "1");
  row.set("command", command_of(cell));
  return row;
}

report::Measurement BenchVerb::row_of(const BenchRun& run, const std::string& date, double other_load) const {
  report::Measurement row = facts_of(run.cell(), date, here_);
  row.set("cores", fmt::format("{}", machine_.cores)).set("memory_gib", fmt::format("{}", machine_.memory_gib));
  row.set("os", machine_.os).set("repeats", fmt::format("{}", run.ttft_ms().count));
  const auto set = [&](const std::string& name, const report::Statistics& s) {
    row.set(name + "_mean", s.mean).set(name + "_std", s.deviation).set(name + "_median", s.median);
  };
  set("ttft_ms", run.ttft_ms());
  set("ms_per_token", run.ms_per_token());
  row.set("tokens_per_second_median", run.tokens_per_second().median);
  return row.set("other_load", other_load).set("how", "measured");
}

report::Measurement BenchVerb::row_of(const SimulatedCell& cell, const std::string& date) const {
  report::Measurement row = facts_of(cell.cell, date, nowhere);
  row.set("repeats", "1").set("ttft_ms_median", cell.ttft_ms).set("ms_per_token_median", cell.ms_per_token);
  row.set("tokens_per_second_median", 1000 / cell.ms_per_token);
  if (cell.joules_per_token) row.set("energy_j_per_token", *cell.joules_per_token);
  return row.set("how", "simulated");
}

/// With what is worse in it than in the row before.
void BenchVerb::add_line(Line line, const BenchPlace& place) {
  if (const report::Measurement* before = last_of(rows_, line.cell, place, "")) {
    const auto compare = [&](const char* what, const report::Statistics& now) {
      const report::Statistics then = recorded(*before, what);
      if (!report::clearly_larger(now, then)) return;
      line.worse.push_back(
          fmt::format("{} {:+.1f} % since {}", what, 100 * (now.mean / then.mean - 1), before->text("date")));
    };
    compare("ttft_ms", line.ttft_ms);
    compare("ms_per_token", line.ms_per_token);
  }
  lines_.push_back(std::move(line));
}

void BenchVerb::simulate(const BenchCell& cell, const Common& common, ThreadPool& pool) {
  Progress progress(1, "simulations", !common.quiet);
  const SimulatedCell now = simulate_cell(cell, open_model(cell.model), pool);
  progress.add(1);
  const report::Measurement row = row_of(now, date_now());
  const Line line{.cell = now.cell,
                  .ttft_ms = recorded(row, "ttft_ms"),
                  .ms_per_token = recorded(row, "ms_per_token"),
                  .measured = true,
                  .worse = {}};
  if (again_ || last_of(rows_, now.cell, nowhere, version_) == nullptr) report::append_measurements(file_, {row});
  add_line(line, nowhere);
}

/// Cells that share their lengths take turns, repeat by repeat, so that a noisy moment meets all of them; each group's
/// rows are in the file before the next begins.
void BenchVerb::measure(const std::vector<BenchCell>& all, const Common& common, ThreadPool& pool) {
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    while (last < all.size() && all[last].prompt == all[first].prompt && all[last].generate == all[first].generate)
      ++last;
    const std::string date = date_now();
    std::vector<BenchRun> runs;
    for (std::size_t i = first; i < last; ++i) {
      BenchRun run(all[i], open_model(all[i].model), pool);
      const report::Measurement* there = again_ ? nullptr : last_of(rows_, run.cell(), here_, version_);
      if (there == nullptr) {
        runs.push_back(std::move(run));
      } else {
        lines_.push_back({run.cell(), recorded(*there, "ttft_ms"), recorded(*there, "ms_per_token"), false, {}});
      }
    }
    first = last;
    if (runs.empty()) continue;
    const OtherLoad load;
    Progress progress(runs.size() * static_cast<std::size_t>(repeats_), "repeats", !common.quiet);
    for (std::int64_t round = 0; round < repeats_; ++round) {
      for (BenchRun& run : runs) {
        run.repeat();
        progress.add(1);
      }
    }
    std::vector<report::Measurement> rows;
    for (const BenchRun& run : runs) {
      rows.push_back(row_of(run, date, load.share()));
      add_line({.cell = run.cell(),
                .ttft_ms = run.ttft_ms(),
                .ms_per_token = run.ms_per_token(),
                .measured = true,
                .worse = {}},
               here_);
    }
    report::append_measurements(file_, rows);
  }
}

void BenchVerb::check_devices() const {
  for (const std::string& device : devices_) {
    if (std::ranges::find(device_names(), device) != device_names().end()) continue;
    throw UserError({.what = fmt::format("unknown device '{}'", device),
                     .where = "--device",
                     .expected = fmt::format("one of {}", fmt::join(device_names(), ", ")),
                     .remedy = ""});
  }
}

int BenchVerb::run(const Common& common) {
  if (models_.empty()) models_ = {"embedded"};
  if (devices_.empty()) devices_ = {"golden", "fp32"};
  if (lengths_.empty()) lengths_ = {"32/32", "128/128"};
  if (file_.empty()) file_ = (program_folder("bench/results", "GODWIT_RESULTS") / "godwit.csv").string();
  if (cards_.empty()) cards_ = {usual_card};
  if (schemes_.empty()) schemes_ = {""};
  check_devices();
  std::vector<BenchCell> timed;
  std::vector<BenchCell> untimed;
  for (BenchCell& cell : cells()) (cell.device == simulated ? untimed : timed).push_back(std::move(cell));
  ThreadPool pool = common.pool();
  machine_ = machine_facts();
  here_ = {.cpu = machine_.cpu, .threads = fmt::format("{}", pool.threads())};
  version_ = fmt::format("godwit {}, program {}", GODWIT_VERSION, program_digest());
  rows_ = report::read_measurements(file_);
  measure(timed, common, pool);
  for (const BenchCell& cell : untimed) simulate(cell, common, pool);
  if (common.json) {
    print_record();
  } else {
    print_table();
  }
  const bool worse = std::any_of(lines_.begin(), lines_.end(), [](const Line& line) { return !line.worse.empty(); });
  return worse ? 1 : 0;
}

void BenchVerb::print_record() const {
  std::vector<Record> rows;
  std::vector<std::string> worse;
  for (const Line& line : lines_) {
    Record& one = rows.emplace_back();
    one.set("model", line.cell.model).set("device", line.cell.device).set("card", line.cell.card);
    one.set("precision", line.cell.precision).set("prompt", line.cell.prompt).set("generate", line.cell.generate);
    one.set("how", line.cell.device == simulated ? "simulated" : "measured");
    one.set("measured_now", line.measured).set("repeats", line.ms_per_token.count);
    const auto set = [&](const std::string& name, const report::Statistics& s) {
      one.set(name + "_mean", s.mean).set(name + "_std", s.deviation).set(name + "_median", s.median);
      one.set(name + "_low", s.mean - s.half_width).set(name + "_high", s.mean + s.half_width);
    };
    set("ttft_ms", line.ttft_ms);
    set("ms_per_token", line.ms_per_token);
    one.set("worse", line.worse);
    for (const auto& what : line.worse)
      worse.push_back(fmt::format("{} on {}: {}", line.cell.model, line.cell.device, what));
  }
  Record record;
  record.set("file", file_).set("rows", rows).set("worse", worse);
  fmt::print("{}\n", record.text());
}

void BenchVerb::print_table() const {
  fmt::print("{:<24} {:<8} {:>9} {:>3} {:>22} {:>10} {:>22}\n", "model", "device", "lengths", "n",
             "ms a token, mean ± sd", "median", "95 % interval");
  for (const Line& line : lines_) {
    const report::Statistics& s = line.ms_per_token;
    fmt::print(
        "{:<24} {:<8} {:>9} {:>3} {:>22} {:>10} {:>22}{}\n", line.cell.model, line.cell.device,
        fmt::format("{}/{}", line.cell.prompt, line.cell.generate), s.count,
        fmt::format("{} ± {}", report::number_text(s.mean), report::number_text(s.deviation)),
        report::number_text(s.median),
        fmt::format("{} to {}", report::number_text(s.mean - s.half_width), report::number_text(s.mean + s.half_width)),
        line.measured ? "" : "  (in the file)");
    for (const auto& what : line.worse) fmt::print("  worse: {}\n", what);
  }
  fmt::print("{}\n", file_);
}

}  // namespace

std::unique_ptr<Verb> make_bench_verb() {
  return std::make_unique<BenchVerb>();
}

}  // namespace godwit
