#include "model/format/hf_folder.h"

#include <array>
#include <fmt/ranges.h>
#include <map>
#include <unordered_set>

#include "base/error.h"
#include "base/file.h"
#include "model/config_text.h"
#include "model/format/coded_tensors.h"
#include "model/format/hf_config.h"
#include "model/format/json.h"
#include "model/format/safetensors.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;

constexpr const char* coded_head = "lm_head.weight";

// What cannot be looked at is not there; opening it would say why.
bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

TensorIndex open_safetensors(const fs::path& path) {
  const auto file = MappedFile::open(path);
  return parse_safetensors(file->bytes(), path.string(), file);
}

// model.safetensors.index.json: {"weight_map": {tensor: file beside it}}.
TensorIndex open_sharded(const fs::path& folder, const fs::path& index_path) {
  const std::string index_name = index_path.string();
  const Json json = Json::parse(read_text(index_path), index_name);
  const auto map = json.find("weight_map");
  if (!map) {
    throw UserError({.what = "the index has no 'weight_map'",
                     .where = index_name,
                     .expected = "an object that names a file for every tensor",
                     .remedy = "get the file again"});
  }
  std::map<std::string, TensorIndex> shards;
  TensorIndex all;
  for (const auto& [tensor, entry] : map->fields()) {
    const std::string file = entry.as_text();
    if (file.empty() || fs::path(file).filename() != file || file == "." || file == "..") {
      throw UserError({.what = fmt::format("the index names the file '{}'", file),
                       .where = entry.where(),
                       .expected = "the name of a file in the same folder",
                       .remedy = "get the file again"});
    }
    auto shard = shards.find(file);
    if (shard == shards.end()) shard = shards.emplace(file, open_safetensors(folder / file)).first;
    const auto found = shard->second.find(tensor);
    if (found == shard->second.end()) {
      throw UserError({.what = fmt::format("the tensor '{}' is not in the file that the index names", tensor),
                       .where = (folder / file).string(),
                       .expected = "the tensor, as " + index_path.filename().string() + " says",
                       .remedy = "index and files are of different checkpoints: get all of them again"});
    }
    all.emplace(tensor, found->second);
  }
  return all;
}

struct Stored {
  TensorIndex tensors;
  CodedMatrices coded;  // of a compressed checkpoint, as is
  Transforms transforms;
};

Stored open_single(const fs::path& path) {
  const auto file = MappedFile::open(path);
  Stored stored{.tensors = parse_safetensors(file->bytes(), path.string(), file), .coded = {}, .transforms = {}};
  const auto texts = safetensors_metadata(file->bytes(), path.string());
  if (const auto list = texts.find(coded_key); list != texts.end()) {
    stored.coded = read_coded(stored.tensors, list->second, path.string());
    stored.transforms = read_transforms(list->second, path.string());
  }
  return stored;
}

Stored open_weights(const fs::path& folder) {
  const fs::path single = folder / "model.safetensors";
  if (is_there(single)) return open_single(single);
  const fs::path index = folder / "model.safetensors.index.json";
  if (is_there(index)) return {.tensors = open_sharded(folder, index), .coded = {}, .transforms = {}};
  const bool pickled = is_there(folder / "pytorch_model.bin") || is_there(folder / "pytorch_model.bin.index.json");
  throw UserError(
      {.what = pickled ? "the weights are only there as pytorch_model.bin, which godwit does not read"
                       : "the folder has no weights",
       .where = folder.string(),
       .expected = "model.safetensors, or model.safetensors.index.json with its files",
       .remedy = pickled ? "save the model again with transformers' save_pretrained()" : "download the weights, too"});
}

// What comes before a name of the plan in checkpoints, by how they were saved.
std::vector<std::string> prefixes(Architecture architecture) {
  switch (architecture) {
    case Architecture::gpt2:
      return {"transformer.", ""};
    case Architecture::llama:
      return {"model.", ""};
    case Architecture::opt:
      return {"model.decoder.", "decoder.", ""};
  }
  panic("an architecture without prefixes");
}

template <class Map>
auto find(const Map& map, const std::string& name) -> const Map::mapped_type* {
  const auto at = map.find(name);
  return at == map.end() ? nullptr : &at->second;
}

Tensor checked_coded(const std::string& name, const std::shared_ptr<const CodedMatrix>& matrix,
                     const std::vector<std::size_t>& shape, const std::string& where) {
  Tensor tensor = coded_tensor(name, matrix);
  if (tensor.shape == shape) return tensor;
  throw UserError({.what = fmt::format("the coded matrix '{}' has the shape [{}]", name, fmt::join(tensor.shape, ", ")),
                   .where = where,
                   .expected = fmt::format("[{}], as the configuration says", fmt::join(shape, ", ")),
                   .remedy = "configuration and weights are of different models: compress the model again"});
}

Weights pick(const ModelConfig& config, const Stored& stored_weights, const std::string& where) {
  const TensorIndex& index = stored_weights.tensors;
  const auto plan = plan_tensors(config);
  std::vector<std::string> tried = prefixes(config.architecture);
  std::string prefix = tried.front();
  for (const std::string& candidate : tried) {
    if (find(index, candidate + plan.front().name) == nullptr) continue;
    prefix = candidate;
    break;
  }
  Weights weights;
  if (const auto* head = find(stored_weights.coded, coded_head); head != nullptr && config.tied_head) {
    // The head's codes beside the embedding's rows: the same numbers, coded for the machine.
    weights.tensors.emplace(coded_head,
                            checked_coded(coded_head, *head, {config.vocabulary, plan.front().shape.at(1)}, where));
  }
  for (const TensorSpec& spec : plan) {
    if (const auto* coded = find(stored_weights.coded, spec.name)) {
      weights.tensors.emplace(spec.name, checked_coded(spec.name, *coded, spec.shape, where));
      continue;
    }
    const StoredTensor* stored = find(index, prefix + spec.name);
    if (stored == nullptr) stored = find(index, spec.name);  // lm_head stands outside
    if (stored == nullptr) fail_missing(prefix + spec.name, where, spec);
    std::vector<std::size_t> shape = spec.shape;
    if (spec.conv1d) {
      shape = {shape[1], shape[0]};
      weights.conv1d.insert(spec.name);
    }
    weights.tensors.emplace(spec.name, checked(*stored, shape));
  }
  return weights;
}

}  // namespace

Model load_hf_folder(const fs::path& folder) {
  const fs::path config_path = folder / "config.json";
  const fs::path own_path = folder / own_config_name;  // of a checkpoint that was compressed from another format
  const bool own = !is_there(config_path) && is_there(own_path);
  if (!own && !is_there(config_path)) {
    throw UserError({.what = "the folder has no config.json",
                     .where = folder.string(),
                     .expected = "a Hugging Face checkpoint: config.json, model.safetensors, tokenizer.json",
                     .remedy = "give the folder that holds these files"});
  }
  Model model;
  model.config = own ? parse_config_text(read_text(own_path), own_path.string())
                     : parse_hf_config(read_text(config_path), config_path.string());
  model.config.name = fs::absolute(folder).lexically_normal().filename().string();
  if (model.config.name.empty()) model.config.name = fs::absolute(folder).parent_path().filename().string();
  const fs::path generation = folder / "generation_config.json";
  if (!own && is_there(generation)) apply_generation_config(read_text(generation), generation.string(), model.config);
  const Stored stored = open_weights(folder);
  model.config.transforms = stored.transforms;
  model.layers = build_graph(model.config, pick(model.config, stored, folder.string()));
  model.has_weights = true;
  return model;
}

std::string hf_chat_template(const fs::path& folder) {
  const fs::path jinja = folder / "chat_template.jinja";
  if (is_there(jinja)) return read_text(jinja);
  const fs::path config_path = folder / "tokenizer_config.json";
  if (!is_there(config_path)) return {};
  const auto field = Json::parse(read_text(config_path), config_path.string()).find("chat_template");
  if (!field) return {};
  if (field->is_string()) return field->as_text();
  for (const Json& item : field->items()) {  // several, by name
    if (item.text("name") == "default") return item.text("template").value_or("");
  }
  return {};
}

}  // namespace godwit
