#include "model/load.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/places.h"
#include "model/description.h"
#include "model/format/gguf_model.h"
#include "model/format/hf_folder.h"
#include "model/shapes.h"
#include "model/tokenizer/load.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view shape_prefix = "shape:";
constexpr const char* model_kinds =
    "a Hugging Face folder, a .gguf file, 'embedded', or a shape such as 'shape:distilgpt2'";

bool is_shape(const std::string& name) {
  return name.starts_with(shape_prefix);
}

Model load_shape(std::string_view text) {
  const ShapeRequest request = parse_shape(text);
  Model model;
  model.config = known_shape(request.name);
  model.has_weights = request.seed.has_value();
  model.layers = build_graph(model.config,
                             request.seed ? random_weights(model.config, *request.seed) : empty_weights(model.config));
  return model;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// "embedded" as its folder, anything else as it is; throws unless it exists.
fs::path existing_path(const std::string& name) {
  fs::path path = name == "embedded" ? embedded_folder() : name;
  std::error_code ignored;
  if (fs::exists(path, ignored)) return path;
  throw UserError({.what = fmt::format("there is no model '{}'", name),
                   .where = path.string(),
                   .expected = model_kinds,
                   .remedy = "check the path"});
}

[[noreturn]] void fail_kind(const fs::path& path) {
  throw UserError({.what = "this file is not a model that godwit reads",
                   .where = path.string(),
                   .expected = model_kinds,
                   .remedy = "for safetensors, give the folder that holds them and config.json"});
}

// Opens a file that begins as GGUF files do, whatever it is called.
GgufFile open_gguf(const fs::path& path) {
  const auto file = MappedFile::open(path);
  constexpr std::string_view magic = "GGUF";
  const auto bytes = file->bytes();
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), magic.size()));
  if (start != magic && path.extension() != ".gguf") fail_kind(path);
  return GgufFile::parse(bytes, path.string(), file);
}

Model load_gguf(const fs::path& path) {
  const GgufFile file = open_gguf(path);
  Model model = build_gguf_model(file);
  if (model.config.name.empty()) model.config.name = path.stem().string();
  if (const auto vocabulary = read_gguf_vocabulary(file)) model.tokenizer = make_gguf_tokenizer(*vocabulary);
  return model;
}

std::shared_ptr<const Tokenizer> load_gguf_tokenizer(const fs::path& path) {
  if (const auto vocabulary = read_gguf_vocabulary(open_gguf(path))) return make_gguf_tokenizer(*vocabulary);
  throw UserError({.what = "the file has no vocabulary",
                   .where = path.string(),
                   .expected = "the metadata key 'tokenizer.ggml.model'",
                   .remedy = "take a GGUF file with its tokenizer"});
}

std::shared_ptr<const Tokenizer> load_folder_tokenizer(const fs::path& path) {
  const fs::path vocabulary = path / gguf_vocabulary_name;
  std::error_code ignored;
  if (!fs::exists(vocabulary, ignored)) return load_hf_tokenizer(path);
  return load_gguf_tokenizer(vocabulary);
}

Model load_folder(const fs::path& path) {
  Model model = load_hf_folder(path);
  model.tokenizer = load_folder_tokenizer(path);
  model.chat_template = hf_chat_template(path);
  return model;
}

}  // namespace

std::shared_ptr<const Model> load_model(const std::string& name) {
  if (is_shape(name))
    return std::make_shared<const Model>(load_shape(std::string_view(name).substr(shape_prefix.size())));
  const fs::path path = existing_path(name);
  return std::make_shared<const Model>(is_folder(path) ? load_folder(path) : load_gguf(path));
}

std::shared_ptr<const Tokenizer> load_tokenizer(const std::string& name) {
  if (is_shape(name)) {
    throw UserError({.what = "a shape has no tokenizer",
                     .where = name,
                     .expected = "a Hugging Face folder, a .gguf file or 'embedded'",
                     .remedy = "give token ids instead of text (--tokens), or take a checkpoint"});
  }
  const fs::path path = existing_path(name);
  if (!is_folder(path)) return load_gguf_tokenizer(path);
  if (auto tokenizer = load_folder_tokenizer(path)) return tokenizer;
  throw UserError({.what = "the folder has no tokenizer",
                   .where = path.string(),
                   .expected = "tokenizer.json, or vocab.json and merges.txt",
                   .remedy = "download these files, too"});
}

std::string embedded_folder() {
  return (program_folder("models", "GODWIT_MODELS") / "kjv").string();
}

}  // namespace godwit
