#include "cli/calibration.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "compress/samples.h"
#include "model/tokenizer/tokenizer.h"

namespace godwit {
namespace {

constexpr std::size_t usual_tokens = 16384;
constexpr std::size_t tokens_of_large_models = 4096;  // that they write themselves: one costs a pass over all weights
constexpr std::size_t large_parameters = 30'000'000;
constexpr std::size_t longest_window = 256;
constexpr std::size_t judged_part = 8;
constexpr std::size_t most_judged_logits = std::size_t{1} << 27;  // that are kept: half a GiB
constexpr std::size_t least_tokens = 64;

std::vector<int> tokens_of(const Model& model, const std::string& file, std::size_t most) {
  if (!model.tokenizer) {
    throw UserError({.what = "this model has no tokenizer, so it cannot read a text",
                     .where = model.config.name,
                     .expected = "a checkpoint with tokenizer.json, vocab.json or a GGUF vocabulary",
                     .remedy = "leave --calibration out: the model then writes its own"});
  }
  std::vector<int> tokens = model.tokenizer->encode(read_text(file), false);
  if (tokens.size() < least_tokens) {
    throw UserError({.what = fmt::format("a text of {} tokens is too short to learn from", tokens.size()),
                     .where = file,
                     .expected = fmt::format("at least {} tokens; thousands are better", least_tokens),
                     .remedy = "give a longer text, or leave --calibration out"});
  }
  tokens.resize(std::min(tokens.size(), most));
  return tokens;
}

/// The last windows of the text.
std::size_t judged_of(std::size_t tokens, std::size_t window, std::size_t vocabulary) {
  const std::size_t windows = tokens / window;
  const std::size_t most = std::max<std::size_t>(1, most_judged_logits / vocabulary / window);
  return std::clamp<std::size_t>(windows / judged_part, 1, most) * window;
}

}  // namespace

void CalibrationFlags::declare(Options& options) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  options.text("--calibration", file,
               "a text to learn from; '-' is standard input; without it the model writes its own");
  options.integer("--calibration-tokens", tokens, 0, most,
                  "tokens of it, an eighth to judge by; 0: 16384, or 4096 where a large model writes them");
  options.integer("--seed", seed, 0, most, "for what the model writes");
}

CalibrationTokens CalibrationFlags::read(const std::shared_ptr<const Model>& model, ThreadPool& pool,
                                         bool visible) const {
  const bool written = file.empty();
  const std::size_t usual = written && model->parameters() > large_parameters ? tokens_of_large_models : usual_tokens;
  const std::size_t wanted = std::max(tokens == 0 ? usual : static_cast<std::size_t>(tokens), least_tokens);
  CalibrationTokens out;
  std::vector<int> all;
  if (written) {
    out.window = std::min({longest_window, model->config.context, wanted / 2});
    const std::size_t windows = wanted / out.window;
    Progress progress(windows * out.window, "writing a text to learn from, tokens", visible);
    all = compress::sample_tokens(model, windows, out.window, static_cast<std::uint64_t>(seed), pool,
                                  [&] { progress.add(1); });
    out.source = fmt::format("{} tokens that the model wrote, seed {}", all.size(), seed);
  } else {
    all = tokens_of(*model, file, wanted);
    out.window = std::min({longest_window, model->config.context, all.size() / 2});
    out.source = fmt::format("{} tokens of {}", all.size(), file == "-" ? "standard input" : file);
  }
  const std::size_t judged = judged_of(all.size(), out.window, model->config.vocabulary);
  const auto border = all.end() - static_cast<std::ptrdiff_t>(judged);
  out.learnt.assign(all.begin(), border);
  out.judged.assign(border, all.end());
  return out;
}

}  // namespace godwit
