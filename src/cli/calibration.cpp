#include "cli/calibration.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "base/progress.h"
#include "base/text_stream.h"
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
constexpr std::size_t bytes_of_token = 6;  // read for each token wanted; as much again while that is too little
constexpr std::size_t tokens_at_cut = 64;  // more than the last word, which the text behind the cut may change

/// The first `most` tokens of a text, of which little more is read than they need: up to a space or the end of a line.
std::vector<int> first_tokens(const Tokenizer& tokenizer, const std::string& file, std::size_t most) {
  TextStream in(file);
  std::string text;
  for (;;) {
    const bool more = in.read(text, std::max(text.size(), bytes_of_token * (most + tokens_at_cut)));
    std::string_view part = text;
    if (more) part = part.substr(0, part.find_last_of("\n ") + 1);
    std::vector<int> tokens = tokenizer.encode(part, false);
    if (!more || tokens.size() >= most + tokens_at_cut) {
      tokens.resize(std::min(tokens.size(), most));
      return tokens;
    }
  }
}

std::vector<int> tokens_of(const Model& model, const std::string& file, std::size_t most) {
  if (!model.tokenizer) {
    throw UserError({.what = "this model has no tokenizer, so it cannot read a text",
                     .where = model.config.name,
                     .expected = "a checkpoint with tokenizer.json, vocab.json or a GGUF vocabulary",
                     .remedy = "leave --calibration out: the model then writes its own"});
  }
  std::vector<int> tokens = first_tokens(*model.tokenizer, file, most);
  if (tokens.size() < least_tokens) {
    throw UserError({.what = fmt::format("a text of {} tokens is too short to learn from", tokens.size()),
                     .where = file,
                     .expected = fmt::format("at least {} tokens; thousands are better", least_tokens),
                     .remedy = "give a longer text, or leave --calibration out"});
  }
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
