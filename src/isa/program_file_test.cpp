#include "isa/program_file.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "isa/generated.h"

namespace godwit::isa {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ProgramFileTest : public testing::Test {
 protected:
  ProgramFileTest() {
    fs::create_directories(folder_);
    Random random(3);
    for (std::byte& byte : image_) byte = static_cast<std::byte>(random.below(256));
    program_.card.name = "tester";
    program_.card.slices = 2;
    program_.card.activation_words = 64;
    program_.card.vector_reals = 4096;
    program_.card.channel_bytes = 1 << 20;
    program_.card.frequency_mhz = 123.5;
    program_.card.frequency_assumed = false;
    program_.fraction_bits = 17;
    program_.instructions = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
    program_.descriptors = {{13, 14, 15, 16}};
    program_.segments = {{"norms", 0, 128, std::span(image_).first(100)},
                         {"layers.0.up", 1, 0, std::span(image_).subspan(100, 333)},
                         {"nothing", 1, 64, {}}};
    program_.ids_address = 4096;
    program_.result_address = 8192;
    program_.logits_address = 16384;
    program_.channel_bytes = 1 << 16;
    program_.cache = {.kv_heads = 3, .head_dim = 16, .capacity = 48, .slices = 2};
    program_.layers = 5;
    program_.chunk = 4;
    program_.positions = 40;
    program_.vocabulary = 97;
    program_.row_logits = 112;
    program_.matrices = {{"layers.0.up", 7, "w4g64-n8"}, {"head", 8, "w8"}};
  }
  ~ProgramFileTest() override { fs::remove_all(folder_); }
  ProgramFileTest(const ProgramFileTest&) = delete;
  ProgramFileTest& operator=(const ProgramFileTest&) = delete;

  std::string written() {
    write_program_file(path_, program_, texts_);
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string complaint(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    try {
      read_program_file(path_);
    } catch (const UserError& error) {
      return error.what();
    }
    return "none";
  }

  fs::path folder_ = fs::temp_directory_path() / (std::string("godwit-program-file-") +
                                                  testing::UnitTest::GetInstance()->current_test_info()->name());
  fs::path path_ = folder_ / "x.godwit";
  std::vector<std::byte> image_ = std::vector<std::byte>(500);
  Program program_;
  std::map<std::string, std::string> texts_ = {{"model.json", "{}"}, {"empty", ""}, {"binary", std::string("a\0b", 3)}};
};

TEST_F(ProgramFileTest, ComesBackAsItWas) {
  written();
  const ProgramFile file = read_program_file(path_);
  EXPECT_EQ(file.texts, texts_);
  const Program& p = *file.program;
  EXPECT_EQ(p.card.name, "tester");
  EXPECT_EQ(p.card.slices, 2);
  EXPECT_EQ(p.card.frequency_mhz, 123.5);
  EXPECT_FALSE(p.card.frequency_assumed);
  EXPECT_EQ(p.fraction_bits, 17);
  EXPECT_EQ(p.instructions, program_.instructions);
  EXPECT_EQ(p.descriptors, program_.descriptors);
  ASSERT_EQ(p.segments.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(p.segments[i].name, program_.segments[i].name);
    EXPECT_EQ(p.segments[i].channel, program_.segments[i].channel);
    EXPECT_EQ(p.segments[i].address, program_.segments[i].address);
    EXPECT_TRUE(std::ranges::equal(p.segments[i].bytes, program_.segments[i].bytes));
  }
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p.segments[1].bytes.data()) % 64, 0U);
  EXPECT_EQ(p.logits_address, program_.logits_address);
  EXPECT_EQ(p.cache.capacity, 48U);
  EXPECT_EQ(p.layers, 5U);
  EXPECT_EQ(p.row_logits, 112U);
  ASSERT_EQ(p.matrices.size(), 2U);
  EXPECT_EQ(p.matrices[0].scheme, "w4g64-n8");
  EXPECT_EQ(p.matrices[1].descriptor, 8U);
}

TEST_F(ProgramFileTest, TheSameTwiceGivesTheSameBytes) {
  const std::string once = written();
  EXPECT_EQ(written(), once);
}

TEST_F(ProgramFileTest, EveryFlippedBitIsRefused) {
  const std::string good = written();
  EXPECT_EQ(complaint(good), "none");
  for (std::size_t at = 0; at < good.size(); at += at < 200 ? 1 : 7) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    ASSERT_THAT(complaint(bad), HasSubstr("x.godwit")) << at;
  }
}

TEST_F(ProgramFileTest, EveryOtherLengthIsRefused) {
  const std::string good = written();
  for (std::size_t kept = 0; kept < good.size(); kept += 37) {
    ASSERT_THAT(complaint(good.substr(0, kept)), HasSubstr("x.godwit")) << kept;
  }
  EXPECT_THAT(complaint(good + '\0'), HasSubstr("bytes"));
}

TEST_F(ProgramFileTest, OtherVersionsAreRefused) {
  std::string other = written();
  other[8] = 9;
  const std::uint64_t sum = checksum(std::as_bytes(std::span(other.data(), 56)));
  std::memcpy(other.data() + 56, &sum, sizeof sum);
  EXPECT_THAT(complaint(other), HasSubstr("version 9"));
}

TEST_F(ProgramFileTest, ProgramsThatNoCardHoldsAreRefused) {
  const auto refused = [&](const auto& change, const char* what) {
    const Program good = program_;
    change(program_);
    EXPECT_THAT(complaint(written()), HasSubstr(what));
    program_ = good;
  };
  refused([](Program& p) { p.segments[0].channel = 2; }, "channels of the card");
  refused([](Program& p) { p.segments[1].address = 65536; }, "within the channels");
  refused([](Program& p) { p.segments[1].address = 33; }, "within the channels");
  refused([](Program& p) { p.channel_bytes = 1 << 21; }, "fits into the card");
  refused([](Program& p) { p.card.slices = 0; }, "card");
  refused([](Program& p) { p.fraction_bits = 32; }, "fraction bits");
  refused([](Program& p) { p.ids_address = 65536 - 156; }, "token id");
  refused([](Program& p) { p.logits_address = 65536 - 4; }, "results");
  refused([](Program& p) { p.vocabulary = 113; }, "logits");
}

TEST_F(ProgramFileTest, IsKnownByItsNameOrItsBeginning) {
  const std::string good = written();
  std::ofstream(folder_ / "other", std::ios::binary) << good;
  std::ofstream(folder_ / "text") << "GODWIT";
  EXPECT_TRUE(is_program_file(path_));
  EXPECT_TRUE(is_program_file(folder_ / "other"));
  EXPECT_TRUE(is_program_file("/no/such/file.godwit"));
  EXPECT_FALSE(is_program_file(folder_ / "text"));
  EXPECT_FALSE(is_program_file(folder_));
  EXPECT_FALSE(is_program_file("shape:gpt2"));
}

TEST(Checksum, SeesEveryBitAndTheLength) {
  std::vector<std::byte> bytes(300);
  const std::uint64_t zero = checksum(bytes);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_NE(checksum(bytes), zero) << bit;
    bytes[bit / 8] = std::byte{0};
  }
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_NE(checksum(std::span(bytes).first(n)), zero) << n;
}

}  // namespace
}  // namespace godwit::isa
