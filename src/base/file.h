#pragma once
// Files: mapped for reading, whole text, and written beside and renamed so that nothing is ever half there.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>

namespace godwit {

/// A read-only file mapped into memory; pages are read on first touch. Shared, because tensors point into it.
class MappedFile {
 public:
  /// Throws UserError if the path cannot be opened, is no regular file, or cannot be mapped. An empty file maps to an
  /// empty span.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}

  std::filesystem::path path_;
  const std::byte* data_;
  std::size_t size_;
};

/// The whole file as bytes; "-" is standard input. Throws UserError if it cannot be read.
std::string read_text(const std::filesystem::path& path);

/// Calls `write` on a stream to a file beside `path`, then renames it to `path`. On any failure (a full disk, an
/// exception of `write`) the file beside is removed, `path` is left as it was, and a UserError or that exception
/// comes out. A symbolic link keeps pointing where it did; a device or a pipe is written to directly.
void write_atomically(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write);

}  // namespace godwit
