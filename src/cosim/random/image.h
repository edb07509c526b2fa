#pragma once
// External memory of a random program under construction: pieces put one behind the other at the same place in every
// channel.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "isa/program.h"

namespace godwit::cosim {

class Image {
 public:
  explicit Image(std::uint32_t channels) : channels_(channels) {}

  /// Room in every channel; `align` is a power of two. Holds zeros.
  std::uint64_t reserve(std::uint64_t bytes, std::uint64_t align) {
    end_ = (end_ + align - 1) / align * align;
    const std::uint64_t address = end_;
    end_ += bytes;
    for (auto& channel : channels_) channel.resize(end_);
    return address;
  }
  /// Into room that was reserved.
  void put(std::uint32_t channel, std::uint64_t address, std::span<const std::byte> bytes) {
    if (!bytes.empty()) std::memcpy(channels_.at(channel).data() + address, bytes.data(), bytes.size());
  }
  [[nodiscard]] std::uint64_t end() const { return end_; }

  /// Code and descriptors behind everything else; `program` has its instructions and descriptors already.
  void finish(isa::Program& program) {
    constexpr std::uint64_t line = 64;
    program.code_address = reserve(program.instructions.size() * sizeof(isa::Words), line);
    program.descriptor_address = reserve(program.descriptors.size() * sizeof(isa::Words), line);
    constexpr std::uint64_t fetched_ahead = 256;  // lines of instructions that are read whole
    reserve(fetched_ahead, line);
    program.channel_bytes = end_;
    program.card.channel_bytes = program.channel_bytes;
    auto bytes = std::make_shared<std::vector<std::vector<std::byte>>>(std::move(channels_));
    for (std::uint32_t c = 0; c < bytes->size(); ++c) {
      program.segments.push_back({.name = "all", .channel = c, .address = 0, .bytes = (*bytes)[c]});
    }
    program.owner = bytes;
  }

 private:
  std::vector<std::vector<std::byte>> channels_;
  std::uint64_t end_ = 0;
};

}  // namespace godwit::cosim
