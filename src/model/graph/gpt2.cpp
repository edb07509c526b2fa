// GPT-2: learned positions, layer norms before each branch, one fused matrix for q, k and v, a GELU MLP.

#include "model/graph/builder.h"

namespace godwit {

std::vector<TensorSpec> plan_gpt2(const ModelConfig& c) {
  PlanWriter plan;
  plan.table("wte", "token_embd", c.vocabulary, c.hidden);
  plan.table("wpe", "position_embd", c.context, c.hidden);
  for (std::size_t i = 0; i < c.layers; ++i) {
    plan.block(i);
    plan.norm("h.{}.ln_1", "blk.{}.attn_norm", c.hidden, !c.rms_norms);
    plan.linear("h.{}.attn.c_attn", "blk.{}.attn_qkv", 3 * c.hidden, c.hidden, true, true);
    plan.linear("h.{}.attn.c_proj", "blk.{}.attn_output", c.hidden, c.hidden, true, true);
    plan.norm("h.{}.ln_2", "blk.{}.ffn_norm", c.hidden, !c.rms_norms);
    plan.linear("h.{}.mlp.c_fc", "blk.{}.ffn_up", c.intermediate, c.hidden, true, true);
    plan.linear("h.{}.mlp.c_proj", "blk.{}.ffn_down", c.hidden, c.intermediate, true, true);
  }
  plan.norm("ln_f", "output_norm", c.hidden, !c.rms_norms);
  if (!c.tied_head) plan.linear("lm_head", "output", c.vocabulary, c.hidden, c.head_bias);
  return plan.take();
}

std::vector<Layer> build_gpt2(const ModelConfig& c, const Weights& weights) {
  GraphWriter g(weights);
  const auto kind = c.rms_norms ? Norm::Kind::rms : Norm::Kind::layer;
  Value x = g.position("wpe", g.embedding("wte"), 0);
  for (std::size_t i = 0; i < c.layers; ++i) {
    g.block(static_cast<int>(i));
    const Value attention_in = g.norm("h.{}.ln_1", x, kind, c.norm_epsilon);
    const Value qkv = g.linear("h.{}.attn.c_attn", attention_in);
    const double by_layer = c.scale_by_layer ? 1.0 / static_cast<double>(i + 1) : 1.0;
    const Value mixed = g.attention(
        "h.{}.attn", slice(qkv, 0, c.hidden), slice(qkv, 1, c.hidden), slice(qkv, 2, c.hidden),
        {.heads = c.heads, .kv_heads = c.kv_heads, .head_dim = c.head_dim, .scale = c.attention_scale * by_layer});
    x = g.add("h.{}.attn.residual", x, g.linear("h.{}.attn.c_proj", mixed));
    const Value mlp_in = g.norm("h.{}.ln_2", x, kind, c.norm_epsilon);
    const Value wide = g.activate("h.{}.mlp.act", g.linear("h.{}.mlp.c_fc", mlp_in), c.activation);
    x = g.add("h.{}.mlp.residual", x, g.linear("h.{}.mlp.c_proj", wide));
  }
  g.block(-1);
  g.head(c.tied_head ? "wte" : "lm_head", g.norm("ln_f", x, kind, c.norm_epsilon));
  return g.take();
}

}  // namespace godwit
