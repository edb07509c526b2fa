// What golden gives a report: the text, its own speed on this processor, and how far it is from the fp32 reference.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fmt/core.h>

#include "base/file.h"
#include "base/progress.h"
#include "cli/machine_facts.h"
#include "cli/report_subject.h"
#include "model/load.h"
#include "model/tokenizer/tokenizer.h"
#include "report/statistics.h"
#include "runtime/block_errors.h"
#include "runtime/comparison.h"
#include "runtime/make_device.h"
#include "runtime/session.h"

namespace godwit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_repeats = 10;
constexpr double seconds_to_repeat = 5;
constexpr std::size_t usual_window = 512;
constexpr std::size_t block_tokens = 64;  // of the text, on which blocks are compared, as `check` does

struct Repeats {
  std::vector<double> values;
  [[nodiscard]] report::Value value(const report::Origin& origin) const {
    const report::Statistics s = report::statistics_of(values);
    return {s.median, origin, report::spread_text(s, "ms")};
  }
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

struct GoldenRuns {
  Generation first;
  Repeats prefill_ms;
  Repeats token_ms;
};

GoldenRuns run_golden(const ReportSubject& subject, Device& device, const std::vector<int>& prompt) {
  GenerationOptions options;
  options.most_tokens = subject.request.sample_tokens;
  options.ignore_end = true;  // so that every repeat is as long
  options.sampling.temperature = 0;
  GoldenRuns out;
  std::atomic<bool> stop = false;
  warm_up(subject.model(), device, prompt, stop);
  const auto start = Clock::now();
  for (std::size_t i = 0; i < most_repeats; ++i) {
    device.rollback(0);
    Generation one = generate(subject.model(), device, prompt, options, [](std::string_view) {}, stop);
    out.prefill_ms.values.push_back(one.prefill_ms);
    if (!one.token_ms.empty()) out.token_ms.values.push_back(mean(one.token_ms));
    if (i == 0) out.first = std::move(one);
    if (std::chrono::duration<double>(Clock::now() - start).count() > seconds_to_repeat) break;
  }
  return out;
}

std::string no_sample(const ReportSubject& subject) {
  if (!subject.model().has_weights && subject.checkpoint.program == nullptr) {
    return "This is a shape without weights: it can be timed, but it writes no text and predicts none.";
  }
  if (!subject.model().tokenizer) return "This model has no tokenizer, so it writes no text.";
  return {};
}

std::string text_file(const ReportRequest& request) {
  if (!request.text_file.empty() || request.model != "embedded") return request.text_file;
  return (std::filesystem::path(embedded_folder()) / "heldout.txt").string();
}

report::Figure figure(const char* id, const char* label, const char* unit, double value, const report::Origin& origin,
                      std::string note = {}) {
  return {.id = id, .label = label, .unit = unit, .value = {value, origin, std::move(note)}};
}

void add_figures(report::Quality& quality, const Comparison& text, const report::Origin& origin,
                 std::uint64_t saturations) {
  const double golden = text.device.perplexity();
  const double reference = text.reference.perplexity();
  quality.figures = {
      figure("perplexity", "perplexity", "", golden, origin, fmt::format("over {} tokens", text.device.tokens)),
      figure("perplexity_fp32", "perplexity in fp32", "", reference, origin),
      figure("ppl_increase_percent", "rise", "%", 100 * (golden / reference - 1), origin),
      figure("kl_divergence", "KL divergence, nats a token", "", text.mean_divergence(), origin),
      figure("greedy_agreement", "likeliest token alike", "share", text.agreement(), origin),
      figure("saturations", "numbers cut to their range", "", static_cast<double>(saturations), origin),
  };
}

}  // namespace

void add_sample(report::Evidence& e, const ReportSubject& subject, ThreadPool& pool) {
  e.no_sample = no_sample(subject);
  if (!e.no_sample.empty()) return;
  const ReportRequest& r = subject.request;
  const std::vector<int> prompt = subject.model().tokenizer->encode(r.prompt, true);
  DeviceOptions options;
  options.context = std::min<std::size_t>(most_context(subject.compiled()), prompt.size() + r.sample_tokens);
  const auto device = make_device(subject.compiled(), options, pool);
  const GoldenRuns runs = run_golden(subject, *device, prompt);
  const report::Origin origin{report::Kind::measured,
                              command(subject, "run",
                                      fmt::format("-p {} -n {} --temp 0 --ignore-eos --warm-up --json",
                                                  shell_word(r.prompt), r.sample_tokens))};
  e.sample = report::Sample{r.prompt, runs.first.text, runs.first.tokens.size(), origin};
  if (runs.token_ms.values.empty()) return;
  const report::Value token = runs.token_ms.value(origin);
  e.systems.push_back({.name = "godwit golden",
                       .model = r.model,
                       .precision = schemes_text(*subject.program),
                       .place = fmt::format("{}, {} {}", machine_facts().cpu, pool.threads(),
                                            pool.threads() == 1 ? "thread" : "threads"),
                       .lengths = fmt::format("{}/{}", prompt.size(), runs.first.tokens.size()),
                       .ttft_ms = runs.prefill_ms.value(origin),
                       .ms_per_token = token,
                       .tokens_per_second = {1000 / *token.value, origin, {}},
                       .tokens_per_joule = {},
                       .ours = true});
}

void add_quality(report::Evidence& e, const ReportSubject& subject, bool quiet, ThreadPool& pool) {
  const std::string file = text_file(subject.request);
  if (!e.no_sample.empty()) {
    e.quality.missing = e.no_sample;
  } else if (!subject.model().has_weights) {
    e.quality.missing = "An artefact holds no weights in fp32 to compare with; report on the checkpoint for that.";
  } else if (file.empty()) {
    e.quality.missing = "No text was given to predict: -f FILE names one.";
  }
  if (!e.quality.missing.empty()) return;
  std::vector<int> tokens = subject.model().tokenizer->encode(read_text(file), false);
  tokens.resize(std::min(tokens.size(), subject.request.scored_tokens));
  const std::size_t window = std::min({usual_window, tokens.size(), most_context(subject.compiled())});
  if (tokens.size() < 2) {
    e.quality.missing = fmt::format("The text of {} is too short to predict anything.", file);
    return;
  }
  DeviceOptions options;
  options.context = window;
  const auto golden = make_device(subject.compiled(), options, pool);
  options.device = "fp32";
  const auto reference = make_device({subject.checkpoint.name, subject.checkpoint.model, nullptr}, options, pool);
  const report::Origin origin{
      report::Kind::measured,
      fmt::format("{} && godwit check FILE.godwit --model {} -f {} --max-tokens {} --context {}",
                  command(subject, "compile", "-o FILE.godwit"), shell_word(subject.request.model), shell_word(file),
                  tokens.size(), window)};
  {
    Progress progress(tokens.size(), "tokens", !quiet);
    const Comparison text =
        compare_text(*reference, *golden, tokens, window, pool, [&](std::size_t n) { progress.add(n); });
    add_figures(e.quality, text, origin, golden->saturations());
  }
  e.headline.push_back(
      figure("ppl_increase_percent", "perplexity against fp32", "%", *e.quality.figures.at(2).value.value, origin,
             fmt::format("over {} tokens of {}", tokens.size(), std::filesystem::path(file).filename().string())));
  const auto some = std::span(tokens).first(std::min(window, block_tokens));
  Progress progress(subject.program->layers + 1, "blocks", !quiet);
  e.quality.layers_origin = origin;
  for (const BlockError& block :
       compare_blocks(subject.model(), *subject.program, some, pool, [&] { progress.add(1); })) {
    e.quality.layers.push_back({block.name, block.relative_error, block.headroom_bits});
  }
}

}  // namespace godwit
