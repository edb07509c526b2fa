#include "isa/card.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "base/error.h"
#include "base/file.h"
#include "source_dir.h"

namespace godwit::isa {
namespace {

constexpr const char* folder = GODWIT_SOURCE_DIR "/configs/cards";

std::string text_of(const std::string& name) {
  return read_text(std::filesystem::path(folder) / (name + ".toml"));
}

/// nano's file with `old` replaced, read as a card.
Card changed(const std::string& old, const std::string& by) {
  std::string text = text_of("nano");
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  text.replace(at, old.size(), by);
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "changed-card.toml";
  std::ofstream(file) << text;
  return load_card(file.string());
}

TEST(Card, AllOfTheFolderAreReadAndPossible) {
  const std::vector<std::string> names = card_names();
  EXPECT_TRUE(std::ranges::is_sorted(names));
  for (const char* name : {"nano", "nano2", "ulx3s", "kv260", "zcu104", "u50", "u55c", "u280", "vhk158"}) {
    EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
  }
  for (const std::string& name : names) {
    const Card card = load_card(name);
    EXPECT_EQ(card.name, name);
    EXPECT_EQ(card.slices % card.cores, 0);
    EXPECT_EQ(card.frequency_assumed,
              !std::filesystem::exists(std::string(GODWIT_SOURCE_DIR "/configs/placed/") + name + ".toml"))
        << name << ": a clock is assumed until the machine was placed and routed";
    EXPECT_TRUE(card.memory.empty() ||
                std::filesystem::exists(std::string(GODWIT_SOURCE_DIR "/configs/memories/") + card.memory + ".toml"));
  }
}

TEST(Card, HasWhatDocsArchitectureSays) {
  const Card nano = load_card("nano");
  EXPECT_EQ(nano.slices, 2);
  EXPECT_EQ(nano.cores, 1);
  EXPECT_EQ(nano.port_bytes, 64);
  EXPECT_EQ(nano.prefetch_bytes, 16 << 10);
  EXPECT_EQ(nano.activation_words, 4096);
  EXPECT_EQ(nano.sfu_lanes, 8);
  EXPECT_EQ(nano.vector_reals, 64 << 10);
  EXPECT_EQ(nano.fold, 1);
  EXPECT_EQ(nano.most_tokens, 16);
  EXPECT_EQ(load_card("nano2").cores, 2);
  const Card ulx3s = load_card("ulx3s");
  EXPECT_EQ(ulx3s.slices, 1);
  EXPECT_EQ(ulx3s.port_bytes, 4);
  EXPECT_EQ(ulx3s.prefetch_bytes, 2 << 10);
  EXPECT_EQ(ulx3s.activation_words, 512);
  EXPECT_EQ(ulx3s.sfu_lanes, 1);
  EXPECT_EQ(ulx3s.vector_reals, 16 << 10);
  EXPECT_EQ(ulx3s.fold, 8);
  EXPECT_EQ(ulx3s.frequency_mhz, 50);
  const Card u280 = load_card("u280");
  EXPECT_EQ(u280.slices, 32);
  EXPECT_EQ(u280.port_bytes, 64);
  EXPECT_EQ(u280.prefetch_bytes, 128 << 10);
  EXPECT_EQ(u280.activation_words, 16384);
  EXPECT_EQ(u280.sfu_lanes, 64);
  EXPECT_EQ(u280.vector_reals, 512 << 10);
  EXPECT_EQ(u280.channel_bytes * 32, std::uint64_t{8} << 30);
  EXPECT_EQ(u280.frequency_mhz, 225);
}

TEST(Card, IsReadByPath) {
  const Card card = changed("slices = 2", "slices = 4\ncores = 2");
  EXPECT_EQ(card.name, "changed-card");
  EXPECT_EQ(card.slices, 4);
  EXPECT_EQ(card.cores, 2);
}

TEST(Card, AnUnknownNameListsThoseThereAre) {
  try {
    load_card("nan");
    FAIL() << "no such card";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("there is no card 'nan'"), std::string::npos) << error.what();
    EXPECT_NE(error.complaint().expected.find("nano, nano2"), std::string::npos) << error.complaint().expected;
  }
  EXPECT_THROW(load_card("/nowhere/card.toml"), UserError);
}

TEST(Card, ImpossibleFilesAreRefused) {
  struct Mistake {
    const char* old;
    const char* by;
    const char* what;      // part of the message
    const char* expected;  // part of what it says was expected
  };
  for (const Mistake& m : {
           Mistake{"slices = 2", "", "a whole number is missing", "from 1 to 64"},
           Mistake{"slices = 2", "slices = 3", "3 is no power of two", "a power of two"},
           Mistake{"slices = 2", "slices = 128", "128 is out of range", "from 1 to 64"},
           Mistake{"slices = 2", "slices = 2.0", "a whole number is missing", "from 1 to 64"},
           Mistake{"slices = 2", "slices = \"two\"", "a whole number is missing", "from 1 to 64"},
           Mistake{"slices = 2", "slices = 4\ncores = 3", "3 cores do not share 4 slices equally", "a divisor"},
           Mistake{"slices = 2", "slices = 2\ncores = 4", "4 is out of range", "from 1 to 2"},
           Mistake{"slices = 2", "slices = 2\nlanes = 16", "an entry that means nothing here", "only"},
           Mistake{"slices = 2", "slices = 2\nfold = 3", "3 is no power of two", "a power of two from 1 to 8"},
           Mistake{"slices = 2", "slices = 2\nfold = 16", "16 is out of range", "from 1 to 8"},
           Mistake{"slices = 2", "slices = 2\nmost_tokens = 17", "17 is out of range", "from 1 to 16"},
           Mistake{"slices = 2", "slices = 2\npart = \"\"", "a text is missing", "a text in quotes"},
           Mistake{"slices = 2", "slices = ", "not a TOML file", "a card as in configs/cards"},
           Mistake{"port_bytes = 64", "port_bytes = 2", "2 is out of range", "from 4 to 64"},
           Mistake{"port_bytes = 64", "port_bytes = 48", "48 is no power of two", "from 4 to 64"},
           Mistake{"prefetch_bytes = 16_384", "prefetch_bytes = 3000", "3000 is no multiple of 64", "a multiple of 64"},
           Mistake{"prefetch_bytes = 16_384", "prefetch_bytes = 1024", "1024 is out of range",
                   "a whole number from 2048"},
           Mistake{"activation_words = 4_096", "activation_words = 131_072", "out of range", "from 64 to 65536"},
           Mistake{"activation_words = 4_096", "activation_words = 4_000", "no power of two", "from 64 to 65536"},
           Mistake{"vector_reals = 65_536", "vector_reals = 65_537", "no multiple of 8", "a multiple of 8"},
           Mistake{"vector_reals = 65_536", "vector_reals = 33_554_432", "out of range", "16777216"},
           Mistake{"channel_bytes = 268_435_456", "channel_bytes = -64", "-64 is out of range", "a whole number"},
           Mistake{"frequency_mhz = 100", "frequency_mhz = 0", "missing or out of range", "from 1 to 2000"},
           Mistake{"frequency_mhz = 100", "frequency_mhz = nan", "missing or out of range", "from 1 to 2000"},
           Mistake{"frequency_assumed = true", "frequency_assumed = 1", "true or false is missing", "true or false"},
       }) {
    try {
      changed(m.old, m.by);
      ADD_FAILURE() << m.by << " was taken";
    } catch (const UserError& error) {
      EXPECT_NE(error.complaint().what.find(m.what), std::string::npos) << m.by << ": " << error.complaint().what;
      EXPECT_NE(error.complaint().expected.find(m.expected), std::string::npos) << error.complaint().expected;
      EXPECT_NE(error.complaint().where.find("changed-card.toml"), std::string::npos) << error.complaint().where;
    }
  }
}

}  // namespace
}  // namespace godwit::isa
