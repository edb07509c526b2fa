// godwit ppl: how well a model predicts a text.

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/record.h"
#include "cli/verbs.h"
#include "model/load.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/device.h"
#include "runtime/perplexity.h"

namespace godwit {
namespace {

constexpr std::size_t usual_window = 512;

class PplVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "ppl"; }
  [[nodiscard]] const char* sentence() const override { return "Measure how well a model predicts a text."; }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  [[nodiscard]] std::vector<int> tokens_of(const std::string& text, const Model& model) const;
  [[nodiscard]] std::size_t window(const Model& model) const;
  void refuse_scheme() const;

  std::string model_;
  std::string file_;
  std::int64_t context_ = 0;
  std::int64_t most_tokens_ = 0;
  std::string device_ = device_names().front();
  std::optional<std::string> scheme_;
};

void PplVerb::declare(Options& options) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  options.required("MODEL", model_, "Hugging Face folder, .gguf file or 'embedded'");
  options.required("-f,--file", file_, "the text; '-' is standard input");
  options.integer("-c,--context", context_, 0, most,
                  "tokens a window; 0: the model's context, at most 512. Windows lie side by side, each predicted from "
                  "its own start, its first token not scored");
  options.integer("--max-tokens", most_tokens_, 0, most, "score only the text's first tokens; 0: all");
  options.choice("--device", device_, device_names(), "what computes");
  options.optional_text("--scheme", scheme_, "weight scheme of a device that quantises");
}

void PplVerb::refuse_scheme() const {
  if (!scheme_ || device_ != "fp32") return;
  throw UserError({.what = "the fp32 device runs the checkpoint's own weights",
                   .where = fmt::format("--scheme {}", *scheme_),
                   .expected = "no scheme with --device fp32",
                   .remedy = "leave out --scheme"});
}

std::size_t PplVerb::window(const Model& model) const {
  const std::size_t most = model.config.context;
  if (context_ == 0) return std::min(usual_window, most);
  const auto wanted = static_cast<std::size_t>(context_);
  if (wanted >= 2 && wanted <= most) return wanted;
  throw UserError({.what = fmt::format("windows of {} tokens cannot be scored", wanted),
                   .where = "--context",
                   .expected = fmt::format("2 to {}, the model's own context", most),
                   .remedy = "give a --context within it"});
}

std::vector<int> PplVerb::tokens_of(const std::string& text, const Model& model) const {
  if (!model.tokenizer) {
    throw UserError({.what = "this model has no tokenizer, so it cannot read a text",
                     .where = model_,
                     .expected = "a checkpoint with tokenizer.json, vocab.json or a GGUF vocabulary",
                     .remedy = "put the tokenizer's files beside the weights"});
  }
  std::vector<int> tokens = model.tokenizer->encode(text, false);
  if (tokens.size() >= 2) return tokens;
  throw UserError({.what = "the text is too short to predict anything",
                   .where = file_,
                   .expected = "at least two tokens",
                   .remedy = "give a longer text"});
}

/// Bytes of text behind the scored tokens: all but the first of each window.
std::size_t scored_bytes(const Tokenizer& tokenizer, std::span<const int> used, bool whole, const std::string& text,
                         std::size_t window) {
  if (used.size() % window == 1) {  // a last single token is not scored either
    used = used.first(used.size() - 1);
    whole = false;
  }
  std::size_t bytes = whole ? text.size() : tokenizer.decode(used, false).size();
  for (std::size_t first = 0; first < used.size(); first += window) {
    bytes -= std::min(bytes, tokenizer.decode(used.subspan(first, 1), false).size());
  }
  return bytes;
}

int PplVerb::run(const Common& common) {
  refuse_scheme();
  const auto model = load_model(model_);
  const std::size_t length = window(*model);
  const std::string text = read_text(file_);
  const std::vector<int> tokens = tokens_of(text, *model);
  const bool cut = most_tokens_ > 0 && static_cast<std::size_t>(most_tokens_) < tokens.size();
  const auto used = std::span(tokens).first(cut ? static_cast<std::size_t>(most_tokens_) : tokens.size());
  if (used.size() < 2) {
    throw UserError({.what = "one token predicts nothing",
                     .where = "--max-tokens",
                     .expected = "at least 2, or 0 for all",
                     .remedy = "raise it"});
  }

  ThreadPool pool = common.pool();
  const auto device = make_device(device_, model, pool, std::min(length, used.size()));
  const auto start = std::chrono::steady_clock::now();
  TextScore score;
  {
    Progress progress(used.size(), "tokens", !common.quiet);
    score = score_text(*device, used, length, pool, [&](std::size_t n) { progress.add(n); });
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::size_t bytes = scored_bytes(*model->tokenizer, used, !cut, text, length);
  const double bits = score.nats / std::numbers::ln2 / static_cast<double>(bytes);
  if (common.json) {
    Record record;
    record.set("perplexity", score.perplexity()).set("bits_per_byte", bits).set("tokens", score.tokens);
    record.set("nats_per_token", score.nats / static_cast<double>(score.tokens)).set("bytes", bytes);
    record.set("context", length).set("windows", score.windows).set("device", device_).set("seconds", seconds);
    fmt::print("{}\n", record.text());
  } else {
    fmt::print("perplexity {:.4f}, {:.4f} bits a byte, over {} tokens in windows of {}\n", score.perplexity(), bits,
               score.tokens, length);
    if (!common.quiet) {
      fmt::print(stderr, "{}: {:.1f} s, {:.0f} tokens/s\n", device_, seconds,
                 static_cast<double>(used.size()) / seconds);
    }
  }
  return 0;
}

}  // namespace

std::unique_ptr<Verb> make_ppl_verb() {
  return std::make_unique<PplVerb>();
}

}  // namespace godwit
