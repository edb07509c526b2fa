#pragma once
// External memory: channels of bytes that begin with the program's segments. Segments are only read, where they lie;
// what is written is copied page by page, so that a program of gigabytes costs no second copy.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "isa/program.h"

namespace godwit::golden {

class Memory {
 public:
  /// program.card.slices channels of program.channel_bytes. Throws UserError for segments that leave a channel or lie
  /// on one another.
  explicit Memory(const isa::Program& program);

  /// All of these throw UserError for what leaves the memory.
  void read(std::uint32_t channel, std::uint64_t address, std::span<std::byte> bytes) const;
  void write(std::uint32_t channel, std::uint64_t address, std::span<const std::byte> bytes);

  /// The same bytes as one piece: in the segment or the page where they lie, else gathered in `scratch`. Valid until
  /// the next write.
  std::span<const std::byte> view(std::uint32_t channel, std::uint64_t address, std::uint64_t count,
                                  std::vector<std::byte>& scratch) const;

  /// The same bytes in place: always the same address, however often memory is written. For the KV cache and logits,
  /// which are too much to copy; who writes there says so by touch().
  std::byte* in_place(std::uint32_t channel, std::uint64_t address, std::uint64_t count);
  void touch(std::uint32_t channel, std::uint64_t address, std::uint64_t count);

  /// Bytes that something made from them stands for (an unpacked matrix). A write there raises stale_marks().
  void mark(std::uint32_t channel, std::uint64_t address, std::uint64_t count);
  [[nodiscard]] std::uint64_t stale_marks() const { return stale_marks_; }
  void forget_marks();

  /// Bytes that no program and no host may write (instructions and descriptors, which are decoded once).
  void protect(std::uint32_t channel, std::uint64_t address, std::uint64_t count);

  [[nodiscard]] std::uint64_t channel_bytes() const { return bytes_; }
  /// Throws UserError unless [address, address + count) lies in the channel.
  void check(std::uint32_t channel, std::uint64_t address, std::uint64_t count) const;

 private:
  struct Range {
    std::uint64_t begin;
    std::uint64_t end;
  };
  struct Piece {
    std::uint64_t begin;
    std::span<const std::byte> bytes;
    [[nodiscard]] std::uint64_t end() const { return begin + bytes.size(); }
  };
  struct Unmap {
    std::size_t bytes;
    void operator()(std::byte* begin) const;
  };
  struct Channel {
    std::vector<Piece> segments;               // by address
    std::unique_ptr<std::byte[], Unmap> copy;  // what was written; only pages that are `owned` count
    std::vector<std::uint8_t> owned;           // a page
    std::vector<std::uint8_t> watched;         // a page: whether a range of `marks` or `kept` meets it
    std::vector<Range> marks;
    std::vector<Range> kept;  // what must not be written
  };

  static void own(Channel& channel, std::uint64_t page);
  static void watch(Channel& channel, const Range& range);
  static void read_page(const Channel& channel, std::uint64_t address, std::span<std::byte> bytes);
  static void read_segments(const Channel& channel, std::uint64_t address, std::span<std::byte> bytes);

  std::uint64_t bytes_;
  std::vector<Channel> channels_;
  std::uint64_t stale_marks_ = 0;
};

}  // namespace godwit::golden
