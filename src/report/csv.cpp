#include "report/csv.h"

#include <cstddef>

#include "base/error.h"

namespace godwit::report {
namespace {

class Parser {
 public:
  Parser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  std::vector<std::vector<std::string>> rows() {
    while (at_ < text_.size()) {
      read_cell();
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        if (at_ == text_.size()) row_.emplace_back();
        continue;
      }
      end_row();
    }
    end_row();
    return std::move(rows_);
  }

 private:
  [[nodiscard]] bool ends_cell() const {
    return at_ == text_.size() || text_[at_] == ',' || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
  }

  void read_cell() {
    std::string& cell = row_.emplace_back();
    if (text_[at_] == '"') {
      read_quoted(cell);
      return;
    }
    while (!ends_cell()) cell += text_[at_++];
  }

  void read_quoted(std::string& cell) {
    const std::size_t first_line = line_;
    for (++at_;; ++at_) {
      if (at_ == text_.size()) fail(first_line, "a quoted cell never ends");
      if (text_[at_] == '"') {
        if (text_.substr(at_, 2) != "\"\"") break;
        ++at_;
      }
      if (text_[at_] == '\n') ++line_;
      cell += text_[at_];
    }
    ++at_;
    if (!ends_cell()) fail(line_, "text after a closing quote");
  }

  void end_row() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
    const bool empty = row_.empty() || (row_.size() == 1 && row_.front().empty());
    if (!empty) rows_.push_back(std::move(row_));
    row_.clear();
  }

  [[noreturn]] void fail(std::size_t line, const char* what) const {
    throw UserError({.what = what,
                     .where = fmt::format("{}, line {}", where_, line),
                     .expected = "cells between commas, quoted where they hold commas, quotes or line ends",
                     .remedy = "mend the line"});
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<std::string> row_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace

std::vector<std::vector<std::string>> parse_csv(std::string_view text, const std::string& where) {
  return Parser(text, where).rows();
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string out;
  for (const std::string& cell : cells) {
    if (!out.empty() || &cell != cells.data()) out += ',';
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      out += cell;
      continue;
    }
    out += '"';
    for (const char c : cell) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  return out + "\n";
}

}  // namespace godwit::report
