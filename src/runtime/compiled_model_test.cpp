// Small models of every family, compiled and run by golden, against the fp32 reference; and what must hold bit for bit.

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "compiler/order_check.h"
#include "compiler/profile.h"
#include "compiler/traffic.h"
#include "golden/machine.h"
#include "model/graph/plan.h"
#include "model/reference/reference.h"
#include "model/shapes.h"

namespace godwit {
namespace {

using Logits32 = std::vector<std::vector<std::int32_t>>;  // [tokens][vocabulary]

constexpr std::size_t context = 48;

struct Family {
  const char* name;
  const char* like;
  std::size_t layers;
  std::size_t head_dim;
  std::size_t kv_heads;
  bool unlike = false;  // the second block has another activation, so that blocks are no loop
};

std::shared_ptr<const Model> small(const Family& family) {
  auto model = std::make_shared<Model>();
  ModelConfig& c = model->config;
  c = known_shape(family.like);
  c.layers = family.layers;
  c.heads = 4;
  c.kv_heads = family.kv_heads;
  c.head_dim = family.head_dim;
  c.hidden = c.heads * c.head_dim;
  c.intermediate = 2 * c.hidden + 24;  // no whole chunks of inputs
  c.vocabulary = 203;
  c.context = context;
  if (c.architecture == Architecture::llama) c.rope_dim = c.head_dim / 4 * 2;  // half of each head turns
  c.embedding_dim = std::string(family.like) == "opt-350m" ? 48 : c.hidden;
  c.attention_scale = 1 / std::sqrt(static_cast<double>(c.head_dim));
  // Larger than a shape's usual weights, so that attention has something to choose.
  Weights weights = random_weights(c, 3);
  for (auto& [name, tensor] : weights.tensors) {
    if (tensor.shape.size() != 2) continue;
    auto values = std::make_shared<std::vector<float>>(to_floats(tensor));
    for (float& w : *values) w *= 4;
    tensor.data = std::as_bytes(std::span(*values));
    tensor.owner = values;
  }
  model->layers = build_graph(c, weights);
  for (Layer& layer : model->layers) {
    auto* activate = std::get_if<Activate>(&layer.operation);
    if (family.unlike && activate != nullptr && layer.block == 1) activate->function = Activation::relu;
  }
  model->has_weights = true;
  return model;
}

std::vector<int> some_tokens(std::size_t count, std::size_t vocabulary) {
  std::vector<int> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back(static_cast<int>((i * i * 31 + 7 * i + 11) % vocabulary));
  return tokens;
}

isa::Program compiled(const Model& model, const compress::Scheme& scheme, compiler::ActivationDigits digits) {
  isa::Card card = isa::load_card("nano");
  ThreadPool pool(1);
  compiler::CompileOptions options;
  options.scheme = scheme;
  options.activations = digits;
  return compiler::compile(model, card, options, pool);
}

class Runner {
 public:
  Runner(const isa::Program& program, ThreadPool& pool) : program_(program), machine_(program, pool) {}

  /// Logits of every token, fed in pieces of `piece` tokens.
  Logits32 feed(const std::vector<int>& tokens, std::size_t piece) {
    Logits32 all;
    for (std::size_t first = 0; first < tokens.size(); first += piece) {
      const std::size_t count = std::min(piece, tokens.size() - first);
      write_ids(tokens, first, count);
      machine_.run(start(first, count, true));
      for (std::size_t t = 0; t < count; ++t) {
        auto& row = all.emplace_back(program_.vocabulary);
        machine_.read(0, program_.logits_address + 4 * t * program_.row_logits, std::as_writable_bytes(std::span(row)));
      }
    }
    return all;
  }

  /// All tokens in one start; the best logit's token and what it is.
  std::pair<std::uint32_t, std::int32_t> best_after(const std::vector<int>& tokens) {
    write_ids(tokens, 0, tokens.size());
    machine_.run(start(0, tokens.size(), false));
    std::vector<std::uint32_t> result(isa::result_words);
    machine_.read(0, program_.result_address, std::as_writable_bytes(std::span(result)));
    return {result[0], static_cast<std::int32_t>(result[8])};
  }

  void decode(const std::vector<int>& tokens, std::size_t at) {
    write_ids(tokens, at, 1);
    machine_.run(start(at, 1, false));
  }

  [[nodiscard]] const golden::Counters& counters() const { return machine_.counters(); }

 private:
  static golden::HostRegisters start(std::size_t position, std::size_t tokens, bool spill) {
    golden::HostRegisters host;
    host.position = static_cast<std::uint32_t>(position);
    host.tokens = static_cast<std::uint32_t>(tokens);
    host.spill = spill;
    return host;
  }
  void write_ids(const std::vector<int>& tokens, std::size_t first, std::size_t count) {
    machine_.write(0, program_.ids_address + 4 * first, std::as_bytes(std::span(tokens).subspan(first, count)));
  }

  const isa::Program& program_;
  golden::Machine machine_;
};

/// Root mean square of the difference over that of the reference's logits less their mean.
double relative_error(const Logits32& got, std::span<const float> wanted, int fraction_bits) {
  double error = 0;
  double power = 0;
  for (std::size_t t = 0; t < got.size(); ++t) {
    const auto row = wanted.subspan(t * got[t].size(), got[t].size());
    double mean = 0;
    for (const float x : row) mean += static_cast<double>(x) / static_cast<double>(row.size());
    for (std::size_t v = 0; v < row.size(); ++v) {
      error += std::pow(std::ldexp(got[t][v], -fraction_bits) - static_cast<double>(row[v]), 2);
      power += std::pow(static_cast<double>(row[v]) - mean, 2);
    }
  }
  return std::sqrt(error / power);
}

class CompiledModel : public testing::TestWithParam<Family> {
 protected:
  void SetUp() override {
    KvCache cache(*model_, context);
    Reference reference(model_, pool_);
    const auto logits = reference.forward(tokens_, cache, Logits::all);
    wanted_.assign(logits.begin(), logits.end());
  }

  ThreadPool pool_{1};
  std::shared_ptr<const Model> model_ = small(GetParam());
  std::vector<int> tokens_ = some_tokens(45, model_->config.vocabulary);
  std::vector<float> wanted_;
};

TEST_P(CompiledModel, LogitsAreThoseOfTheReference) {
  const isa::Program program = compiled(*model_, {}, compiler::ActivationDigits::a15);
  const Logits32 got = Runner(program, pool_).feed(tokens_, program.chunk);
  EXPECT_LT(relative_error(got, wanted_, program.fraction_bits), 0.03);
  EXPECT_GT(relative_error(got, wanted_, program.fraction_bits), 0.0001);
}

TEST_P(CompiledModel, FewerBitsCostMore) {
  const auto error = [&](const char* scheme, compiler::ActivationDigits digits) {
    const isa::Program program = compiled(*model_, compress::parse_scheme(scheme), digits);
    return relative_error(Runner(program, pool_).feed(tokens_, program.chunk), wanted_, program.fraction_bits);
  };
  const double w8 = error("w8", compiler::ActivationDigits::a15);
  EXPECT_LT(error("w6g32", compiler::ActivationDigits::a15), 0.1);
  EXPECT_LT(error("w4g32", compiler::ActivationDigits::a15), 0.35);
  const double a8 = error("w8", compiler::ActivationDigits::a8);
  EXPECT_GT(a8, w8);
  EXPECT_LT(a8, 0.1);
}

TEST_P(CompiledModel, ATokensLogitsDoNotDependOnHowThePromptWasCut) {
  for (const auto digits : {compiler::ActivationDigits::a15, compiler::ActivationDigits::a8}) {
    for (const char* scheme : {"w8", "w4-n8"}) {
      const isa::Program program = compiled(*model_, compress::parse_scheme(scheme), digits);
      ASSERT_GT(program.chunk, 2);
      const Logits32 whole = Runner(program, pool_).feed(tokens_, program.chunk);
      EXPECT_EQ(Runner(program, pool_).feed(tokens_, 1), whole);
      EXPECT_EQ(Runner(program, pool_).feed(tokens_, program.chunk - 1), whole);
      const auto [token, logit] = Runner(program, pool_).best_after(tokens_);
      EXPECT_EQ(logit, std::ranges::max(whole.back()));
      EXPECT_EQ(logit, whole.back()[token]);
    }
  }
}

TEST_P(CompiledModel, TrafficIsWhatTheMachineCounts) {
  const isa::Program program = compiled(*model_, {}, compiler::ActivationDigits::a15);
  Runner runner(program, pool_);
  runner.feed(tokens_, program.chunk);
  runner.decode(tokens_, 40);
  const golden::Counters& counted = runner.counters();
  const compiler::Traffic traffic = compiler::traffic_per_token(program, 41);
  EXPECT_EQ(traffic.weights, counted.weights);
  EXPECT_EQ(traffic.kv_read, counted.kv_read);
  EXPECT_EQ(traffic.kv_write, counted.kv_write);
  EXPECT_EQ(traffic.vectors, counted.vectors);
  EXPECT_EQ(traffic.activations, 0);
  EXPECT_EQ(counted.activations, 0);
  const compiler::DecodeProfile profile = compiler::profile_decode(program, 41);
  EXPECT_EQ(profile.instructions, counted.instructions);
  EXPECT_EQ(profile.macs(), counted.macs);
  // 203 tokens are fewer than the 256 that the result block has room for.
  EXPECT_EQ(traffic.logits - 2 * 4 * (256 - 203), counted.logits);
}

TEST_P(CompiledModel, UnitsOfAnySpeedKeepItsOrder) {
  const isa::Program program = compiled(*model_, {}, compiler::ActivationDigits::a15);
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    EXPECT_EQ(compiler::check_order(program, {.start = {.tokens = program.chunk + 1, .more = 2}, .seed = seed}),
              std::nullopt);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Families, CompiledModel,
    testing::Values(Family{"Gpt2", "gpt2", 3, 16, 4}, Family{"Gpt2OneLayer", "gpt2", 1, 32, 4},
                    Family{"Gpt2OddHeads", "gpt2", 2, 20, 4}, Family{"Gpt2UnlikeBlocks", "gpt2", 3, 16, 4, true},
                    Family{"Llama", "llama2-7b", 3, 32, 4}, Family{"LlamaSharedHeads", "smollm2-135m", 2, 48, 2},
                    Family{"LlamaOneKvHead", "smollm2-135m", 2, 16, 1}, Family{"Opt", "opt-125m", 2, 16, 4},
                    Family{"OptNormsAfter", "opt-350m", 3, 16, 4}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace godwit
