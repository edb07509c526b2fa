#pragma once
// What each pass of the compiler gives, as text.

#include <string>
#include <utility>
#include <vector>

#include "compiler/compile.h"

namespace godwit::compiler {

/// Name and result of every pass in order; weights are not read. Throws as compile() does.
std::vector<std::pair<std::string, std::string>> describe_passes(const Model& model, const isa::Card& card,
                                                                 const CompileOptions& options);

}  // namespace godwit::compiler
