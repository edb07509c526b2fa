#include <fmt/core.h>
#include <map>
#include <utility>

#include "base/utf8.h"
#include "model/tokenizer/hf_components.h"

namespace godwit {
namespace {

SplitBehaviour read_behaviour(const JsonNode& node) {
  static const std::map<std::string, SplitBehaviour> known = {
      {"Removed", SplitBehaviour::removed},
      {"Isolated", SplitBehaviour::isolated},
      {"MergedWithPrevious", SplitBehaviour::merged_with_previous},
      {"MergedWithNext", SplitBehaviour::merged_with_next},
      {"Contiguous", SplitBehaviour::contiguous}};
  const auto at = known.find(node.text());
  if (at == known.end()) {
    node.refuse(fmt::format("the behaviour \"{}\" is not known", node.text()),
                "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
  }
  return at->second;
}

std::unique_ptr<PreTokenizer> read_metaspace(const JsonNode& node) {
  std::string replacement;
  append_utf8(replacement, node.need("replacement").character());
  const JsonNode scheme = node.member("prepend_scheme");
  PrependScheme prepend = PrependScheme::always;
  if (!scheme.is_null()) {
    static const std::map<std::string, PrependScheme> known = {
        {"always", PrependScheme::always}, {"first", PrependScheme::first}, {"never", PrependScheme::never}};
    const auto at = known.find(scheme.text());
    if (at == known.end())
      scheme.refuse(fmt::format("the scheme \"{}\" is not known", scheme.text()), "always, first or never");
    prepend = at->second;
  } else if (!node.member("add_prefix_space").boolean(true)) {
    prepend = PrependScheme::never;
  }
  return metaspace_pre_tokenizer(std::move(replacement), prepend, node.member("split").boolean(true));
}

/// The step is ByteLevel's splitting; `list` says for each whether the bytes are then spelled in the alphabet.
class StepList {
 public:
  void read(const JsonNode& node) {
    const std::string& type = node.need("type").text();
    if (type == "Sequence") {
      const JsonNode list = node.need("pretokenizers");
      for (std::size_t i = 0; i < list.count(); ++i) read(list.element(i));
      return;
    }
    if (byte_level_) {  // not the last step after all
      steps_.push_back(alphabet_pre_tokenizer());
      byte_level_ = false;
    }
    if (type == "ByteLevel") {
      if (node.need("add_prefix_space").boolean(true)) steps_.push_back(prefix_space_pre_tokenizer());
      if (node.member("use_regex").boolean(true)) steps_.push_back(gpt2_split_pre_tokenizer());
      byte_level_ = true;
    } else if (type == "Split") {
      steps_.push_back(split_pre_tokenizer(read_pattern(node.need("pattern")), read_behaviour(node.need("behavior")),
                                           node.need("invert").boolean(false)));
    } else if (type == "Digits") {
      const bool each = node.need("individual_digits").boolean(false);
      steps_.push_back(
          split_pre_tokenizer(numeric_matcher(), each ? SplitBehaviour::isolated : SplitBehaviour::contiguous, false));
    } else if (type == "Whitespace") {
      steps_.push_back(split_pre_tokenizer(word_matcher(), SplitBehaviour::removed, true));
    } else if (type == "WhitespaceSplit") {
      steps_.push_back(split_pre_tokenizer(space_matcher(), SplitBehaviour::removed, false));
    } else if (type == "Metaspace") {
      steps_.push_back(read_metaspace(node));
    } else {
      refuse_type(node, "pre-tokenizer", "Sequence, ByteLevel, Split, Digits, Metaspace, Whitespace, WhitespaceSplit");
    }
  }

  PreTokenizerSteps take() { return {std::move(steps_), byte_level_}; }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
  bool byte_level_ = false;
};

}  // namespace

PreTokenizerSteps read_pre_tokenizer(const JsonNode& node) {
  StepList list;
  if (!node.is_null()) list.read(node);
  return list.take();
}

}  // namespace godwit
