#include "model/tokenizer/hf_components.h"
#include "model/tokenizer/vocabulary.h"

namespace godwit {
namespace {

/// TemplateProcessing: special tokens around one sequence A.
Frame read_template(const JsonNode& node) {
  Frame frame;
  bool seen = false;
  const JsonNode single = node.need("single");
  const JsonNode tokens = node.need("special_tokens");
  for (std::size_t i = 0; i < single.count(); ++i) {
    const JsonNode part = single.element(i);
    if (const JsonNode sequence = part.member("Sequence"); !sequence.is_null()) {
      if (seen || sequence.need("id").text() != "A") part.refuse("a template with more than the sequence A", "A once");
      seen = true;
      continue;
    }
    const std::string& name = part.need("SpecialToken").need("id").text();
    const JsonNode ids = tokens.need(name.c_str()).need("ids");
    for (std::size_t k = 0; k < ids.count(); ++k) {
      (seen ? frame.tail : frame.head).push_back(ids.element(k).integer(0, most_ids - 1));
    }
  }
  if (!seen) single.refuse("a template without the sequence A", "A once");
  return frame;
}

/// A pair ["</s>", 2].
int read_pair(const JsonNode& node) {
  if (node.count() != 2) node.refuse("this is not a token with its id", "[text, id]");
  return node.element(1).integer(0, most_ids - 1);
}

}  // namespace

Frame read_post_processor(const JsonNode& node) {
  if (node.is_null()) return {};
  const std::string& type = node.need("type").text();
  if (type == "ByteLevel") return {};  // changes offsets alone
  if (type == "TemplateProcessing") return read_template(node);
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    return {{read_pair(node.need("cls"))}, {read_pair(node.need("sep"))}};
  }
  if (type == "Sequence") {
    Frame all;
    const JsonNode list = node.need("processors");
    for (std::size_t i = 0; i < list.count(); ++i) {
      const Frame one = read_post_processor(list.element(i));
      all.head.insert(all.head.begin(), one.head.begin(), one.head.end());
      all.tail.insert(all.tail.end(), one.tail.begin(), one.tail.end());
    }
    return all;
  }
  refuse_type(node, "post-processor", "Sequence, ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing");
}

}  // namespace godwit
