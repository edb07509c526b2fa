#include "isa/codec.h"

#include <charconv>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <string>

#include "base/random.h"
#include "isa/vectors.h"

namespace godwit::isa {
namespace {

Words words_of(std::string_view hex) {  // 64 digits, the highest first
  Words words{};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string_view part = hex.substr(48 - 16 * i, 16);
    EXPECT_EQ(std::from_chars(part.begin(), part.end(), words[i], 16).ptr, part.end());
  }
  return words;
}

// The words were made by another encoder, in another language; the same ones are given to SystemVerilog.
TEST(Codec, AgreesWithTheVectors) {
  std::size_t legal = 0;
  std::set<std::string> seen;
  for (const std::string_view line : vectors) {
    std::istringstream in{std::string(line)};
    std::string name, hex, pair;
    in >> name >> hex;
    if (name == "illegal") continue;
    const bool is_descriptor = name == "descriptor";
    const Layout* layout = is_descriptor ? &descriptor_layout() : layout_of_name(name);
    ASSERT_NE(layout, nullptr) << name;
    Values values{};
    std::size_t fields = 0;
    for (; in >> pair; ++fields) {
      const std::size_t equals = pair.find('=');
      ASSERT_LT(fields, layout->fields.size());
      ASSERT_EQ(layout->fields[fields].name, pair.substr(0, equals));
      values[fields] = std::stoll(pair.substr(equals + 1));
    }
    ASSERT_EQ(fields, layout->fields.size());
    const Words words = words_of(hex);
    EXPECT_EQ(pack(*layout, values), words) << line;
    EXPECT_EQ(unpack(*layout, words), values) << line;
    if (is_descriptor) {
      const auto decoded = decode_descriptor(words);
      ASSERT_TRUE(decoded) << decoded.message();
      EXPECT_EQ(values_of(decoded.value()), values);
      EXPECT_EQ(encode(decoded.value()), words);
    } else {
      const auto decoded = decode(words);
      ASSERT_TRUE(decoded) << decoded.message();
      EXPECT_EQ(values_of(decoded.value()), values);
      EXPECT_EQ(encode(decoded.value()), words);
    }
    seen.insert(name);
    ++legal;
  }
  EXPECT_EQ(seen.size(), instruction_layouts().size() + 1);
  EXPECT_GE(legal, 10 * seen.size());
}

TEST(Codec, RefusesTheIllegalVectors) {
  std::size_t illegal = 0;
  for (const std::string_view line : vectors) {
    std::istringstream in{std::string(line)};
    std::string word, kind, hex;
    in >> word >> kind >> hex;
    if (word != "illegal") continue;
    ++illegal;
    const Words words = words_of(hex);
    const std::string message = kind == "descriptor" ? decode_descriptor(words).message() : decode(words).message();
    EXPECT_FALSE(message.empty()) << line;
  }
  EXPECT_GE(illegal, 2 * instruction_layouts().size());
}

// Whatever is decoded is encoded to the same bits; with one bit of each field's neighbourhood turned, too.
TEST(Codec, DecodedWordsEncodeToThemselves) {
  Random random(7);
  std::size_t decoded_words = 0;
  for (int i = 0; i < 200000; ++i) {
    const Layout& layout = instruction_layouts()[random.below(instruction_layouts().size())];
    Words words{};
    for (std::size_t w = 0; w < 4; ++w) words[w] = random.bits() & ~layout.reserved[w];
    words[0] = (words[0] & ~std::uint64_t{0xFF}) | layout.opcode;
    if (i % 4 == 0) words[random.below(4)] ^= std::uint64_t{1} << random.below(64);
    const auto decoded = decode(words);
    EXPECT_EQ(decoded.message().empty(), static_cast<bool>(decoded));
    if (!decoded) continue;
    ++decoded_words;
    ASSERT_EQ(encode(decoded.value()), words);
    ASSERT_FALSE(check(decoded.value()));
  }
  EXPECT_GT(decoded_words, 100000U);
}

std::string complaint(const auto& x) {
  const auto error = check(x);
  return error ? error->message() : std::string();
}

TEST(Codec, NamesTheFieldThatDoesNotFit) {
  const Instruction bad = op::Matmul{.matrix = 12, .from = 70000};
  EXPECT_EQ(complaint(bad), "matmul: from = 70000; expected 0 to 65535");
  try {
    encode(bad);
    FAIL() << "was encoded";
  } catch (const EncodeError& error) {
    EXPECT_EQ(error.error().layout, "matmul");
    EXPECT_EQ(error.error().field, "from");
    EXPECT_EQ(error.error().value, 70000);
    EXPECT_EQ(error.error().expected, "0 to 65535");
    EXPECT_EQ(error.what(), complaint(bad));
  }
  const auto of = [](const Instruction& instruction) { return complaint(instruction); };
  EXPECT_EQ(of(op::Set{.value_stride = -32769}), "set: value_stride = -32769; expected -32768 to 32767");
  EXPECT_EQ(of(op::Load{.address = std::uint64_t{1} << 40}),
            "load: address = 1099511627776; expected 0 to 1099511627775");
  EXPECT_NE(of(op::Load{.address = std::uint64_t{1} << 63}), "");
  EXPECT_EQ(of(op::Quantise{.vectors = 256}), "quantise: vectors = 256; expected 0 to 255");
  EXPECT_EQ(of(op::End{.wait_a = 16}), "end: wait_a = 16; expected 0 to 15");
  EXPECT_EQ(of(op::End{}), "");
}

TEST(Codec, ADescriptorHasOnlySizesThatExist) {
  const Descriptor good{.inputs = 256, .bits = 8};
  EXPECT_EQ(complaint(good), "");
  EXPECT_EQ(decode_descriptor(encode(good)).value(), good);
  Descriptor bad = good;
  bad.bits = 7;
  EXPECT_EQ(complaint(bad), "matrix: bits = 7; expected one of 2, 3, 4, 5, 6, 8");
  bad = good;
  bad.inputs = 24;
  EXPECT_EQ(complaint(bad), "matrix: inputs = 24; expected 0 to 1048560, a multiple of 16");
}

TEST(CodecDeathTest, TheValueOfARefusalIsABug) {
  EXPECT_DEATH(static_cast<void>(decode(Words{}).value()), "no instruction has the opcode 0x00");
}

TEST(Codec, SaysWhyAWordIsNoInstruction) {
  EXPECT_EQ(decode({0, 0, 0, 0}).message(), "no instruction has the opcode 0x00");
  EXPECT_EQ(decode({op::End::opcode, 0, 0, std::uint64_t{1} << 63}).message(),
            "end: bit 255 is set, which no field has");
  Words words = encode(Instruction(op::Combine{.combine = Combine::multiply}));
  const Layout& layout = *layout_of_name("combine");
  Values values = unpack(layout, words);
  values[6] = 3;
  ASSERT_EQ(layout.fields[6].name, "combine");
  EXPECT_EQ(decode(pack(layout, values)).message(), "combine: combine = 3; expected one of none, add, multiply");
}

// Independent of the generator: no two fields share a bit, and fields and reserved bits are all there are.
TEST(Tables, EveryBitBelongsToOneFieldOrIsReserved) {
  const auto check_layout = [](const Layout& layout) {
    for (int bit = 0; bit < instruction_bits; ++bit) {
      int owners = static_cast<int>(layout.reserved[static_cast<std::size_t>(bit / 64)] >> (bit % 64) & 1U);
      for (const Field& field : layout.fields) owners += bit >= field.lsb && bit < field.lsb + field.bits ? 1 : 0;
      ASSERT_EQ(owners, 1) << layout.name << " bit " << bit;
    }
  };
  for (const Layout& layout : instruction_layouts()) check_layout(layout);
  check_layout(descriptor_layout());
}

TEST(Tables, OpcodesAreUniqueAndFirst) {
  std::set<int> opcodes;
  for (const Layout& layout : instruction_layouts()) {
    EXPECT_TRUE(opcodes.insert(layout.opcode).second) << layout.name;
    EXPECT_EQ(layout.fields[0].name, "opcode");
    EXPECT_EQ(layout_of_opcode(layout.opcode), &layout);
  }
  EXPECT_EQ(layout_of_opcode(0xFF), nullptr);
}

TEST(Tables, HostRegistersDoNotOverlap) {
  std::set<std::uint32_t> bytes;
  for (const HostRegister& r : host_registers()) {
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(r.width) / 8; ++i) {
      EXPECT_TRUE(bytes.insert(r.address + i).second) << r.name;
    }
  }
  EXPECT_EQ(host_registers().size(), 14U);
  EXPECT_EQ(host::program::at, 0x10U);
  EXPECT_EQ(host::error::instruction.lsb, 11);
}

TEST(Formats, PackAndUnpackAreInverse) {
  for (std::uint32_t bits = 0; bits < 1U << group_bits; ++bits) ASSERT_EQ(pack(unpack_group(bits)), bits);
  for (std::uint32_t bits = 0; bits < 1U << digits_bits; ++bits) ASSERT_EQ(pack(unpack_digits(bits)), bits);
  for (std::uint32_t bits = 0; bits < 1U << scale_bits; bits += 7) ASSERT_EQ(pack(unpack_scale(bits)), bits);
  static_assert(pack(Real{-1}) == 0xFFFFFFFFU && unpack_real(0x80000000U).value == INT32_MIN);
  static_assert(pack(Group{.step = 511, .offset = -1024}) == ((1024U << 9) | 511U));
  static_assert(pack(Digits{.lo = -1, .hi = 1}) == 0x01FFU);
  static_assert(pack(Scale{.mantissa = 0x8000, .exponent = -1}) == 0xFF8000U);
}

TEST(FormatsDeathTest, ANumberBeyondItsFieldIsABug) {
  EXPECT_DEATH(pack(Group{.step = 512, .offset = 0}), "group.step does not fit 9 bits");
}

}  // namespace
}  // namespace godwit::isa
