#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

#include "base/error.h"

namespace godwit {
namespace {

std::string reason(int code) { return std::generic_category().message(code); }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    throw UserError({.what = "cannot open the file: " + reason(errno),
                     .where = path.string(),
                     .expected = "a readable file",
                     .remedy = "check the path and its permissions"});
  }
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw UserError({.what = "not a regular file",
                     .where = path.string(),
                     .expected = "a regular file, which can be mapped into memory",
                     .remedy = "give the path of the file itself"});
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  const std::byte* data = nullptr;
  if (size > 0) {
    void* map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (map == MAP_FAILED) {
      throw UserError({.what = "cannot map the file into memory: " + reason(errno),
                       .where = path.string(),
                       .expected = fmt::format("{} bytes of address space", size),
                       .remedy = "free memory, or raise the limit on virtual memory (ulimit -v)"});
    }
    data = static_cast<const std::byte*>(map);
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, data, size));
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::string read_text(const std::filesystem::path& path) {
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text;
  if (in) text.assign(std::istreambuf_iterator<char>(in), {});
  if (!in || in.bad() || std::filesystem::is_directory(path)) {
    throw UserError({.what = "cannot read the file" + (errno != 0 ? ": " + reason(errno) : std::string()),
                     .where = path.string(),
                     .expected = "a readable file",
                     .remedy = "check the path and its permissions"});
  }
  return text;
}

void write_atomically(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write) {
  std::filesystem::path beside = path;
  beside += fmt::format(".{}.part", ::getpid());
  const auto remove_part = [&] {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
  };
  try {
    errno = 0;
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    if (out) write(out);
    out.close();
    if (!out) {
      throw UserError({.what = "cannot write the file: " + reason(errno),
                       .where = path.string(),
                       .expected = "a writable folder with room on its disk",
                       .remedy = "free some space or choose another place; what was there before is untouched"});
    }
    std::error_code code;
    std::filesystem::rename(beside, path, code);
    if (code) {
      throw UserError({.what = "cannot put the finished file in its place: " + code.message(),
                       .where = path.string(),
                       .expected = "a path that a file can take",
                       .remedy = "choose another output path"});
    }
  } catch (...) {
    remove_part();
    throw;
  }
}

}  // namespace godwit
