#pragma once
// One generation: prompt in, tokens and text out, with its times.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/graph.h"
#include "runtime/device.h"
#include "runtime/sampler.h"

namespace godwit {

struct GenerationOptions {
  std::size_t most_tokens = 128;
  bool ignore_end = false;         // go on past the model's end token
  std::vector<std::string> stops;  // texts, not empty, that end the generation and are left out of its text
  SamplingOptions sampling;
};

struct Generation {
  std::vector<int> tokens;  // without the prompt and the end token; with those that a stop text was made of
  std::string text;         // without special tokens; empty for a model without a tokenizer
  enum class End { count, end_token, stop_text, context, interrupted } end = End::count;
  double prefill_ms = 0;
  std::vector<double> token_ms;  // one a generated token after the first
  // Cycles of a simulated machine: until the first token could be chosen, and for those after it; 0 of other devices.
  std::uint64_t prefill_cycles = 0;
  std::uint64_t token_cycles = 0;
};

/// "count", "end_token", "stop_text", "context", "interrupted".
std::string_view end_name(Generation::End end);

/// Feeds the prompt and up to eight tokens after it and goes back to position 0, so that a generation timed next finds
/// weights and buffers in memory and the threads awake. Throws as generate() does; ends early at an interrupt.
void warm_up(const Model& model, Device& device, const std::vector<int>& prompt, const std::atomic<bool>& interrupt);

/// Runs until a count, an end token, a stop text, the context's end, or `interrupt`. `stream` gets the text as it
/// comes, in whole code points, never a part that might still turn out to be a stop; all it got together is the text.
/// Throws UserError for an empty prompt, one longer than the device's capacity, or with an id outside the vocabulary.
Generation generate(const Model& model, Device& device, const std::vector<int>& prompt,
                    const GenerationOptions& options, const std::function<void(std::string_view)>& stream,
                    const std::atomic<bool>& interrupt);

}  // namespace godwit
