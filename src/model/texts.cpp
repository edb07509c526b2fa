#include "model/texts.h"

#include <system_error>

#include "base/file.h"

namespace godwit {

// A file that cannot even be looked at is taken for there: opening it then says what is wrong.
std::optional<std::string> FolderTexts::read(const std::string& name) const {
  std::error_code error;
  const std::filesystem::path path = folder_ / name;
  const bool there = std::filesystem::exists(path, error) || (error && error != std::errc::no_such_file_or_directory);
  return there ? std::optional(read_text(path)) : std::nullopt;
}

}  // namespace godwit
