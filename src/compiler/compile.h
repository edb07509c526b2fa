#pragma once
// From a model and a card to a program: quantised and packed weights, memory image, instructions.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "compress/scheme.h"
#include "isa/card.h"
#include "isa/program.h"
#include "model/graph.h"

namespace godwit::compiler {

enum class ActivationDigits { a8, a15, automatic };

enum class Lengths { unrolled, bucketed, looped };

struct CompileOptions {
  compress::Scheme scheme;
  ActivationDigits activations = ActivationDigits::automatic;
  std::function<bool(const std::string& layer)> one_digit;  // automatic: whether what this layer gives enters with one
  std::size_t context = 0;  // positions; 0: the model's, or as many of them as fit the card
  int fraction_bits = 16;
  std::function<void(const std::string& name, double share)> progress;  // may be empty
};

/// The most positions that fit the card, up to options.context (0: the model's); 0 if none do.
std::size_t largest_context(const Model& model, const isa::Card& card, const CompileOptions& options);

/// The looped program: one for all lengths. Throws UserError where the model or its sizes do not fit the card, with the
/// reason and the nearest size that does. A model without weights gives a program without segments for its matrices (to
/// count, not to run).
isa::Program compile(const Model& model, const isa::Card& card, const CompileOptions& options, ThreadPool& pool);

}  // namespace godwit::compiler
