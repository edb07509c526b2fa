// SCHEME of the command line: w8, w4g32, w4-n8, w3-2:4, keep.

#include "compress/scheme.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/error.h"
#include "isa/generated.h"

namespace godwit::compress {
namespace {

constexpr int default_group = 64;
constexpr int block = isa::block_inputs;

class SchemeParser {
 public:
  explicit SchemeParser(const std::string& text) : text_(text), rest_(text) {}

  Scheme parse() {
    if (text_ == "keep") return {.keep = true};
    Scheme scheme;
    if (!take('w')) refuse("a scheme begins with 'w' and the bits of a weight");
    widths(scheme);
    const bool grouped = scheme.mean.has_value() || scheme.bits != 8;
    scheme.group = grouped ? default_group : 0;
    if (take('g')) {
      if (!grouped) refuse("weights of 8 bits have no groups", "leave the group out, or take fewer bits");
      scheme.group = number("the inputs of a group");
      one_of(scheme.group, {16, 32, 64, 128}, "a group has 16, 32, 64 or 128 inputs");
    }
    if (take('-')) pattern(scheme);
    if (!rest_.empty()) refuse(fmt::format("'{}' is left over", rest_));
    check_group(scheme);
    return scheme;
  }

 private:
  /// The bits of every weight, or with a decimal point their mean.
  void widths(Scheme& scheme) {
    constexpr double least = 2;
    constexpr double most = 8;
    const std::string_view text = rest_.substr(0, std::min(rest_.find_first_not_of("0123456789."), rest_.size()));
    if (text.find('.') == std::string_view::npos) {
      scheme.bits = number("the bits of a weight");
      return one_of(scheme.bits, {2, 3, 4, 5, 6, 8}, "weights have 2, 3, 4, 5, 6 or 8 bits");
    }
    double mean = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mean);
    if (error != std::errc() || end != text.data() + text.size() || mean < least || mean > most) {
      refuse(fmt::format("'{}' is no mean of bits that weights can have, from 2.0 to 8.0", text));
    }
    scheme.mean = mean;
    rest_.remove_prefix(text.size());
  }

  void pattern(Scheme& scheme) {
    if (take('n')) {
      scheme.kept = number("how many of 16 inputs are kept");
    } else {
      const int a = number("a pattern N:M");
      if (!take(':')) refuse("a pattern is n8, n4, n2 or n1, or two numbers like 2:4");
      const int b = number("a pattern N:M");
      scheme.span = std::max(a, b);
      one_of(scheme.span, {2, 4, 8, 16}, "a pattern N:M keeps N of 2, 4, 8 or 16 inputs");
      scheme.kept = std::min(a, b) * (block / scheme.span);
    }
    one_of(scheme.kept, {16, 8, 4, 2, 1}, "of 16 inputs 16, 8, 4, 2 or 1 are kept");
    if (scheme.kept == block) scheme.span = block;
  }

  void check_group(const Scheme& scheme) const {
    const int least = scheme.kept == block ? 16 : scheme.kept == 8 ? 32 : 64;
    if (scheme.group != 0 && scheme.group < least) {
      refuse(fmt::format("with {} of 16 inputs kept a group has at least {} inputs", scheme.kept, least),
             fmt::format("write w{}g{}", scheme.bits, least));
    }
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  int number(const char* what) {
    int value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) refuse(fmt::format("{} should stand where '{}' does", what, rest_));
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  void one_of(int value, std::initializer_list<int> values, const char* text) const {
    if (std::ranges::find(values, value) == values.end()) refuse(text);
  }

  [[noreturn]] void refuse(std::string what, std::string remedy = "see `godwit compile --help`") const {
    throw UserError({.what = std::move(what),
                     .where = fmt::format("scheme '{}'", text_),
                     .expected = "w8, w6, w5, w4, w3, w2 or a mean (w3.5), then perhaps a group (w4g32) and a pattern "
                                 "(w4-n8, w4-2:4); or keep",
                     .remedy = std::move(remedy)});
  }

  const std::string& text_;
  std::string_view rest_;
};

}  // namespace

Scheme parse_scheme(const std::string& text) {
  return SchemeParser(text).parse();
}

std::string scheme_name(const Scheme& scheme) {
  if (scheme.keep) return "keep";
  std::string name = scheme.mean ? fmt::format("w{}", *scheme.mean) : fmt::format("w{}", scheme.bits);
  if (scheme.mean && name.find('.') == std::string::npos) name += ".0";
  if (scheme.group != 0) name += fmt::format("g{}", scheme.group);
  if (scheme.kept == block) return name;
  if (scheme.span == block) return name + fmt::format("-n{}", scheme.kept);
  return name + fmt::format("-{}:{}", scheme.span, scheme.kept * scheme.span / block);
}

Scheme default_scheme(const Model& model) {
  const bool quantised = std::ranges::any_of(model.layers, [](const Layer& layer) {
    const auto* linear = std::get_if<Linear>(&layer.operation);
    return linear != nullptr && is_quantised(linear->weight.tensor.type);
  });
  return quantised ? Scheme{.keep = true} : Scheme{};
}

}  // namespace godwit::compress
