#include <utility>

#include "model/tokenizer/hf_components.h"

namespace godwit {
namespace {

constexpr int most_strips = 1 << 20;

std::unique_ptr<Decoder> read_one(const JsonNode& node) {
  const std::string& type = node.need("type").text();
  if (type == "ByteLevel") return byte_level_decoder();
  if (type == "Replace") return replace_decoder(read_pattern(node.need("pattern")), node.need("content").text());
  if (type == "ByteFallback") return byte_fallback_decoder();
  if (type == "Fuse") return fuse_decoder();
  if (type == "Strip") {
    return strip_decoder(node.need("content").character(),
                         static_cast<std::size_t>(node.need("start").integer(0, most_strips)),
                         static_cast<std::size_t>(node.need("stop").integer(0, most_strips)));
  }
  if (type == "Metaspace") {
    const JsonNode scheme = node.member("prepend_scheme");
    const bool prepended = scheme.is_null() ? node.member("add_prefix_space").boolean(true) : scheme.text() != "never";
    return metaspace_decoder(node.need("replacement").character(), prepended);
  }
  if (type == "Sequence") {
    const JsonNode list = node.need("decoders");
    std::vector<std::unique_ptr<Decoder>> steps;
    steps.reserve(list.count());
    for (std::size_t i = 0; i < list.count(); ++i) steps.push_back(read_one(list.element(i)));
    return sequence_decoder(std::move(steps));
  }
  refuse_type(node, "decoder", "Sequence, ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace");
}

TokenBytes bytes_of(const JsonNode& node) {
  const std::string& type = node.need("type").text();
  if (type == "ByteLevel") return TokenBytes::alphabet;
  if (type == "ByteFallback") return TokenBytes::fallback;
  if (type == "Sequence") {
    const JsonNode list = node.need("decoders");
    for (std::size_t i = 0; i < list.count(); ++i) {
      const TokenBytes one = bytes_of(list.element(i));
      if (one != TokenBytes::text) return one;
    }
  }
  return TokenBytes::text;
}

}  // namespace

ReadDecoder read_decoder(const JsonNode& node) {
  if (node.is_null()) return {};
  return {read_one(node), node.need("type").text() == "ByteLevel", bytes_of(node)};
}

}  // namespace godwit
