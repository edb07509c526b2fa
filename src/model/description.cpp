#include "model/description.h"

#include <array>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "model/config_text.h"
#include "model/format/gguf_model.h"
#include "model/format/hf_folder.h"
#include "model/graph/plan.h"
#include "model/load.h"
#include "model/shapes.h"
#include "model/texts.h"
#include "model/tokenizer/load.h"

namespace godwit {
namespace {

constexpr const char* config_name = own_config_name;
constexpr const char* template_name = "chat_template.jinja";
constexpr const char* gguf_name = gguf_vocabulary_name;

void add_tokenizer(const std::filesystem::path& path, Description& parts) {
  if (!std::filesystem::is_directory(path)) {
    const auto file = MappedFile::open(path);
    parts[gguf_name] = GgufFile::parse(file->bytes(), path.string(), file).metadata_file();
    return;
  }
  const FolderTexts folder(path);
  if (const auto vocabulary = folder.read(gguf_name)) {
    parts[gguf_name] = *vocabulary;
    return;
  }
  for (const char* name : hf_tokenizer_files) {
    if (const auto text = folder.read(name)) {
      parts[name] = *text;
      if (std::string_view(name) == hf_tokenizer_files.front()) return;  // it says all
    }
  }
}

std::shared_ptr<const Tokenizer> tokenizer_of(const Description& parts, const std::string& where) {
  const auto gguf = parts.find(gguf_name);
  if (gguf == parts.end()) return load_hf_tokenizer(KeptTexts(parts, where));
  const auto bytes = std::make_shared<const std::string>(gguf->second);
  const GgufFile file = GgufFile::parse(std::as_bytes(std::span(*bytes)), where + ", " + gguf_name, bytes);
  const auto vocabulary = read_gguf_vocabulary(file);
  return vocabulary ? make_gguf_tokenizer(*vocabulary) : nullptr;
}

}  // namespace

Description describe_model(const std::string& name, const Model& model) {
  Description parts;
  parts[config_name] = config_text(model.config);
  if (!model.chat_template.empty()) parts[template_name] = model.chat_template;
  if (model.tokenizer) add_tokenizer(name == "embedded" ? embedded_folder() : name, parts);
  return parts;
}

std::shared_ptr<const Model> described_model(const Description& parts, const std::string& where) {
  const auto config = parts.find(config_name);
  if (config == parts.end()) {
    throw UserError({.what = "the file has a program, but no model",
                     .where = where,
                     .expected = "a description of the model that the program runs",
                     .remedy = "make the file with godwit compile"});
  }
  Model model;
  model.config = parse_config_text(config->second, where + ", " + config_name);
  model.layers = build_graph(model.config, empty_weights(model.config));
  model.tokenizer = tokenizer_of(parts, where);
  if (const auto chat = parts.find(template_name); chat != parts.end()) model.chat_template = chat->second;
  return std::make_shared<const Model>(std::move(model));
}

}  // namespace godwit
