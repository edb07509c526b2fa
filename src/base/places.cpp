#include "base/places.h"

#include <cstdlib>
#include <dlfcn.h>
#include <link.h>
#include <system_error>

namespace godwit {
namespace {

namespace fs = std::filesystem;

/// The file that this code was loaded from. The loader has no name for the program itself.
fs::path own_file() {
  Dl_info ignored = {};
  link_map* map = nullptr;
  const void* here = reinterpret_cast<const void*>(&program_folder);
  const bool found = ::dladdr1(here, &ignored, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) != 0 && map != nullptr;
  std::error_code code;
  if (found && map->l_name != nullptr && map->l_name[0] != '\0') return fs::absolute(map->l_name, code);
  return fs::read_symlink("/proc/self/exe", code);
}

}  // namespace

fs::path program_folder(std::string_view name, const char* variable) {
  if (const char* chosen = std::getenv(variable)) return chosen;
  const fs::path start = own_file().parent_path();
  return folder_near(start, name).value_or(start / name);
}

std::optional<fs::path> folder_near(const fs::path& start, std::string_view name) {
  std::error_code ignored;
  for (fs::path folder = start; folder != folder.parent_path(); folder = folder.parent_path()) {
    for (const fs::path& candidate : {folder / data_folder / name, folder / name}) {
      if (fs::is_directory(candidate, ignored)) return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace godwit
