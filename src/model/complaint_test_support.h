#pragma once
// For tests of what godwit says to the user.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "base/error.h"
#include "source_dir.h"

namespace godwit {

/// `act` must throw a UserError that says `what`, names `where` (a file, a tensor, ...), and has an expectation and a
/// remedy.
inline void expect_complaint(const std::function<void()>& act, std::string_view what, std::string_view where) {
  try {
    act();
  } catch (const UserError& error) {
    const Complaint& c = error.complaint();
    EXPECT_NE(c.what.find(what), std::string::npos) << error.what();
    EXPECT_NE(c.where.find(where), std::string::npos) << error.what();
    EXPECT_FALSE(c.expected.empty()) << error.what();
    EXPECT_FALSE(c.remedy.empty()) << error.what();
    return;
  }
  ADD_FAILURE() << "nothing was thrown; wanted: " << what;
}

/// A folder of its own that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "godwit-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// A file or folder of tests/data.
inline std::filesystem::path test_data(const std::string& name) {
  return std::filesystem::path(GODWIT_SOURCE_DIR) / "tests" / "data" / name;
}

}  // namespace godwit
