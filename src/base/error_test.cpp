#include "base/error.h"

#include <gtest/gtest.h>

namespace godwit {
namespace {

TEST(UserError, MessageHasOneLineForEachPart) {
  const UserError error({.what = "the tensor is too long",
                         .where = "model.safetensors, byte 48",
                         .expected = "at most 1,024 bytes",
                         .remedy = "download the file again"});
  EXPECT_STREQ(error.what(),
               "the tensor is too long\n  where:    model.safetensors, byte 48\n  expected: at most 1,024 bytes\n"
               "  remedy:   download the file again");
  EXPECT_EQ(error.complaint().where, "model.safetensors, byte 48");
}

TEST(UserError, EmptyPartsTakeNoLine) {
  const UserError error({.what = "no prompt", .where = "", .expected = "", .remedy = "give one with -p"});
  EXPECT_STREQ(error.what(), "no prompt\n  remedy:   give one with -p");
}

TEST(PanicDeathTest, SaysWhatAndWhereAndAborts) {
  EXPECT_DEATH(panic("the sky fell"), "a bug: the sky fell\n  at .*error_test\\.cpp:[0-9]+");
}

TEST(EnsureDeathTest, PanicsOnlyWhenItDoesNotHold) {
  ensure(true, "fine");
  EXPECT_DEATH(ensure(false, "two and two make five"), "two and two make five\n  at .*error_test\\.cpp");
}

}  // namespace
}  // namespace godwit
