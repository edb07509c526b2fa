#include "base/file.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ostream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "base/error.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = testing::TempDir() + "godwit-file-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~FileTest() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path at(const char* name) const { return folder_ / name; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path().filename());
    return found;
  }
  static void put(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

  fs::path folder_;
};

/// Lets no file grow past `bytes` for a while: what a full disk does, without one.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, handler_));
  }

 private:
  rlimit before_ = {};
  void (*handler_)(int);
};

std::string complaint_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no complaint";
}

TEST_F(FileTest, MapsTheBytesOfAFile) {
  const std::string text("a\0b\xFF", 4);
  put(at("x"), text);
  const auto file = MappedFile::open(at("x"));
  const auto bytes = file->bytes();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), text);
  EXPECT_EQ(file->path(), at("x"));
}

TEST_F(FileTest, MapsAnEmptyFileToAnEmptySpan) {
  put(at("x"), "");
  EXPECT_TRUE(MappedFile::open(at("x"))->bytes().empty());
}

TEST_F(FileTest, RefusesToMapWhatIsNoFile) {
  EXPECT_THAT(complaint_of([&] { MappedFile::open(at("missing")); }), HasSubstr("No such file"));
  EXPECT_THAT(complaint_of([&] { MappedFile::open(folder_); }), HasSubstr("not a regular file"));
}

TEST_F(FileTest, ReadsTextByteForByte) {
  const std::string text("line\r\n\0\xFE end", 12);
  put(at("x"), text);
  EXPECT_EQ(read_text(at("x")), text);
  put(at("empty"), "");
  EXPECT_EQ(read_text(at("empty")), "");
}

TEST_F(FileTest, ReadsFilesWhoseSizeIsNotKnown) {
  EXPECT_THAT(read_text("/proc/self/status"), HasSubstr("Pid:"));
}

TEST_F(FileTest, RefusesToReadFoldersAndMissingFiles) {
  EXPECT_THAT(complaint_of([&] { read_text(folder_); }), HasSubstr("it is a folder"));
  EXPECT_THAT(complaint_of([&] { read_text(at("missing")); }), HasSubstr("No such file"));
}

TEST_F(FileTest, WritesAndReplaces) {
  write_atomically(at("x"), [](std::ostream& out) { out << "first"; });
  EXPECT_EQ(read_text(at("x")), "first");
  write_atomically(at("x"), [](std::ostream& out) { out << "second"; });
  EXPECT_EQ(read_text(at("x")), "second");
  EXPECT_THAT(names(), ElementsAre("x"));
}

TEST_F(FileTest, OldFileStandsUntilTheNewOneIsWhole) {
  put(at("x"), "old");
  write_atomically(at("x"), [&](std::ostream& out) {
    out << "new" << std::flush;
    EXPECT_EQ(read_text(at("x")), "old");
  });
  EXPECT_EQ(read_text(at("x")), "new");
}

TEST_F(FileTest, AnExceptionLeavesTheOldFileAndNoPart) {
  put(at("x"), "old");
  EXPECT_THROW(write_atomically(at("x"),
                                [](std::ostream& out) {
                                  out << "half" << std::flush;
                                  throw std::runtime_error("stop");
                                }),
               std::runtime_error);
  EXPECT_EQ(read_text(at("x")), "old");
  EXPECT_THAT(names(), ElementsAre("x"));
}

TEST_F(FileTest, AFullDiskLeavesTheOldFileAndNoPart) {
  put(at("x"), "old");
  std::string complaint;
  {
    const FileSizeLimit limit(1 << 16);
    complaint = complaint_of([&] {
      write_atomically(at("x"), [](std::ostream& out) {
        for (int i = 0; i < 100; ++i) out << std::string(1 << 12, 'x');
      });
    });
  }
  EXPECT_THAT(complaint, HasSubstr("cannot write the file: File too large"));
  EXPECT_EQ(read_text(at("x")), "old");
  EXPECT_THAT(names(), ElementsAre("x"));
}

TEST_F(FileTest, ADiskThatIsFullAtTheLastByteIsNoticed) {
  std::string complaint;
  {
    const FileSizeLimit limit(4);
    complaint = complaint_of([&] { write_atomically(at("x"), [](std::ostream& out) { out << "12345"; }); });
  }
  EXPECT_THAT(complaint, HasSubstr("cannot write the file"));
  EXPECT_TRUE(names().empty());
}

TEST_F(FileTest, RefusesFoldersAndMissingFolders) {
  const auto nothing = [](std::ostream&) {};
  EXPECT_THAT(complaint_of([&] { write_atomically(folder_, nothing); }), HasSubstr("Is a directory"));
  EXPECT_THAT(complaint_of([&] { write_atomically(at("none") / "x", nothing); }), HasSubstr("No such file"));
  EXPECT_TRUE(names().empty());
}

TEST_F(FileTest, DevicesAreWrittenToAndNotReplaced) {
  write_atomically("/dev/null", [](std::ostream& out) { out << "gone"; });
  struct stat status = {};
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
  EXPECT_THAT(complaint_of([] { write_atomically("/dev/full", [](std::ostream& out) { out << "x"; }); }),
              HasSubstr("No space left"));
}

TEST_F(FileTest, ALinkKeepsPointingToItsFile) {
  put(at("real"), "old");
  fs::create_symlink("real", at("link"));
  write_atomically(at("link"), [](std::ostream& out) { out << "new"; });
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_EQ(read_text(at("real")), "new");
}

}  // namespace
}  // namespace godwit
