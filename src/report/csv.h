#pragma once
// Comma-separated values as RFC 4180 has them: quotes around cells that need them, doubled within.

#include <string>
#include <string_view>
#include <vector>

namespace godwit::report {

/// Rows of cells; empty lines are left out. Throws UserError that names `where` and the line for a quote that never
/// ends, or text after a closing quote.
std::vector<std::vector<std::string>> parse_csv(std::string_view text, const std::string& where);

/// One line, with its end.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace godwit::report
