#pragma once
// The rows of bench/results: one measured, simulated or quoted configuration each, in the columns of bench/schema.md.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/evidence.h"

namespace godwit::report {

/// The columns in their order (bench/schema.md; the test compares).
const std::vector<std::string>& measurement_columns();

class Measurement {
 public:
  /// Empty for a cell that is not there.
  [[nodiscard]] const std::string& text(std::string_view column) const;
  /// Nothing for an empty cell. Throws UserError for one that is no finite number of 0 or more.
  [[nodiscard]] std::optional<double> number(std::string_view column) const;

  /// `column` is one of measurement_columns().
  Measurement& set(std::string_view column, std::string value);
  /// Six digits that count, as the other writers of these files have it.
  Measurement& set(std::string_view column, double value);

 private:
  std::map<std::string, std::string, std::less<>> cells_;
};

/// Oldest first; none if there is no such file. Throws UserError for columns that the schema has not, and rows that are
/// longer or shorter than the head.
std::vector<Measurement> read_measurements(const std::filesystem::path& file);

/// Writes the file anew beside itself, with `rows` at its end, and makes its folder where that is missing.
void append_measurements(const std::filesystem::path& file, const std::vector<Measurement>& rows);

/// Whether a row's `model` column ("smollm2") means what the user calls `name` ("shape:smollm2-135m?seed=1",
/// "SmolLM2-135M-Instruct.Q4_1.gguf").
bool same_model(std::string_view column, std::string_view name);

/// Of the rows about `model` the last of each engine, format and place, with a prompt as near to `prompt` tokens as
/// there is.
std::vector<System> systems_of(const std::vector<Measurement>& rows, std::string_view model, double prompt);

}  // namespace godwit::report
