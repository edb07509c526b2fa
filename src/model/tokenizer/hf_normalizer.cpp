#include <fmt/core.h>
#include <map>

#include "model/tokenizer/hf_components.h"
#include "model/tokenizer/regex.h"

namespace godwit {

void refuse_type(const JsonNode& node, const char* component, const char* known) {
  node.place().refuse(fmt::format("the {} \"{}\" is not supported", component, node.need("type").text()), known,
                      "take a checkpoint whose tokenizer is byte-level or SentencePiece-style BPE");
}

std::unique_ptr<Matcher> read_pattern(const JsonNode& node) {
  if (const JsonNode literal = node.member("String"); !literal.is_null()) return literal_matcher(literal.text());
  const JsonNode regex = node.need("Regex");
  return pattern_matcher(regex.text(), regex.place());
}

std::unique_ptr<Normalizer> read_normalizer(const JsonNode& node) {
  if (node.is_null()) return nullptr;
  const std::string& type = node.need("type").text();
  static const std::map<std::string, UnicodeForm> forms = {
      {"NFC", UnicodeForm::nfc}, {"NFD", UnicodeForm::nfd}, {"NFKC", UnicodeForm::nfkc}, {"NFKD", UnicodeForm::nfkd}};
  if (const auto form = forms.find(type); form != forms.end()) return unicode_normalizer(form->second);
  if (type == "Prepend") return prepend_normalizer(node.need("prepend").text());
  if (type == "Replace") return replace_normalizer(read_pattern(node.need("pattern")), node.need("content").text());
  if (type == "Lowercase") return lowercase_normalizer();
  if (type == "ByteLevel") return alphabet_normalizer();
  if (type == "Strip")
    return strip_normalizer(node.need("strip_left").boolean(true), node.need("strip_right").boolean(true));
  if (type == "Sequence") {
    const JsonNode list = node.need("normalizers");
    std::vector<std::unique_ptr<Normalizer>> steps;
    for (std::size_t i = 0; i < list.count(); ++i) {
      if (list.element(i).is_null()) list.element(i).refuse("a normalizer is missing", "an object");
      steps.push_back(read_normalizer(list.element(i)));
    }
    return sequence_normalizer(std::move(steps));
  }
  refuse_type(node, "normalizer", "Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD, Lowercase, Strip, ByteLevel");
}

}  // namespace godwit
