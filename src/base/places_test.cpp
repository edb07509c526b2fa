#include "base/places.h"

#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "source_dir.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;

class Places : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_); }
  void TearDown() override { fs::remove_all(root_); }
  fs::path make(std::string_view folder) {
    fs::create_directories(root_ / folder);
    return root_ / folder;
  }

  const fs::path root_ = fs::temp_directory_path() / fmt::format("godwit-places-{}", ::getpid());
};

TEST_F(Places, AnInstalledProgramFindsItsDataBesideItsPrefix) {
  const fs::path data = make("usr/share/godwit/configs");
  EXPECT_EQ(folder_near(make("usr/bin"), "configs"), data);
}

TEST_F(Places, ABuiltOneFindsTheSourceTree) {
  const fs::path results = make("tree/bench/results");
  EXPECT_EQ(folder_near(make("tree/build/release/bin"), "bench/results"), results);
}

TEST_F(Places, APythonPackageHoldsItsOwn) {
  const fs::path data = make("site/godwit/models");
  make("site/models");
  EXPECT_EQ(folder_near(root_ / "site/godwit", "models"), data);
}

TEST_F(Places, WhatIsInstalledCountsBeforeAnythingElseThere) {
  make("home/models");
  const fs::path data = make("home/share/godwit/models");
  EXPECT_EQ(folder_near(make("home/bin"), "models"), data);
}

TEST_F(Places, TheNearestCounts) {
  make("configs");
  const fs::path data = make("a/configs");
  EXPECT_EQ(folder_near(make("a/b"), "configs"), data);
}

TEST_F(Places, WhatIsNowhereIsNotMadeUp) {
  EXPECT_EQ(folder_near(make("bin"), "no-such-folder-of-godwit"), std::nullopt);
}

TEST_F(Places, TheEnvironmentOverrules) {
  ASSERT_EQ(::setenv("GODWIT_PLACES_TEST", "/somewhere", 1), 0);
  EXPECT_EQ(program_folder("configs", "GODWIT_PLACES_TEST"), "/somewhere");
  ASSERT_EQ(::unsetenv("GODWIT_PLACES_TEST"), 0);
  EXPECT_EQ(program_folder("configs", "GODWIT_PLACES_TEST"), fs::path(GODWIT_SOURCE_DIR) / "configs");
}

}  // namespace
}  // namespace godwit
