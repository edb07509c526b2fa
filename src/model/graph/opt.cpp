// OPT: learned positions that start at row 2, layer norms before each branch (after it in OPT-350M), a ReLU MLP, and in
// OPT-350M an embedding narrower than the model with a projection at either end.

#include "model/graph/builder.h"

namespace godwit {
namespace {

bool projected(const ModelConfig& c) {
  return c.embedding_dim != c.hidden;
}

}  // namespace

// `attention_bias` is OPT's enable_bias (every matrix), `norm_affine` whether its norms have weights and biases.
std::vector<TensorSpec> plan_opt(const ModelConfig& c) {
  PlanWriter plan;
  const auto norm = [&](const char* name, const char* gguf) {
    if (c.norm_affine) plan.norm(name, gguf, c.hidden, !c.rms_norms);
  };
  const bool bias = c.attention_bias;
  plan.table("embed_tokens", "token_embd", c.vocabulary, c.embedding_dim);
  plan.table("embed_positions", "position_embd", c.context + c.position_offset, c.hidden);
  if (projected(c)) {
    plan.linear("project_out", "project_out", c.embedding_dim, c.hidden, false);
    plan.linear("project_in", "project_in", c.hidden, c.embedding_dim, false);
  }
  if (c.final_norm) norm("final_layer_norm", "output_norm");
  for (std::size_t i = 0; i < c.layers; ++i) {
    plan.block(i);
    plan.linear("layers.{}.self_attn.k_proj", "blk.{}.attn_k", c.hidden, c.hidden, bias);
    plan.linear("layers.{}.self_attn.v_proj", "blk.{}.attn_v", c.hidden, c.hidden, bias);
    plan.linear("layers.{}.self_attn.q_proj", "blk.{}.attn_q", c.hidden, c.hidden, bias);
    plan.linear("layers.{}.self_attn.out_proj", "blk.{}.attn_output", c.hidden, c.hidden, bias);
    norm("layers.{}.self_attn_layer_norm", "blk.{}.attn_norm");
    plan.linear("layers.{}.fc1", "blk.{}.ffn_up", c.intermediate, c.hidden, bias);
    plan.linear("layers.{}.fc2", "blk.{}.ffn_down", c.hidden, c.intermediate, bias);
    norm("layers.{}.final_layer_norm", "blk.{}.ffn_norm");
  }
  if (!c.tied_head) plan.linear("lm_head", "output", c.vocabulary, c.embedding_dim, c.head_bias);
  return plan.take();
}

std::vector<Layer> build_opt(const ModelConfig& c, const Weights& weights) {
  GraphWriter g(weights);
  const auto kind = c.rms_norms ? Norm::Kind::rms : Norm::Kind::layer;
  const auto norm = [&](const char* name, Value in) { return g.norm(name, in, kind, c.norm_epsilon); };
  Value x = g.embedding("embed_tokens");
  if (projected(c)) x = g.linear("project_in", x);
  x = g.position("embed_positions", x, c.position_offset);
  for (std::size_t i = 0; i < c.layers; ++i) {
    g.block(static_cast<int>(i));
    const Value attention_in = c.norm_first ? norm("layers.{}.self_attn_layer_norm", x) : x;
    const Value q = g.linear("layers.{}.self_attn.q_proj", attention_in);
    const Value k = g.linear("layers.{}.self_attn.k_proj", attention_in);
    const Value v = g.linear("layers.{}.self_attn.v_proj", attention_in);
    const Value mixed =
        g.attention("layers.{}.self_attn", q, k, v,
                    {.heads = c.heads, .kv_heads = c.kv_heads, .head_dim = c.head_dim, .scale = c.attention_scale});
    x = g.add("layers.{}.self_attn.residual", x, g.linear("layers.{}.self_attn.out_proj", mixed));
    if (!c.norm_first) x = norm("layers.{}.self_attn_layer_norm", x);
    const Value mlp_in = c.norm_first ? norm("layers.{}.final_layer_norm", x) : x;
    const Value wide = g.activate("layers.{}.activation_fn", g.linear("layers.{}.fc1", mlp_in), c.activation);
    x = g.add("layers.{}.mlp.residual", x, g.linear("layers.{}.fc2", wide));
    if (!c.norm_first) x = norm("layers.{}.final_layer_norm", x);
  }
  g.block(-1);
  if (c.final_norm) x = norm("final_layer_norm", x);
  if (projected(c)) x = g.linear("project_out", x);
  g.head(c.tied_head ? "embed_tokens" : "lm_head", x);
  return g.take();
}

}  // namespace godwit
