#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/record.h"
#include "cli/verbs.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/open_model.h"

namespace godwit {
namespace {

/// Ids separated by white space, commas, or the brackets of a list.
std::vector<int> read_ids(std::string_view text, std::size_t vocabulary) {
  constexpr std::string_view between = " \t\r\n,[]";
  std::vector<int> ids;
  std::size_t at = text.find_first_not_of(between);
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(between, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    int id = -1;
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    const bool number = error == std::errc() && rest == word.data() + word.size();
    if (!number || id < 0 || static_cast<std::size_t>(id) >= vocabulary) {
      throw UserError({.what = fmt::format("\"{}\" is not the id of a token", word.substr(0, 40)),
                       .where = fmt::format("standard input, byte {}", at),
                       .expected = fmt::format("integers from 0 to {}, with blanks or commas between", vocabulary - 1),
                       .remedy = "give the ids that `godwit tokenize` printed for the same model"});
    }
    ids.push_back(id);
    at = text.find_first_not_of(between, end);
  }
  return ids;
}

class DetokenizeVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "detokenize"; }
  [[nodiscard]] const char* sentence() const override { return "Turn ids of tokens back into text."; }

  void declare(Options& options) override {
    options.required("MODEL", model_, "a folder, a .gguf file, or embedded");
    options.text("-f,--file", file_, "the ids (default: standard input)");
    options.flag("--skip-special", skip_special_, "leave special tokens out");
  }

  int run(const Common& common) override {
    const std::shared_ptr<const Tokenizer> tokenizer = open_tokenizer(model_);
    const std::vector<int> ids = read_ids(read_text(file_), tokenizer->vocabulary());
    const std::string text = tokenizer->decode(ids, skip_special_);
    if (common.json) {
      fmt::print("{}\n", Record().set("text", text).text());
    } else {
      fmt::print("{}", text);
    }
    return 0;
  }

 private:
  std::string model_, file_ = "-";
  bool skip_special_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_detokenize_verb() {
  return std::make_unique<DetokenizeVerb>();
}

}  // namespace godwit
