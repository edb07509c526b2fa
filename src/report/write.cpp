#include "report/write.h"

#include <ostream>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "report/document.h"

namespace godwit::report {
namespace fs = std::filesystem;

std::vector<fs::path> write_report(const Evidence& evidence, const fs::path& folder) {
  const Document document = document_of(evidence);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw UserError({.what = "cannot make the folder: " + error.message(),
                     .where = folder.string(),
                     .expected = "a folder, or a place for one",
                     .remedy = "choose another with -o"});
  }
  std::vector<fs::path> files;
  const auto write = [&](const char* name, const std::string& text) {
    files.push_back(folder / name);
    write_atomically(files.back(), [&](std::ostream& out) { out << text; });
  };
  write("report.html", html_page(document));
  write("report.md", markdown_page(document));
  write("report.json", json_page(evidence));
  return files;
}

}  // namespace godwit::report
