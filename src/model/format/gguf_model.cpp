#include "model/format/gguf_model.h"

#include "base/error.h"
#include "model/graph/plan.h"

namespace godwit {

Model build_gguf_model(const GgufFile& file) {
  Model model;
  model.config = read_gguf_config(file);
  Weights weights;
  for (const TensorSpec& spec : plan_tensors(model.config)) {
    const auto at = file.tensors().find(spec.gguf);
    if (at == file.tensors().end()) fail_missing(spec.gguf, file.name(), spec);
    weights.tensors.emplace(spec.name, checked(at->second, spec.shape));
  }
  model.layers = build_graph(model.config, weights);
  model.has_weights = true;
  model.chat_template = file.text("tokenizer.chat_template").value_or("");
  return model;
}

std::optional<GgufVocabulary> read_gguf_vocabulary(const GgufFile& file) {
  const auto model = file.text("tokenizer.ggml.model");
  if (!model) return {};
  GgufVocabulary out;
  out.model = *model;
  out.pre = file.text("tokenizer.ggml.pre").value_or("");
  out.tokens = file.texts("tokenizer.ggml.tokens");
  out.scores = file.floats("tokenizer.ggml.scores");
  out.types = file.integers("tokenizer.ggml.token_type");
  out.merges = file.texts("tokenizer.ggml.merges");
  out.bos = file.token("tokenizer.ggml.bos_token_id");
  out.eos = file.token("tokenizer.ggml.eos_token_id");
  out.unk = file.token("tokenizer.ggml.unknown_token_id");
  out.pad = file.token("tokenizer.ggml.padding_token_id");
  out.add_bos = file.flag("tokenizer.ggml.add_bos_token");
  out.add_eos = file.flag("tokenizer.ggml.add_eos_token");
  out.add_space_prefix = file.flag("tokenizer.ggml.add_space_prefix");
  out.source = file.name();
  return out;
}

}  // namespace godwit
