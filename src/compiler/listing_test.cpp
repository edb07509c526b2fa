#include "compiler/listing.h"

#include <gtest/gtest.h>

namespace godwit::compiler {
namespace {

namespace op = isa::op;

/// 0 set; chunk 1: set; 2 loop over 3, 4; 5 branch past 6; 6 stream; 7 branch back to 1; 8 end
Listing small_listing() {
  Listing listing;
  listing.code = {op::Set{},
                  op::Set{},
                  op::Loop{.count = 2, .body = 2},
                  op::Stream{},
                  op::Stream{},
                  op::Branch{.rs = 0, .condition = isa::Condition::zero, .distance = 2},
                  op::Stream{},
                  op::Branch{.rs = 1, .condition = isa::Condition::zero, .distance = -6},
                  op::End{}};
  listing.chunk = 1;
  listing.looped = true;
  listing.loop = 2;
  listing.body = 3;
  listing.body_end = 5;
  listing.skip = 5;
  listing.head = 6;
  listing.head_end = 7;
  return listing;
}

std::int32_t distance(const Listing& listing, std::size_t at) {
  return std::get<op::Branch>(listing.code[at]).distance;
}

TEST(Listing, InsertingMovesWhatPointsAcross) {
  Listing listing = small_listing();
  listing.insert(6, op::Combine{});  // the head's first
  EXPECT_EQ(distance(listing, 5), 3);
  EXPECT_EQ(distance(listing, 8), -7);
  EXPECT_EQ(listing.head, 6);
  EXPECT_EQ(listing.head_end, 8);
}

TEST(Listing, WhatPointsToThePlacePointsToTheNewOne) {
  Listing listing = small_listing();
  listing.insert(1, op::Combine{});
  EXPECT_EQ(distance(listing, 8), -7);
  EXPECT_EQ(listing.chunk, 1);
  EXPECT_EQ(listing.loop, 3);
  listing.insert(8, op::Combine{});  // where the branch past the head goes
  EXPECT_EQ(distance(listing, 6), 2);
  EXPECT_EQ(distance(listing, 9), -8);
}

TEST(Listing, BodiesGrowWithWhatIsPutIntoThem) {
  Listing listing = small_listing();
  const auto body = [&] { return std::get<op::Loop>(listing.code[listing.loop]).body; };
  listing.insert(2, op::Set{});  // before the loop
  EXPECT_EQ(body(), 2);
  EXPECT_EQ(listing.body, 4);
  listing.insert(4, op::Combine{});  // as the first of the body
  EXPECT_EQ(body(), 3);
  EXPECT_EQ(listing.body, 4);
  EXPECT_EQ(listing.body_end, 7);
  listing.insert(7, op::Combine{}, true);  // as its last
  EXPECT_EQ(body(), 4);
  EXPECT_EQ(listing.body_end, 8);
  listing.insert(8, op::Combine{});  // behind it
  EXPECT_EQ(body(), 4);
  EXPECT_EQ(listing.body_end, 8);
}

}  // namespace
}  // namespace godwit::compiler
