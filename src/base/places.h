#pragma once
// Where the files that belong to the program lie: models/ and configs/.

#include <filesystem>
#include <string_view>

namespace godwit {

/// The folder `name` beside the program or above it (the source tree when it runs from there), or the one that the
/// environment variable `variable` names. It need not exist if nothing is found.
std::filesystem::path program_folder(std::string_view name, const char* variable);

}  // namespace godwit
