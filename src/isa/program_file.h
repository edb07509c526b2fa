#pragma once
// The .godwit file: a program with its memory image, and texts that belong to it (what the model is, its tokenizer,
// where it came from). docs/artefact.md has the bytes.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "isa/program.h"

namespace godwit::isa {

struct ProgramFile {
  std::shared_ptr<const Program> program;    // its segments lie in the mapped file
  std::map<std::string, std::string> texts;  // by name
};

inline constexpr std::uint32_t program_file_version = 2;

/// Throws UserError for a file that is none of ours, is of another version, is cut short, or has a bit that is not as
/// it was written; and for a program that no card could hold.
ProgramFile read_program_file(const std::filesystem::path& path);

/// Written beside and renamed. The segments' addresses and the order of the parts are kept.
void write_program_file(const std::filesystem::path& path, const Program& program,
                        const std::map<std::string, std::string>& texts);

/// Whether the path is to be read by read_program_file(): its name ends in .godwit, or the file begins as ours do.
bool is_program_file(const std::filesystem::path& path);

/// Changes with any change within eight neighbouring bytes, and almost surely with any other. Several bytes a cycle.
std::uint64_t checksum(std::span<const std::byte> bytes);

}  // namespace godwit::isa
