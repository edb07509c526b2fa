#include "base/text_stream.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <system_error>

#include "base/error.h"

namespace godwit {
namespace {

UserError unreadable(const std::filesystem::path& path, const std::string& why) {
  return UserError({.what = "cannot read the file: " + why,
                    .where = path.string(),
                    .expected = "a readable file",
                    .remedy = "check the path and its permissions"});
}

}  // namespace

TextStream::TextStream(const std::filesystem::path& path) : path_(path) {
  if (path == "-") return;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw unreadable(path, "it is a folder");
  errno = 0;
  file_ = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file_) throw unreadable(path, std::generic_category().message(errno));
}

TextStream::~TextStream() = default;

bool TextStream::read(std::string& text, std::size_t bytes) {
  constexpr std::size_t piece = std::size_t{1} << 20;  // at a time: a text shorter than `bytes` needs no room for them
  std::istream& in = file_ ? *file_ : std::cin;
  errno = 0;
  while (bytes > 0 && !in.eof()) {
    const std::size_t before = text.size();
    const std::size_t wanted = std::min(bytes, piece);
    text.resize(before + wanted);
    in.read(text.data() + before, static_cast<std::streamsize>(wanted));
    if (in.bad()) throw unreadable(path_, std::generic_category().message(errno));
    text.resize(before + static_cast<std::size_t>(in.gcount()));
    bytes -= wanted;
  }
  return !in.eof() && in.peek() != std::istream::traits_type::eof();
}

}  // namespace godwit
