#include "report/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>

#include "base/error.h"
#include "base/utf8.h"

namespace godwit::report {
namespace {

std::string with_commas(double whole) {
  const std::string digits = fmt::format("{:.0f}", std::abs(whole));
  std::string out = whole < 0 ? "-" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

/// Without control characters but line ends and tabs.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : repair_utf8(text)) {
    const auto code = static_cast<unsigned char>(c);
    if ((code < 0x20 && c != '\n' && c != '\t') || code == 0x7F) {
      append_utf8(out, replacement_character);
    } else {
      out += c;
    }
  }
  return out;
}

std::size_t longest_run(std::string_view text, char of) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string number_text(double number) {
  ensure(std::isfinite(number), "a number that cannot be written");
  const double size = std::abs(number);
  if (size >= 999.5) return with_commas(number);
  if (size >= 99.95) return fmt::format("{:.0f}", number);
  if (size >= 9.995) return fmt::format("{:.1f}", number);
  if (size >= 0.9995) return fmt::format("{:.2f}", number);
  if (size >= 1e-4) return fmt::format("{:.3g}", number);
  return size == 0 ? "0" : fmt::format("{:.1e}", number);
}

std::string short_text(double number) {
  struct Step {
    double size;
    const char* name;
  };
  constexpr std::array<Step, 4> steps = {{{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}}};
  for (const Step& step : steps) {
    if (std::abs(number) >= step.size) return fmt::format("{:.3g}{}", number / step.size, step.name);
  }
  return fmt::format("{:.3g}", number);
}

std::string percent_text(double share) {
  return number_text(100 * share) + " %";
}

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '\n' || c == '\t') {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string_view("\\`*_[]|#~").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  std::string line = printable(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  const std::string fence(longest_run(line, '`') + 1, '`');
  const bool padded = line.starts_with('`') || line.ends_with('`');
  return fmt::format("{0}{1}{2}{1}{0}", fence, padded ? " " : "", line);
}

}  // namespace godwit::report
