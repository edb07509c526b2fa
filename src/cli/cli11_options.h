#pragma once
// The option parser behind Options, and how --help looks. Included by program.cpp alone: the parser's header is heavy.

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/upper_case.h"
#include "cli/verb.h"

namespace godwit {

/// `text` with its blanks before column `width` made line ends.
inline std::string wrapped(std::string text, std::size_t width) {
  for (std::size_t line = 0; text.size() - line > width;) {
    const std::size_t blank = text.rfind(' ', line + width);
    if (blank == std::string::npos || blank <= line) break;
    text[blank] = '\n';
    line = blank + 1;
  }
  return text;
}

/// Two columns, 100 wide; an option reads "-n,--predict N   most tokens to generate [128]".
class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat() { column_width(left); }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_name().empty() ? std::string() : " " + option->get_type_name();
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = option->get_description();
    if (!option->get_default_str().empty()) text += fmt::format(" [{}]", option->get_default_str());
    return wrapped(text, right);
  }

 private:
  static constexpr std::size_t left = 28;
  static constexpr std::size_t right = 72;
};

/// A whole number or a decimal one, nothing before or after it.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value = {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class CliOptions : public Options {
 public:
  explicit CliOptions(CLI::App& app) : app_(app) {}

  void text(const char* names, std::string& target, const std::string& help) override {
    const std::string before = target;
    option(names, help, [&target](const std::string& value) { target = value; })->default_str(before);
  }
  void optional_text(const char* names, std::optional<std::string>& target, const std::string& help) override {
    option(names, help, [&target](const std::string& value) { target = value; });
  }
  void texts(const char* names, std::vector<std::string>& target, const std::string& help) override {
    app_.add_option(names, target, help)->allow_extra_args(false)->type_name("TEXT");
  }
  void required(const char* names, std::string& target, const std::string& help) override {
    const auto set = [&target](const std::string& value) { target = value; };
    if (names[0] == '-') {
      option(names, help, set)->required();
    } else {
      option(upper_case(names), help, set, "")->required();
    }
  }
  void choice(const char* names, std::string& target, const std::vector<std::string>& from,
              const std::string& help) override {
    const auto set = [&target, from, names](const std::string& value) {
      if (std::find(from.begin(), from.end(), value) == from.end()) {
        throw CLI::ValidationError(names, fmt::format("'{}' is none of: {}", value, fmt::join(from, ", ")));
      }
      target = value;
    };
    option(names, fmt::format("{}: {}", help, fmt::join(from, ", ")), set, "NAME")->default_str(target);
  }
  void integer(const char* names, std::int64_t& target, std::int64_t least, std::int64_t most,
               const std::string& help) override {
    number(names, target, least, most, help, "a whole number");
  }
  void real(const char* names, double& target, double least, double most, const std::string& help) override {
    number(names, target, least, most, help, "a number");
  }
  void optional_real(const char* names, std::optional<double>& target, double least, double most,
                     const std::string& help) override {
    option(
        names, help,
        [&target, least, most, names](const std::string& text) {
          target = checked<double>(text, least, most, "a number", names);
        },
        "N");
  }
  void flag(const char* names, bool& target, const std::string& help) override { app_.add_flag(names, target, help); }

 private:
  /// Of several the last counts, so that a script's options can be overruled by adding others.
  template <class Set>
  CLI::Option* option(const std::string& names, const std::string& help, const Set& set, const char* type = "TEXT") {
    const auto store = [set](const CLI::results_t& values) {
      set(values.back());
      return true;
    };
    return app_.add_option(names, store, help)->take_last()->type_name(type);
  }
  template <class Number>
  static Number checked(const std::string& text, Number least, Number most, const char* kind, const char* names) {
    const auto value = parse_number<Number>(text);
    if (value && *value >= least && *value <= most) return *value;
    throw CLI::ValidationError(names, fmt::format("'{}' is not {} from {} to {}", text, kind, least, most));
  }
  template <class Number>
  void number(const char* names, Number& target, Number least, Number most, const std::string& help, const char* kind) {
    const auto set = [&target, least, most, kind, names](const std::string& text) {
      target = checked<Number>(text, least, most, kind, names);
    };
    option(names, help, set, "N")->default_str(fmt::format("{}", target));
  }

  CLI::App& app_;
};

}  // namespace godwit
