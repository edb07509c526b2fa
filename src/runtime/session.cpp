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

/// Tokens of a prompt fed at once: an interrupt waits no longer than for these.
constexpr std::size_t prefill_chunk = 256;

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

/// The logits after the prompt; empty if interrupted before its end.
std::span<const float> prefill(Device& device, std::span<const int> prompt, const std::atomic<bool>& interrupt) {
  std::span<const float> logits;
  for (std::size_t at = 0; at < prompt.size(); at += prefill_chunk) {
    if (interrupt) return {};
    logits = device.feed(prompt.subspan(at, std::min(prefill_chunk, prompt.size() - at)), false);
  }
  return logits;
}

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
  prefill(device, prompt, interrupt);
  const std::size_t count = std::min(warm_up_tokens, device.capacity() - device.position());
  for (std::size_t i = 0; i < count && !interrupt; ++i) device.feed(std::span(&prompt.back(), 1), false);
  device.rollback(0);
}

Generation generate(const Model& model, Device& device, const std::vector<int>& prompt,
                    const GenerationOptions& options, const std::function<void(std::string_view)>& stream,
                    const std::atomic<bool>& interrupt) {
  check_prompt(model, device, prompt);
  ensure(device.position() == 0, "a generation begins at position 0");
  Generation result;
  Sampler sampler(options.sampling);
  Writer writer(model, options, stream);
  std::vector<int> history = prompt;
  const auto& ends = model.config.end_tokens;

  auto start = Clock::now();
  std::span<const float> logits = prefill(device, prompt, interrupt);
  result.prefill_ms = milliseconds_since(start);

  const auto next = [&]() -> std::optional<Generation::End> {
    if (logits.empty()) return Generation::End::interrupted;
    if (result.tokens.size() >= options.most_tokens) return Generation::End::count;
    if (interrupt) return Generation::End::interrupted;
    if (!result.tokens.empty()) {
      if (device.position() >= device.capacity()) return Generation::End::context;
      logits = device.feed(std::span(&history.back(), 1), false);
    }
    const int token = sampler.pick(logits, history);
    if (!options.ignore_end && std::find(ends.begin(), ends.end(), token) != ends.end()) {
      return Generation::End::end_token;
    }
    history.push_back(token);
    result.tokens.push_back(token);
    if (!writer.push(token)) return Generation::End::stop_text;
    return std::nullopt;
  };

  for (std::optional<Generation::End> end; !end;) {
    start = Clock::now();
    const std::size_t before = result.tokens.size();
    end = next();
    if (before > 0 && result.tokens.size() > before) result.token_ms.push_back(milliseconds_since(start));
    if (end) result.end = *end;
  }
  if (!writer.finish()) result.end = Generation::End::stop_text;
  result.text = writer.take();
  return result;
}

}  // namespace godwit
