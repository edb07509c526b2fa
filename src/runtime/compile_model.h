#pragma once
// From a checkpoint to a program, as the command line says it.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "compress/scheme.h"
#include "isa/program.h"
#include "model/graph.h"
#include "runtime/choose_digits.h"

namespace godwit {

inline constexpr const char* usual_card = "nano";

/// Where nothing is said: the usual.
struct CompilationOptions {
  std::optional<std::string> card;                // name, or path of a .toml file
  std::optional<std::string> scheme;              // SCHEME of the command line, or a recipe file
  std::optional<std::string> activations;         // "8", "15" or "auto"
  std::size_t context = 0;                        // positions; 0: compiler::usual_context()
  bool or_less = false;                           // fewer positions where the card holds no more
  std::function<void(double share)> progress;     // of packing weights; may be empty
  std::function<void(double share)> calibration;  // of choosing digits after that; may be empty
};

struct CompiledModel {
  isa::Program program;
  DigitReport digits;
  std::shared_ptr<const Model> recoded = {};  // what a recipe file made of the model, and was compiled; else null
};

/// SCHEME of the command line, by default the model's usual one. Throws UserError for one that does not exist, and for
/// a mean of bits where there are weights: what each matrix can bear is then to be found out (godwit compress).
compress::Scheme scheme_of(const Model& model, const std::optional<std::string>& text);

/// `auto` measures which matrices need two digits (runtime/choose_digits.h), the same whatever the context is; a model
/// without weights or without a tokenizer has two everywhere. By a recipe file every matrix is rounded
/// (compress/apply_recipe.h). Throws UserError for unknown options, and for whatever the compiler refuses.
CompiledModel compile_and_report(const Model& model, const CompilationOptions& options, ThreadPool& pool);

/// The same without the reasons.
isa::Program compile_model(const Model& model, const CompilationOptions& options, ThreadPool& pool);

/// Name and result of every pass of the compiler, in order. Digits are chosen after all of them: here there are two
/// wherever they are.
std::vector<std::pair<std::string, std::string>> describe_compilation(const Model& model,
                                                                      const CompilationOptions& options,
                                                                      ThreadPool& pool);

}  // namespace godwit
