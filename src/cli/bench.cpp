// godwit bench: golden and the reference, timed again and again, into the table of all measurements.

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
    return "Time models on golden and the reference, ten times each, and append rows to the table of measurements.";
  }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> lengths() const;
  [[nodiscard]] std::vector<BenchCell> cells() const;
  void measure(const std::vector<BenchCell>& cells, const Common& common, ThreadPool& pool);
  [[nodiscard]] report::Measurement row_of(const BenchRun& run, const std::string& date, double other_load) const;
  [[nodiscard]] Line line_of(const BenchRun& run) const;
  [[nodiscard]] std::string command_of(const BenchCell& cell) const;
  void print_record() const;
  void print_table() const;

  std::vector<std::string> models_;
  std::vector<std::string> devices_;
  std::vector<std::string> lengths_;
  std::string card_ = usual_card;
  std::string file_;
  std::int64_t repeats_ = 10;
  bool again_ = false;

  MachineFacts machine_;
  std::string version_;
  int threads_ = 0;
  std::vector<report::Measurement> rows_;  // of the file, before this run
  std::vector<Line> lines_;
};

void BenchVerb::declare(Options& options) {
  options.texts("--model", models_, "a model to time; may be given again [embedded]");
  options.texts("--device", devices_, "golden or fp32; may be given again [both]");
  options.texts("--lengths", lengths_, "tokens of prompt and answer, as 32/32; may be given again [32/32, 128/128]");
  options.text("--card", card_, "the card that golden's programs are compiled for");
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
        if (device != "golden" && device != "fp32") {
          throw UserError({.what = fmt::format("'{}' is not timed here", device),
                           .where = "--device",
                           .expected = "golden or fp32",
                           .remedy = "the verilated machine counts cycles: godwit run --device rtl"});
        }
        out.push_back({.model = model,
                       .device = device,
                       .card = device == "golden" ? card_ : "",
                       .precision = {},
                       .prompt = prompt,
                       .generate = generate});
      }
    }
  }
  return out;
}

std::string BenchVerb::command_of(const BenchCell& cell) const {
  std::string out = fmt::format("godwit bench --model {} --device {} --lengths {}/{}", shell_word(cell.model),
                                cell.device, cell.prompt, cell.generate);
  if (!cell.card.empty()) out += fmt::format(" --card {}", shell_word(cell.card));
  return out + fmt::format(" --threads {} --repeats {} --again", threads_, repeats_);
}

report::Measurement BenchVerb::row_of(const BenchRun& run, const std::string& date, double other_load) const {
  const BenchCell& cell = run.cell();
  const auto number = [](auto value) { return fmt::format("{}", value); };
  report::Measurement row;
  row.set("date", date).set("cpu", machine_.cpu).set("cores", number(machine_.cores));
  row.set("memory_gib", number(machine_.memory_gib)).set("os", machine_.os);
  row.set("engine", "godwit").set("engine_version", version_).set("model", cell.model).set("precision", cell.precision);
  row.set("device", cell.device).set("card", cell.card).set("threads", number(threads_));
  row.set("prompt", number(cell.prompt)).set("generate", number(cell.generate)).set("batch", "1");
  row.set("repeats", number(run.ttft_ms().count));
  const auto set = [&](const std::string& name, const report::Statistics& s) {
    row.set(name + "_mean", s.mean).set(name + "_std", s.deviation).set(name + "_median", s.median);
  };
  set("ttft_ms", run.ttft_ms());
  set("ms_per_token", run.ms_per_token());
  row.set("tokens_per_second_median", run.tokens_per_second().median);
  row.set("other_load", other_load).set("how", "measured").set("command", command_of(cell));
  return row;
}

Line BenchVerb::line_of(const BenchRun& run) const {
  Line line{
      .cell = run.cell(), .ttft_ms = run.ttft_ms(), .ms_per_token = run.ms_per_token(), .measured = true, .worse = {}};
  const report::Measurement* before = last_of(rows_, run.cell(), machine_.cpu, threads_, "");
  if (before == nullptr) return line;
  const auto compare = [&](const char* what, const report::Statistics& now) {
    const report::Statistics then = recorded(*before, what);
    if (!report::clearly_larger(now, then)) return;
    line.worse.push_back(
        fmt::format("{} {:+.1f} % since {}", what, 100 * (now.mean / then.mean - 1), before->text("date")));
  };
  compare("ttft_ms", line.ttft_ms);
  compare("ms_per_token", line.ms_per_token);
  return line;
}

/// Cells that share their lengths take turns, repeat by repeat, so that a noisy moment meets all of them; each group's
/// rows are in the file before the next begins.
void BenchVerb::measure(const std::vector<BenchCell>& all, const Common& common, ThreadPool& pool) {
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    while (last < all.size() && all[last].prompt == all[first].prompt && all[last].generate == all[first].generate)
      ++last;
    const std::string date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    std::vector<BenchRun> runs;
    for (std::size_t i = first; i < last; ++i) {
      BenchRun run(all[i], open_model(all[i].model), pool);
      const report::Measurement* there =
          again_ ? nullptr : last_of(rows_, run.cell(), machine_.cpu, threads_, version_);
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
      lines_.push_back(line_of(run));
    }
    report::append_measurements(file_, rows);
  }
}

int BenchVerb::run(const Common& common) {
  if (models_.empty()) models_ = {"embedded"};
  if (devices_.empty()) devices_ = {"golden", "fp32"};
  if (lengths_.empty()) lengths_ = {"32/32", "128/128"};
  if (file_.empty()) file_ = (program_folder("bench/results", "GODWIT_RESULTS") / "godwit.csv").string();
  const std::vector<BenchCell> wanted = cells();
  ThreadPool pool = common.pool();
  machine_ = machine_facts();
  threads_ = pool.threads();
  version_ = fmt::format("godwit {}, program {}", GODWIT_VERSION, program_digest());
  rows_ = report::read_measurements(file_);
  measure(wanted, common, pool);
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
