#include "base/file.h"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/error.h"

namespace godwit {
namespace {

std::string reason(int code) {
  return std::generic_category().message(code);
}

/// ": no space left", or nothing where the system gave no reason.
std::string because(int code) {
  return code != 0 ? ": " + reason(code) : std::string();
}

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
  const auto refuse = [&](const std::string& why) {
    return UserError({.what = "cannot read the file" + why,
                      .where = path.string(),
                      .expected = "a readable file",
                      .remedy = "check the path and its permissions"});
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw refuse(": it is a folder");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw refuse(because(errno));
  std::ostringstream text;
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (in.bad() || !text) throw refuse(because(errno));
  return std::move(text).str();
}

namespace {

[[noreturn]] void refuse_writing(const std::filesystem::path& path, int code) {
  throw UserError({.what = "cannot write the file" + because(code),
                   .where = path.string(),
                   .expected = "a writable folder with room on its disk",
                   .remedy = "free some space or choose another place; what was there before is untouched"});
}

void write_to(const std::filesystem::path& target, const std::filesystem::path& named,
              const std::function<void(std::ostream&)>& write) {
  errno = 0;
  std::ofstream out(target, std::ios::binary | std::ios::trunc);
  if (!out) refuse_writing(named, errno);
  write(out);
  out.close();
  if (!out) refuse_writing(named, errno);
}

}  // namespace

void write_atomically(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (std::filesystem::is_directory(status)) refuse_writing(path, EISDIR);
  // A device or a pipe cannot be replaced by renaming, and /dev/null must not be.
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    write_to(path, path, write);
    return;
  }
  const auto target = std::filesystem::is_symlink(path, code) ? std::filesystem::weakly_canonical(path) : path;
  std::filesystem::path beside = target;
  beside += fmt::format(".{}.part", ::getpid());
  try {
    write_to(beside, path, write);
    std::filesystem::rename(beside, target, code);
    if (code) refuse_writing(path, code.value());
  } catch (...) {
    std::filesystem::remove(beside, code);
    throw;
  }
}

}  // namespace godwit
