// A plan as text, a line a step.

#include <fmt/core.h>
#include <variant>

#include "compiler/plan.h"

namespace godwit::compiler {
namespace {

class Writer {
 public:
  Writer(const Plan& plan, const Section& section) : plan_(plan), section_(section) {}

  std::string write(const std::vector<Step>& steps) {
    std::string text;
    for (const Step& step : steps) text += "  " + std::visit(*this, step) + "\n";
    return text;
  }

  std::string operator()(const step::Embed& s) const { return fmt::format("embed -> {}", buffer(s.to)); }
  std::string operator()(const step::Position& s) const {
    return fmt::format("{} + position -> {}", buffer(s.from), buffer(s.to));
  }
  std::string operator()(const step::Norm& s) const {
    return fmt::format("{} norm {} ({}) -> {}", name(isa::norm_names, s.kind), of(s.norm).norms[at(s.norm)].name,
                       buffer(s.from), buffer(s.to));
  }
  std::string operator()(const step::Quantise& s) const {
    return fmt::format("A{} digits of {} -> {}", s.two_digits ? 15 : 8, buffer(s.from), buffer(s.to));
  }
  std::string operator()(const step::Product& s) const {
    std::string text = matrix(s.matrix, s.from);
    if (s.activation != isa::Activation::none) text += fmt::format(", {}", name(isa::activation_names, s.activation));
    if (s.combine != isa::Combine::none) {
      text += fmt::format(", {} {}", name(isa::combine_names, s.combine), buffer(s.other));
    }
    return text + " -> " + buffer(s.to);
  }
  std::string operator()(const step::Attend& s) const {
    std::string text;
    for (std::size_t i = 0; i < s.matrices.size(); ++i) {
      if (i == 0 || s.matrices[i] != s.matrices[i - 1]) text += matrix(s.matrices[i], s.from) + ", ";
    }
    return text + "attention -> " + buffer(s.to);
  }
  std::string operator()(const step::Combine& s) const {
    return fmt::format("{} of {}, {} {} -> {}", name(isa::activation_names, s.activation), buffer(s.from),
                       name(isa::combine_names, s.combine), buffer(s.other), buffer(s.to));
  }
  std::string operator()(const step::Head& s) const { return matrix(s.matrix, s.from) + " -> logits"; }

 private:
  template <class Names, class Enum>
  static std::string_view name(const Names& names, Enum value) {
    return names[static_cast<std::size_t>(value)];
  }
  static std::size_t at(Ref ref) { return static_cast<std::size_t>(ref.index); }
  const Section& of(Ref ref) const { return ref.local ? section_ : plan_.shared; }
  const std::string& buffer(Ref ref) const { return of(ref).buffers[at(ref)].name; }
  std::string matrix(Ref ref, Ref from) const {
    const MatrixPlan& m = of(ref).matrices[at(ref)];
    return fmt::format("{} [{} x {}, {}{}] x {}", m.source.name, m.descriptor.rows, m.descriptor.inputs,
                       coding_name(m.coding), m.descriptor.bias ? ", bias" : "", buffer(from));
  }

  const Plan& plan_;
  const Section& section_;
};

}  // namespace

std::string text_of(const Plan& plan) {
  std::string text = "before the blocks\n" + Writer(plan, plan.shared).write(plan.before);
  for (std::size_t b = 0; b < plan.blocks.size(); ++b) {
    text += fmt::format("block {}{}\n", b, plan.alike ? ", and the others alike" : "");
    text += Writer(plan, plan.blocks[b]).write(plan.blocks[b].steps);
    if (plan.alike) break;
  }
  text += "after the blocks\n" + Writer(plan, plan.shared).write(plan.after);
  return text + "head\n" + Writer(plan, plan.shared).write(plan.head);
}

}  // namespace godwit::compiler
