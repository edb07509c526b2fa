#pragma once
// A text whose beginning may be enough.

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>

namespace godwit {

class TextStream {
 public:
  /// "-" is standard input. Throws UserError if the file cannot be opened.
  explicit TextStream(const std::filesystem::path& path);
  TextStream(const TextStream&) = delete;
  TextStream& operator=(const TextStream&) = delete;
  ~TextStream();

  /// Adds the next `bytes`, or as many as are left; false where nothing is left behind them. Throws UserError if they
  /// cannot be read.
  bool read(std::string& text, std::size_t bytes);

 private:
  std::filesystem::path path_;
  std::unique_ptr<std::istream> file_;  // none for standard input
};

}  // namespace godwit
