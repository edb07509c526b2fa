#include "runtime/session.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

#include "base/error.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/stop_matcher.h"

namespace godwit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t warm_up_tokens = 8;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void check_prompt(const Model& model, const Device& device, const std::vector<int>& prompt) {
  if (prompt.empty()) {
    throw UserError({.what = "the prompt has no tokens",
                     .where = "",
                     .expected = "at least one, for the model to go on from",
                     .remedy = "give a longer prompt"});
  }
  if (prompt.size() > device.capacity()) {
    throw UserError({.what = fmt::format("the prompt of {} tokens is longer than the context of {}", prompt.size(),
                                         device.capacity()),
                     .where = "",
                     .expected = fmt::format("at most {} tokens", device.capacity()),
                     .remedy = "shorten the prompt, or give a larger --context if the model allows it"});
  }
  for (const int id : prompt) {
    if (id >= 0 && static_cast<std::size_t>(id) < model.config.vocabulary) continue;
    throw UserError({.what = fmt::format("the prompt has a token {} that the model does not know", id),
                     .where = model.config.name,
                     .expected = fmt::format("ids from 0 to {}", model.config.vocabulary - 1),
                     .remedy = "use the ids of this model's own tokenizer"});
  }
}

/// Text of the generation so far: decoded, cut at a stop, streamed.
class Writer {
 public:
  Writer(const Model& model, const GenerationOptions& options, const std::function<void(std::string_view)>& stream)
      : matcher_(options.stops), stream_(stream) {
    if (model.tokenizer) decoder_.emplace(model.tokenizer, true);
  }
  /// False once a stop text was found.
  bool push(int token) {
    if (decoder_) give(matcher_.push(decoder_->push(token)));
    return !matcher_.stopped();
  }
  /// False if what was held back completes a stop text.
  bool finish() {
    if (decoder_ && !matcher_.stopped()) {
      give(matcher_.push(decoder_->finish()));
      if (!matcher_.stopped()) give(matcher_.finish());
    }
    return !matcher_.stopped();
  }
  std::string take() { return std::move(text_); }

 private:
  void give(const std::string& piece) {
    if (piece.empty()) return;
    text_ += piece;
    stream_(piece);
  }

  std::optional<StreamDecoder> decoder_;
  StopMatcher matcher_;
  const std::function<void(std::string_view)>& stream_;
  std::string text_;
};

/// What comes after the prompt; nothing if interrupted before its end. `feed` is given its last part.
template <class Feed>
std::optional<Prediction> prefill(Device& device, std::span<const int> prompt, const std::atomic<bool>& interrupt,
                                  const Feed& feed) {
  const std::size_t part = device.usual_feed();
  for (; prompt.size() > part; prompt = prompt.subspan(part)) {
    if (interrupt) return std::nullopt;
    device.predict(prompt.first(part));
  }
  if (interrupt) return std::nullopt;
  return feed(prompt);
}

/// Chooses the tokens of one generation: the device by itself while they are the likeliest, else the sampler.
class Chooser {
 public:
  Chooser(Device& device, const SamplingOptions& sampling, std::span<const int> stops)
      : device_(device), sampler_(sampling), stops_(stops) {}

  Prediction feed(std::span<const int> tokens) {
    if (!sampler_.needs_all_logits()) return device_.predict(tokens);
    return {.logits = device_.feed(tokens, false)};
  }
  /// The token after `history`, whose last one was fed last.
  int pick(const Prediction& prediction, std::span<const int> history) {
    if (const auto token = sampler_.pick(prediction, history)) return *token;
    device_.rollback(device_.position() - 1);
    return sampler_.pick(device_.feed(history.last(1), false), history);
  }
  /// The next tokens, one to `most`, after `history`, whose last one was not fed yet.
  std::vector<int> next(std::span<const int> history, std::size_t most) {
    if (!sampler_.greedy()) return {pick(feed(history.last(1)), history)};
    const auto start = Clock::now();
    std::vector<int> tokens = device_.continue_greedily(history.last(1), std::min(most, batch_), stops_);
    const double ms = milliseconds_since(start);
    if (ms < pause_ms && tokens.size() == batch_) batch_ = std::min(2 * batch_, most_batch);
    if (ms > 2 * pause_ms) batch_ = std::max<std::size_t>(1, batch_ / 2);
    return tokens;
  }

 private:
  static constexpr double pause_ms = 20;  // streamed text comes at least every so often, if tokens do
  static constexpr std::size_t most_batch = 32;

  Device& device_;
  Sampler sampler_;
  std::span<const int> stops_;
  std::size_t batch_ = 1;  // tokens that the device makes by itself before the host looks at them
};

}  // namespace

std::string_view end_name(Generation::End end) {
  switch (end) {
    case Generation::End::count:
      return "count";
    case Generation::End::end_token:
      return "end_token";
    case Generation::End::stop_text:
      return "stop_text";
    case Generation::End::context:
      return "context";
    case Generation::End::interrupted:
      return "interrupted";
  }
  panic("an end without a name");
}

void warm_up(const Model& model, Device& device, const std::vector<int>& prompt, const std::atomic<bool>& interrupt) {
  check_prompt(model, device, prompt);
  ensure(device.position() == 0, "a warm-up begins at position 0");
  prefill(device, prompt, interrupt, [&](std::span<const int> last) { return device.predict(last); });
  const std::size_t count = std::min(warm_up_tokens, device.capacity() - device.position());
  for (std::size_t i = 0; i < count && !interrupt; ++i) device.predict(std::span(prompt).last(1));
  device.rollback(0);
}

Generation generate(const Model& model, Device& device, const std::vector<int>& prompt,
                    const GenerationOptions& options, const std::function<void(std::string_view)>& stream,
                    const std::atomic<bool>& interrupt) {
  check_prompt(model, device, prompt);
  ensure(device.position() == 0, "a generation begins at position 0");
  Generation result;
  Writer writer(model, options, stream);
  std::vector<int> history = prompt;
  std::vector<int> ends;
  if (!options.ignore_end) ends = model.config.end_tokens;
  Chooser chooser(device, options.sampling, ends);

  const auto cycles = [&] { return device.simulation() == nullptr ? 0 : device.simulation()->cycles; };
  const std::uint64_t cycles_before = cycles();
  const auto start = Clock::now();
  const auto prediction =
      prefill(device, prompt, interrupt, [&](std::span<const int> last) { return chooser.feed(last); });
  result.prefill_ms = milliseconds_since(start);
  result.prefill_cycles = cycles() - cycles_before;

  const auto accept = [&](int token, double ms) -> std::optional<Generation::End> {
    if (std::find(ends.begin(), ends.end(), token) != ends.end()) return Generation::End::end_token;
    if (!result.tokens.empty()) result.token_ms.push_back(ms);
    history.push_back(token);
    result.tokens.push_back(token);
    if (!writer.push(token)) return Generation::End::stop_text;
    return std::nullopt;
  };
  const auto step = [&]() -> std::optional<Generation::End> {
    if (result.tokens.size() >= options.most_tokens) return Generation::End::count;
    if (interrupt) return Generation::End::interrupted;
    if (result.tokens.empty()) return accept(chooser.pick(*prediction, history), 0);
    if (device.position() >= device.capacity()) return Generation::End::context;
    const auto begin = Clock::now();
    const std::vector<int> tokens = chooser.next(history, options.most_tokens - result.tokens.size());
    const double ms = milliseconds_since(begin) / static_cast<double>(tokens.size());
    for (const int token : tokens) {
      if (const auto end = accept(token, ms)) return end;
    }
    return std::nullopt;
  };

  std::optional<Generation::End> end;
  if (!prediction) end = Generation::End::interrupted;
  while (!end) end = step();
  result.end = *end;
  result.token_cycles = cycles() - cycles_before - result.prefill_cycles;
  if (!writer.finish()) result.end = Generation::End::stop_text;
  result.text = writer.take();
  return result;
}

}  // namespace godwit
