// tokenizer.json.

#include <algorithm>
#include <fmt/core.h>
#include <unordered_map>
#include <utility>

#include "model/tokenizer/bpe.h"
#include "model/tokenizer/hf_components.h"
#include "model/tokenizer/hf_tokenizer.h"
#include "model/tokenizer/load.h"

namespace godwit {
namespace {

/// "a b", or ["a", "b"].
std::pair<std::string_view, std::string_view> read_merge(const JsonNode& list, std::size_t rank) {
  const nlohmann::json& merge = list.value()[rank];
  if (merge.is_string()) {
    const std::string_view text = merge.get_ref<const std::string&>();
    const std::size_t blank = text.find(' ');
    if (blank != std::string_view::npos && text.find(' ', blank + 1) == std::string_view::npos) {
      return {text.substr(0, blank), text.substr(blank + 1)};
    }
  } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return {merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>()};
  }
  list.place().at(rank).refuse("this is not a merge", "\"left right\" or [\"left\", \"right\"]");
}

void refuse_affix(const JsonNode& model, const char* key) {
  const JsonNode node = model.member(key);
  if (!node.is_null() && !node.text().empty()) node.refuse(fmt::format("a {} is not supported", key), "null");
}

std::unique_ptr<WordModel> read_model(const JsonNode& node, bool byte_level,
                                      std::shared_ptr<const Vocabulary> vocabulary) {
  refuse_affix(node, "continuing_subword_prefix");
  refuse_affix(node, "end_of_word_suffix");
  if (const JsonNode dropout = node.member("dropout");
      !dropout.is_null() && (!dropout.value().is_number() || dropout.value().get<double>() != 0)) {
    dropout.refuse("dropout makes tokens depend on chance", "null");
  }
  BpeOptions options;
  options.byte_level = byte_level;
  options.ignore_merges = node.member("ignore_merges").boolean(false);
  options.byte_fallback = node.member("byte_fallback").boolean(false);
  options.fuse_unk = node.member("fuse_unk").boolean(false);
  if (const JsonNode unk = node.member("unk_token"); !unk.is_null()) options.unk = unk.text();
  const JsonNode list = node.need("merges");
  std::vector<std::pair<std::string_view, std::string_view>> merges;
  merges.reserve(list.count());
  for (std::size_t rank = 0; rank < list.count(); ++rank) merges.push_back(read_merge(list, rank));
  return std::make_unique<BpeModel>(std::move(vocabulary), merges, options, node.place());
}

std::vector<AddedToken> read_added_tokens(const JsonNode& list, const Vocabulary& vocabulary) {
  std::vector<AddedToken> tokens;
  if (list.is_null()) return tokens;
  std::unordered_map<std::string, int> ids;
  std::unordered_map<int, std::string> contents;
  for (std::size_t i = 0; i < list.count(); ++i) {
    const JsonNode node = list.element(i);
    AddedToken token;
    token.id = node.need("id").integer(0, most_ids - 1);
    token.content = node.need("content").text();
    token.single_word = node.member("single_word").boolean(false);
    token.lstrip = node.member("lstrip").boolean(false);
    token.rstrip = node.member("rstrip").boolean(false);
    token.special = node.member("special").boolean(false);
    token.normalized = node.member("normalized").boolean(!token.special);
    const std::optional<int> known = vocabulary.find(token.content);
    if (known && *known != token.id) {
      node.refuse(fmt::format("the added token \"{}\" has id {}, and the vocabulary gives it {}", token.content,
                              token.id, *known),
                  "the same id in both");
    }
    if (!known && vocabulary.has(token.id)) {
      node.refuse(fmt::format("the added token \"{}\" has id {}, which is the token \"{}\"", token.content, token.id,
                              vocabulary.text(token.id)),
                  "an id of its own");
    }
    if (!ids.emplace(token.content, token.id).second || !contents.emplace(token.id, token.content).second) {
      node.refuse(fmt::format("the added token \"{}\", or its id {}, comes twice", token.content, token.id),
                  "each once");
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace

std::shared_ptr<const Vocabulary> read_vocabulary(const JsonNode& node) {
  if (!node.value().is_object()) node.refuse("the vocabulary is not an object", "an object of \"token\": id");
  std::vector<std::pair<std::string, int>> tokens;
  tokens.reserve(node.value().size());
  for (const auto& [text, id] : node.value().items()) {
    const bool small = id.is_number_integer() && id.get<std::int64_t>() >= 0 && id.get<std::int64_t>() < most_ids;
    if (!small) {
      node.refuse(fmt::format("the token \"{}\" has the id {}", text, id.is_number() ? id.dump() : id.type_name()),
                  fmt::format("integers from 0 to {}", most_ids - 1));
    }
    tokens.emplace_back(text, id.get<int>());
  }
  return std::make_shared<Vocabulary>(std::move(tokens), node.place());
}

std::shared_ptr<const Tokenizer> parse_hf_tokenizer(std::string_view json, const std::string& source) {
  const nlohmann::json tree = parse_json(json, source);
  const JsonNode root(tree, {source, {}});
  const JsonNode model = root.need("model");
  if (const JsonNode type = model.member("type"); !type.is_null() && type.text() != "BPE") {
    refuse_type(model, "model", "BPE");
  }
  HfParts parts;
  parts.normalizer = read_normalizer(root.member("normalizer"));
  PreTokenizerSteps pre = read_pre_tokenizer(root.member("pre_tokenizer"));
  parts.steps = std::move(pre.steps);
  parts.vocabulary = read_vocabulary(model.need("vocab"));
  parts.model = read_model(model, pre.byte_level, parts.vocabulary);
  const JsonNode added = root.member("added_tokens");
  parts.added = AddedTokens(read_added_tokens(added, *parts.vocabulary), parts.normalizer.get(), added.place());
  ReadDecoder decoder = read_decoder(root.member("decoder"));
  parts.decoder = std::move(decoder.decoder);
  parts.byte_level_decoder = decoder.byte_level;
  parts.token_bytes = decoder.bytes;
  Frame frame = read_post_processor(root.member("post_processor"));
  parts.head = std::move(frame.head);
  parts.tail = std::move(frame.tail);
  return make_hf_tokenizer(std::move(parts));
}

}  // namespace godwit
