#include "cli/digit_report.h"

#include <algorithm>
#include <fmt/core.h>
#include <optional>
#include <string>
#include <vector>

namespace godwit {
namespace {

/// How the inputs of each matrix enter it, and why.
std::vector<Record> digit_records(const DigitReport& report) {
  std::vector<Record> records;
  for (const MatrixDigits& matrix : report.matrices) {
    Record& one = records.emplace_back();
    one.set("layer", matrix.layer).set("digits", matrix.digits);
    if (matrix.error) one.set("error", *matrix.error);
    if (matrix.divergence) one.set("divergence", *matrix.divergence);
  }
  return records;
}

/// "h.3.attn.q" and its like in other blocks as "h.*.attn.q".
std::string place_of(const std::string& layer) {
  std::string out;
  for (const char c : layer) {
    const bool digit = c >= '0' && c <= '9';
    const bool begins = out.empty() || out.back() == '.' || out.back() == '*';
    if (digit && begins) {
      if (out.empty() || out.back() != '*') out += '*';
    } else {
      out += c;
    }
  }
  return out;
}

/// A place: its digits, the sum of its matrices' errors, what it does to the next token.
struct Row {
  std::string place;
  int digits;
  double error;
  std::optional<double> divergence;
  int matrices;
};

std::vector<Row> rows_of(const DigitReport& report) {
  std::vector<Row> rows;
  for (const MatrixDigits& matrix : report.matrices) {
    const std::string place = place_of(matrix.layer);
    auto row = std::ranges::find(rows, place, &Row::place);
    if (row == rows.end()) row = rows.insert(rows.end(), Row{place, matrix.digits, 0, matrix.divergence, 0});
    row->error += matrix.error.value_or(0);
    ++row->matrices;
  }
  return rows;
}

}  // namespace

void set_digits(Record& record, const DigitReport& report) {
  record.set("activations", digit_records(report));
  if (report.tokens == 0) return;
  record.set("activations_divergence", report.divergence).set("activations_tokens", report.tokens);
}

void print_digits(const DigitReport& report) {
  fmt::print("{:<14}{}\n", "activations",
             report.tokens == 0 ? std::string("nothing was measured")
                                : fmt::format("measured on {} tokens: one digit where all together cost at most {:.4f} "
                                              "nats a token ({:.4f})",
                                              report.tokens, most_divergence, report.divergence));
  for (const Row& row : rows_of(report)) {
    std::string why;
    if (report.tokens > 0) why = fmt::format("  A8 changes it by {:.2f} %", 100 * row.error / row.matrices);
    if (row.divergence) why += fmt::format(", the next token by {:.5f} nats", *row.divergence);
    fmt::print("  A{:<4}{:<36}{}\n", row.digits == 1 ? 8 : 15, row.place, why);
  }
}

}  // namespace godwit
