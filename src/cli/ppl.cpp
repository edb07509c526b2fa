// godwit ppl: how well a model predicts a text.

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <numbers>

#include "base/progress.h"
#include "base/record.h"
#include "cli/device_flags.h"
#include "cli/scored_text.h"
#include "cli/verbs.h"
#include "runtime/perplexity.h"

namespace godwit {
namespace {

class PplVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "ppl"; }
  [[nodiscard]] const char* sentence() const override { return "Measure how well a model predicts a text."; }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  void print_record(const TextScore& score, const ScoredText& text, const Device& device, double seconds) const;

  std::string model_;
  TextFlags text_;
  DeviceFlags device_;
};

void PplVerb::declare(Options& options) {
  options.required("MODEL", model_, "Hugging Face folder, .gguf or .godwit file, or 'embedded'");
  text_.declare(options);
  device_.declare(options);
}

double bits_a_byte(const TextScore& score, const ScoredText& text) {
  return score.nats / std::numbers::ln2 / static_cast<double>(text.bytes);
}

int PplVerb::run(const Common& common) {
  const OpenModel model = open_model(model_);
  const ScoredText text = text_.read(*model.model, most_context(model));
  ThreadPool pool = common.pool();
  device_.options.context = std::min(text.window, text.tokens.size());
  const auto device = make_device_visibly(model, device_.options, common, pool);

  const auto start = std::chrono::steady_clock::now();
  TextScore score;
  {
    Progress progress(text.tokens.size(), "tokens", !common.quiet);
    score = score_text(*device, text.tokens, text.window, pool, [&](std::size_t n) { progress.add(n); });
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (common.json) {
    print_record(score, text, *device, seconds);
    return exit_code(*device, common.quiet);
  }
  fmt::print("perplexity {:.4f}, {:.4f} bits a byte, over {} tokens in windows of {}\n", score.perplexity(),
             bits_a_byte(score, text), score.tokens, text.window);
  if (common.quiet) return exit_code(*device, true);
  fmt::print(stderr, "{}: {:.1f} s, {:.0f} tokens/s\n", device_.options.device, seconds,
             static_cast<double>(text.tokens.size()) / seconds);
  if (device->saturations() > 0) fmt::print(stderr, "{} numbers saturated\n", device->saturations());
  return exit_code(*device, false);
}

void PplVerb::print_record(const TextScore& score, const ScoredText& text, const Device& device, double seconds) const {
  Record record;
  record.set("perplexity", score.perplexity()).set("bits_per_byte", bits_a_byte(score, text));
  record.set("tokens", score.tokens).set("nats_per_token", score.nats / static_cast<double>(score.tokens));
  record.set("bytes", text.bytes).set("context", text.window).set("windows", score.windows);
  record.set("device", device_.options.device).set("seconds", seconds);
  if (const isa::Program* program = device.program()) {
    record.set("card", program->card.name).set("saturations", device.saturations());
  }
  if (const Simulation* simulation = device.simulation()) {
    record.set("cycles", simulation->cycles).set("mismatches", simulation->mismatches);
  }
  fmt::print("{}\n", record.text());
}

}  // namespace

std::unique_ptr<Verb> make_ppl_verb() {
  return std::make_unique<PplVerb>();
}

}  // namespace godwit
