#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/record.h"
#include "cli/verbs.h"
#include "model/load.h"
#include "model/tokenizer/tokenizer.h"

namespace godwit {
namespace {

class TokenizeVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "tokenize"; }
  [[nodiscard]] const char* sentence() const override { return "Turn text into the ids of its tokens."; }

  void declare(Options& options) override {
    options.required("MODEL", model_, "a folder, a .gguf file, or embedded");
    options.text("-f,--file", file_, "the text (default: standard input)");
    options.flag("--special", special_, "add what the model wants around a text (BOS, EOS)");
    options.flag("--pieces", pieces_, "print each token beside its id, one a line");
    options.integer("--repeat", repeat_, 1, 1000000, "encode so many times and report the median speed");
  }

  int run(const Common& common) override {
    const std::shared_ptr<const Tokenizer> tokenizer = load_tokenizer(model_);
    const std::string text = read_text(file_);
    std::vector<double> seconds;
    std::vector<int> ids;
    for (std::int64_t i = 0; i < repeat_; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      ids = tokenizer->encode(text, special_);
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    if (common.json) {
      print_json(*tokenizer, ids, median_speed(text.size(), seconds));
    } else {
      print(*tokenizer, ids);
      if (repeat_ > 1 && !common.quiet) fmt::print(stderr, "{:.1f} MB/s\n", median_speed(text.size(), seconds));
    }
    return 0;
  }

 private:
  /// MB/s (10^6 bytes) of the median time.
  static double median_speed(std::size_t bytes, std::vector<double>& seconds) {
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::nth_element(seconds.begin(), middle, seconds.end());
    return static_cast<double>(bytes) / *middle / 1e6;
  }

  void print_json(const Tokenizer& tokenizer, const std::vector<int>& ids, double speed) const {
    Record record;
    record.set("tokens", ids);
    record.set("count", ids.size());
    record.set("mb_per_second", speed);
    if (pieces_) {
      std::vector<std::string> pieces;
      for (const int id : ids) pieces.emplace_back(tokenizer.piece(id));
      record.set("pieces", pieces);
    }
    fmt::print("{}\n", record.text());
  }

  void print(const Tokenizer& tokenizer, const std::vector<int>& ids) const {
    std::string out;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (pieces_) {
        out += fmt::format("{:>7}  {}\n", ids[i], tokenizer.piece(ids[i]));
      } else {
        out += (i > 0 ? " " : "") + std::to_string(ids[i]);
      }
    }
    if (!pieces_) out += '\n';
    fmt::print("{}", out);
  }

  std::string model_, file_ = "-";
  bool special_ = false, pieces_ = false;
  std::int64_t repeat_ = 1;
};

}  // namespace

std::unique_ptr<Verb> make_tokenize_verb() {
  return std::make_unique<TokenizeVerb>();
}

}  // namespace godwit
