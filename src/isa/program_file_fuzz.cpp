// A small artefact with any of its bytes changed: it is read or refused with a UserError. Where the first byte of the
// input says so its checksums are made to fit again (docs/artefact.md has the places), so that what comes after them is
// tried, too.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "isa/program_file.h"

namespace {

using namespace godwit;
using Bytes = std::vector<std::byte>;

constexpr std::size_t line = 64;
constexpr std::size_t table_bytes_at = 16;
constexpr std::size_t table_checksum_at = 24;
constexpr std::size_t header_checksum_at = 56;
constexpr std::size_t size_in_entry = 16;
constexpr std::size_t checksum_in_entry = 24;
constexpr std::size_t name_in_entry = 32;

std::filesystem::path place() {
  return std::filesystem::temp_directory_path() / ("program_file_fuzz." + std::to_string(::getpid()));
}

template <class T>
T get(const Bytes& bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

Bytes small_artefact() {
  static const std::vector<std::byte> bytes(3 * line, std::byte{7});
  isa::Program program;
  program.card.name = "fuzz";
  program.card.slices = 2;
  program.card.vector_reals = 1024;
  program.card.activation_words = 64;
  program.card.channel_bytes = 1 << 20;
  program.channel_bytes = 1 << 16;
  program.instructions.resize(3);
  program.descriptors.resize(2);
  program.segments = {{.name = "a", .channel = 0, .address = 0, .bytes = bytes},
                      {.name = "b", .channel = 1, .address = line, .bytes = std::span(bytes).first(5)}};
  program.matrices = {{.name = "m", .descriptor = 0, .scheme = "w8"}};
  isa::write_program_file(place(), program, {{"model.json", "{}"}});
  const std::string text = read_text(place());
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

std::size_t up(std::size_t n) {
  return (n + line - 1) / line * line;
}

/// The checksum of bytes [at, at + size) to `to`, as far as they are in the file.
void seal(Bytes& file, std::size_t at, std::size_t size, std::size_t to) {
  if (at > file.size() || size > file.size() - at || to + sizeof(std::uint64_t) > file.size()) return;
  const std::uint64_t sum = isa::checksum(std::span<const std::byte>(file).subspan(at, size));
  std::memcpy(file.data() + to, &sum, sizeof sum);
}

void seal_all(Bytes& file) {
  const auto table_bytes = get<std::uint64_t>(file, table_bytes_at);
  if (table_bytes > file.size() - line) return;
  std::size_t part = line + up(table_bytes);
  for (std::size_t entry = line; entry + name_in_entry + 4 <= line + table_bytes;) {
    const auto size = get<std::uint64_t>(file, entry + size_in_entry);
    if (size > file.size()) break;
    seal(file, part, size, entry + checksum_in_entry);
    part += up(size);
    entry += name_in_entry + 4 + get<std::uint32_t>(file, entry + name_in_entry);
  }
  seal(file, line, table_bytes, table_checksum_at);
  seal(file, 0, header_checksum_at, header_checksum_at);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Bytes base = small_artefact();
  if (size == 0) return 0;
  Bytes file = base;
  // Changes of three bytes: where, and what is there then.
  for (std::size_t i = 1; i + 3 <= size; i += 3) {
    file[(data[i] + 256U * data[i + 1]) % file.size()] = static_cast<std::byte>(data[i + 2]);
  }
  if (data[0] % 2 == 0) seal_all(file);
  {
    std::ofstream out(place(), std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  }
  try {
    (void)isa::read_program_file(place());
  } catch (const UserError&) {
    return 0;
  }
  return 0;
}
