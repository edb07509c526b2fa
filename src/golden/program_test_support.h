#pragma once
// Small programs for tests: assembler text, matrices and bytes put one behind the other in every channel.

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compiler/pack.h"
#include "isa/assembler.h"
#include "isa/codec.h"
#include "isa/program.h"

namespace godwit::golden {

class ProgramBuilder {
 public:
  explicit ProgramBuilder(int slices, int activation_words = 4096, int vector_reals = 65536) {
    program_.card.name = "test";
    program_.card.slices = slices;
    program_.card.activation_words = activation_words;
    program_.card.vector_reals = vector_reals;
    program_.card.most_tokens = 16;
    channels_.resize(static_cast<std::size_t>(slices));
  }

  /// The number of its descriptor.
  std::uint32_t add(const compiler::PackedMatrix& matrix) {
    isa::Descriptor descriptor = matrix.descriptor;
    descriptor.offset = end_ / 16;
    program_.descriptors.push_back(isa::encode(descriptor));
    for (std::size_t s = 0; s < channels_.size(); ++s) put(s, end_, std::as_bytes(std::span(matrix.streams[s])));
    reserve(std::size_t{descriptor.granules} * 16);
    return static_cast<std::uint32_t>(program_.descriptors.size() - 1);
  }

  /// Where the bytes lie in channel `channel`.
  std::uint64_t add(std::span<const std::byte> bytes, std::size_t channel = 0) {
    put(channel, end_, bytes);
    return reserve(bytes.size());
  }

  /// Room in every channel, zero at the start.
  std::uint64_t reserve(std::size_t bytes) {
    const std::uint64_t address = end_;
    end_ += (bytes + 63) / 64 * 64;
    return address;
  }

  isa::Program& program() { return program_; }

  /// The program of `text`, whose matrices, if any, come after those added.
  isa::Program build(const std::string& text) {
    isa::Program out = program_;
    const isa::Assembly assembly = isa::assemble(text, "test");
    out.instructions = assembly.instructions;
    out.descriptors.insert(out.descriptors.end(), assembly.descriptors.begin(), assembly.descriptors.end());
    auto bytes = std::make_shared<std::vector<std::vector<std::byte>>>(channels_);
    for (std::uint32_t c = 0; c < bytes->size(); ++c) {
      out.segments.push_back({.name = "all", .channel = c, .address = 0, .bytes = (*bytes)[c]});
    }
    out.owner = bytes;
    out.code_address = end_;
    out.descriptor_address = out.code_address + out.instructions.size() * sizeof(isa::Words);
    out.channel_bytes = (out.descriptor_address + out.descriptors.size() * sizeof(isa::Words) + 4095) / 4096 * 4096;
    out.card.channel_bytes = out.channel_bytes;
    return out;
  }

 private:
  void put(std::size_t channel, std::uint64_t address, std::span<const std::byte> bytes) {
    auto& to = channels_[channel];
    to.resize(std::max<std::size_t>(to.size(), address + bytes.size()));
    if (!bytes.empty()) std::memcpy(to.data() + address, bytes.data(), bytes.size());
  }

  isa::Program program_;
  std::vector<std::vector<std::byte>> channels_;
  std::uint64_t end_ = 0;
};

}  // namespace godwit::golden
