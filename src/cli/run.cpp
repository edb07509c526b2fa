// godwit run: from a prompt to text.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iostream>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/record.h"
#include "cli/device_flags.h"
#include "cli/interrupt.h"
#include "cli/prompt.h"
#include "cli/verbs.h"
#include "cli/waveform_flags.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/session.h"

namespace godwit {
namespace {

double mean(const std::vector<double>& values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double simulated_ms(const Simulation& simulation, std::uint64_t cycles) {
  constexpr double hertz_a_kilohertz = 1000;
  return static_cast<double>(cycles) / (simulation.frequency_mhz * hertz_a_kilohertz);
}

const char* why(Generation::End end) {
  switch (end) {
    case Generation::End::context:
      return "; the context is full";
    case Generation::End::interrupted:
      return "; interrupted";
    default:
      return "";
  }
}

class RunVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "run"; }
  [[nodiscard]] const char* sentence() const override { return "Generate text from a prompt."; }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  [[nodiscard]] GenerationOptions generation_options(const Model& model) const;
  [[nodiscard]] std::size_t capacity(const OpenModel& model, std::size_t prompt) const;
  void print_record(const Generation& result, const std::vector<int>& prompt, const Device& device) const;
  void print_remarks(const Generation& result, std::size_t prompt, const Device& device) const;

  std::string model_;
  PromptOptions prompt_;
  std::int64_t count_ = 128;
  SamplingOptions sampling_;
  std::int64_t top_k_ = sampling_.top_k;
  std::int64_t repeat_last_ = sampling_.repeat_last;
  std::int64_t seed_ = 0;
  DeviceFlags device_;
  WaveformFlags waveform_;
  std::vector<std::string> stops_;
  bool ignore_end_ = false;
  std::int64_t context_ = 0;
  bool warm_up_ = false;
};

void RunVerb::declare(Options& options) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  options.required("MODEL", model_, "Hugging Face folder, .gguf or .godwit file, 'embedded', or shape:NAME?seed=S");
  options.optional_text("-p,--prompt", prompt_.text, "the prompt; without any, standard input is read");
  options.optional_text("-f,--file", prompt_.file,
                        "read the prompt from a file ('-': standard input), less one last newline");
  options.optional_text("--tokens", prompt_.tokens, "the prompt as token ids: 1,2,3; no BOS is added");
  options.flag("--chat", prompt_.chat, "wrap the prompt in the model's chat template");
  options.optional_text("--system", prompt_.system, "the system message of the chat");
  options.integer("-n,--predict", count_, 0, most, "most tokens to generate");
  options.real("--temp", sampling_.temperature, 0, 100, "temperature; 0 is greedy");
  options.integer("--top-k", top_k_, 0, most, "sample from the K likeliest; 0: all");
  options.real("--top-p", sampling_.top_p, 0, 1, "sample from the fewest likeliest that reach P; 1: all");
  options.real("--repeat-penalty", sampling_.repeat_penalty, 0.01, 100, "penalty of tokens already there; 1: none");
  options.integer("--repeat-last", repeat_last_, -1, most, "tokens the penalty looks back on; -1: all");
  options.integer("--seed", seed_, 0, std::numeric_limits<std::int64_t>::max(), "seed of the sampling");
  options.texts("--stop", stops_, "end at this text and leave it out; may be given again");
  options.flag("--ignore-eos", ignore_end_, "go on past the model's end token");
  options.integer("-c,--context", context_, 0, most, "most positions; 0: as many as needed");
  device_.declare(options);
  waveform_.declare(options);
  options.flag("--warm-up", warm_up_, "run the prompt and a few tokens once before; the times are the second pass's");
}

GenerationOptions RunVerb::generation_options(const Model& model) const {
  GenerationOptions options;
  options.most_tokens = static_cast<std::size_t>(count_);
  options.ignore_end = ignore_end_;
  options.stops = stops_;
  options.sampling = sampling_;
  options.sampling.top_k = static_cast<int>(top_k_);
  options.sampling.repeat_last = static_cast<int>(repeat_last_);
  options.sampling.seed = static_cast<std::uint64_t>(seed_);
  if (!stops_.empty() && !model.tokenizer) {
    throw UserError({.what = "this model has no tokenizer, so no text can stop it",
                     .where = model.config.name,
                     .expected = "",
                     .remedy = "leave out --stop"});
  }
  return options;
}

/// As asked for; else what prompt and answer need, within the model's context.
std::size_t RunVerb::capacity(const OpenModel& model, std::size_t prompt) const {
  if (context_ > 0) return static_cast<std::size_t>(context_);
  return std::min(most_context(model), std::max<std::size_t>(1, prompt + static_cast<std::size_t>(count_)));
}

int RunVerb::run(const Common& common) {
  check(prompt_);
  device_.options.waveform = waveform_.asked();
  if (std::find(stops_.begin(), stops_.end(), "") != stops_.end()) {
    throw UserError(
        {.what = "an empty text cannot stop anything", .where = "--stop", .expected = "a text", .remedy = ""});
  }
  const OpenModel opened = open_model(model_);
  const auto& model = opened.model;
  check(prompt_, *model);
  const GenerationOptions options = generation_options(*model);
  const std::vector<int> prompt = prompt_tokens(prompt_, *model);
  ThreadPool pool = common.pool();
  device_.options.context = capacity(opened, prompt.size());
  device_.options.or_less = context_ == 0;
  const auto device = make_device_visibly(opened, device_.options, common, pool);

  Interrupt interrupt;
  const auto stream = [&](std::string_view piece) {
    if (common.json) return;
    std::cout << piece << std::flush;
    if (!std::cout) interrupt.requested() = true;  // nobody reads on, or the disk is full
  };
  if (warm_up_) warm_up(*model, *device, prompt, interrupt.requested());
  const Generation result = generate(*model, *device, prompt, options, stream, interrupt.requested());
  device->finish();
  if (common.json) {
    print_record(result, prompt, *device);
    return exit_code(*device, common.quiet);
  }
  if (!model->tokenizer) std::cout << fmt::format("{}", fmt::join(result.tokens, ","));
  if (!result.text.ends_with('\n')) std::cout << '\n';
  std::cout.flush();
  if (!common.quiet) print_remarks(result, prompt.size(), *device);
  return exit_code(*device, common.quiet);
}

void RunVerb::print_record(const Generation& result, const std::vector<int>& prompt, const Device& device) const {
  const double ms = mean(result.token_ms);
  Record record;
  record.set("text", result.text)
      .set("prompt_tokens", prompt)
      .set("tokens", result.tokens)
      .set("end", end_name(result.end))
      .set("prefill_ms", result.prefill_ms)
      .set("ms_per_token", ms)
      .set("tokens_per_second", 1000 / ms)
      .set("device", device_.options.device);
  if (const isa::Program* program = device.program()) {
    record.set("card", program->card.name).set("saturations", device.saturations());
  }
  if (const Simulation* simulation = device.simulation()) {
    record.set("cycles", simulation->cycles);
    record.set("cycles_per_second", static_cast<double>(simulation->cycles) / simulation->seconds);
    record.set("mismatches", simulation->mismatches);
    if (const auto& waveform = device_.options.waveform) {
      record.set("trace", waveform->file)
          .set("trace_first", waveform->first)
          .set("trace_cycles", simulation->drawn_cycles);
    }
    if (simulation->frequency_mhz > 0) {
      record.set("simulated_ttft_ms", simulated_ms(*simulation, result.prefill_cycles));
      record.set("simulated_ms_per_token",
                 simulated_ms(*simulation, result.token_cycles) / static_cast<double>(result.token_ms.size()));
    }
  }
  std::cout << record.text() << '\n';
}

void RunVerb::print_remarks(const Generation& result, std::size_t prompt, const Device& device) const {
  std::string line = fmt::format("{}: prompt of {} in {:.1f} ms, {} generated", device_.options.device, prompt,
                                 result.prefill_ms, result.tokens.size());
  if (const double ms = mean(result.token_ms); std::isfinite(ms)) {
    line += fmt::format(" at {:.2f} ms each ({:.1f} tokens/s)", ms, 1000 / ms);
  }
  if (device.saturations() > 0) line += fmt::format("; {} numbers saturated", device.saturations());
  if (const Simulation* simulation = device.simulation()) {
    line += fmt::format("; {} cycles, {:.0f} a second, {} mismatches", simulation->cycles,
                        static_cast<double>(simulation->cycles) / simulation->seconds, simulation->mismatches);
    if (simulation->frequency_mhz > 0 && !result.token_ms.empty()) {
      line += fmt::format("; simulated at {} MHz: first token after {:.3f} ms, then {:.3f} ms each",
                          simulation->frequency_mhz, simulated_ms(*simulation, result.prefill_cycles),
                          simulated_ms(*simulation, result.token_cycles) / static_cast<double>(result.token_ms.size()));
    }
  }
  if (const auto& waveform = device_.options.waveform) {
    line += fmt::format("; {} has cycles {} to {}", waveform->file, waveform->first,
                        waveform->first + device.simulation()->drawn_cycles - 1);
  }
  fmt::print(stderr, "{}{}\n", line, why(result.end));
}

}  // namespace

std::unique_ptr<Verb> make_run_verb() {
  return std::make_unique<RunVerb>();
}

}  // namespace godwit
