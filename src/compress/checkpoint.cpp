#include "compress/checkpoint.h"

#include <array>
#include <ostream>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "model/description.h"
#include "model/format/coded_tensors.h"
#include "model/format/hf_config.h"
#include "model/format/hf_folder.h"
#include "model/load.h"

namespace godwit::compress {
namespace {

namespace fs = std::filesystem;

/// Besides the weights, all that a Hugging Face folder has for whoever runs the model.
constexpr std::array folder_files = {
    "config.json",         "generation_config.json",  "tokenizer.json",    "vocab.json",
    "merges.txt",          "special_tokens_map.json", "added_tokens.json", "tokenizer_config.json",
    "chat_template.jinja", gguf_vocabulary_name};

fs::path path_of(const std::string& source) {
  return source == "embedded" ? embedded_folder() : source;
}

void write_text(const fs::path& path, const std::string& text) {
  write_atomically(path, [&](std::ostream& out) { out << text; });
}

/// True if the source's configuration says what the model is: a rotated one may have become none of Hugging Face's.
bool still_holds(const fs::path& config_json, const ModelConfig& config) {
  if (config.rms_norms || config.head_bias) return false;
  return parse_hf_config(read_text(config_json), config_json.string()).tied_head == config.tied_head;
}

/// The tensors of a layer, as "NAME.weight" and "NAME.bias".
class Collector {
 public:
  std::vector<TensorToWrite> tensors;
  CodedMatrices coded;

  void add(const std::string& name, const Tensor& tensor) {
    if (tensor.name.empty()) return;  // ones that no checkpoint holds
    if (tensor.coded) {
      coded[name] = tensor.coded;
      add_coded(name, tensor.coded, tensors);
    } else if (!is_quantised(tensor.type)) {
      tensors.push_back({.name = name,
                         .type = info(tensor.type).name,
                         .shape = tensor.shape,
                         .data = tensor.data,
                         .owner = tensor.owner});
    } else {
      const auto values = std::make_shared<const std::vector<float>>(to_floats(tensor));
      tensors.push_back({.name = name,
                         .type = info(DType::f32).name,
                         .shape = tensor.shape,
                         .data = std::as_bytes(std::span(*values)),
                         .owner = values});
    }
  }
  void add(const std::string& name, const std::optional<Tensor>& tensor) {
    if (tensor) add(name, *tensor);
  }
  void add(const Layer& layer) {
    const std::string weight = layer.name + ".weight";
    const std::string bias = layer.name + ".bias";
    if (const auto* embedding = std::get_if<Embedding>(&layer.operation)) add(weight, embedding->table);
    if (const auto* position = std::get_if<PositionEmbedding>(&layer.operation)) add(weight, position->table);
    if (const auto* norm = std::get_if<Norm>(&layer.operation)) {
      add(weight, norm->weight);
      add(bias, norm->bias);
    }
    if (const auto* linear = std::get_if<Linear>(&layer.operation)) {
      ensure(linear->weight.tensor.coded != nullptr, "a compressed model's matrices are coded");
      add(weight, linear->weight.tensor);
      add(bias, linear->bias);
    }
  }
};

}  // namespace

void check_output(const fs::path& folder, const std::string& source) {
  std::error_code ignored;
  if (!fs::equivalent(path_of(source), folder, ignored)) return;
  throw UserError({.what = "the compressed checkpoint would be written over the model itself",
                   .where = folder.string(),
                   .expected = "another folder",
                   .remedy = "choose another one with -o"});
}

void write_checkpoint(const fs::path& folder, const Model& model, const std::string& source,
                      const std::map<std::string, std::string>& texts) {
  check_output(folder, source);
  const fs::path from = path_of(source);
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) {
    throw UserError({.what = "cannot make the folder: " + code.message(),
                     .where = folder.string(),
                     .expected = "a place that may be written",
                     .remedy = "choose another folder with -o"});
  }
  const bool copied = fs::exists(from / "config.json", code) && still_holds(from / "config.json", model.config);
  // What an earlier model may have left here would be read for this one's.
  for (const char* name : {"model.safetensors.index.json", own_config_name, gguf_vocabulary_name, "config.json",
                           "generation_config.json"}) {
    fs::remove(folder / name, code);
  }
  if (copied) {
    for (const char* name : folder_files) {
      if (fs::exists(from / name, code)) write_text(folder / name, read_text(from / name));
    }
  } else {
    for (const auto& [name, text] : describe_model(source, model)) write_text(folder / name, text);
  }
  for (const auto& [name, text] : texts) write_text(folder / name, text);

  Collector collector;
  for (const Layer& layer : model.layers) collector.add(layer);
  const std::map<std::string, std::string> metadata = {
      {"format", "pt"}, {coded_key, coded_list(collector.coded, model.config.transforms)}};
  write_atomically(folder / "model.safetensors",
                   [&](std::ostream& out) { write_safetensors(out, metadata, collector.tensors); });
}

}  // namespace godwit::compress
