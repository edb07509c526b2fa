#include "compiler/compile.h"

#include <algorithm>

#include "base/error.h"
#include "compiler/image.h"
#include "compiler/layout.h"
#include "compiler/lower.h"
#include "compiler/passes.h"
#include "compiler/plan.h"
#include "compiler/synchronise.h"
#include "isa/codec.h"
#include "isa/functions.h"
#include "isa/sizes.h"

namespace godwit::compiler {
namespace {

std::uint32_t capacity_of(std::size_t context) {
  return static_cast<std::uint32_t>(isa::round_up(context, isa::block_inputs));
}

bool fits(const Lowered& lowered, const isa::Card& card) {
  return lowered.reals_needed <= static_cast<std::uint64_t>(card.vector_reals) &&
         lowered.words_needed <= static_cast<std::uint64_t>(card.activation_words);
}

Lowered lower_for(const Plan& plan, const isa::Card& card, std::uint32_t capacity, std::uint32_t chunk) {
  return lower(plan, lay_out(plan, card, capacity, chunk, 0), chunk);
}

/// The most positions up to `most` for which a chunk of `chunk` tokens fits on chip, and if `with_memory` everything
/// into the channels; 0 if there are none.
std::uint32_t largest_capacity(const Plan& plan, const isa::Card& card, std::uint32_t most, std::uint32_t chunk,
                               bool with_memory) {
  const auto holds = [&](std::uint32_t blocks) {
    const std::uint32_t capacity = blocks * isa::block_inputs;
    if (with_memory && lay_out(plan, card, capacity, chunk, 0).bytes > card.channel_bytes) return false;
    return fits(lower_for(plan, card, capacity, chunk), card);
  };
  std::uint32_t low = 0;  // in blocks of 16
  std::uint32_t high = most / isa::block_inputs + 1;
  while (high - low > 1) {
    const std::uint32_t middle = (low + high) / 2;
    (holds(middle) ? low : high) = middle;
  }
  return low * isa::block_inputs;
}

[[noreturn]] void refuse_context(const Plan& plan, const isa::Card& card, std::uint32_t capacity) {
  const Lowered lowered = lower_for(plan, card, capacity, 1);
  const bool reals = lowered.reals_needed > static_cast<std::uint64_t>(card.vector_reals);
  const std::uint32_t largest = largest_capacity(plan, card, capacity, 1, false);
  throw UserError({.what = reals ? fmt::format("one token at a context of {} takes {} reals of vector memory", capacity,
                                               lowered.reals_needed)
                                 : fmt::format("one token at a context of {} takes {} words of activation memory",
                                               capacity, lowered.words_needed),
                   .where = fmt::format("card {}", card.name),
                   .expected = reals ? fmt::format("at most {} reals", card.vector_reals)
                                     : fmt::format("at most {} words", card.activation_words),
                   .remedy = largest > 0 ? fmt::format("give --context {} or less, or take a larger card", largest)
                                         : "take a larger card: this one is too small for the model at any context"});
}

/// The most tokens of a chunk that the passes of a slice allow.
std::uint32_t longest_chunk(const Plan& plan, const isa::Card& card) {
  return static_cast<std::uint32_t>(card.most_tokens) / plan.attention.sharing();
}

/// The largest chunk that fits.
std::uint32_t chunk_for(const Plan& plan, const isa::Card& card, std::uint32_t capacity) {
  const std::uint32_t sharing = plan.attention.sharing();
  if (sharing > static_cast<std::uint32_t>(card.most_tokens)) {
    throw UserError({.what = fmt::format("{} query heads share each head of keys and values", sharing),
                     .where = fmt::format("card {}", card.name),
                     .expected = fmt::format("at most {}, the passes of a slice", card.most_tokens),
                     .remedy = "take a card with more passes (most_tokens)"});
  }
  for (std::uint32_t chunk = longest_chunk(plan, card); chunk > 0; --chunk) {
    if (fits(lower_for(plan, card, capacity, chunk), card)) return chunk;
  }
  refuse_context(plan, card, capacity);
}

constexpr std::size_t most_positions = 32768;  // of a row of attention weights

/// Of `asked` positions, or where that is 0 the model's, as many as fit beside a chunk of `chunk` tokens.
std::uint32_t fitting(const Model& model, const Plan& plan, const isa::Card& card, std::size_t asked,
                      std::uint32_t chunk) {
  const std::size_t wanted =
      std::min({asked == 0 ? model.config.context : asked, model.config.context, most_positions});
  const auto most = static_cast<std::uint32_t>(wanted);
  return std::min(most, largest_capacity(plan, card, capacity_of(most), chunk, true));
}

/// usual_context().
std::uint32_t balanced(const Model& model, const Plan& plan, const isa::Card& card) {
  constexpr std::uint32_t enough_tokens = 4;
  constexpr std::uint32_t enough_positions = 1024;
  const std::uint32_t chunk = std::clamp(longest_chunk(plan, card), 1U, enough_tokens);
  return std::max(fitting(model, plan, card, 0, chunk), fitting(model, plan, card, enough_positions, 1));
}

/// The positions asked for, or the usual ones.
std::uint32_t context_of(const Model& model, const Plan& plan, const isa::Card& card, std::size_t asked) {
  const std::size_t own = model.config.context;
  if (asked > std::min(own, most_positions)) {
    throw UserError({.what = fmt::format("a context of {} positions", asked),
                     .where = model.config.name,
                     .expected = asked > own ? fmt::format("at most the model's {}", own)
                                             : fmt::format("at most {}, which attention can weigh", most_positions),
                     .remedy = "give a smaller --context"});
  }
  if (asked != 0) return static_cast<std::uint32_t>(asked);
  // Where nothing fits, one position says why.
  return std::max(balanced(model, plan, card), 1U);
}

void check_options(const CompileOptions& options) {
  if (options.fraction_bits >= isa::least_fraction_bits && options.fraction_bits <= isa::most_fraction_bits) return;
  throw UserError({.what = fmt::format("reals of {} fraction bits", options.fraction_bits),
                   .where = {},
                   .expected = fmt::format("{} to {}", isa::least_fraction_bits, isa::most_fraction_bits),
                   .remedy = "leave the option out"});
}

std::vector<isa::Descriptor> descriptors_of(const Plan& plan, const Layout& layout) {
  std::vector<isa::Descriptor> list;
  const auto add = [&](const MatrixPlan& m) {
    list.push_back(m.descriptor);
    list.back().offset = layout.matrices[list.size() - 1] / isa::granule_bytes;
  };
  for (const Section& block : plan.blocks) std::ranges::for_each(block.matrices, add);
  std::ranges::for_each(plan.shared.matrices, add);
  return list;
}

std::vector<isa::MatrixNote> notes_of(const Plan& plan) {
  std::vector<isa::MatrixNote> notes;
  const auto add = [&](const MatrixPlan& m) {
    const auto number = static_cast<std::uint32_t>(notes.size());
    notes.push_back({.name = m.source.name,
                     .descriptor = number,
                     .scheme = fmt::format("{} A{}", coding_name(m.coding), m.descriptor.two_digits ? 15 : 8)});
  };
  for (const Section& block : plan.blocks) std::ranges::for_each(block.matrices, add);
  std::ranges::for_each(plan.shared.matrices, add);
  return notes;
}

struct Passes {
  std::uint32_t context = 0;
  std::uint32_t chunk = 0;
  Plan plan;
  Layout layout;
  Lowered lowered;
  Synchronised synchronised;
  std::vector<isa::Descriptor> descriptors;
};

Passes run_passes(const Model& model, const isa::Card& card, const CompileOptions& options) {
  check_options(options);
  Passes p;
  p.plan = plan_model(model, options, card.slices);
  p.context = context_of(model, p.plan, card, options.context);
  const std::uint32_t capacity = capacity_of(p.context);
  p.chunk = chunk_for(p.plan, card, capacity);
  // Instructions come last, so that their number changes no address.
  p.layout = lay_out(p.plan, card, capacity, p.chunk, 0);
  p.lowered = lower(p.plan, p.layout, p.chunk);
  p.descriptors = descriptors_of(p.plan, p.layout);
  p.synchronised = synchronise(p.lowered.listing, p.chunk, p.layout.cache, p.descriptors);
  p.layout = lay_out(p.plan, card, capacity, p.chunk, p.synchronised.listing.code.size());
  check_room(p.layout, card);
  return p;
}

}  // namespace

std::size_t largest_context(const Model& model, const isa::Card& card, const CompileOptions& options) {
  return fitting(model, plan_model(model, options, card.slices), card, options.context, 1);
}

std::size_t usual_context(const Model& model, const isa::Card& card, const CompileOptions& options) {
  return balanced(model, plan_model(model, options, card.slices), card);
}

isa::Program compile(const Model& model, const isa::Card& card, const CompileOptions& options, ThreadPool& pool) {
  const Passes p = run_passes(model, card, options);
  isa::Program program;
  program.card = card;
  program.fraction_bits = options.fraction_bits;
  for (const isa::Instruction& i : p.synchronised.listing.code) program.instructions.push_back(isa::encode(i));
  for (const isa::Descriptor& d : p.descriptors) program.descriptors.push_back(isa::encode(d));
  program.code_address = p.layout.code;
  program.descriptor_address = p.layout.descriptors;
  program.ids_address = p.layout.ids;
  program.result_address = p.layout.result;
  program.logits_address = p.layout.logits;
  program.channel_bytes = p.layout.bytes;
  program.cache = p.layout.cache;
  program.key_offset = p.layout.key_offset;
  program.value_offset = p.layout.value_offset;
  program.layer_stride = p.layout.layer_stride;
  program.layers = static_cast<std::uint32_t>(p.plan.blocks.size());
  program.chunk = p.chunk;
  program.positions = p.context;
  program.vocabulary = static_cast<std::uint32_t>(model.config.vocabulary);
  program.row_logits = p.layout.row_logits;
  program.matrices = notes_of(p.plan);
  Image image = make_image(model, p.plan, p.layout, card, p.context, options.fraction_bits, program.descriptors,
                           program.instructions, pool, options.progress);
  program.segments = std::move(image.segments);
  program.owner = std::move(image.owner);
  return program;
}

std::vector<std::pair<std::string, std::string>> describe_passes(const Model& model, const isa::Card& card,
                                                                 const CompileOptions& options) {
  const Passes p = run_passes(model, card, options);
  return {{"plan", text_of(p.plan)},
          {"vector memory", text_of(p.lowered.reals)},
          {"activation memory", text_of(p.lowered.activations)},
          {"lowered", text_of(p.lowered.listing)},
          {"order", text_of(p.synchronised, p.lowered.listing)},
          {"synchronised", text_of(p.synchronised.listing)},
          {"memory", text_of(p.layout)}};
}

}  // namespace godwit::compiler
