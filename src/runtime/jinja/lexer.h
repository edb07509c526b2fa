#pragma once
// A chat template as tokens, with Jinja's rules on white space (trim_blocks and lstrip_blocks on, as transformers sets
// them) already applied and comments gone.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::jinja {

struct Token {
  enum class Kind { text, output_begin, output_end, tag_begin, tag_end, name, string, integer, symbol, end };
  Kind kind;
  std::string text;  // of a string: what it stands for
  std::size_t line;
};

/// Ends with a token of kind `end`. Throws UserError for what is no token.
std::vector<Token> lex(std::string_view source);

}  // namespace godwit::jinja
