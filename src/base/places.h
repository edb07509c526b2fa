#pragma once
// Where the files that belong to the program lie: models/, configs/ and bench/results/.

#include <filesystem>
#include <optional>
#include <string_view>

namespace godwit {

/// Where an installation keeps them, below its prefix.
inline constexpr std::string_view data_folder = "share/godwit";

/// The folder that the environment variable `variable` names; else the one called `name` nearest to this program, or to
/// the shared library that this code is part of (folder_near). It need not exist if nothing is found.
std::filesystem::path program_folder(std::string_view name, const char* variable);

/// Of `start` and the folders above it, the first that holds share/godwit/`name` (an installation) or `name` (the
/// source tree, a Python package): that folder inside it. Of the two the installation's counts, since above an
/// installation may be anything.
std::optional<std::filesystem::path> folder_near(const std::filesystem::path& start, std::string_view name);

}  // namespace godwit
