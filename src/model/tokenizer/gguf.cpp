// The vocabulary of a GGUF file.

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <utility>

#include "base/utf8.h"
#include "model/tokenizer/bpe.h"
#include "model/tokenizer/gguf_spm.h"
#include "model/tokenizer/hf_tokenizer.h"
#include "model/tokenizer/load.h"

namespace godwit {
namespace {

enum class Split : std::uint8_t { gpt2, digits_gpt2, llama3, qwen2, plain };

/// Names of tokenizer.ggml.pre whose splitting is known exactly.
struct Pre {
  std::string_view name;
  Split split;
  bool ignore_merges;
  bool add_bos;
  bool nfc;
};
constexpr std::array pres = {
    Pre{"gpt-2", Split::gpt2, false, false, false},
    Pre{"phi-2", Split::gpt2, false, false, false},
    Pre{"mpt", Split::gpt2, false, false, false},
    Pre{"olmo", Split::gpt2, false, false, false},
    Pre{"smollm", Split::digits_gpt2, false, false, false},
    Pre{"starcoder", Split::digits_gpt2, false, false, false},
    Pre{"refact", Split::digits_gpt2, false, false, false},
    Pre{"codeshell", Split::digits_gpt2, false, false, false},
    Pre{"llama-bpe", Split::llama3, true, true, false},
    Pre{"llama3", Split::llama3, true, true, false},
    Pre{"llama-v3", Split::llama3, true, true, false},
    Pre{"dbrx", Split::llama3, false, false, false},
    Pre{"smaug-bpe", Split::llama3, false, false, false},
    Pre{"qwen2", Split::qwen2, false, false, true},
    Pre{"deepseek-r1-qwen", Split::qwen2, false, false, true},
    Pre{"default", Split::plain, false, false, false},
};

constexpr int type_normal = 1, type_control = 3, type_user_defined = 4, type_byte = 6;

const Pre& find_pre(const GgufVocabulary& v, const Place& place) {
  const std::string name = v.pre.empty() ? "default" : v.pre;
  const auto at = std::find_if(pres.begin(), pres.end(), [&](const Pre& p) { return p.name == name; });
  if (at != pres.end()) return *at;
  std::string known;
  for (const Pre& p : pres) known += (known.empty() ? "" : ", ") + std::string(p.name);
  place.at("tokenizer.ggml.pre")
      .refuse(fmt::format("the splitting \"{}\" is not known", v.pre), known,
              "take the Hugging Face folder of the same model: its tokenizer.json says how it splits");
}

/// llama.cpp's splitting where a file does not say how: one pattern after the other.
void add_plain_steps(std::vector<std::unique_ptr<PreTokenizer>>& steps, const Place& place) {
  for (const char* pattern :
       {R"([\p{P}\$\+<=>\^~\|]+)", R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))",
        R"(\p{N}+)", R"([0-9][0-9][0-9])"}) {
    steps.push_back(split_pre_tokenizer(pattern_matcher(pattern, place), SplitBehaviour::isolated, false));
  }
}

void add_steps(Split split, std::vector<std::unique_ptr<PreTokenizer>>& steps, const Place& place) {
  using Family = ScanStyle::Family;
  switch (split) {
    case Split::digits_gpt2:
      steps.push_back(digits_pre_tokenizer());
      [[fallthrough]];
    case Split::gpt2:
      steps.push_back(gpt2_split_pre_tokenizer());
      break;
    case Split::llama3:
    case Split::qwen2:
      steps.push_back(split_pre_tokenizer(scan_matcher({Family::llama3, split == Split::llama3 ? 3 : 1}),
                                          SplitBehaviour::isolated, false));
      break;
    case Split::plain:
      add_plain_steps(steps, place);
      break;
  }
}

std::vector<std::pair<std::string_view, std::string_view>> read_merges(const GgufVocabulary& v, const Place& place) {
  std::vector<std::pair<std::string_view, std::string_view>> merges;
  merges.reserve(v.merges.size());
  for (std::size_t rank = 0; rank < v.merges.size(); ++rank) {
    const std::string_view merge = v.merges[rank];
    // A token may begin with a blank: the cut is the first blank behind the first byte, as in llama.cpp.
    const std::size_t blank = merge.find(' ', 1);
    if (blank == std::string_view::npos)
      place.at(rank).refuse(fmt::format("\"{}\" is not a merge", merge), "\"left right\"");
    merges.emplace_back(merge.substr(0, blank), merge.substr(blank + 1));
  }
  return merges;
}

int type_of(const GgufVocabulary& v, std::size_t id) {
  return v.types.empty() ? type_normal : v.types[id];
}

std::shared_ptr<const Tokenizer> make_byte_level(const GgufVocabulary& v, std::shared_ptr<const Vocabulary> vocabulary,
                                                 const Place& place) {
  const Pre& pre = find_pre(v, place);
  if (v.merges.empty())
    place.at("tokenizer.ggml.merges").refuse("the vocabulary has no merges", "merges in order of rank");
  HfParts parts;
  parts.vocabulary = std::move(vocabulary);
  if (pre.nfc) parts.normalizer = unicode_normalizer(UnicodeForm::nfc);
  add_steps(pre.split, parts.steps, place.at("tokenizer.ggml.pre"));
  BpeOptions options;
  options.byte_level = true;
  options.ignore_merges = pre.ignore_merges;
  const Place merges_place = place.at("tokenizer.ggml.merges");
  parts.model =
      std::make_unique<BpeModel>(parts.vocabulary, read_merges(v, merges_place), options, place.at("tokenizer.ggml"));
  std::vector<AddedToken> added;
  for (std::size_t id = 0; id < v.tokens.size(); ++id) {
    const int type = type_of(v, id);
    if (type != type_control && type != type_user_defined) continue;
    AddedToken token;
    token.id = static_cast<int>(id);
    token.content = v.tokens[id];
    token.special = type == type_control;
    added.push_back(std::move(token));
  }
  parts.added = AddedTokens(std::move(added), parts.normalizer.get(), place.at("tokenizer.ggml.tokens"));
  parts.decoder = byte_level_decoder();
  parts.byte_level_decoder = true;
  parts.token_bytes = TokenBytes::alphabet;
  if (v.add_bos.value_or(pre.add_bos) && v.bos) parts.head.push_back(*v.bos);
  if (v.add_eos.value_or(false) && v.eos) parts.tail.push_back(*v.eos);
  return make_hf_tokenizer(std::move(parts));
}

void check_lengths(const GgufVocabulary& v, const Place& place) {
  const auto same = [&](const char* key, std::size_t count) {
    if (count != 0 && count != v.tokens.size()) {
      place.at(key).refuse(fmt::format("{} entries for {} tokens", count, v.tokens.size()), "as many");
    }
  };
  if (v.tokens.empty()) place.at("tokenizer.ggml.tokens").refuse("the vocabulary is empty", "at least one token");
  same("tokenizer.ggml.scores", v.scores.size());
  same("tokenizer.ggml.token_type", v.types.size());
  const auto id = [&](const char* key, std::optional<int> value) {
    if (value && (*value < 0 || static_cast<std::size_t>(*value) >= v.tokens.size())) {
      place.at(key).refuse(fmt::format("the id {} is outside of the vocabulary", *value),
                           fmt::format("0 to {}", v.tokens.size() - 1));
    }
  };
  id("tokenizer.ggml.bos_token_id", v.bos);
  id("tokenizer.ggml.eos_token_id", v.eos);
  id("tokenizer.ggml.unknown_token_id", v.unk);
  id("tokenizer.ggml.padding_token_id", v.pad);
  for (std::size_t i = 0; i < v.types.size(); ++i) {
    if (v.types[i] < 0 || v.types[i] > type_byte) {
      place.at("tokenizer.ggml.token_type").at(i).refuse(fmt::format("the type {} is not known", v.types[i]), "1 to 6");
    }
  }
  for (std::size_t i = 0; i < v.scores.size(); ++i) {
    if (std::isnan(v.scores[i]))
      place.at("tokenizer.ggml.scores").at(i).refuse("the score is not a number", "a number");
  }
}

}  // namespace

std::shared_ptr<const Tokenizer> make_gguf_tokenizer(const GgufVocabulary& v) {
  const Place place{v.source, {}};
  check_lengths(v, place);
  std::vector<std::pair<std::string, int>> tokens;
  tokens.reserve(v.tokens.size());
  for (std::size_t id = 0; id < v.tokens.size() && id <= static_cast<std::size_t>(most_ids); ++id) {
    tokens.emplace_back(v.tokens[id], static_cast<int>(id));
  }
  auto vocabulary = std::make_shared<Vocabulary>(std::move(tokens), place.at("tokenizer.ggml.tokens"));
  if (v.model == "gpt2") return make_byte_level(v, std::move(vocabulary), place);
  if (v.model == "llama") return make_spm_tokenizer(v, std::move(vocabulary), place);
  place.at("tokenizer.ggml.model")
      .refuse(fmt::format("the tokenizer \"{}\" is not supported", v.model), "gpt2 or llama",
              "take a model with byte-level or SentencePiece-style BPE");
}

}  // namespace godwit
