#include "model/load.h"

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
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

}  // namespace

std::shared_ptr<const Model> load_model(const std::string& name) {
  if (is_shape(name))
    return std::make_shared<const Model>(load_shape(std::string_view(name).substr(shape_prefix.size())));
  const fs::path path = existing_path(name);
  if (!fs::is_directory(path)) fail_kind(path);
  Model model = load_hf_folder(path);
  model.tokenizer = load_hf_tokenizer(path);
  model.chat_template = hf_chat_template(path);
  return std::make_shared<const Model>(std::move(model));
}

std::shared_ptr<const Tokenizer> load_tokenizer(const std::string& name) {
  if (is_shape(name)) {
    throw UserError({.what = "a shape has no tokenizer",
                     .where = name,
                     .expected = "a Hugging Face folder, a .gguf file or 'embedded'",
                     .remedy = "give token ids instead of text (--tokens), or take a checkpoint"});
  }
  const fs::path path = existing_path(name);
  if (!fs::is_directory(path)) fail_kind(path);
  if (auto tokenizer = load_hf_tokenizer(path)) return tokenizer;
  throw UserError({.what = "the folder has no tokenizer",
                   .where = path.string(),
                   .expected = "tokenizer.json, or vocab.json and merges.txt",
                   .remedy = "download these files, too"});
}

std::string embedded_folder() {
  constexpr const char* embedded_name = "kjv";
  if (const char* models = std::getenv("GODWIT_MODELS")) return (fs::path(models) / embedded_name).string();
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (fs::path folder = program.parent_path(); folder != folder.parent_path(); folder = folder.parent_path()) {
    const fs::path candidate = folder / "models" / embedded_name;
    if (fs::exists(candidate / "config.json", ignored)) return candidate.string();
  }
  return (program.parent_path() / "models" / embedded_name).string();
}

}  // namespace godwit
