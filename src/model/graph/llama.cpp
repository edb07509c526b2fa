// LLaMA: RMS norms before each branch, rotary positions, grouped queries, a gated MLP.

#include "model/graph/builder.h"

namespace godwit {

std::vector<TensorSpec> plan_llama(const ModelConfig& c) {
  PlanWriter plan;
  const std::size_t q = c.heads * c.head_dim;
  const std::size_t kv = c.kv_heads * c.head_dim;
  plan.table("embed_tokens", "token_embd", c.vocabulary, c.hidden);
  for (std::size_t i = 0; i < c.layers; ++i) {
    plan.block(i);
    plan.linear("layers.{}.self_attn.q_proj", "blk.{}.attn_q", q, c.hidden, c.attention_bias);
    plan.linear("layers.{}.self_attn.k_proj", "blk.{}.attn_k", kv, c.hidden, c.attention_bias);
    plan.linear("layers.{}.self_attn.v_proj", "blk.{}.attn_v", kv, c.hidden, c.attention_bias);
    plan.linear("layers.{}.self_attn.o_proj", "blk.{}.attn_output", c.hidden, q, c.attention_bias);
    plan.linear("layers.{}.mlp.gate_proj", "blk.{}.ffn_gate", c.intermediate, c.hidden, c.mlp_bias);
    plan.linear("layers.{}.mlp.up_proj", "blk.{}.ffn_up", c.intermediate, c.hidden, c.mlp_bias);
    plan.linear("layers.{}.mlp.down_proj", "blk.{}.ffn_down", c.hidden, c.intermediate, c.mlp_bias);
    plan.norm("layers.{}.input_layernorm", "blk.{}.attn_norm", c.hidden, false);
    plan.norm("layers.{}.post_attention_layernorm", "blk.{}.ffn_norm", c.hidden, false);
  }
  plan.norm("norm", "output_norm", c.hidden, false);
  if (!c.tied_head) plan.linear("lm_head", "output", c.vocabulary, c.hidden, false);
  return plan.take();
}

std::vector<Layer> build_llama(const ModelConfig& c, const Weights& weights) {
  GraphWriter g(weights);
  const auto turn = [&](const char* name, Value in) {
    return g.rope(name, in, c.head_dim, c.rope_dim, c.rope_interleaved);
  };
  Value x = g.embedding("embed_tokens");
  for (std::size_t i = 0; i < c.layers; ++i) {
    g.block(static_cast<int>(i));
    const Value attention_in = g.norm("layers.{}.input_layernorm", x, Norm::Kind::rms, c.norm_epsilon);
    const Value q = g.linear("layers.{}.self_attn.q_proj", attention_in);
    const Value k = g.linear("layers.{}.self_attn.k_proj", attention_in);
    const Value v = g.linear("layers.{}.self_attn.v_proj", attention_in);
    const Value turned_q = turn("layers.{}.self_attn.q_rope", q);
    const Value turned_k = turn("layers.{}.self_attn.k_rope", k);
    const Value mixed =
        g.attention("layers.{}.self_attn", turned_q, turned_k, v,
                    {.heads = c.heads, .kv_heads = c.kv_heads, .head_dim = c.head_dim, .scale = c.attention_scale});
    x = g.add("layers.{}.self_attn.residual", x, g.linear("layers.{}.self_attn.o_proj", mixed));
    const Value mlp_in = g.norm("layers.{}.post_attention_layernorm", x, Norm::Kind::rms, c.norm_epsilon);
    const Value gate = g.activate("layers.{}.mlp.act_fn", g.linear("layers.{}.mlp.gate_proj", mlp_in), c.activation);
    const Value gated = g.multiply("layers.{}.mlp.gated", gate, g.linear("layers.{}.mlp.up_proj", mlp_in));
    x = g.add("layers.{}.mlp.residual", x, g.linear("layers.{}.mlp.down_proj", gated));
  }
  g.block(-1);
  g.head(c.tied_head ? "embed_tokens" : "lm_head", g.norm("norm", x, Norm::Kind::rms, c.norm_epsilon));
  return g.take();
}

}  // namespace godwit
