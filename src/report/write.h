#pragma once

#include <filesystem>
#include <vector>

#include "report/evidence.h"

namespace godwit::report {

/// Writes report.html, report.md and report.json into `folder`, which is made where it is missing, and returns their
/// paths. The page needs no other file. Throws UserError where they cannot be written.
std::vector<std::filesystem::path> write_report(const Evidence& evidence, const std::filesystem::path& folder);

}  // namespace godwit::report
