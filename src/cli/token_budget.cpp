#include "cli/token_budget.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/error.h"
#include "compiler/compile.h"
#include "compiler/traffic.h"
#include "cyclesim/dram/pattern.h"
#include "isa/card.h"

namespace godwit {
namespace {

constexpr std::size_t usual_context = 128;

/// One channel's, sequential reads through the slice's port.
double channel_bytes_per_second(const isa::Card& card) {
  const DramDevice memory = find_device(card.memory);
  const DramRun run = run_pattern(memory, {}, 0);
  const double seconds = static_cast<double>(run.cycles) * memory.clock_ns * 1e-9;
  return std::min(static_cast<double>(run.bytes) / seconds, card.port_bytes * card.frequency_mhz * 1e6);
}

}  // namespace

TokenBudget token_budget(const Model& model, const std::string& card_name, double tokens_per_second, ThreadPool& pool) {
  const isa::Card card = isa::load_card(card_name);
  if (card.memory.empty()) {
    throw UserError({.what = "the card does not say what memory it has",
                     .where = fmt::format("card {}", card.name),
                     .expected = "a card whose memory is known",
                     .remedy = "give --target-bits or --max-ppl-increase, or a card such as u280"});
  }
  Model shape = model;  // counting needs no weights
  shape.has_weights = false;
  compiler::CompileOptions options;
  options.scheme = {.bits = 4, .group = 64};
  options.context = std::min(usual_context, model.config.context);
  if (const std::size_t most = compiler::largest_context(shape, card, options); most > 0) options.context = most;
  const isa::Program program = compiler::compile(shape, card, options, pool);
  const compiler::Traffic traffic = compiler::traffic_per_token(program, program.positions);

  TokenBudget out;
  out.context = program.positions;
  out.bytes_per_second = card.slices * channel_bytes_per_second(card);
  out.other_bytes = traffic.kv_read + traffic.kv_write + traffic.vectors + traffic.activations + traffic.instructions +
                    traffic.logits;
  const double left = out.bytes_per_second / tokens_per_second - static_cast<double>(out.other_bytes);
  if (left < 1) {
    throw UserError({.what = fmt::format("{} tokens a second leave no bytes for weights", tokens_per_second),
                     .where = fmt::format("card {}", card.name),
                     .expected = fmt::format("at most {:.0f}, where everything but weights fills the memory's time",
                                             out.bytes_per_second / static_cast<double>(out.other_bytes)),
                     .remedy = "ask for fewer, or take a card with more bandwidth"});
  }
  out.weight_bytes = static_cast<std::uint64_t>(left);
  return out;
}

}  // namespace godwit
