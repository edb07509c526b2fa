#include "compress/scheme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace godwit::compress {
namespace {

using testing::HasSubstr;

TEST(Scheme, NamesComeBackAsWritten) {
  for (const char* name : {"w8", "w6g64", "w5g16", "w4g32", "w4g128", "w3g64", "w2g64", "w4g64-n8", "w8-n4", "w2g64-n2",
                           "w8-n1", "w4g64-4:2", "w8-8:4", "keep"}) {
    EXPECT_EQ(scheme_name(parse_scheme(name)), name);
  }
}

TEST(Scheme, GroupsAre64UnlessTheySaySomethingElse) {
  EXPECT_EQ(parse_scheme("w4").group, 64);
  EXPECT_EQ(parse_scheme("w4-n8").group, 64);
  EXPECT_EQ(parse_scheme("w8").group, 0);
}

TEST(Scheme, APointMakesItAMean) {
  const Scheme scheme = parse_scheme("w3.5-4:2");
  EXPECT_EQ(scheme.mean, 3.5);
  EXPECT_EQ(scheme.group, 64);
  EXPECT_EQ(scheme.kept, 8);
  EXPECT_EQ(scheme_name(scheme), "w3.5g64-4:2");
  EXPECT_EQ(scheme_name(parse_scheme("w4.0g128")), "w4.0g128");
  EXPECT_FALSE(parse_scheme("w4").mean.has_value());
}

TEST(Scheme, APatternIsReadInEitherOrder) {
  for (const char* name : {"w4-2:4", "w4-4:2"}) {
    const Scheme scheme = parse_scheme(name);
    EXPECT_EQ(scheme.kept, 8) << name;
    EXPECT_EQ(scheme.span, 4) << name;
  }
  EXPECT_EQ(parse_scheme("w4-16:8").kept, 8);
  EXPECT_EQ(scheme_name(parse_scheme("w4-16:8")), "w4g64-n8");
  EXPECT_EQ(scheme_name(parse_scheme("w4-n16")), "w4g64");
}

TEST(Scheme, WhatDoesNotExistIsRefusedWithTheReason) {
  const auto complaint = [](const std::string& name) -> std::string {
    try {
      parse_scheme(name);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(complaint("q4"), HasSubstr("begins with 'w'"));
  EXPECT_THAT(complaint(""), HasSubstr("begins with 'w'"));
  EXPECT_THAT(complaint("w"), HasSubstr("the bits of a weight"));
  EXPECT_THAT(complaint("w7"), HasSubstr("2, 3, 4, 5, 6 or 8 bits"));
  EXPECT_THAT(complaint("w1.5"), HasSubstr("from 2.0 to 8.0"));
  EXPECT_THAT(complaint("w3.5.5"), HasSubstr("'3.5.5' is no mean"));
  EXPECT_THAT(complaint("w3.5g48"), HasSubstr("16, 32, 64 or 128"));
  EXPECT_THAT(complaint("w4g48"), HasSubstr("16, 32, 64 or 128"));
  EXPECT_THAT(complaint("w8g64"), HasSubstr("have no groups"));
  EXPECT_THAT(complaint("w4g32-n4"), HasSubstr("at least 64"));
  EXPECT_THAT(complaint("w4-n3"), HasSubstr("16, 8, 4, 2 or 1"));
  EXPECT_THAT(complaint("w4-2:5"), HasSubstr("2, 4, 8 or 16"));
  EXPECT_THAT(complaint("w4-3:8"), HasSubstr("16, 8, 4, 2 or 1"));
  EXPECT_THAT(complaint("w4-n8x"), HasSubstr("'x' is left over"));
  EXPECT_THAT(complaint("w99999999999"), HasSubstr("the bits of a weight"));
}

}  // namespace
}  // namespace godwit::compress
