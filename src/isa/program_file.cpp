#include "isa/program_file.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <ostream>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "isa/byte_stream.h"
#include "isa/generated.h"

namespace godwit::isa {
namespace {

constexpr std::string_view magic = "GODWIT\r\n";
constexpr std::size_t line = 64;  // parts begin at multiples of it

enum class Kind : std::uint32_t { program, instructions, descriptors, segment, text };
constexpr auto last_kind = static_cast<std::uint32_t>(Kind::text);

/// The first bytes of a file; the checksum is of those before it.
struct Header {
  std::array<char, magic.size()> begin{};
  std::uint32_t version = program_file_version;
  std::uint32_t parts = 0;
  std::uint64_t table_bytes = 0;
  std::uint64_t table_checksum = 0;
  std::uint64_t file_bytes = 0;
  std::array<std::uint64_t, 2> zero{};
  std::uint64_t header_checksum = 0;
};
static_assert(sizeof(Header) == line);

std::uint64_t checksum_of(const Header& header) {
  return checksum(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, header_checksum)));
}

struct Section {
  std::uint32_t kind = 0;
  std::uint32_t channel = 0;  // of a segment
  std::uint64_t address = 0;  // of a segment
  std::uint64_t size = 0;
  std::uint64_t sum = 0;
  std::string name;
};

template <class Section, class Stream>
void visit_section(Section& part, Stream& stream) {
  stream(part.kind);
  stream(part.channel);
  stream(part.address);
  stream(part.size);
  stream(part.sum);
  stream(part.name);
}

/// Everything of a program but its code and its segments.
template <class Program, class Stream>
void visit_program(Program& p, Stream& stream) {
  auto& card = p.card;
  stream(card.name);
  stream(card.part);
  for (auto* number : {&card.slices, &card.cores, &card.port_bytes, &card.prefetch_bytes, &card.activation_words,
                       &card.sfu_lanes, &card.vector_reals, &card.fold, &card.most_tokens}) {
    stream(*number);
  }
  stream(card.channel_bytes);
  stream(card.frequency_mhz);
  stream(card.frequency_assumed);
  stream(card.memory);
  stream(p.fraction_bits);
  for (auto* number : {&p.code_address, &p.descriptor_address, &p.ids_address, &p.result_address, &p.logits_address,
                       &p.channel_bytes, &p.key_offset, &p.value_offset, &p.layer_stride}) {
    stream(*number);
  }
  for (auto* number : {&p.cache.kv_heads, &p.cache.head_dim, &p.cache.capacity, &p.cache.slices, &p.layers, &p.chunk,
                       &p.positions, &p.vocabulary, &p.row_logits}) {
    stream(*number);
  }
  auto matrices = static_cast<std::uint32_t>(p.matrices.size());
  stream(matrices);
  for (std::uint32_t i = 0; i < matrices; ++i) {
    if constexpr (Stream::reads) p.matrices.emplace_back();
    auto& matrix = p.matrices[i];
    stream(matrix.name);
    stream(matrix.descriptor);
    stream(matrix.scheme);
  }
}

std::size_t round_up(std::size_t bytes) {
  return (bytes + line - 1) / line * line;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

void put(std::ostream& out, std::span<const std::byte> bytes) {
  static constexpr std::array<char, line> zeros{};
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.write(zeros.data(), static_cast<std::streamsize>(round_up(bytes.size()) - bytes.size()));
}

[[noreturn]] void refuse(std::string what, std::string where, std::string expected) {
  throw UserError({.what = std::move(what),
                   .where = std::move(where),
                   .expected = std::move(expected),
                   .remedy = "copy the file again, or make it again with godwit compile"});
}

class FileReader {
 public:
  explicit FileReader(const std::filesystem::path& path)
      : file_(MappedFile::open(path)), name_(path.string()), rest_(file_->bytes()) {}

  ProgramFile read() {
    read_header();
    const std::vector<Section> parts = read_table();
    auto program = std::make_shared<Program>();
    ProgramFile out;
    for (const Section& part : parts) take(part, *program, out.texts);
    if (!rest_.empty()) refuse("the file goes on behind its end", name_, fmt::format("{} bytes", header_.file_bytes));
    check(*program);
    program->owner = file_;
    out.program = std::move(program);
    return out;
  }

 private:
  void read_header() {
    const auto bytes = rest_;
    if (bytes.size() < magic.size() || !std::ranges::equal(bytes.first(magic.size()), bytes_of(magic))) {
      refuse("this is no .godwit file", name_, "a file that godwit compile wrote");
    }
    if (bytes.size() < sizeof header_) refuse("the file is cut short", name_, "a whole header");
    std::memcpy(&header_, bytes.data(), sizeof header_);
    if (header_.header_checksum != checksum_of(header_)) {
      refuse("the file is damaged", name_ + ", header", "the checksum with which it was written");
    }
    if (header_.version != program_file_version) {
      refuse(fmt::format("the file has version {}", header_.version), name_,
             fmt::format("version {}, which this godwit reads", program_file_version));
    }
    if (header_.file_bytes != bytes.size()) {
      refuse(fmt::format("the file has {} bytes", bytes.size()), name_, fmt::format("{} bytes", header_.file_bytes));
    }
    rest_ = bytes.subspan(sizeof header_);
  }

  std::vector<Section> read_table() {
    const auto table = part_bytes(header_.table_bytes, header_.table_checksum, "table");
    ByteReader stream(table, name_ + ", table");
    std::vector<Section> parts;
    for (std::uint32_t i = 0; i < header_.parts; ++i) visit_section(parts.emplace_back(), stream);
    stream.finish();
    return parts;
  }

  /// The next `size` bytes, up to a whole line.
  std::span<const std::byte> part_bytes(std::uint64_t size, std::uint64_t sum, const std::string& what) {
    if (size > rest_.size() || round_up(size) > rest_.size()) {
      refuse("the file is cut short", fmt::format("{}, {}", name_, what), fmt::format("{} more bytes", size));
    }
    const auto bytes = rest_.first(size);
    const auto padding = rest_.subspan(size, round_up(size) - size);
    if (checksum(bytes) != sum || std::ranges::any_of(padding, [](std::byte b) { return b != std::byte{0}; })) {
      refuse("the file is damaged", fmt::format("{}, {}", name_, what), "the checksum with which it was written");
    }
    rest_ = rest_.subspan(round_up(size));
    return bytes;
  }

  void take(const Section& part, Program& program, std::map<std::string, std::string>& texts) {
    const auto bytes = part_bytes(part.size, part.sum, part.name);
    if (part.kind > last_kind)
      refuse("a part of unknown kind", fmt::format("{}, {}", name_, part.name), "another kind");
    switch (static_cast<Kind>(part.kind)) {
      case Kind::program: {
        ByteReader stream(bytes, name_ + ", program");
        visit_program(program, stream);
        stream.finish();
        break;
      }
      case Kind::instructions:
        program.instructions = words_of(bytes, part.name);
        break;
      case Kind::descriptors:
        program.descriptors = words_of(bytes, part.name);
        break;
      case Kind::segment:
        program.segments.push_back({part.name, part.channel, part.address, bytes});
        break;
      case Kind::text:
        texts[part.name].assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        break;
    }
  }

  [[nodiscard]] std::vector<Words> words_of(std::span<const std::byte> bytes, const std::string& what) const {
    if (bytes.size() % sizeof(Words) != 0) {
      refuse("words that are not whole", fmt::format("{}, {}", name_, what),
             fmt::format("{} bytes each", sizeof(Words)));
    }
    std::vector<Words> words(bytes.size() / sizeof(Words));
    if (!words.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
    return words;
  }

  void check(const Program& p) const {
    const auto need = [&](bool holds, const char* what) {
      if (!holds) refuse("the program cannot be one", name_ + ", program", what);
    };
    need(p.card.slices > 0 && p.card.vector_reals > 0 && p.card.activation_words > 0, "a card with memories");
    need(p.fraction_bits >= 0 && p.fraction_bits < 32, "fraction bits from 0 to 31");
    need(p.channel_bytes <= p.card.channel_bytes, "a program that fits into the card's channels");
    const auto inside = [&](std::uint64_t address, std::uint64_t size) {
      return address <= p.channel_bytes && size <= p.channel_bytes - address;
    };
    for (const Segment& s : p.segments) {
      need(s.channel < static_cast<std::uint32_t>(p.card.slices), "segments in channels of the card");
      need(s.address % line == 0 && inside(s.address, s.bytes.size()), "segments within the channels");
    }
    need(inside(p.ids_address, 4 * std::uint64_t{p.positions}), "room for a token id a position");
    need(p.vocabulary <= p.row_logits, "room for a token's logits");
    need(p.positions == 0 || (p.chunk > 0 && p.vocabulary > 0 && inside(p.result_address, 4 * result_words) &&
                              inside(p.logits_address, 4 * std::uint64_t{p.chunk} * p.row_logits)),
         "room for the results");
  }

  std::shared_ptr<const MappedFile> file_;
  std::string name_;
  std::span<const std::byte> rest_;
  Header header_;
};

}  // namespace

ProgramFile read_program_file(const std::filesystem::path& path) {
  return FileReader(path).read();
}

void write_program_file(const std::filesystem::path& path, const Program& program,
                        const std::map<std::string, std::string>& texts) {
  ByteWriter fields;
  visit_program(program, fields);
  std::vector<std::span<const std::byte>> contents;
  ByteWriter table;
  std::uint32_t parts = 0;
  const auto add = [&](Section part, std::span<const std::byte> bytes) {
    part.size = bytes.size();
    part.sum = checksum(bytes);
    visit_section(std::as_const(part), table);
    contents.push_back(bytes);
    ++parts;
  };
  const auto kind = [](Kind k, std::string name) {
    return Section{.kind = static_cast<std::uint32_t>(k), .name = std::move(name)};
  };
  add(kind(Kind::program, "program"), bytes_of(fields.bytes()));
  add(kind(Kind::instructions, "instructions"), std::as_bytes(std::span(program.instructions)));
  add(kind(Kind::descriptors, "descriptors"), std::as_bytes(std::span(program.descriptors)));
  for (const Segment& segment : program.segments) {
    Section part = kind(Kind::segment, segment.name);
    part.channel = segment.channel;
    part.address = segment.address;
    add(std::move(part), segment.bytes);
  }
  for (const auto& [name, text] : texts) add(kind(Kind::text, name), bytes_of(text));

  Header header;
  std::ranges::copy(magic, header.begin.begin());
  header.parts = parts;
  header.table_bytes = table.bytes().size();
  header.table_checksum = checksum(bytes_of(table.bytes()));
  header.file_bytes = sizeof header + round_up(table.bytes().size());
  for (const auto& bytes : contents) header.file_bytes += round_up(bytes.size());
  header.header_checksum = checksum_of(header);
  write_atomically(path, [&](std::ostream& out) {
    put(out, std::as_bytes(std::span(&header, 1)));
    put(out, bytes_of(table.bytes()));
    for (const auto& bytes : contents) put(out, bytes);
  });
}

bool is_program_file(const std::filesystem::path& path) {
  if (path.extension() == ".godwit") return true;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return bytes.size() >= magic.size() && std::ranges::equal(bytes.first(magic.size()), bytes_of(magic));
}

}  // namespace godwit::isa
