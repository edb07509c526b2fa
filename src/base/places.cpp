#include "base/places.h"

#include <cstdlib>
#include <system_error>

namespace godwit {
namespace fs = std::filesystem;

fs::path program_folder(std::string_view name, const char* variable) {
  if (const char* chosen = std::getenv(variable)) return chosen;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (fs::path folder = program.parent_path(); folder != folder.parent_path(); folder = folder.parent_path()) {
    if (fs::is_directory(folder / name, ignored)) return folder / name;
  }
  return program.parent_path() / name;
}

}  // namespace godwit
