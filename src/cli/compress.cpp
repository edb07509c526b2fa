// godwit compress: a checkpoint in fewer bytes, and what that did to it.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/progress.h"
#include "base/record.h"
#include "cli/calibration.h"
#include "cli/token_budget.h"
#include "cli/verbs.h"
#include "compress/apply_recipe.h"
#include "compress/checkpoint.h"
#include "compress/recipe.h"
#include "compress/result.h"
#include "compress/search.h"
#include "compress/stream_facts.h"
#include "compress/transform.h"
#include "isa/card.h"
#include "runtime/make_device.h"
#include "runtime/open_model.h"

namespace godwit {
namespace {

using compress::Method;

const std::vector<std::string> methods = {"gptq", "rtn"};
const std::vector<std::string> keeps = {"auto", "magnitude", "wanda", "sparsegpt"};

/// Phases as progress lines; what a phase begins within is drawn again when it is over.
class DrawnPhases : public compress::Listener {
 public:
  explicit DrawnPhases(bool visible) : visible_(visible) {}
  void begin(const std::string& label, std::size_t total) override {
    phases_.push_back(std::make_unique<Progress>(total, label, visible_));
  }
  void step(std::size_t count) override { phases_.back()->add(count); }
  void end() override { phases_.pop_back(); }

 private:
  bool visible_;
  std::vector<std::unique_ptr<Progress>> phases_;
};

class CompressVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "compress"; }
  [[nodiscard]] const char* sentence() const override {
    return "Write a checkpoint in fewer bytes: by a scheme, or by a search for what each matrix can bear.";
  }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  struct Outcome {
    compress::Compressed made;
    std::optional<compress::Search> search;
    std::optional<TokenBudget> budget;
    std::string calibration;
    Transforms transforms;
    double seconds = 0;
    int slices = 0;             // of the card
    compress::Balance balance;  // of the work on them
  };
  void check_goal() const;
  [[nodiscard]] compress::Goal goal_of(const compress::SchemeRequest& request, const Model& model, Outcome& outcome,
                                       ThreadPool& pool) const;
  [[nodiscard]] Transforms transforms_of(const compress::SchemeRequest& request) const;
  [[nodiscard]] compress::MatrixRecipe with_method(compress::MatrixRecipe recipe) const;
  [[nodiscard]] std::vector<compress::MatrixRecipe> recipes_of(const compress::SchemeRequest& request,
                                                               const compress::Workshop& workshop) const;
  void print_record(const Outcome& outcome) const;
  void print_table(const Outcome& outcome) const;
  void print_choices(const Outcome& outcome) const;

  std::string model_;
  std::string output_;
  std::optional<std::string> scheme_;
  std::optional<double> target_bits_;
  std::optional<double> max_increase_;
  std::optional<double> target_rate_;
  std::optional<std::string> card_;
  std::string method_ = methods.front();
  std::string keep_ = keeps.front();
  bool rotate_ = false;
  std::optional<double> smooth_;
  bool sequential_ = false;
  CalibrationFlags calibration_;
};

void CompressVerb::declare(Options& options) {
  options.required("MODEL", model_, "Hugging Face folder, .gguf file, 'embedded', or shape:NAME?seed=S");
  options.required("-o,--output", output_, "the folder to write");
  options.optional_text("--scheme", scheme_,
                        "w8 to w2, with a group (w4g32) and a sparsity (w4-n8, w4-2:4, w4-d0.5: half, chosen by "
                        "blocks; w4-u0.5: anywhere); "
                        "a mean of bits (w3.5); or a recipe.json; beside another goal its group");
  options.optional_real("--target-bits", target_bits_, 2, 8, "mean bits of a weight, chosen for each matrix");
  options.optional_real("--max-ppl-increase", max_increase_, 0.01, 1000, "percent that the perplexity may rise");
  options.optional_real("--target-tokens-per-second", target_rate_, 1e-3, 1e9, "of the memory of --card");
  options.optional_text("--card", card_, std::string("whose memory and slices those are [") + usual_card + "]");
  options.choice("--method", method_, methods, "how codes are found");
  options.choice("--keep", keep_, keeps, "what a pattern keeps by; auto: sparsegpt with gptq, else magnitude");
  options.flag("--rotate", rotate_,
               "turn the residual stream and the heads of values at random first (by --seed): for few bits");
  options.optional_real("--smooth", smooth_, 0, 1,
                        "even out the sizes of inputs first, by this strength (0.5, say): for --activations 8");
  options.flag("--sequential", sequential_,
               "calibrate each matrix on what those coded before it give, not on the inputs of the model in fp32");
  calibration_.declare(options);
}

void CompressVerb::check_goal() const {
  const int goals = int{target_bits_.has_value()} + int{max_increase_.has_value()} + int{target_rate_.has_value()};
  if (goals == 1 || (goals == 0 && scheme_)) return;
  throw UserError({.what = goals == 0 ? "nothing says how far to compress" : "several goals at once",
                   .where = "godwit compress",
                   .expected = "--scheme, --target-bits, --max-ppl-increase or --target-tokens-per-second",
                   .remedy = goals == 0 ? "for example --scheme w4" : "leave all but one out"});
}

compress::MatrixRecipe CompressVerb::with_method(compress::MatrixRecipe recipe) const {
  recipe.method = method_ == "rtn" ? Method::rtn : Method::gptq;
  const auto keep = std::ranges::find(keeps, keep_) - keeps.begin();
  recipe.keep = keep > 0                        ? static_cast<compress::Keep>(keep - 1)
                : recipe.method == Method::gptq ? compress::Keep::sparsegpt
                                                : compress::Keep::magnitude;
  return recipe;
}

/// The command's; where it asks for none, those of a recipe file.
Transforms CompressVerb::transforms_of(const compress::SchemeRequest& request) const {
  if (!rotate_ && !smooth_) return request.transforms;
  Transforms out{.rotation_seed = {}, .smoothing = smooth_};
  if (rotate_) out.rotation_seed = static_cast<std::size_t>(calibration_.seed);
  return out;
}

compress::Goal CompressVerb::goal_of(const compress::SchemeRequest& request, const Model& model, Outcome& outcome,
                                     ThreadPool& pool) const {
  compress::Goal goal{
      .mean_bits = target_bits_ ? target_bits_ : request.mean_bits, .max_increase = max_increase_, .budget = {}};
  if (max_increase_ || target_rate_) goal.mean_bits.reset();
  if (!target_rate_) return goal;
  outcome.budget = token_budget(model, card_.value_or(usual_card), *target_rate_, pool);
  goal.budget = outcome.budget->weight_bytes;
  return goal;
}

std::vector<compress::MatrixRecipe> CompressVerb::recipes_of(const compress::SchemeRequest& request,
                                                             const compress::Workshop& workshop) const {
  std::vector<compress::MatrixRecipe> recipes;
  for (const auto& recipe : compress::recipes_of(request, workshop.matrices(), *scheme_)) {
    recipes.push_back(with_method(recipe));
  }
  return recipes;
}

int CompressVerb::run(const Common& common) {
  check_goal();
  const compress::SchemeRequest request = compress::parse_request(scheme_.value_or("w4"));
  const OpenModel opened = open_model(model_);
  if (opened.program != nullptr || !opened.model->has_weights) {
    throw UserError({.what = "there are no weights to compress",
                     .where = model_,
                     .expected = "a checkpoint, or a shape with random weights",
                     .remedy = "give a Hugging Face folder or a .gguf file"});
  }
  compress::check_output(output_, model_);
  ThreadPool pool = common.pool();
  const auto start = std::chrono::steady_clock::now();
  Outcome outcome;
  outcome.slices = isa::load_card(card_.value_or(usual_card)).slices;  // refused before the work, if at all
  const CalibrationTokens text = calibration_.read(opened.model, pool, !common.quiet);
  outcome.calibration = text.source;
  const compress::Goal goal = goal_of(request, *opened.model, outcome, pool);
  DrawnPhases phases(!common.quiet);
  const compress::Judge judge(opened.model, text.judged, text.window, pool);
  const compress::CalibrationText learnt{.tokens = text.learnt, .window = text.window, .sequential = sequential_};
  outcome.transforms = transforms_of(request);
  compress::Workshop workshop(compress::transform(opened.model, outcome.transforms, learnt, pool, phases), learnt,
                              std::filesystem::path(output_) / "unfinished", pool, phases);
  std::vector<compress::MatrixRecipe> recipes;
  if (goal.mean_bits || goal.max_increase || goal.budget) {
    outcome.search = compress::search(workshop, judge, goal, with_method(request.recipe), phases);
    for (const compress::Choice& choice : outcome.search->choices) recipes.push_back(choice.recipe);
  } else {
    recipes = recipes_of(request, workshop);
  }
  outcome.made = compress::compress_model(workshop, judge, recipes);
  const std::string made = fmt::format("{} of {}, calibrated with {}", method_, model_, outcome.calibration);
  compress::write_checkpoint(output_, *outcome.made.model, model_,
                             {{"recipe.json", compress::recipe_text(outcome.made.result, outcome.transforms, made)}});
  workshop.clear();
  outcome.balance = compress::balance(*outcome.made.model, outcome.slices);
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (common.json) {
    print_record(outcome);
  } else {
    print_table(outcome);
  }
  return 0;
}

void CompressVerb::print_record(const Outcome& outcome) const {
  const compress::Result& result = outcome.made.result;
  Record record;
  record.set("mean_bits", result.mean_bits()).set("density", result.density());
  record.set("weight_bytes_per_token", result.total().bytes);
  record.set("perplexity_before", result.before.perplexity()).set("perplexity_after", result.after.perplexity());
  record.set("kl_divergence", result.after.divergence).set("method", method_);
  record.set("slices", outcome.slices).set("imbalance", outcome.balance.imbalance);
  record.set("imbalance_bound", outcome.balance.bound);
  record.set("calibration", outcome.calibration).set("seconds", outcome.seconds).set("output", output_);
  if (outcome.transforms.rotation_seed) record.set("rotation_seed", *outcome.transforms.rotation_seed);
  if (outcome.transforms.smoothing) record.set("smoothing", *outcome.transforms.smoothing);
  if (outcome.search) {
    record.set("reckoned_divergence", outcome.search->reckoned).set("rounds", outcome.search->rounds);
  }
  if (outcome.budget) {
    record.set("weight_bytes_budget", outcome.budget->weight_bytes).set("budget_context", outcome.budget->context);
    record.set("memory_bytes_per_second", outcome.budget->bytes_per_second);
  }
  std::vector<Record> matrices;
  for (std::size_t m = 0; m < result.matrices.size(); ++m) {
    const compress::MatrixResult& one = result.matrices[m];
    Record& entry = matrices.emplace_back();
    entry.set("name", one.name).set("scheme", compress::recipe_name(one.recipe)).set("bits", one.recipe.bits);
    entry.set("density", static_cast<double>(one.facts.kept) / static_cast<double>(one.facts.weights));
    entry.set("weights", one.facts.weights).set("bytes", one.facts.bytes).set("error", one.error);
    if (!outcome.search) continue;
    const compress::Choice& choice = outcome.search->choices[m];
    entry.set("probe_divergence", choice.probe).set("reckoned_divergence", choice.loss);
    if (!choice.cheaper.empty()) {
      entry.set("cheaper", choice.cheaper).set("cheaper_saves_bytes", choice.cheaper_bytes);
      entry.set("cheaper_adds_divergence", choice.cheaper_loss);
    }
  }
  record.set("matrices", matrices);
  fmt::print("{}\n", record.text());
}

void CompressVerb::print_table(const Outcome& outcome) const {
  const compress::Result& result = outcome.made.result;
  if (outcome.search) print_choices(outcome);
  const auto row = [](const char* label, const std::string& text) { fmt::print("{:<14}{}\n", label, text); };
  row("codes",
      fmt::format("{:.3f} bits in the mean, {:.1f} % of the weights kept", result.mean_bits(), 100 * result.density()));
  row("one token", fmt::format("{} bytes of weights; over {} slices the longest stream is {:.4f} of the mean ({:.4f} "
                               "if all rows were alike)",
                               result.total().bytes, outcome.slices, outcome.balance.imbalance, outcome.balance.bound));
  row("perplexity",
      fmt::format("{:.4f}, before {:.4f} ({:+.2f} %), {:.5f} nats of divergence", result.after.perplexity(),
                  result.before.perplexity(), 100 * (result.after.perplexity() / result.before.perplexity() - 1),
                  result.after.divergence));
  row("learnt from", outcome.calibration + "; the perplexity is that of its last part, which was not");
  if (outcome.budget) {
    row("budget", fmt::format("{} bytes of weights a token: {:.1f} GB/s, {} bytes of other traffic at {} positions (an "
                              "estimate: the memory never waits)",
                              outcome.budget->weight_bytes, outcome.budget->bytes_per_second * 1e-9,
                              outcome.budget->other_bytes, outcome.budget->context));
  }
  row("written", fmt::format("{} in {:.1f} s", output_, outcome.seconds));
}

void CompressVerb::print_choices(const Outcome& outcome) const {
  const auto& matrices = outcome.made.result.matrices;
  std::size_t widest = 6;
  for (const auto& one : matrices) widest = std::max(widest, one.name.size());
  fmt::print("{:<{}}  {:<12} {:>10} {:>12} {:>12}  {}\n", "matrix", widest, "chosen", "bytes", "probe, nats",
             "costs, nats", "why not less");
  for (std::size_t m = 0; m < matrices.size(); ++m) {
    const compress::Choice& choice = outcome.search->choices[m];
    const std::string why = choice.cheaper.empty()
                                ? "nothing is cheaper"
                                : fmt::format("{} would save {:.0f} bytes for {:.6f} nats more", choice.cheaper,
                                              choice.cheaper_bytes, choice.cheaper_loss);
    fmt::print("{:<{}}  {:<12} {:>10} {:>12.6f} {:>12.6f}  {}\n", matrices[m].name, widest,
               compress::recipe_name(choice.recipe), matrices[m].facts.bytes, choice.probe, choice.loss, why);
  }
  fmt::print("{:.5f} nats reckoned, {:.5f} measured\n\n", outcome.search->reckoned,
             outcome.made.result.after.divergence);
}

}  // namespace

std::unique_ptr<Verb> make_compress_verb() {
  return std::make_unique<CompressVerb>();
}

}  // namespace godwit
