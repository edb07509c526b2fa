// A Hugging Face folder: tokenizer.json, or the older vocab.json with merges.txt and the files that name special
// tokens.

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/core.h>
#include <map>
#include <utility>

#include "model/tokenizer/bpe.h"
#include "model/tokenizer/hf_components.h"
#include "model/tokenizer/hf_tokenizer.h"
#include "model/tokenizer/load.h"

namespace godwit {
namespace {

constexpr std::array special_keys = {"bos_token", "eos_token", "unk_token", "sep_token",
                                     "pad_token", "cls_token", "mask_token"};

/// The tree of a file, null if there is no such file.
nlohmann::json read_json_if_there(const Texts& files, const std::string& name) {
  const auto text = files.read(name);
  return text ? parse_json(*text, files.place(name)) : nlohmann::json(nullptr);
}

/// Lines of merges.txt: "left right", after a line "#version".
std::vector<std::pair<std::string_view, std::string_view>> read_merge_lines(std::string_view text, const Place& place) {
  std::vector<std::pair<std::string_view, std::string_view>> merges;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("#version")) continue;
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || line.find(' ', blank + 1) != std::string_view::npos) {
      Place{place.source, fmt::format("line {}", number)}.refuse(fmt::format("\"{}\" is not a merge", line),
                                                                 "two tokens with a blank between");
    }
    merges.emplace_back(line.substr(0, blank), line.substr(blank + 1));
  }
  return merges;
}

/// The added tokens of the folder, by content.
class AddedTokenFiles {
 public:
  AddedTokenFiles(const Texts& files, const Vocabulary& vocabulary) : vocabulary_(vocabulary) {
    config_ = read_json_if_there(files, "tokenizer_config.json");
    const std::string config_name = files.place("tokenizer_config.json");
    if (!config_.is_null()) {
      const JsonNode config(config_, {config_name, {}});
      read_decoder_table(config.member("added_tokens_decoder"));
      read_special(config);
    }
    const nlohmann::json map = read_json_if_there(files, "special_tokens_map.json");
    if (!map.is_null()) read_special(JsonNode(map, {files.place("special_tokens_map.json"), {}}));
    const nlohmann::json added = read_json_if_there(files, "added_tokens.json");
    if (!added.is_null()) read_added(JsonNode(added, {files.place("added_tokens.json"), {}}));
    if (tokens_.empty() && vocabulary_.find("<|endoftext|>")) {
      AddedToken end;
      end.content = "<|endoftext|>";
      end.special = true;
      note(std::move(end), {}, Place{config_name, {}});
    }
  }

  [[nodiscard]] JsonNode config(const Texts& files) const {
    static const nlohmann::json nothing = nlohmann::json::object();
    return {config_.is_null() ? nothing : config_, {files.place("tokenizer_config.json"), {}}};
  }

  /// With ids: the vocabulary's, else the files' own, else the next free one.
  std::vector<AddedToken> take() {
    int next = vocabulary_.size();
    for (const auto& [content, id] : ids_) next = std::max(next, id + 1);
    for (AddedToken& token : tokens_) {
      const std::optional<int> known = vocabulary_.find(token.content);
      const auto own = ids_.find(token.content);
      token.id = known ? *known : own != ids_.end() ? own->second : next++;
    }
    return std::move(tokens_);
  }

 private:
  void note(AddedToken token, std::optional<int> id, const Place& place) {
    const std::optional<int> known = vocabulary_.find(token.content);
    if (id) {
      const bool other = (known && *known != *id) || (!known && vocabulary_.has(*id));
      const auto [at, fresh] = ids_.emplace(token.content, *id);
      if (other || (!fresh && at->second != *id)) {
        place.refuse(fmt::format("the added token \"{}\" has id {}, against the other files", token.content, *id),
                     "one id a token");
      }
    }
    const auto same =
        std::find_if(tokens_.begin(), tokens_.end(), [&](const AddedToken& t) { return t.content == token.content; });
    if (same == tokens_.end()) tokens_.push_back(std::move(token));
  }

  /// "<s>", or {"content": "<s>", "lstrip": false, ...}.
  static AddedToken read_token(const JsonNode& node, bool special) {
    AddedToken token;
    token.special = special;
    if (node.value().is_string()) {
      token.content = node.text();
      return token;
    }
    token.content = node.need("content").text();
    token.single_word = node.member("single_word").boolean(false);
    token.lstrip = node.member("lstrip").boolean(false);
    token.rstrip = node.member("rstrip").boolean(false);
    token.normalized = node.member("normalized").boolean(false);
    token.special = node.member("special").boolean(special);
    return token;
  }

  void read_special(const JsonNode& node) {
    for (const char* key : special_keys) {
      const JsonNode token = node.member(key);
      if (!token.is_null()) note(read_token(token, true), {}, token.place());
    }
    const JsonNode more = node.member("additional_special_tokens");
    for (std::size_t i = 0; !more.is_null() && i < more.count(); ++i)
      note(read_token(more.element(i), true), {}, more.place());
  }

  void read_decoder_table(const JsonNode& node) {
    if (node.is_null()) return;
    if (!node.value().is_object()) node.refuse("this is not an object", "an object of \"id\": token");
    for (const auto& [key, value] : node.value().items()) {
      int id = -1;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
      if (error != std::errc() || end != key.data() + key.size() || id < 0 || id >= most_ids) {
        node.refuse(fmt::format("\"{}\" is not an id", key), fmt::format("an integer from 0 to {}", most_ids - 1));
      }
      note(read_token(JsonNode(value, node.place().at(key)), false), id, node.place().at(key));
    }
  }

  void read_added(const JsonNode& node) {
    if (!node.value().is_object()) node.refuse("this is not an object", "an object of \"token\": id");
    for (const auto& [content, value] : node.value().items()) {
      const JsonNode id(value, node.place().at(content));
      AddedToken token;
      token.content = content;
      note(token, id.integer(0, most_ids - 1), id.place());
    }
  }

  const Vocabulary& vocabulary_;
  nlohmann::json config_;
  std::vector<AddedToken> tokens_;
  std::map<std::string, int> ids_;
};

std::shared_ptr<const Tokenizer> load_gpt2_files(const Texts& files, const std::string& vocabulary_text,
                                                 const std::string& merges_text) {
  const std::string vocabulary_name = files.place("vocab.json");
  const nlohmann::json tree = parse_json(vocabulary_text, vocabulary_name);
  HfParts parts;
  parts.vocabulary = read_vocabulary(JsonNode(tree, {vocabulary_name, {}}));
  const auto merges = read_merge_lines(merges_text, {files.place("merges.txt"), {}});
  BpeOptions options;
  options.byte_level = true;
  parts.model = std::make_unique<BpeModel>(parts.vocabulary, merges, options, Place{files.place("merges.txt"), {}});
  AddedTokenFiles added_files(files, *parts.vocabulary);
  const JsonNode config = added_files.config(files);
  if (config.member("add_prefix_space").boolean(false)) parts.steps.push_back(prefix_space_pre_tokenizer());
  parts.steps.push_back(gpt2_split_pre_tokenizer());
  std::vector<AddedToken> added = added_files.take();
  if (const JsonNode bos = config.member("add_bos_token"); bos.boolean(false)) {
    const JsonNode name = config.need("bos_token");
    const std::string content = name.value().is_string() ? name.text() : name.need("content").text();
    const auto at = std::find_if(added.begin(), added.end(), [&](const AddedToken& t) { return t.content == content; });
    if (at != added.end()) parts.head.push_back(at->id);
  }
  parts.added = AddedTokens(std::move(added), nullptr, config.place());
  parts.decoder = byte_level_decoder();
  parts.byte_level_decoder = true;
  parts.token_bytes = TokenBytes::alphabet;
  return make_hf_tokenizer(std::move(parts));
}

}  // namespace

std::shared_ptr<const Tokenizer> load_hf_tokenizer(const Texts& files) {
  if (const auto whole = files.read("tokenizer.json")) return parse_hf_tokenizer(*whole, files.place("tokenizer.json"));
  const auto vocabulary = files.read("vocab.json");
  const auto merges = files.read("merges.txt");
  if (vocabulary.has_value() != merges.has_value()) {
    const char* has = vocabulary ? "vocab.json" : "merges.txt";
    const char* lacks = vocabulary ? "merges.txt" : "vocab.json";
    throw UserError({.what = fmt::format("the tokenizer has {} without {}", has, lacks),
                     .where = files.place(lacks),
                     .expected = "both, or tokenizer.json",
                     .remedy = "take the tokenizer's files from the checkpoint again"});
  }
  return vocabulary ? load_gpt2_files(files, *vocabulary, *merges) : nullptr;
}

std::shared_ptr<const Tokenizer> load_hf_tokenizer(const std::filesystem::path& folder) {
  return load_hf_tokenizer(FolderTexts(folder));
}

}  // namespace godwit
