#include "base/text_stream.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "base/error.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;

class TextStreamTest : public testing::Test {
 protected:
  TextStreamTest() {
    std::string name = testing::TempDir() + "godwit-text-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~TextStreamTest() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path at(const char* name) const { return folder_ / name; }
  static void put(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

  fs::path folder_;
};

TEST_F(TextStreamTest, ReadsAsMuchOfATextAsIsAskedFor) {
  std::string wanted;
  for (int i = 0; i < 400'000; ++i) wanted += std::to_string(i);
  put(at("long"), wanted);
  TextStream in(at("long"));
  std::string text;
  EXPECT_TRUE(in.read(text, 3));
  EXPECT_EQ(text, "012");
  EXPECT_TRUE(in.read(text, 2'000'000));
  EXPECT_EQ(text.size(), 2'000'003U);
  EXPECT_FALSE(in.read(text, 100'000'000));
  EXPECT_EQ(text, wanted);
  EXPECT_FALSE(in.read(text, 1));
  EXPECT_EQ(text, wanted);
}

TEST_F(TextStreamTest, KnowsThatATextIsOverAtItsLastByte) {
  put(at("short"), "abc");
  TextStream in(at("short"));
  std::string text;
  EXPECT_FALSE(in.read(text, 3));
  EXPECT_EQ(text, "abc");
  put(at("empty"), "");
  EXPECT_FALSE(TextStream(at("empty")).read(text, 3));
  EXPECT_EQ(text, "abc");
  EXPECT_THROW(TextStream(at("missing")), UserError);
  EXPECT_THROW(TextStream{folder_}, UserError);
}

}  // namespace
}  // namespace godwit
