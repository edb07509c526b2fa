#include "runtime/block_errors.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/error.h"
#include "compiler/rewrite.h"
#include "golden/machine.h"
#include "isa/codec.h"
#include "model/reference/reference.h"

namespace godwit {
namespace {

template <class Op>
const Op* as(const isa::Instruction& instruction) {
  return std::get_if<Op>(&instruction);
}

/// The index of the last layer of block `block`, -1: of what comes before the first.
std::size_t last_layer(const Model& model, int block) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    if (block < 0 && model.layers[i].block >= 0) return last;
    if (model.layers[i].block == block) last = i;
  }
  return last;
}

/// Where a program is cut off: its loop over the blocks goes `rounds` times, if it has one, and the instruction at
/// `end` ends it.
struct Cut {
  std::size_t end = 0;
  std::uint32_t rounds = 0;
};

/// What there is to find in a program.
struct Landmarks {
  std::uint32_t residual = 0;        // where the residual stream lies in the vector memory
  std::vector<std::size_t> appends;  // that write keys
  std::optional<std::size_t> loop;   // over the blocks
  std::vector<Cut> cuts;             // after the embedding, and after each block
};

/// Whether reals are written to `place`.
bool writes(const isa::Instruction& instruction, std::uint32_t place) {
  if (const auto* matmul = as<isa::op::Matmul>(instruction)) return matmul->to == place;
  if (const auto* norm = as<isa::op::Norm>(instruction)) return norm->to == place;
  if (const auto* combine = as<isa::op::Combine>(instruction)) return combine->to == place;
  return false;
}

/// The loop around an instruction, if there is one.
std::optional<std::size_t> loop_around(const std::vector<isa::Instruction>& code, std::size_t at) {
  for (std::size_t i = at; i-- > 0;) {
    const auto* loop = as<isa::op::Loop>(code[i]);
    if (loop != nullptr && at <= i + loop->body) return i;
  }
  return std::nullopt;
}

/// Whether a norm stands between the last block and the head.
bool has_final_norm(const Model& model) {
  return std::ranges::any_of(
      model.layers.begin() + static_cast<std::ptrdiff_t>(last_layer(model, -1)) + 1, model.layers.end(),
      [](const Layer& layer) { return layer.block < 0 && std::holds_alternative<Norm>(layer.operation); });
}

Landmarks find_landmarks(const std::vector<isa::Instruction>& code, const Model& model) {
  const auto blocks = static_cast<std::uint32_t>(model.config.layers);
  Landmarks out;
  std::optional<std::size_t> first;  // reader of the residual stream
  std::size_t behind = code.size();  // where what follows the blocks may write over it: the final norm, or the head
  std::size_t last_norm = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const auto* norm = as<isa::op::Norm>(code[i]);
    const auto* quantise = as<isa::op::Quantise>(code[i]);
    if (!first && (norm != nullptr || quantise != nullptr)) {
      first = i;
      out.residual = norm != nullptr ? norm->from : quantise->from;
    }
    const auto* append = as<isa::op::Append>(code[i]);
    if (append != nullptr && append->cache == isa::Cache::key) out.appends.push_back(i);
    if (norm != nullptr) last_norm = i;
    if (as<isa::op::Head>(code[i]) != nullptr) behind = has_final_norm(model) ? last_norm : i;
  }
  if (!first || out.appends.empty()) return out;
  out.loop = loop_around(code, out.appends.front());
  out.cuts.push_back({.end = *first, .rounds = blocks});
  if (out.loop) {
    const std::size_t end = *out.loop + 1 + std::get<isa::op::Loop>(code[*out.loop]).body;
    for (std::uint32_t kept = 1; kept <= blocks; ++kept) out.cuts.push_back({.end = end, .rounds = kept});
    return out;
  }
  for (std::size_t block = 0; block < out.appends.size(); ++block) {
    const bool last = block + 1 == out.appends.size();
    std::size_t at = last ? behind : out.appends[block + 1];
    while (at > out.appends[block] && !writes(code[at - 1], out.residual)) --at;
    out.cuts.push_back({.end = at});
  }
  return out;
}

/// Without semaphores: golden goes in program order anyway, and they would not come out even.
isa::Instruction unordered(isa::Instruction instruction) {
  std::visit(
      [](auto& op) {
        op.wait_a = op.wait_b = isa::no_semaphore;
        op.signal_a = op.signal_b = isa::no_semaphore;
      },
      instruction);
  return instruction;
}

isa::Program shortened(const isa::Program& program, std::vector<isa::Instruction> code,
                       const std::optional<std::size_t>& loop, const Cut& cut) {
  if (loop) std::get<isa::op::Loop>(code[*loop]).count = cut.rounds;
  code[cut.end] = isa::op::End{};
  isa::Program out = program;
  std::ranges::transform(code, out.instructions.begin(),
                         [](const isa::Instruction& i) { return isa::encode(unordered(i)); });
  return out;
}

/// A model that gives the values of `layer` in place of logits.
std::shared_ptr<const Model> cut_after(const Model& model, std::size_t layer) {
  Model out = model;
  out.layers.resize(layer + 1);
  const std::size_t width = out.layers.back().width;
  const auto identity = std::make_shared<std::vector<float>>(width * width, 0.0F);
  for (std::size_t i = 0; i < width; ++i) (*identity)[i * width + i] = 1;
  Linear head;
  head.weight.tensor = {.name = "identity",
                        .type = DType::f32,
                        .shape = {width, width},
                        .data = std::as_bytes(std::span(*identity)),
                        .owner = identity};
  head.head = true;
  out.layers.push_back({.name = "identity",
                        .block = -1,
                        .operation = std::move(head),
                        .inputs = {{.layer = static_cast<int>(layer), .offset = 0, .width = width}},
                        .width = width});
  return std::make_shared<const Model>(std::move(out));
}

/// The residual stream of all tokens on golden, [tokens][width].
std::vector<double> golden_values(const isa::Program& program, std::uint32_t place, std::size_t width,
                                  std::span<const int> tokens, ThreadPool& pool) {
  golden::Machine machine(program, pool);
  machine.write(0, program.ids_address, std::as_bytes(tokens));
  const std::size_t stride = (width + isa::block_rows - 1) / isa::block_rows * isa::block_rows;
  std::vector<double> out;
  for (std::size_t at = 0; at < tokens.size(); at += program.chunk) {
    const std::size_t count = std::min<std::size_t>(program.chunk, tokens.size() - at);
    machine.run({.position = static_cast<std::uint32_t>(at), .tokens = static_cast<std::uint32_t>(count)});
    const auto memory = machine.vector_memory().subspan(place);
    for (std::size_t t = 0; t < count; ++t) {
      for (const std::int32_t real : memory.subspan(t * stride, width)) {
        out.push_back(std::ldexp(static_cast<double>(real), -program.fraction_bits));
      }
    }
  }
  return out;
}

BlockError compare(std::string name, std::span<const float> wanted, std::span<const double> got, int fraction_bits) {
  ensure(wanted.size() == got.size(), "blocks of different sizes");
  double error = 0;
  double all = 0;
  BlockError out;
  out.name = std::move(name);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double x = wanted[i];
    error += (got[i] - x) * (got[i] - x);
    all += x * x;
    out.largest = std::max(out.largest, std::abs(x));
  }
  out.relative_error = all > 0 ? std::sqrt(error / all) : 0;
  constexpr int real_bits = 31;
  out.headroom_bits = out.largest > 0 ? real_bits - fraction_bits - std::log2(out.largest) : real_bits;
  return out;
}

}  // namespace

std::vector<BlockError> compare_blocks(const Model& model, const isa::Program& program, std::span<const int> tokens,
                                       ThreadPool& pool, const std::function<void()>& done) {
  const auto code = compiler::instructions_of(program);
  const Landmarks marks = find_landmarks(code, model);
  ensure(marks.cuts.size() == program.layers + 1, "a program whose blocks cannot be told apart");
  std::vector<BlockError> out;
  for (std::size_t kept = 0; kept < marks.cuts.size(); ++kept) {
    const std::size_t layer = last_layer(model, static_cast<int>(kept) - 1);
    const auto reference_model = cut_after(model, layer);
    KvCache cache(*reference_model, tokens.size());
    Reference reference(reference_model, pool);
    const auto wanted = reference.forward(tokens, cache, Logits::all);
    const isa::Program part = shortened(program, code, marks.loop, marks.cuts[kept]);
    const auto got = golden_values(part, marks.residual, model.layers[layer].width, tokens, pool);
    out.push_back(compare(model.layers[layer].name, wanted, got, program.fraction_bits));
    done();
  }
  return out;
}

}  // namespace godwit
