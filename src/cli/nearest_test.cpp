#include "cli/nearest.h"

#include <gtest/gtest.h>

namespace godwit {
namespace {

const std::vector<std::string> verbs = {"run", "tokenize", "detokenize", "ppl", "inspect", "profile"};

TEST(Nearest, FindsSlips) {
  EXPECT_EQ(nearest("rnu", verbs), "run");
  EXPECT_EQ(nearest("ru", verbs), "run");
  EXPECT_EQ(nearest("tokenise", verbs), "tokenize");
  EXPECT_EQ(nearest("detoknize", verbs), "detokenize");
  EXPECT_EQ(nearest("--tmep", {"--temp", "--top-k"}), "--temp");
}

TEST(Nearest, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(nearest("xyz", verbs), "");
  EXPECT_EQ(nearest("", verbs), "");
  EXPECT_EQ(nearest(std::string(100'000, 'r'), verbs), "");
}

}  // namespace
}  // namespace godwit
