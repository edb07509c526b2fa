#include "runtime/compile_model.h"

#include <algorithm>

#include "base/error.h"
#include "compiler/compile.h"
#include "compiler/digits.h"
#include "compiler/passes.h"
#include "compress/apply_recipe.h"
#include "isa/card.h"

namespace godwit {
namespace {

constexpr std::size_t least_calibration = 16;  // tokens: fewer say nothing

/// Nothing: chosen for each matrix.
std::optional<compiler::ActivationDigits> parse_activations(const std::string& text) {
  if (text == "8") return compiler::ActivationDigits::a8;
  if (text == "15") return compiler::ActivationDigits::a15;
  if (text == "auto") return std::nullopt;
  throw UserError({.what = fmt::format("activations of '{}' bits cannot be had", text),
                   .where = "--activations",
                   .expected = "8, 15 or auto",
                   .remedy = "auto chooses for each matrix"});
}

/// The options of the command line as the compiler wants them.
struct Settled {
  isa::Card card;
  compiler::CompileOptions how;
  bool automatic = false;
};

Settled settle(const Model& model, const CompilationOptions& options) {
  Settled out;
  const auto digits = parse_activations(options.activations.value_or("auto"));
  out.automatic = !digits;
  out.how.activations = digits.value_or(compiler::ActivationDigits::a15);
  out.how.scheme = scheme_of(model, options.scheme);
  out.how.context = options.context;
  out.card = isa::load_card(options.card.value_or(usual_card));
  if (options.or_less && out.how.context > 0) {
    const std::size_t most = compiler::largest_context(model, out.card, out.how);
    if (most > 0) out.how.context = most;
  }
  return out;
}

/// What the recipe file makes of the model where one is named: it is then compiled with the codes that it has.
std::shared_ptr<const Model> recoded(const Model& model, CompilationOptions& options, ThreadPool& pool) {
  if (!options.scheme || !options.scheme->ends_with(".json")) return nullptr;
  auto out = compress::rounded_by(compress::parse_request(*options.scheme), model, *options.scheme, pool);
  options.scheme = "keep";
  return out;
}

/// Gives `program` the digits that the tokens say, and the reasons. What is chosen must not depend on the context, so a
/// program too short for the text has one beside it that is not.
CompiledModel with_chosen_digits(const Model& model, const isa::Program& program, Settled settled,
                                 std::span<const int> tokens, const std::function<void(double)>& progress,
                                 ThreadPool& pool) {
  settled.how.context = tokens.size();
  const std::size_t window = compiler::largest_context(model, settled.card, settled.how);
  std::optional<isa::Program> longer;
  if (program.positions < window) {
    settled.how.context = window;
    longer = compiler::compile(model, settled.card, settled.how, pool);
  }
  ChosenDigits chosen = choose_digits(model, longer ? *longer : program, tokens, window, pool, progress);
  const std::vector<compiler::DigitPlace> all = compiler::digit_places(program);
  std::vector<compiler::DigitPlace> places;
  places.reserve(chosen.places.size());
  for (const std::size_t place : chosen.places) places.push_back(all.at(place));
  return {.program = compiler::with_one_digit(program, places), .digits = std::move(chosen.report)};
}

}  // namespace

compress::Scheme scheme_of(const Model& model, const std::optional<std::string>& text) {
  if (!text) return compress::default_scheme(model);
  compress::Scheme scheme = compress::parse_scheme(*text);
  if (scheme.mean && model.has_weights) {
    throw UserError({.what = "a mean of different widths needs to know what each matrix can bear",
                     .where = fmt::format("scheme '{}'", *text),
                     .expected = "one width for all matrices, or a shape without weights, whose sizes alone count",
                     .remedy = "let `godwit compress` choose them, and take the folder that it writes"});
  }
  return scheme;
}

CompiledModel compile_and_report(const Model& given, const CompilationOptions& asked, ThreadPool& pool) {
  CompilationOptions options = asked;
  const auto own = recoded(given, options, pool);
  const Model& model = own != nullptr ? *own : given;
  Settled settled = settle(model, options);
  compiler::CompileOptions visibly = settled.how;
  if (options.progress) {
    visibly.progress = [&](const std::string& /*name*/, double share) { options.progress(share); };
  }
  isa::Program program = compiler::compile(model, settled.card, visibly, pool);
  if (settled.automatic && model.has_weights) {
    const std::vector<int> tokens = calibration_tokens(model);
    if (tokens.size() >= least_calibration) {
      CompiledModel out = with_chosen_digits(model, program, std::move(settled), tokens, options.calibration, pool);
      out.recoded = own;
      return out;
    }
  }
  DigitReport report = report_digits(program);
  return {.program = std::move(program), .digits = std::move(report), .recoded = own};
}

isa::Program compile_model(const Model& model, const CompilationOptions& options, ThreadPool& pool) {
  return compile_and_report(model, options, pool).program;
}

std::vector<std::pair<std::string, std::string>> describe_compilation(const Model& given,
                                                                      const CompilationOptions& asked,
                                                                      ThreadPool& pool) {
  CompilationOptions options = asked;
  const auto own = recoded(given, options, pool);
  const Model& model = own != nullptr ? *own : given;
  const Settled settled = settle(model, options);
  return compiler::describe_passes(model, settled.card, settled.how);
}

}  // namespace godwit
