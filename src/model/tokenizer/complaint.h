#pragma once
// Where in a tokenizer's files something is, for messages: "tokenizer.json, pre_tokenizer.pretokenizers[1]".

#include <string>

#include "base/error.h"

namespace godwit {

struct Place {
  std::string source;  // the file
  std::string path;    // in it

  [[nodiscard]] Place at(const std::string& key) const { return {source, path.empty() ? key : path + "." + key}; }
  [[nodiscard]] Place at(std::size_t index) const { return {source, path + "[" + std::to_string(index) + "]"}; }
  [[nodiscard]] std::string text() const { return path.empty() ? source : source + ", " + path; }

  [[noreturn]] void refuse(const std::string& what, const std::string& expected = {},
                           const std::string& remedy = "take the tokenizer's files from the checkpoint again") const {
    throw UserError({.what = what, .where = text(), .expected = expected, .remedy = remedy});
  }
};

}  // namespace godwit
