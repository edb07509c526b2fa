#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <iterator>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/record.h"
#include "cli/verbs.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/open_model.h"

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
    options.flag("-z,--null", null_, "the file holds many texts with NUL bytes between; each is encoded by itself");
    options.integer("--repeat", repeat_, 1, 1000000, "encode so many times and report the median speed");
  }

  int run(const Common& common) override {
    const std::shared_ptr<const Tokenizer> tokenizer = open_tokenizer(model_);
    const std::string text = read_text(file_);
    const std::vector<std::string_view> texts = null_ ? between_nulls(text) : std::vector<std::string_view>{text};
    std::vector<double> seconds;
    Result result;
    for (std::int64_t i = 0; i < repeat_; ++i) {
      result = {};
      const auto begin = std::chrono::steady_clock::now();
      for (const std::string_view one : texts) {
        const std::vector<int> ids = tokenizer->encode(one, special_);
        result.ids.insert(result.ids.end(), ids.begin(), ids.end());
        result.counts.push_back(static_cast<int>(ids.size()));
      }
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    const double speed = median_speed(text.size(), seconds);
    if (common.json) {
      print_json(*tokenizer, result, speed);
    } else {
      print(*tokenizer, result);
      if (repeat_ > 1 && !common.quiet) fmt::print(stderr, "{:.1f} MB/s\n", speed);
    }
    return 0;
  }

 private:
  struct Result {
    std::vector<int> ids;     // of all texts
    std::vector<int> counts;  // ids a text
  };

  static std::vector<std::string_view> between_nulls(std::string_view text) {
    std::vector<std::string_view> texts;
    for (std::size_t end = text.find('\0'); end != std::string_view::npos; end = text.find('\0')) {
      texts.push_back(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    texts.push_back(text);
    return texts;
  }

  /// MB/s (10^6 bytes) of the median time.
  static double median_speed(std::size_t bytes, std::vector<double>& seconds) {
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::nth_element(seconds.begin(), middle, seconds.end());
    return static_cast<double>(bytes) / *middle / 1e6;
  }

  void print_json(const Tokenizer& tokenizer, const Result& result, double speed) const {
    Record record;
    record.set("tokens", result.ids);
    record.set("count", result.ids.size());
    if (null_) record.set("counts", result.counts);
    record.set("mb_per_second", speed);
    if (pieces_) {
      std::vector<std::string> pieces;
      pieces.reserve(result.ids.size());
      for (const int id : result.ids) pieces.emplace_back(tokenizer.piece(id));
      record.set("pieces", pieces);
    }
    fmt::print("{}\n", record.text(-1));
  }

  /// A line a text, or with --pieces a line a token.
  void print(const Tokenizer& tokenizer, const Result& result) const {
    std::string out;
    auto id = result.ids.begin();
    for (const int count : result.counts) {
      for (int i = 0; i < count; ++i, ++id) {
        if (pieces_) {
          fmt::format_to(std::back_inserter(out), "{:>7}  {}\n", *id, tokenizer.piece(*id));
        } else {
          fmt::format_to(std::back_inserter(out), "{}{}", i > 0 ? " " : "", *id);
        }
      }
      if (!pieces_) out += '\n';
    }
    fmt::print("{}", out);
  }

  std::string model_, file_ = "-";
  bool special_ = false, pieces_ = false, null_ = false;
  std::int64_t repeat_ = 1;
};

}  // namespace

std::unique_ptr<Verb> make_tokenize_verb() {
  return std::make_unique<TokenizeVerb>();
}

}  // namespace godwit
