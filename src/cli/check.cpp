// godwit check: an artefact against the checkpoint in fp32, over a text.

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/progress.h"
#include "base/record.h"
#include "cli/scored_text.h"
#include "cli/verbs.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/block_errors.h"
#include "runtime/comparison.h"
#include "runtime/make_device.h"

namespace godwit {
namespace {

constexpr std::size_t block_tokens = 64;  // of the text, on which blocks are compared

class CheckVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "check"; }
  [[nodiscard]] const char* sentence() const override {
    return "Compare an artefact with the fp32 reference over a text: exit code 1 when past the budget.";
  }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  struct Result {
    Comparison text;
    std::vector<BlockError> blocks;
    std::uint64_t saturations = 0;
    [[nodiscard]] double increase_percent() const {
      return 100 * (text.device.perplexity() / text.reference.perplexity() - 1);
    }
  };
  void check_match(const OpenModel& artefact, const OpenModel& model) const;
  [[nodiscard]] bool passed(const Result& result) const { return !budget_ || result.increase_percent() <= *budget_; }
  void print_record(const Result& result, const OpenModel& artefact) const;
  void print_table(const Result& result) const;

  std::string file_;
  std::string model_;
  TextFlags text_;
  std::optional<double> budget_;  // percent
};

void CheckVerb::declare(Options& options) {
  options.required("FILE", file_, "the artefact: a .godwit file");
  options.required("--model", model_, "the checkpoint it was compiled from");
  text_.declare(options);
  options.optional_real("--max-ppl-increase", budget_, -100, 1e6, "percent that the perplexity may rise over fp32's");
}

void CheckVerb::check_match(const OpenModel& artefact, const OpenModel& model) const {
  if (artefact.program == nullptr) {
    throw UserError({.what = "this is a checkpoint, not an artefact",
                     .where = file_,
                     .expected = "a .godwit file",
                     .remedy = "make one with godwit compile MODEL -o FILE.godwit"});
  }
  if (model.program != nullptr) {
    throw UserError({.what = "an artefact cannot be the reference",
                     .where = fmt::format("--model {}", model_),
                     .expected = "the checkpoint that the artefact was compiled from",
                     .remedy = "give its folder or .gguf file"});
  }
  const ModelConfig& a = artefact.model->config;
  const ModelConfig& b = model.model->config;
  if (a.vocabulary == b.vocabulary && a.layers == b.layers && a.hidden == b.hidden && a.heads == b.heads) return;
  throw UserError({.what = "the artefact was compiled from another model",
                   .where = fmt::format("{} ({}), --model {}", file_, a.name, model_),
                   .expected = fmt::format("{} layers of {}, a vocabulary of {}", a.layers, a.hidden, a.vocabulary),
                   .remedy = "give the checkpoint that it was compiled from"});
}

int CheckVerb::run(const Common& common) {
  const OpenModel artefact = open_model(file_);
  const OpenModel model = open_model(model_);
  check_match(artefact, model);
  const ScoredText text = text_.read(*model.model, std::min(most_context(artefact), most_context(model)));
  ThreadPool pool = common.pool();
  DeviceOptions options;
  options.context = std::min(text.window, text.tokens.size());
  const auto golden = make_device(artefact, options, pool);
  options.device = "fp32";
  const auto reference = make_device(model, options, pool);

  Result result;
  {
    Progress progress(text.tokens.size(), "tokens", !common.quiet);
    result.text =
        compare_text(*reference, *golden, text.tokens, text.window, pool, [&](std::size_t n) { progress.add(n); });
  }
  {
    Progress progress(artefact.program->layers + 1, "blocks", !common.quiet);
    const auto some = std::span(text.tokens).first(std::min(options.context, block_tokens));
    result.blocks = compare_blocks(*model.model, *artefact.program, some, pool, [&] { progress.add(1); });
  }
  result.saturations = golden->saturations();
  if (common.json) {
    print_record(result, artefact);
  } else {
    print_table(result);
  }
  return passed(result) ? 0 : 1;
}

/// Name and scheme of the matrices of a block; -1: of those outside of the blocks.
std::vector<Record> matrix_records(const OpenModel& artefact, int block) {
  std::vector<Record> out;
  for (const isa::MatrixNote& note : artefact.program->matrices) {
    const auto layer = std::ranges::find_if(artefact.model->layers, [&](const Layer& one) {
      return note.name == one.name || std::ranges::any_of(isa::attention_matrices, [&](std::string_view letters) {
               return note.name == fmt::format("{}.{}", one.name, letters);
             });
    });
    if (layer == artefact.model->layers.end() || layer->block != block) continue;
    out.emplace_back().set("name", note.name).set("scheme", note.scheme);
  }
  return out;
}

void CheckVerb::print_record(const Result& result, const OpenModel& artefact) const {
  std::vector<Record> layers;
  for (const BlockError& block : result.blocks) {
    Record& one = layers.emplace_back();
    one.set("name", block.name).set("relative_error", block.relative_error);
    one.set("largest", block.largest).set("headroom_bits", block.headroom_bits);
    const int number = static_cast<int>(layers.size()) - 2;  // of the block; the first one is the embedding
    if (number >= 0) one.set("matrices", matrix_records(artefact, number));
  }
  Record record;
  record.set("perplexity", result.text.device.perplexity());
  record.set("perplexity_fp32", result.text.reference.perplexity());
  record.set("ppl_increase_percent", result.increase_percent());
  if (budget_) record.set("max_ppl_increase_percent", *budget_);
  record.set("kl_divergence", result.text.mean_divergence()).set("greedy_agreement", result.text.agreement());
  record.set("tokens", result.text.device.tokens).set("saturations", result.saturations);
  record.set("card", artefact.program->card.name).set("passed", passed(result)).set("layers", layers);
  record.set("head", matrix_records(artefact, -1));
  if (const auto provenance = Record::parsed(artefact.provenance)) record.set("provenance", *provenance);
  fmt::print("{}\n", record.text());
}

void CheckVerb::print_table(const Result& result) const {
  fmt::print("perplexity       {:.4f}, in fp32 {:.4f} ({:+.2f} %), over {} tokens\n", result.text.device.perplexity(),
             result.text.reference.perplexity(), result.increase_percent(), result.text.device.tokens);
  fmt::print("KL divergence    {:.6f} nats a token\n", result.text.mean_divergence());
  fmt::print("greedy tokens    {:.2f} % alike\n", 100 * result.text.agreement());
  fmt::print("saturations      {}\n", result.saturations);
  std::size_t widest = 5;
  for (const BlockError& block : result.blocks) widest = std::max(widest, block.name.size());
  fmt::print("\n{:<{}}  {:>14}  {:>10}  {:>8}\n", "after", widest, "relative error", "largest", "headroom");
  for (const BlockError& block : result.blocks) {
    fmt::print("{:<{}}  {:>12.4f} %  {:>10.2f}  {:>3.1f} bits\n", block.name, widest, 100 * block.relative_error,
               block.largest, block.headroom_bits);
  }
  if (!passed(result)) fmt::print("\npast the budget of {:+.2f} %\n", budget_.value_or(0));
}

}  // namespace

std::unique_ptr<Verb> make_check_verb() {
  return std::make_unique<CheckVerb>();
}

}  // namespace godwit
