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

/// Of the inputs of every matrix; compiler/digits.h gives single ones fewer afterwards.
enum class ActivationDigits { a8, a15 };

enum class Lengths { unrolled, bucketed, looped };

struct CompileOptions {
  compress::Scheme scheme;
  ActivationDigits activations = ActivationDigits::a15;
  std::size_t context = 0;  // positions; 0: usual_context()
  int fraction_bits = 16;
  std::function<void(const std::string& name, double share)> progress;  // may be empty
};

/// The most positions that fit the card, up to options.context (0: the model's); 0 if none do.
std::size_t largest_context(const Model& model, const isa::Card& card, const CompileOptions& options);

/// Positions and tokens of a chunk share the memories on chip. As many of the model's positions as leave room for a
/// chunk of four tokens: then, at eight bits a weight, the lanes take as long over a block as the port needs to bring
/// the next one, and longer chunks bring little (docs/why/short-prefill-chunks.md). But at least 1,024, or all that
/// fit, however short the chunk; 0 if none do.
std::size_t usual_context(const Model& model, const isa::Card& card, const CompileOptions& options);

/// The looped program: one for all lengths. Throws UserError where the model or its sizes do not fit the card, with the
/// reason and the nearest size that does. A model without weights gives a program without segments for its matrices (to
/// count, not to run).
isa::Program compile(const Model& model, const isa::Card& card, const CompileOptions& options, ThreadPool& pool);

}  // namespace godwit::compiler
